"""«Avis de convocation» (R. 225-66) and the paper «formulaire de vote» (R. 225-76 to R. 225-78, R. 225-81)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from opposable.law import PARIS, Rule, day_text, local, t, time_text
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.acts.forms import agenda_of
from opposable.systems.assembly.acts.papers.common import (
    KEEP_MINUTES,
    agenda_block,
    citing,
    company_block,
    meeting_block,
    moment,
    paper,
    person,
    points_block,
)
from opposable.systems.assembly.acts.voting import content_of, is_bearer
from opposable.systems.assembly.models import Holder, Meeting, Voter
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.convening.site import PERMISSION
from opposable.systems.assembly.rules.forms.mentions import FormFacts, Mention, mentions, new_resolutions
from opposable.systems.assembly.rules.forms.reception import limit_of
from opposable.systems.assembly.rules.register import Statutes

NOTICE = t("Avis de convocation", "Notice of meeting")
FORM = t("Formulaire de vote par correspondance ou par procuration", "Postal voting and proxy form")
SIDES = {
    "not-later": t("au plus tard le {when}", "no later than {when}"),
    "not-earlier": t("à partir du {when}", "from {when}"),
    "on": t("le {when}", "on {when}"),
}
ARTICLES = Path(__file__).parents[2] / "documents" / "articles.toml"


def notice_paper(meeting: Meeting) -> Any:
    return paper(meeting, "assembly.notice", NOTICE, "notice", KEEP_MINUTES)


def form_paper(meeting: Meeting) -> Any:
    return paper(meeting, "assembly.paper-form", FORM, "form", KEEP_MINUTES)


def notice_data(
    meeting: Meeting, law: Statutes, *, registry: str, forms_at: str, questions_to: str, voter: Voter | None = None
) -> dict[str, Any]:
    """The notice. ``voter``: the copy of one holder, with his access to the voting site."""
    company = meeting.company.facts()
    wanted = company.rule(law, "assembly.notice.content", meeting.day)
    cited = citing(company, law, meeting.day)
    remote = _remote(meeting, law)
    return {
        "company": company_block(meeting.company, registry),
        "meeting": meeting_block(meeting),
        "rule": cited(wanted),
        "notice": moment(meeting.notice_at, meeting.zone),
        "points": points_block(meeting),
        "agenda": agenda_block(agenda_of(meeting)),
        "dates": _dates(meeting, law),
        "remote": remote,
        "ways": [
            _mention(one, cited) for one in _mentions(meeting, law, None) if one.id in ("single-proxy", "single-blank")
        ],
        "by_form": company.form == "sa" or remote is not None,
        "paper_limit": limit_of(law, company, meeting.day, "paper", meeting.zone).value.label.fr,
        "forms_at": forms_at or meeting.company.address,
        "questions_to": questions_to,
        "convener": {"sa": "Le conseil d’administration", "sas": "Le président", "sarl": "Le gérant"}[
            meeting.company.form
        ],
        "addressee": addressee(voter) if voter else None,
    }


def notice_values(meeting: Meeting, data: dict[str, Any]) -> dict[str, object]:
    """What stands for each mandatory mention of R. 225-66."""
    company = data["company"]
    return {
        "name": company["name"],
        "form": company["form"],
        "capital": company["capital_cents"],
        "seat": company["seat"],
        "register": company["registry"],
        "day": meeting.day,
        "hour": data["meeting"]["at"],
        "place": meeting.place,
        "kind": meeting.kind,
        "agenda": data["agenda"],
        "how-to-vote-by-form": data["paper_limit"],
        "where-forms-are-had": data["forms_at"],
    }


def _dates(meeting: Meeting, law: Statutes) -> list[dict[str, Any]]:
    """Every date of the meeting with its article and its arithmetic, in order of time."""
    cited = citing(meeting.company.facts(), law, meeting.day)
    return [
        {
            "id": due.id,
            "label": due.label.fr,
            "who": due.actor,
            "when": SIDES[due.side].format(when=_when(due, meeting.zone)).fr,
            "utc": convening.as_data([due])[0]["utc"],
            "rule": cited(due.rule),
            "trace": [{"what": step.what.fr, "how": step.how.fr, "result": step.result} for step in due.trace],
        }
        for due in convening.calendar(meeting_facts(meeting), law)
    ]


def _when(due: convening.DateDue, zone: str) -> Any:
    if due.whole_day:
        return day_text(due.day, weekday=True)
    paris = due.id.endswith("-electronic") or due.id == "record-date"
    here = local(due.at, PARIS.key if paris else zone)
    return t("{day} à {clock}", "{day} at {clock}").format(
        day=day_text(here.date(), weekday=True), clock=time_text(here)
    )


def _remote(meeting: Meeting, law: Statutes) -> dict[str, Any] | None:
    """Electronic voting, when the bylaws allow it: where, until when, by which articles."""
    company = meeting.company.facts()
    rule_id, name = PERMISSION[company.form]
    allowed = law.at(rule_id, meeting.day, company.bylaws)
    if allowed.param.get(name) is not True:
        return None
    cited = citing(company, law, meeting.day)
    limit = limit_of(law, company, meeting.day, "electronic", meeting.zone)
    assert limit.rule is not None
    return {
        "site": settings.CONFIG.vote_url,
        "limit": limit.value.label.fr,
        "rule": cited(allowed),
        "limit_rule": cited(limit.rule),
    }


def _mentions(meeting: Meeting, law: Statutes, holder: Holder | None) -> list[Mention]:
    facts = FormFacts(
        meeting.company.facts(),
        electronic=False,
        single_document=True,
        bearer=meeting.company.form == "sa" if holder is None else is_bearer(holder),
    )
    return mentions(law, meeting.day, facts)


def _mention(one: Mention, cited: Callable[[Rule], dict[str, Any]]) -> dict[str, Any]:
    return {"id": one.id, "text": one.text.fr, "rule": cited(one.rule), "prominent": one.prominent}


def addressee(voter: Voter) -> dict[str, Any]:
    return {**person(voter.holder), "login": voter.login}


# ---------------------------------------------------------------- the form


def form_data(meeting: Meeting, law: Statutes, holder: Holder | None = None) -> dict[str, Any]:
    """The single document of R. 225-78, blank or with what the register says of one holder (R. 225-77, 2nd par.)."""
    company = meeting.company.facts()
    single = company.rule(law, "assembly.form.single-document", meeting.day)
    cited = citing(company, law, meeting.day)
    clauses = new_resolutions(company)
    return {
        "company": company_block(meeting.company),
        "meeting": meeting_block(meeting),
        "agenda": agenda_block(agenda_of(meeting)),
        "mentions": [_mention(one, cited) for one in _mentions(meeting, law, holder)],
        "limit": limit_of(law, company, meeting.day, "paper", meeting.zone).value.label.fr,
        "new_resolutions": [{"id": name, "text": clauses[name].fr} for name in single.words("new_resolutions")],
        "rule": cited(company.rule(law, "assembly.form.content", meeting.day)),
        "single_rule": cited(single),
        "of_sa": company.form == "sa",
        "article": article("C. com., art. L. 225-106", meeting.day),
        "holder": {**person(holder), "held": content_of(holder)} if holder else None,
    }


@cache
def _articles() -> list[dict[str, Any]]:
    return list(tomllib.loads(ARTICLES.read_text("utf-8"))["article"])


def article(cite: str, day: date) -> dict[str, str] | None:
    """An article to reproduce, in its wording of a day, with where that was read; None when none is on file."""
    for one in _articles():
        if one["cite"] == cite and one["from"] <= day and ("until" not in one or day < one["until"]):
            return {
                "cite": cite,
                "from": day_text(one["from"]).fr,
                "checked": day_text(one["checked"]).fr,
                "text": one["text"].strip(),
            }
    return None
