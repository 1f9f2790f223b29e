from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0004_formats"),
    ]

    operations = [
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(
                choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("zip", "ZIP")],
                editable=False,
                max_length=8,
                verbose_name="format",
            ),
        ),
    ]
