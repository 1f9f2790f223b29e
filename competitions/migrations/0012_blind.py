from django.db import migrations, models

FORWARD = """
CREATE TRIGGER competition_blind_stays BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN (OLD.state <> 'draft' AND OLD.blind IS DISTINCT FROM NEW.blind)
  EXECUTE FUNCTION refuse_row('competition_blind_fixed');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_blind_stays;
"""

REVERSE = """
DROP TRIGGER competition_blind_stays ON competitions_competition;
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0011_positions")]

    operations = [
        migrations.AddField(
            model_name="competition",
            name="blind",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Moderators, jurors and visitors see neither names nor addresses of artists nor names of files until the winners are announced. Stays as it is once the competition is open.",
                verbose_name="blind",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
