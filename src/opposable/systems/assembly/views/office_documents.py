"""The documents of a meeting: minutes, attendance sheet, extracts, as the kernel keeps them."""

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel.models import Document
from opposable.systems.assembly.views.office_base import meeting_or_404, seen
from opposable.systems.assembly.views.office_record import record


def documents(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Every document about the meeting that the person may read, the newest version first."""
    meeting = meeting_or_404(request, uid)
    rows = seen(request, Document.objects.filter(subject=meeting.uid)).order_by("kind", "-version", "pk")
    context = {**record(request, meeting, "documents"), "documents": list(rows[:100])}
    return TemplateResponse(request, "assembly/office/documents.html", context)
