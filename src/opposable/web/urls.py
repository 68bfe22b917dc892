"""Addresses of the house's own pages (namespace «web») and of the log's public files."""

from django.urls import path

from opposable.web.views import acts, law, log, search, today

app_name = "web"
urlpatterns = [
    path("", today.today, name="today"),
    path("clock/", today.clock_now, name="clock"),
    path("acts/", acts.acts, name="acts"),
    path("acts/<int:index>/", acts.act, name="act"),
    path("acts/<int:index>/act.json", acts.header, name="act-json"),
    path("acts/<int:index>/act.tlog-proof", acts.proof_file, name="act-proof"),
    path("acts/<int:index>/bundle.asice", acts.bundle_file, name="act-bundle"),
    path("acts/<int:index>/part-<slug:name>.json", acts.part_file, name="act-part"),
    path("law/", law.browse, name="law"),
    path("law/<str:rule_id>/", law.rule, name="rule"),
    path("search/", search.search, name="search"),
    path("log/", log.log, name="log"),
    path("log/checkpoint", log.checkpoint, name="checkpoint"),
    path("log/log.vkey", log.vkey, name="vkey"),
    path("log/policy", log.policy, name="policy"),
    path("log/tokens/<str:name>", log.token, name="token"),
    path("log/tile/<path:path>", log.tile, name="tile"),
]
