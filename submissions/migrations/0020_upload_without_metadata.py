from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("submissions", "0019_upload_grants")]

    operations = [migrations.RemoveField("upload", "metadata")]
