from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("competitions", "0006_bounds")]

    operations = [
        migrations.RemoveConstraint("category", "category_slug_once"),
        migrations.AddConstraint(
            "category",
            models.UniqueConstraint(
                fields=["competition", "slug"],
                name="category_slug_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
    ]
