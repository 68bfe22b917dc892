"""What waits for a person on the Today page: statements to publish."""

from collections.abc import Iterator

from django.http import HttpRequest

from opposable.law import t
from opposable.systems.isms.models import Soa
from opposable.systems.isms.views.base import can, url
from opposable.web.access import actor_of
from opposable.web.waiting import Waiting


def awaiting(request: HttpRequest) -> Iterator[Waiting]:
    """Drafts of the statement of applicability that the person may publish. One query."""
    actor_of(request)
    for soa in Soa.objects.filter(status="draft").select_related("scope", "cell"):
        if can(request, "approve", Soa.Evidence.kind, soa.cell):
            title = t(
                "Publier la déclaration d’applicabilité, version {v}",
                "Publish the statement of applicability, version {v}",
            )
            yield Waiting(title.format(v=soa.version), url("publish", soa.scope, soa.version), soa.scope.name)
