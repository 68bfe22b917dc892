"""Addresses, under /contracts/."""

from django.urls import path

from opposable.systems.contracts.views import clauses, parties, register, running, sending

app_name = "contracts"
urlpatterns = [
    path("", register.contracts, name="contracts"),
    path("new/", register.new, name="new"),
    path("library/", clauses.library, name="library"),
    path("parties/", parties.parties, name="parties"),
    path("parties/<str:uid>/", parties.party, name="party"),
    path("<str:uid>/", register.contract, name="contract"),
    path("<str:uid>/clauses/<str:ref>/", clauses.clause, name="clause"),
    path("<str:uid>/terms/", running.terms, name="terms"),
    path("<str:uid>/leaving/", running.leaving, name="leaving"),
    path("<str:uid>/text.pdf", sending.text_file, name="pdf"),
    path("<str:uid>/bundle.asice", sending.bundle_file, name="bundle"),
    path("<str:uid>/matrix.xlsx", sending.matrix_file, name="matrix"),
    path("<str:uid>/signed/", sending.signed_file, name="signed"),
    path("signature/<str:uid>.pdf", sending.signed_copy, name="signed-copy"),
    path("signature/<str:uid>.json", sending.proof_file, name="proof"),
]
