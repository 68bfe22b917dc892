"""«Compté comme» : the confirmation that stands, and the bundle by which its holder proves to anyone how his votes were counted.

The bundle holds the act that received the form, the confirmation with what opens the holder's line, the table that was
published, and the results that were declared. The verifiers find the line, open it and add the table up, off line.
"""

from __future__ import annotations

from pathlib import Path

from opposable.kernel import documents, evidence
from opposable.kernel.models import Act, Document, Part
from opposable.systems.assembly.acts.after import confirm_vote, sealed
from opposable.systems.assembly.acts.table import table_part
from opposable.systems.assembly.models import Form, Result, Voter

KIND = "assembly.confirmation"
DECLARED = "assembly.session.end"


def standing(voter: Voter, language: str = "") -> Document | None:
    """The last confirmation given to a voter; None once the table it opens a line of is no longer the one published."""
    found = Document.objects.filter(kind=KIND, subject=voter.uid)
    last = (found.filter(language=language) if language else found).order_by("-id").first()
    if last is None or voter.meeting.status not in ("held", "minuted"):
        return None
    try:
        data, done = documents.data_of(last), table_part(voter.meeting)
    except documents.DocumentErased:
        return None
    told = (data.get("opening") or {}).get("table", "")
    asked_before_the_end = not data["held"]
    outdated = done is not None and data.get("opening") is not None and told != bytes(done.act.entry).hex()
    return None if asked_before_the_end or outdated else last


def confirmed(voter: Voter, language: str) -> Document:
    """The confirmation that stands; given now, at the voter's request, when there is none. Asked again, the same document."""
    found = standing(voter, language)
    return found or sealed(confirm_vote(voter.actor, voter=voter, language=language).result)


def bundle(form: Form, voter: Voter, path: Path) -> Path:
    """The evidence of a form; once its holder has his confirmation, of how it was counted too.

    What is another's in a shared act is left out by name; the table and the results are everybody's.
    """
    own = set(Act.objects.filter(actor=voter.uid).values_list("pk", flat=True))
    confirmation = standing(voter)
    if confirmation is None:
        return evidence.write_bundle(
            form.uid, path, visible=lambda part: part.act_id in own, title=str(form.meeting.title)
        )
    also = [confirmation.uid, *Result.objects.filter(resolution__meeting=form.meeting).values_list("uid", flat=True)]
    done = table_part(form.meeting)
    declared = Act.objects.filter(obj=form.meeting.uid, type=DECLARED, outcome="done").order_by("-id")[:1]
    public = [*([done.act] if done else []), *declared]
    own |= {act.pk for act in public} | set(Act.objects.filter(obj=confirmation.uid).values_list("pk", flat=True))

    def visible(part: Part) -> bool:
        return part.act_id in own

    return evidence.write_bundle(form.uid, path, also=also, acts=public, visible=visible, title=str(form.meeting.title))
