from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

SHORTCUTS = ("a", "j", "k", "r", "u", "x", "z")


class Migration(migrations.Migration):
    dependencies = [("reasons", "0003_code_in_use")]

    operations = [
        migrations.AlterField(
            model_name="reason",
            name="key",
            field=models.CharField(
                help_text="The key that chooses it after “r”: a small letter or a digit.",
                max_length=1,
                verbose_name="key",
            ),
        ),
        # Reasons that have such a key keep it until they are edited.
        AddConstraintNotValid(
            model_name="reason",
            constraint=models.CheckConstraint(
                condition=~Q(key__in=SHORTCUTS), name="reason_key_is_no_shortcut"
            ),
        ),
    ]
