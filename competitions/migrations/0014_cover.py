from django.db import migrations, models
from django.db.models import Q

BLANK = (
    r"^[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5"
    r"\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U000e0000-\U000e0fff]*$"
)
FIELDS = {
    "cover": models.CharField(
        blank=True,
        db_default="",
        default="",
        editable=False,
        max_length=24,
        verbose_name="cover",
    ),
    "cover_width": models.PositiveIntegerField(
        editable=False, null=True, verbose_name="width of the cover"
    ),
    "cover_height": models.PositiveIntegerField(
        editable=False, null=True, verbose_name="height of the cover"
    ),
    "cover_alt": models.CharField(
        blank=True,
        db_default="",
        default="",
        help_text="What the cover shows, for people who do not see it.",
        max_length=240,
        verbose_name="alternative text of the cover",
    ),
}
CONDITIONS = {
    "cover_width_bounds": Q(cover_width__range=(1, 1_000_000)),
    "cover_height_bounds": Q(cover_height__range=(1, 1_000_000)),
    "cover_complete": Q(cover="", cover_width=None, cover_height=None)
    | Q(
        cover__regex=r"^[A-Za-z0-9_-]{24}$",
        cover_width__isnull=False,
        cover_height__isnull=False,
    ),
    "cover_described": Q(cover="") | ~Q(cover_alt__regex=BLANK),
}


class Migration(migrations.Migration):
    dependencies = [("competitions", "0013_contact")]

    operations = [
        *(
            migrations.AddField(model_name="competition", name=name, field=field)
            for name, field in FIELDS.items()
        ),
        *(
            migrations.AddConstraint(
                model_name="competition",
                constraint=models.CheckConstraint(
                    condition=condition, name=f"competition_{name}"
                ),
            )
            for name, condition in CONDITIONS.items()
        ),
    ]
