from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assembly", "0005_what_one_holder_sent")]

    operations = [migrations.AddField("company", "double_keying", models.BooleanField(default=False))]
