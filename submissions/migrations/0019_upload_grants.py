from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0018_upload_addresses")]

    operations = [
        migrations.AddField(
            "upload",
            "grant",
            models.CharField(max_length=64, blank=True, default="", editable=False),
            preserve_default=False,
        ),
    ]
