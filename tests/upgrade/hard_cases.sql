-- Written as the tables' owner; the site's own role could write most of it as well.
UPDATE competitions_competition SET closes_at = 'infinity',
  deadline_reason = 'Forever.' WHERE slug = 'endless';
UPDATE competitions_competition
  SET opens_at = '-infinity', closes_at = 'infinity' WHERE slug = 'draft-infinite';
UPDATE competitions_competition
  SET closes_at = '9999-12-31 23:59 America/New_York',
      time_zone = 'America/New_York' WHERE slug = 'draft-far';
UPDATE competitions_competition
  SET opens_at = '0001-01-01 00:00 Europe/Athens', closes_at = '2150-01-01',
      time_zone = 'Europe/Athens' WHERE slug = 'draft-early';
UPDATE competitions_competition SET upload_window = '3000000 hours',
  declared_upload_window = '5000 hours' WHERE slug = 'draft-patient';
UPDATE competitions_competition SET time_zone = 'Factory' WHERE slug = 'draft-nowhere';
UPDATE campaigns_campaign SET ends_at = 'infinity' WHERE name = 'Endless paper';
UPDATE campaigns_campaign SET starts_at = '0001-01-01', ends_at = '9999-12-31 23:59 UTC'
  WHERE name = 'Patient paper';
UPDATE submissions_submission SET lease_until = 'infinity' WHERE title = 'Processing';
UPDATE submissions_submission SET next_attempt_at = 'infinity' WHERE title = 'Received';
UPDATE interactions_view SET viewed_on = 'infinity', viewed_at = '-infinity';
ALTER TABLE competitions_competition DISABLE TRIGGER competition_guard;
UPDATE competitions_competition SET upload_window = '90 days' WHERE slug = 'final';
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_guard;
