from django.db import migrations


class Migration(migrations.Migration):
    """The model is core's now; its table stays as it is."""

    dependencies = [
        ("submissions", "0020_upload_without_metadata"),
        ("core", "0007_receipt_key"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="ReceiptKey")],
            database_operations=[],
        ),
    ]
