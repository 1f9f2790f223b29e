from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0019_named_by_its_person")]

    operations = [
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=Q(picture="") | Q(picture__regex=r"^[A-Za-z0-9_-]+\.webp$"),
                name="campaign_picture_has_name",
            ),
        )
    ]
