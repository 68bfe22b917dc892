"""A second form of one holder, or a form and a proxy: which one stands (R. 22-10-28, III; R. 225-80; R. 225-81)."""

from __future__ import annotations

from opposable.kernel.acting import Acting
from opposable.systems.assembly.acts.forms import PROXIES, agenda_of, mode_of, number_counted
from opposable.systems.assembly.models import Form
from opposable.systems.assembly.rules import proxies, register
from opposable.systems.assembly.rules.forms import changes
from opposable.systems.assembly.rules.quorum import CHAIR


def replace_earlier(a: Acting, form: Form, company: register.Company) -> None:
    """What a holder sent before: replaced by a new form where the law lets him, joined where a form meets a proxy."""
    earlier = number_counted(form.meeting, form.holder)
    if earlier is None:
        return
    found = Form.objects.select_related("meeting", "holder", "cell", "proxy_holder").get(pk=earlier)
    rule = company.rule(a.statutes, "assembly.mode.no-change", form.meeting.day)
    one, other = mode_of(found), mode_of(form)
    a.why(changes.check_mode(rule, company, one, other))
    if one == other == "vote":
        a.why(changes.check_replacement(rule, company, completes=_completes(found, form)))
    _keep_proxy(a, found, form, company)
    if found.mode == "vote" and form.mode in PROXIES:
        _keep_votes(a, found, form, company)
    found.status = "superseded"
    a.record_before(found)


def _completes(earlier: Form, form: Form) -> bool:
    """The same votes, and marks on what was put on the agenda since."""
    answered = len(earlier.choices)
    said = [
        (one.choices[:answered], one.proxy_name, one.proxy_holder_id, one.new_resolutions, one.new_proxy)
        for one in (earlier, form)
    ]
    return answered < len(form.choices) and said[0] == said[1]


def _keep_proxy(a: Acting, earlier: Form, form: Form, company: register.Company) -> None:
    """A proxy came first. It is irrevocable (R. 225-80): the form that follows prevails for the votes it expresses (R. 225-81)."""
    rule = company.rule(a.statutes, "assembly.proxy.irrevocable", form.meeting.day)
    if not (earlier.mode in PROXIES or earlier.proxy_name) or not company.bound_by(rule):
        return
    if form.mode in PROXIES or form.proxy_name:
        a.why(proxies.check_revocation(rule, earlier.channel, form.channel))  # type: ignore[arg-type]
        return
    form.proxy_name, form.proxy_holder = earlier.proxy_name or CHAIR, earlier.proxy_holder
    _say_both(a, form, company)


def _keep_votes(a: Acting, earlier: Form, form: Form, company: register.Company) -> None:
    """A form came first, then a proxy: the proxy counts, subject to the votes expressed in the form (R. 225-81)."""
    put_since = len(form.choices) - len(earlier.choices)  # by holders, after that form: the proxy votes it
    form.choices = [*earlier.choices, *[None] * put_since]
    form.new_resolutions = form.new_resolutions or earlier.new_resolutions
    form.proxy_name = form.proxy_name or CHAIR
    form.mode = "vote"
    _say_both(a, form, company)


def _say_both(a: Acting, form: Form, company: register.Company) -> None:
    rule = company.rule(a.statutes, "assembly.proxy.with-form", form.meeting.day)
    items = [row.facts() for row in agenda_of(form.meeting)][: len(form.choices)]
    a.why(proxies.with_form(rule, items, form.marks))
