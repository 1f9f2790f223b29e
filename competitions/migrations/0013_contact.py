from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("competitions", "0012_blind")]

    operations = [
        migrations.AddField(
            model_name="competition",
            name="contact",
            field=models.EmailField(
                blank=True,
                db_default="",
                help_text=(
                    "Shown on its page; replies to mails about entries go there. "
                    "Leave it empty, and replies go to the site."
                ),
                max_length=254,
                verbose_name="contact address",
            ),
        ),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=Q(contact="")
                | Q(contact=Lower("contact"))
                & Q(contact__regex=r'^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$')
                & ~Q(contact__endswith="."),
                name="competition_contact_canonical",
            ),
        ),
    ]
