from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0023_undo")]

    operations = [
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("sha256__isnull", False)),
                fields=["sha256"],
                name="submission_same_file",
            ),
        ),
    ]
