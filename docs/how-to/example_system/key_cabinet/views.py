"""Pages. They read, and call acts; the page kit draws (docs/reference/page-kit.md)."""

from dataclasses import replace

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from opposable.law import Refused, t
from opposable.web.access import actor_of, grants_of, paths, visible_or_404
from opposable.web.forms import form_page, toast
from opposable.web.listing import Column, Listing
from opposable.web.register import timeline_of

from key_cabinet import acts
from key_cabinet.models import Key

KEYS = Listing(
    columns=(
        Column("number", t("Clé", "Key"), lambda k: k.number, href=lambda k: reverse("cabinet:key", args=[k.uid])),
        Column("opens", t("Ouvre", "Opens"), lambda k: k.opens),
        Column("holder", t("Détenteur", "Holder"), lambda k: k.holder),
        Column("back_by", t("À rendre avant", "Back by"), lambda k: k.back_by, "instant"),
    ),
    order=("number", "pk"),
    export_name="keys",
)


class TakeForm(forms.Form):
    """To whom."""

    holder = forms.CharField(label="Nom / Name", max_length=120)


def keys(request: HttpRequest) -> HttpResponseBase:
    """Every key that the person may see."""
    rows = Key.objects.visible_to(actor_of(request))
    may_export = bool(paths(grants_of(request), Key.Evidence.kind, "export"))
    if may_export and (file := KEYS.export(request, rows)):
        return file
    page = KEYS.page(request, rows)
    return TemplateResponse(request, "cabinet/keys.html", {"list": page if may_export else replace(page, exports=())})


def key(request: HttpRequest, uid: str) -> HttpResponse:
    """One key: take it, give it back, and everything that ever happened to it."""
    row: Key = visible_or_404(Key.objects.select_related("cell"), request, uid=uid)
    form, refused = TakeForm(request.POST if "holder" in request.POST else None), None
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            if form.is_bound:
                acts.take(actor_of(request), key=row, holder=form.cleaned_data["holder"])
            else:
                acts.give_back(actor_of(request), key=row)
            toast(request, t("C’est fait.", "Done."))
            return redirect("cabinet:key", uid)
        except Refused as error:
            refused = error
            row.refresh_from_db()
    context = {"key": row, "history": timeline_of(row.uid)}
    return form_page(request, "cabinet/key.html", form, context, refused=refused)
