from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assembly", "0004_joint_agents")]

    operations = [
        migrations.AddIndex("form", models.Index(fields=["holder", "meeting"], name="form_holder")),
        migrations.AddIndex("mailing", models.Index(fields=["holder", "meeting"], name="mailing_holder")),
    ]
