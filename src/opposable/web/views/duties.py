"""«Échéances»: everything that is due and may be shown, the alerts, and the calendar at its secret address."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from opposable.kernel import alerts, clock, duties, mail
from opposable.kernel.approvals import GIVE, waiting_for
from opposable.kernel.models import CalendarFeed
from opposable.law import t
from opposable.web.access import actor_of, visible_duties
from opposable.web.forms import see_other, toast
from opposable.web.links import link
from opposable.web.views.today import due_of, tabs_of

MOST = 500


def due(request: HttpRequest) -> HttpResponse:
    """What is due, the earliest first, and the addresses from which programs read it."""
    now = clock.now()
    rows = visible_duties(request).filter(closed_at=None).order_by("due_at", "pk")[: MOST + 1]
    listed = [due_of(duty, now) for duty in rows]
    context = {
        "dues": listed[:MOST],
        "more": len(listed) > MOST,
        "waiting": waiting_for(actor_of(request), now),
        "feed": CalendarFeed.objects.filter(account__uid=actor_of(request).uid, until=None).first(),
        "mail": mail.has_server(),
        "secret": request.session.pop("calendar", ""),
        **tabs_of("duties"),
    }
    return render(request, "web/pages/duties.html", context)


@require_POST
def calendar(request: HttpRequest) -> HttpResponse:
    """Open a new secret address (the one before stops), or close it. The address is shown once, on the next page."""
    if "close" in request.POST:
        alerts.close_feed(actor_of(request))
        toast(request, t("L’adresse d’agenda est fermée.", "The calendar address is closed."))
    else:
        _, secret = alerts.open_feed(actor_of(request)).result
        request.session["calendar"] = request.build_absolute_uri(link("web:calendar-file", secret))
    return see_other(link("web:duties"))


@login_not_required
@never_cache
@require_safe
def calendar_file(request: HttpRequest, secret: str) -> HttpResponse:
    """What is due for the account of a secret address. Any other address does not exist."""
    feed = alerts.feed_of(secret)
    if feed is None:
        raise Http404
    rows = duties.due_for(feed.account.actor).exclude(act=GIVE).order_by("due_at", "pk")[:MOST]
    text = alerts.icalendar(rows, clock.now(), feed.account.language)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="opposable.ics"'
    return answer
