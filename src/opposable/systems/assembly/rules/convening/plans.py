"""The plan of the dates of a meeting: a line for each, with its rule and how it is counted. `dates` counts them."""

from dataclasses import dataclass

from opposable.law import Text, t
from opposable.systems.assembly.rules.convening.counts import (
    Count,
    When,
    after,
    all_registered,
    allowed,
    always,
    back,
    by_notice,
    drafts,
    drafts_sent,
    extraordinary_again,
    first_call,
    hours_back,
    of_its_kinds,
    open_to_objection,
    put_off,
    record,
    recording,
    recording_kept,
    sarl_notice,
    second_call,
    special_again,
    with_consent,
    working_back,
)
from opposable.systems.assembly.rules.convening.facts import Actor, Side
from opposable.systems.assembly.rules.register import CompanyForm


@dataclass(frozen=True, slots=True)
class Plan:
    """One line of the calendar: which rule, how it is counted, on which side of the date the act must be.

    ``clock`` names the rule's value that gives an hour; a rule without it speaks of whole days.
    """

    id: str
    rule_id: str
    label: Text
    actor: Actor
    count: Count
    side: Side = "not-later"
    when: When = always
    clock: str = "at"
    form: CompanyForm | None = None
    """The only form of company that the line is for: its rule may be on file for a shorter time than the meeting's others."""


PLANS: tuple[Plan, ...] = (
    Plan(
        "notice.email-consent",
        "assembly.notice.email-consent",
        t("Accord des actionnaires pour la convocation électronique", "Shareholders’ agreement to electronic notice"),
        "holder",
        back("consent_days_before"),
    ),
    Plan(
        "notice.balo",
        "assembly.notice.balo",
        t("Avis de réunion au BALO", "Notice of meeting in the BALO"),
        "company",
        back(bid="bid_days_before"),
        when=first_call,
    ),
    Plan(
        "agenda.drafts",
        "assembly.agenda.drafts",
        t("Projets de résolution et points des actionnaires", "Shareholders’ draft resolutions and points"),
        "holder",
        drafts,
        when=by_notice,
    ),
    Plan(
        "agenda.drafts",
        "assembly.agenda.drafts-registered",
        t("Projets de résolution et points des actionnaires", "Shareholders’ draft resolutions and points"),
        "holder",
        back(),
        when=all_registered,
        form="sa",
    ),
    Plan(
        "agenda.drafts.sent",
        "assembly.agenda.drafts",
        t("Envoi des projets : vingt jours après l’avis", "Drafts sent: twenty days after the notice"),
        "holder",
        drafts_sent,
        when=first_call,
    ),
    Plan(
        "agenda.drafts.certificate",
        "assembly.agenda.drafts",
        t("Nouvelle attestation des auteurs de projets", "Second certificate of the authors of drafts"),
        "holder",
        working_back("second_certificate_working_days"),
        side="on",
        when=first_call,
        clock="second_certificate_at",
    ),
    Plan(
        "notice.site",
        "assembly.notice.site",
        t("Documents sur le site de la société", "Documents on the company’s site"),
        "company",
        back(bid="bid_days_before"),
        when=first_call,
    ),
    Plan(
        "holders.list",
        "assembly.holders.list",
        t("Liste des actionnaires arrêtée", "List of shareholders fixed"),
        "company",
        back(),
        side="on",
    ),
    Plan(
        "notice.first",
        "assembly.notice.first",
        t("Convocation (première convocation)", "Notice of meeting (first call)"),
        "company",
        back(bid="bid_days_before"),
        when=first_call,
    ),
    Plan(
        "notice.second",
        "assembly.notice.second",
        t("Convocation (convocation suivante)", "Notice of meeting (following call)"),
        "company",
        back(bid="bid_days_before"),
        when=second_call,
    ),
    Plan(
        "documents.office",
        "assembly.documents.office",
        t("Documents à disposition au siège", "Documents open at the seat"),
        "company",
        back(),
        when=of_its_kinds,
    ),
    Plan(
        "form.request",
        "assembly.form.request",
        t("Demande d’un formulaire de vote", "Request for a voting form"),
        "holder",
        back(),
    ),
    Plan(
        "documents.request",
        "assembly.documents.request",
        t("Demande d’envoi des documents", "Request for the documents"),
        "holder",
        back(),
    ),
    Plan(
        "questions.written",
        "assembly.questions.written",
        t("Questions écrites", "Written questions"),
        "holder",
        working_back(),
    ),
    Plan(
        "record-date",
        "assembly.record-date.listed",
        t("Date d’inscription en compte", "Record date"),
        "holder",
        record,
        side="on",
    ),
    Plan(
        "record-date",
        "assembly.record-date.unlisted",
        t("Date d’inscription en compte", "Record date"),
        "holder",
        record,
        side="on",
    ),
    Plan(
        "form.deadline-paper",
        "assembly.form.deadline-paper",
        t("Formulaires papier reçus : limite la plus éloignée permise", "Paper forms received: earliest limit allowed"),
        "holder",
        back("max_days_before"),
    ),
    Plan(
        "form.deadline-electronic",
        "assembly.form.deadline-electronic",
        t("Formulaires électroniques reçus", "Electronic forms received"),
        "holder",
        back(),
    ),
    Plan(
        "proxy.deadline-electronic",
        "assembly.proxy.deadline-electronic",
        t("Pouvoirs électroniques reçus", "Electronic proxies received"),
        "holder",
        back(),
    ),
    Plan(
        "results.publication",
        "assembly.results.publication",
        t("Résultat des votes sur le site", "Results of the votes on the site"),
        "company",
        after,
    ),
    Plan(
        "broadcast.recording",
        "assembly.broadcast",
        t("Enregistrement de l’assemblée en ligne", "Recording of the meeting online"),
        "company",
        recording,
    ),
    Plan(
        "broadcast.removal",
        "assembly.broadcast",
        t("Retrait de l’enregistrement", "Removal of the recording"),
        "company",
        recording_kept,
        side="not-earlier",
    ),
    Plan(
        "telecom-only.announced",
        "assembly.telecom-only",
        t(
            "Avis de la date, si l’opposition précède la convocation",
            "Notice of the date, if objection precedes the notice",
        ),
        "company",
        back("notice_of_date_days_before"),
        when=open_to_objection,
    ),
    Plan(
        "telecom-only.objection",
        "assembly.telecom-only",
        t("Opposition à la tenue exclusivement à distance", "Objection to a meeting held only at a distance"),
        "holder",
        back("objection_days_before"),
        when=open_to_objection,
    ),
    Plan(
        "telecom-only.fallback",
        "assembly.telecom-only",
        t(
            "Avertir que l’assemblée ne sera pas exclusivement à distance",
            "Warn that the meeting will not be only at a distance",
        ),
        "company",
        hours_back,
        when=open_to_objection,
    ),
    Plan(
        "quorum.put-off",
        "assembly.quorum.extraordinary",
        t("Prorogation de la deuxième assemblée", "Putting off of the second meeting"),
        "company",
        put_off,
        when=extraordinary_again,
    ),
    Plan(
        "quorum.put-off",
        "assembly.quorum.special",
        t("Prorogation de la deuxième assemblée", "Putting off of the second meeting"),
        "company",
        put_off,
        when=special_again,
    ),
    Plan(
        "notice.sas",
        "assembly.sas.free",
        t("Convocation selon les statuts", "Notice under the bylaws"),
        "company",
        back("notice_days_before"),
    ),
    Plan(
        "notice.sarl",
        "assembly.sarl.convening",
        t("Convocation des associés", "Notice to the members"),
        "company",
        sarl_notice,
    ),
    Plan(
        "notice.email-consent",
        "assembly.sarl.convening",
        t("Accord des associés pour la convocation électronique", "Members’ agreement to electronic notice"),
        "holder",
        back("consent_days_before"),
        when=with_consent,
        form="sarl",
    ),
    Plan(
        "documents.sarl",
        "assembly.sarl.documents",
        t("Comptes, rapport et projets adressés aux associés", "Accounts, report and drafts sent to the members"),
        "company",
        back(),
        form="sarl",
    ),
    Plan(
        "quorum.put-off",
        "assembly.sarl.quorum.extraordinary",
        t("Prorogation de la deuxième assemblée", "Putting off of the second meeting"),
        "company",
        put_off,
        when=extraordinary_again,
        form="sarl",
    ),
    Plan(
        "agenda.sarl",
        "assembly.sarl.drafts",
        t("Points et projets des associés", "Members’ points and drafts"),
        "holder",
        back(),
    ),
    Plan(
        "agenda.sas",
        "assembly.sas.drafts",
        t("Points et projets des associés", "Members’ points and drafts"),
        "holder",
        back(),
        when=allowed,
        form="sas",
    ),
)
