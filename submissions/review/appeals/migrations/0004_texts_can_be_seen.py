from django.db import migrations, models
from django.db.models import Q

BLANK = (
    r"^[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5"
    r"\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U000e0000-\U000e0fff]*$"
)


class Migration(migrations.Migration):
    dependencies = [("appeals", "0003_upheld_reopens")]

    operations = [
        migrations.RemoveConstraint("appeal", "appeal_has_text"),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=~Q(text__regex=BLANK), name="appeal_has_text"
            ),
        ),
        migrations.RemoveConstraint("appeal", "appeal_answered"),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=Q(state="open") | ~Q(answer__regex=BLANK),
                name="appeal_answered",
            ),
        ),
    ]
