from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0003_bounds")]

    operations = [
        migrations.AddField(
            model_name="view",
            name="repeats",
            field=models.PositiveIntegerField(db_default=0),
        ),
        migrations.AddConstraint(
            model_name="view",
            constraint=models.CheckConstraint(
                condition=models.Q(repeats__range=(0, 2000000000)),
                name="view_repeats_bounds",
            ),
        ),
    ]
