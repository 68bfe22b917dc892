"""Addresses of the system, under /traffic/ (namespace «traffic»)."""

from django.urls import path

from opposable.systems.traffic.views import (
    amending,
    days,
    deliveries,
    figures,
    inbox,
    law,
    record,
    registering,
    steps,
    trust,
)

app_name = "traffic"
urlpatterns = [
    path("", inbox.home, name="home"),
    path("requisitions/", inbox.inbox, name="inbox"),
    path("requisitions/new/", registering.new, name="new"),
    path("requisitions/<str:uid>/", record.record, name="requisition"),
    path("requisitions/<str:uid>/amend/", amending.amend, name="amend"),
    path("requisitions/<str:uid>/approve/", record.approve, name="approve"),
    path("requisitions/<str:uid>/answer.p7m", record.answer_file, name="answer"),
    path("requisitions/<str:uid>/paper/<slug:name>.pdf", record.paper_file, name="paper"),
    path("requisitions/<str:uid>/do/<slug:name>/", steps.step, name="step"),
    path("trust/", trust.trust, name="trust"),
    path("trust/<str:uid>/", trust.anchor, name="anchor"),
    path("trust/<str:uid>/end/", trust.end, name="anchor-end"),
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/<str:uid>/", deliveries.delivery, name="delivery"),
    path("days/", days.days, name="days"),
    path("days/<str:on>/", days.day, name="day"),
    path("days/<str:on>/prove/", days.prove, name="day-prove"),
    path("days/<str:on>/proof.<slug:form>", days.proof_file, name="day-proof"),
    path("figures/", figures.figures, name="figures"),
    path("law/", law.law_page, name="law"),
]
