from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0031_reason_can_be_seen")]

    operations = [
        migrations.AddField(
            "upload",
            "sha256",
            models.CharField(max_length=64, null=True, editable=False),
        ),
    ]
