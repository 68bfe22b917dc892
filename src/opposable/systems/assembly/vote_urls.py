"""Addresses of the voting site (art. R. 225-61). There are no others on it."""

from django.urls import include, path

from opposable.systems.assembly.api import vote
from opposable.systems.assembly.views import (
    identification,
    identification_means,
    voting,
    voting_places,
    voting_receipt,
)
from opposable.web.views import today

PAGES = [
    path("", voting_places.home, name="home"),
    path("m/<str:short>/", voting_places.landing, name="meeting"),
    path("m/<str:short>/identify/", identification.identify, name="identify"),
    path("m/<str:short>/code/", identification.code, name="code"),
    path("m/<str:short>/passkey/", identification.passkey, name="passkey"),
    path("m/<str:short>/passkey/challenge/", identification.passkey_challenge, name="passkey-challenge"),
    path("m/<str:short>/leave/", identification.leave, name="leave"),
    path("m/<str:short>/means/", identification_means.means, name="means"),
    path("m/<str:short>/means/passkey/", identification_means.add_passkey, name="means-passkey"),
    path("m/<str:short>/means/passkey/challenge/", identification_means.ask_passkey, name="means-challenge"),
    path("m/<str:short>/form/", voting.form, name="form"),
    path("m/<str:short>/check/", voting.check, name="check"),
    path("m/<str:short>/send/", voting.send, name="send"),
    path("m/<str:short>/mine/", voting.mine, name="mine"),
    path("m/<str:short>/confirm/", voting.confirm, name="confirm"),
    path("m/<str:short>/table.json", voting_places.table, name="table"),
    path("m/<str:short>/annexes/", voting.annexes, name="annexes"),
    path("receipt/<str:uid>/", voting_receipt.receipt, name="receipt"),
    path("receipt/<str:uid>/proof/", voting_receipt.proof, name="proof"),
    path("receipt/<str:uid>/act.json", voting_receipt.act_json, name="act-json"),
    path("receipt/<str:uid>/act.tlog-proof", voting_receipt.act_proof, name="act-proof"),
    path("receipt/<str:uid>/part-<slug:name>.json", voting_receipt.part_file, name="act-part"),
    path("receipt/<str:uid>/proof.asice", voting_receipt.bundle, name="bundle"),
    path("receipt/<str:uid>/counted.asice", voting_receipt.counted, name="counted"),
    path("receipt/<str:uid>/receipt.pdf", voting_receipt.pdf, name="pdf"),
    path("receipt/<str:uid>/log.vkey", voting_receipt.log_vkey, name="log-vkey"),
    path("receipt/<str:uid>/policy", voting_receipt.log_policy, name="log-policy"),
    path("accessibility/", voting_places.accessibility, name="accessibility"),
    path("privacy/", voting_places.privacy, name="privacy"),
    path("robots.txt", voting_places.robots, name="robots"),
]

urlpatterns = [
    path("", include((PAGES, "vote"))),
    path("api/vote/", vote.urls()),  # the same voting, for a program: an intermediary with many lines
    # The kit's clock asks the server what time it is: the one address of the kit that this site has.
    path("", include(([path("clock/", today.clock_now, name="clock")], "web"))),
]
