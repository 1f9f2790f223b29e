-- Accounts that the upgrade cannot tell apart, written as the tables' owner.
INSERT INTO accounts_user
  (id, password, is_superuser, is_staff, is_active, date_joined, email, name)
SELECT 100 + number, password, false, false, true, '2026-05-01', email, 'Tomasz'
FROM (VALUES (1, 'Tomasz@example.org'), (2, 'TOMASZ@example.org'),
  (3, 'tomasz@Example.ORG.'), (4, 'jürgen@example.org')) AS more (number, email),
  (SELECT password FROM accounts_user WHERE email = 'alice@example.org') AS alice;
INSERT INTO account_emailaddress (id, email, verified, "primary", user_id)
SELECT id, email, true, true, id FROM accounts_user WHERE id > 100;
-- Two rows of one account: only one of them is proved.
INSERT INTO account_emailaddress (id, email, verified, "primary", user_id)
VALUES (201, 'TWICE@example.org', false, false, 3),
  (202, 'twice@example.org', true, false, 3),
  (203, 'noor@exämple.org', true, false, 4);
