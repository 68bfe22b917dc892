"""The table from which anyone recomputes the votes: published by a button, taken away by whoever reads the results."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from opposable.kernel import parts
from opposable.law.text import t
from opposable.ledger import canonical
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.table import table_part
from opposable.systems.assembly.models import Meeting, Result
from opposable.systems.assembly.views.office_base import meeting_or_404, perform, require
from opposable.systems.assembly.views.office_record import meeting_url
from opposable.web.register import Entry, index_of


@require_POST
def publish(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Publish: the table is sealed in the log, the voting site gives it to everybody."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, meeting.cell)
    return perform(
        request,
        lambda actor: acts.publish_table(actor, meeting=meeting),
        done=t("Le tableau est publié.", "The table is published."),
        to=meeting_url("results", meeting),
    )


@require_safe
def table(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The table as it was published."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Result.Evidence.kind, meeting.cell)
    return table_file(meeting)


def published_by(meeting: Meeting) -> Entry | None:
    """The act that published the table, for its seal."""
    found = table_part(meeting)
    return Entry(found.act, index_of(found.act)) if found else None


def table_file(meeting: Meeting) -> HttpResponse:
    """The table as the log has it, in canonical JSON; 404 as long as none was published."""
    found = table_part(meeting)
    made = parts.read(found.act_id, "table") if found else None
    if made is None:
        raise Http404
    data = canonical.encode(made)
    name = f"table-{meeting.day:%Y%m%d}-{meeting.uid[:8]}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type="application/json", headers=headers)
