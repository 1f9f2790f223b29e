from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0007_uploads")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="lost_leases",
            field=models.PositiveSmallIntegerField(db_default=0, editable=False),
        ),
    ]
