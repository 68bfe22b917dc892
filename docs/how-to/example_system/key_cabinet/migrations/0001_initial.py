import django.db.models.deletion
import opposable.kernel.models.recorded
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("kernel", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Key",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "uid",
                    models.CharField(
                        default=opposable.kernel.models.recorded.new_uid, editable=False, max_length=32, unique=True
                    ),
                ),
                (
                    "salt",
                    models.CharField(default=opposable.kernel.models.recorded.new_salt, editable=False, max_length=64),
                ),
                ("seq", models.PositiveIntegerField(default=0, editable=False)),
                ("head", models.CharField(blank=True, editable=False, max_length=64)),
                ("number", models.CharField(max_length=20, unique=True)),
                ("opens", models.CharField(max_length=120)),
                ("holder", models.CharField(blank=True, max_length=120)),
                ("back_by", models.DateTimeField(null=True)),
                (
                    "cell",
                    models.ForeignKey(
                        editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.cell"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
