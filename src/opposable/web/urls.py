"""Addresses of the house's own pages (namespace «web») and of the log's public files."""

from django.urls import path

from opposable.web import saved
from opposable.web.views import acts, approvals, documents, duties, flows, grants, law, log, new_document, search, today

app_name = "web"
urlpatterns = [
    path("", today.today, name="today"),
    path("calendar/", today.calendar, name="calendar"),
    path("board/", today.board, name="board"),
    path("clock/", today.clock_now, name="clock"),
    path("acts/", acts.acts, name="acts"),
    path("acts/<int:index>/", acts.act, name="act"),
    path("acts/<int:index>/act.json", acts.header, name="act-json"),
    path("acts/<int:index>/act.tlog-proof", acts.proof_file, name="act-proof"),
    path("acts/<int:index>/bundle.asice", acts.bundle_file, name="act-bundle"),
    path("acts/<int:index>/part-<slug:name>.json", acts.part_file, name="act-part"),
    path("law/", law.browse, name="law"),
    path("law/<str:rule_id>/", law.rule, name="rule"),
    path("access/", grants.grants, name="grants"),
    path("access/new/", grants.give, name="grant-give"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/flows/", flows.flows, name="flows"),
    path("approvals/flows/new/", flows.publish, name="flow-new"),
    path("approvals/flows/<str:key>/", flows.flow, name="flow"),
    path("approvals/flows/<str:key>/next/", flows.publish, name="flow-publish"),
    path("approvals/<str:uid>/", approvals.approval, name="approval"),
    path("duties/", duties.due, name="duties"),
    path("calendar/feed/", duties.calendar, name="calendar-feed"),
    path("calendar/<str:secret>.ics", duties.calendar_file, name="calendar-file"),
    path("documents/", documents.documents, name="documents"),
    path("documents/new/", new_document.new_document, name="document-new"),
    path("documents/<str:uid>/", documents.version, name="document"),
    path("documents/<str:uid>/document.pdf", documents.document_file, name="document-file"),
    path("search/", search.search, name="search"),
    path("views/", saved.keep, name="view-keep"),
    path("views/<int:pk>/forget/", saved.forget, name="view-forget"),
    path("views/restore/<str:token>/", saved.restore, name="view-restore"),
    path("log/", log.log, name="log"),
    path("log/checkpoint", log.checkpoint, name="checkpoint"),
    path("log/log.vkey", log.vkey, name="vkey"),
    path("log/policy", log.policy, name="policy"),
    path("log/tokens/<str:name>", log.token, name="token"),
    path("log/tile/<path:path>", log.tile, name="tile"),
]
