from datetime import date

from django.db import migrations, models

# Who saw what was not kept before: each of those rows stays one showing of its day.
FILL = """
UPDATE campaigns_impression
SET visitor = replace(id::text, '-', ''),
  shown_on = greatest('2000-01-01',
    least('2200-12-31', (shown_at AT TIME ZONE 'UTC')::date));
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_bounds")]

    operations = [
        migrations.AddField(
            model_name="impression",
            name="visitor",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="impression",
            name="shown_on",
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="impression",
            name="visitor",
            field=models.CharField(max_length=32),
        ),
        migrations.AlterField(
            model_name="impression",
            name="shown_on",
            field=models.DateField(),
        ),
        migrations.AddField(
            model_name="impression",
            name="repeats",
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="click",
            name="repeats",
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddConstraint(
            model_name="impression",
            constraint=models.UniqueConstraint(
                fields=("campaign", "shown_on", "visitor"),
                name="impression_once_per_visitor_and_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="impression",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    shown_on__range=(date(2000, 1, 1), date(2200, 12, 31))
                ),
                name="impression_shown_on_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="impression",
            constraint=models.CheckConstraint(
                condition=models.Q(repeats__range=(0, 2000000000)),
                name="impression_repeats_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="click",
            constraint=models.CheckConstraint(
                condition=models.Q(repeats__range=(0, 2000000000)),
                name="click_repeats_bounds",
            ),
        ),
    ]
