"""What the pages remember for a person. Comforts, not records: nothing here is evidence, and nothing here is in the log."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """«Vue enregistrée». A list's address that a person gave a name: ``page`` is the URL name of the list, ``query`` its filters."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering: ClassVar[list[Any]] = ["name", "pk"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["account", "page", "name"], name="saved_view_name")
        ]

    def __str__(self) -> str:
        return self.name
