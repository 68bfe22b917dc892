"""The words of the office: what each stored code is called, and the tone of each state. Texts alone: the manifest reads them."""

from collections.abc import Mapping

from opposable.law.text import Text, t

KIND_WORDS: Mapping[str, Text] = {
    "ordinary": t("ordinaire", "ordinary"),
    "extraordinary": t("extraordinaire", "extraordinary"),
    "combined": t("mixte", "combined"),
    "special": t("spéciale", "special"),
}
BODY_WORDS: Mapping[str, Text] = {
    "ordinary": t("à titre ordinaire", "as ordinary business"),
    "extraordinary": t("à titre extraordinaire", "as extraordinary business"),
    "special": t("en assemblée spéciale", "as a special meeting"),
}
CALL_WORDS = {1: t("première convocation", "first call"), 2: t("deuxième convocation", "second call")}
MEETING_STATES: Mapping[str, tuple[str, Text]] = {
    "draft": ("info", t("en préparation", "in preparation")),
    "convened": ("due", t("convoquée", "convened")),
    "open": ("ok", t("vote ouvert", "voting open")),
    "closed": ("info", t("vote à distance clos", "remote voting closed")),
    "in-session": ("ok", t("en séance", "in session")),
    "held": ("info", t("tenue", "held")),
    "minuted": ("ok", t("procès-verbal signé", "minutes signed")),
    "cancelled": ("refused", t("annulée", "cancelled")),
}
FORM_STATES: Mapping[str, tuple[str, Text]] = {
    "counted": ("ok", t("compté", "counted")),
    "amended": ("due", t("compté, modifié", "counted, amended")),
    "late": ("refused", t("refusé : hors délai", "refused: too late")),
    "void": ("refused", t("invalidé", "void")),
    "keyed": ("due", t("à saisir une seconde fois", "to be keyed a second time")),
    "superseded": ("info", t("remplacé", "superseded")),
}
MODE_WORDS: Mapping[str, Text] = {
    "vote": t("vote à distance", "remote vote"),
    "proxy-chair": t("pouvoir au président", "proxy to the chair"),
    "proxy-person": t("pouvoir à une personne", "proxy to a person"),
    "proxy-blank": t("pouvoir sans mandataire", "blank proxy"),
}
CHANNEL_WORDS = {"electronic": t("électronique", "electronic"), "paper": t("papier", "paper")}
LEVEL_WORDS: Mapping[str, Text] = {
    "simple": t("simple, selon les statuts", "simple, under the bylaws"),
    "advanced": t("avancée", "advanced"),
    "qualified": t("qualifiée", "qualified"),
}
BY_HAND = t("manuscrite, sur le papier", "by hand, on the paper")
METHOD_WORDS: Mapping[str, Text] = {
    "code": t("code reçu par un second canal", "code received by a second channel"),
    "totp": t("application d’authentification", "authenticator application"),
    "passkey": t("clé d’accès", "passkey"),
    "hand": t("signature manuscrite", "handwritten signature"),
}
NEW_WORDS: Mapping[str, Text] = {
    "": t("rien de dit", "nothing said"),
    "abstain": t("abstention", "abstain"),
    "against": t("contre", "against"),
    "proxy-chair": t("pouvoir au président", "proxy to the chair"),
    "proxy-person": t("pouvoir à une personne", "proxy to a person"),
}
MARK_WORDS: Mapping[str, Text] = {
    "for": t("pour", "for"),
    "against": t("contre", "against"),
    "abstain": t("abstention", "abstain"),
}
HOLDER_WORDS: Mapping[str, Text] = {
    "person": t("personne physique", "person"),
    "entity": t("personne morale", "entity"),
    "intermediary": t("intermédiaire", "intermediary"),
}
LOT_WORDS: Mapping[str, Text] = {
    "nominative-pure": t("nominatif pur", "registered (pure)"),
    "nominative-administered": t("nominatif administré", "registered (administered)"),
    "bearer": t("au porteur", "bearer"),
}
RIGHT_WORDS: Mapping[str, Text] = {
    "full": t("pleine propriété", "full ownership"),
    "bare": t("nue-propriété", "bare ownership"),
    "usufruct": t("usufruit", "usufruct"),
    "joint": t("indivision", "joint ownership"),
}
CAUSE_WORDS: Mapping[str, Text] = {
    "sale": t("cession", "sale"),
    "inheritance": t("succession", "inheritance"),
    "marital-property": t("liquidation de communauté", "marital property"),
    "family-gift": t("donation familiale", "family gift"),
    "shareholder-merger": t("fusion de l’actionnaire", "merger of the shareholder"),
    "conversion": t("conversion de forme", "change of form"),
}
COMPANY_FORMS: Mapping[str, Text] = {
    "sa": t("société anonyme", "public limited company (SA)"),
    "sas": t("société par actions simplifiée", "simplified joint-stock company (SAS)"),
    "sarl": t("société à responsabilité limitée", "limited liability company (SARL)"),
}
AUTHOR_WORDS: dict[str, Text] = {
    "board": t("conseil d’administration", "board"),
    "holders": t("actionnaires", "shareholders"),
    "committee": t("comité social et économique", "works council"),
}
CONVENER = t("auteur de la convocation", "whoever convened")
"""Who puts the company's own drafts forward where there is no board: an SAS or an SARL."""
ASKER_WORDS: tuple[tuple[str, Text], ...] = (
    ("holders", t("un ou plusieurs actionnaires", "one or more shareholders")),
    ("association", t("une association d’actionnaires", "an association of shareholders")),
    ("committee", t("le comité social et économique", "the works council")),
)
REQUEST_KINDS: Mapping[str, Text] = {
    "draft": t("projet de résolution", "draft resolution"),
    "point": t("point, sans vote", "point, without a vote"),
}
REQUEST_STATES: Mapping[str, tuple[str, Text]] = {
    "received": ("due", t("recevable, à inscrire", "admissible, to be put on the agenda")),
    "refused": ("refused", t("irrecevable", "not admissible")),
    "listed": ("ok", t("à l’ordre du jour", "on the agenda")),
    "lapsed": ("refused", t("caduque : attestation insuffisante", "lapsed: certificate insufficient")),
    "withdrawn": ("", t("retirée par ses auteurs", "withdrawn by its authors")),
}
RESOLUTION_KINDS: Mapping[str, Text] = {
    "draft": t("à l’ordre du jour", "on the agenda"),
    "amendment": t("amendement", "amendment"),
    "new": t("résolution de séance", "brought up in session"),
}
VERDICTS: Mapping[str, Text] = {
    "adopted": t("la majorité requise est atteinte", "the required majority is reached"),
    "majority": t("la majorité requise n’est pas atteinte", "the required majority is not reached"),
    "tie": t("partage des voix : rejetée", "a tie: rejected"),
    "no-vote-cast": t("aucune voix exprimée : rejetée", "no vote cast: rejected"),
    "no-quorum": t("sans quorum, l’assemblée ne peut pas délibérer", "without a quorum the meeting may not decide"),
}
PURPOSES = {
    "notice": t("convocation", "notice of meeting"),
    "code": t("code d’identification", "identification code"),
    "confirmation": t("confirmation de réception", "confirmation of receipt"),
    "means": t("moyen d’identification ajouté", "means of identification added"),
    "form-changed": t("vote modifié ou invalidé", "vote amended or voided"),
    "agenda": t("ordre du jour complété", "amended agenda"),
    "cancelled": t("annulation", "cancellation"),
}
MAIL_STATES: Mapping[str, tuple[str, Text]] = {
    "sent": ("ok", t("accepté par le serveur", "accepted by the server")),
    "refused": ("refused", t("refusé par le serveur", "refused by the server")),
    "failed": ("refused", t("non remis au serveur", "not handed over to the server")),
}

FACT_LABELS: Mapping[str, Text] = {
    "adopted": t("adoptée", "adopted"),
    "at": t("instant", "instant"),
    "balo_on": t("avis au BALO le", "BALO notice on"),
    "base": t("base de calcul", "base"),
    "bearer": t("titres au porteur", "bearer shares"),
    "bid_defence": t("défense contre une offre", "defence against a bid"),
    "body": t("délibération", "business"),
    "bureau": t("bureau", "bureau"),
    "bylaws": t("clauses statutaires", "bylaws"),
    "call": t("convocation", "call"),
    "cap": t("plafond", "cap"),
    "capacity": t("qualité du signataire", "signer’s capacity"),
    "chosen": t("mode déjà choisi", "mode already chosen"),
    "claimed": t("revendiquées", "claimed"),
    "counts": t("l’abstention vaut", "an abstention counts as"),
    "day": t("jour de l’assemblée", "day of the meeting"),
    "days": t("jours fériés de", "holidays of"),
    "done": t("déjà fait", "done already"),
    "fields": t("mentions présentes", "mentions present"),
    "first_on": t("première assemblée", "first meeting"),
    "for": t("voix pour", "votes for"),
    "least": t("à détenir", "to be held"),
    "sent_on": t("envoyée le", "sent on"),
    "form": t("forme", "form"),
    "forms": t("formes de société", "forms of company"),
    "held": t("détenues", "held"),
    "kind": t("genre", "kind"),
    "last": t("dernier jour permis", "last lawful day"),
    "level": t("niveau de signature", "level of signature"),
    "levels": t("niveaux admis", "levels allowed"),
    "listed": t("société cotée", "listed company"),
    "lot": t("lot", "lot"),
    "market": t("titres visés", "securities concerned"),
    "means": t("moyen", "means"),
    "meeting_on": t("jour de l’assemblée", "day of the meeting"),
    "notice.first": t("avis de convocation", "notice of meeting"),
    "now": t("instant de l’acte", "instant of the act"),
    "on": t("au", "on"),
    "original": t("original du procès-verbal", "original of the minutes"),
    "other": t("loi du", "law of"),
    "paid_up": t("libérées", "paid up"),
    "quantity": t("quantité", "quantity"),
    "received_at": t("reçu le", "received on"),
    "remote": t("à distance", "remotely"),
    "resolution": t("résolution", "resolution"),
    "resolutions": t("résolutions", "resolutions"),
    "shares": t("actions", "shares"),
    "since": t("inscrites depuis", "registered since"),
    "status": t("état", "state"),
    "telecom_only": t("exclusivement à distance", "remote only"),
    "verb": t("droit demandé", "right asked for"),
    "votes": t("voix", "votes"),
    "warning": t("le formulaire avertit que l’abstention vaut", "the form warns that an abstention counts as"),
    "why": t("motif", "ground"),
    "would_be": t("serait adoptée", "would be adopted"),
    "zone": t("heure légale de", "legal time of"),
}
"""What the facts of a decision are called. Those without words here are on the proof page of the act only."""

VALUE_LABELS: Mapping[str, Text] = {
    **KIND_WORDS,
    **COMPANY_FORMS,
    **LOT_WORDS,
    **LEVEL_WORDS,
    **MODE_WORDS,
    **{name: words for name, (_, words) in {**MEETING_STATES, **FORM_STATES}.items()},
    "FR": t("France", "France"),
    "Europe/Paris": t("Paris", "Paris"),
    "adopted": t("adoption", "adoption"),
    "against": t("contre", "against"),
    "agenda": t("ordre du jour", "agenda"),
    "any": t("toutes", "all"),
    "board-chair": t("président du conseil", "chair of the board"),
    "bureau": t("composition du bureau", "bureau"),
    "chair": t("président", "chair"),
    "convening": t("mode de convocation", "way of convening"),
    "date": t("date", "date"),
    "debates": t("résumé des débats", "summary of the debates"),
    "director-general-manager": t("administrateur directeur général", "director and general manager"),
    "documents": t("documents soumis", "documents submitted"),
    "electronic": t("électronique", "electronic"),
    "hand": t("main levée", "show of hands"),
    "liquidator": t("liquidateur", "liquidator"),
    "management-board-member": t("membre du directoire", "member of the management board"),
    "meeting-secretary": t("secrétaire de l’assemblée", "secretary of the meeting"),
    "none": t("aucun", "none"),
    "not-cast": t("pas un vote exprimé", "no vote cast"),
    "paper": t("papier", "paper"),
    "place": t("lieu", "place"),
    "quorum": t("quorum atteint", "quorum reached"),
    "resolutions": t("texte des résolutions", "text of the resolutions"),
    "results": t("résultat des votes", "results of the votes"),
    "scrutineer-1": t("scrutateur", "scrutineer"),
    "scrutineer-2": t("scrutateur", "scrutineer"),
    "secretary": t("secrétaire", "secretary"),
    "shares-voting": t("actions participant au vote", "shares that voted"),
    "supervisory-chair": t("président du conseil de surveillance", "chair of the supervisory board"),
    "supervisory-vice-chair": t("vice-président du conseil de surveillance", "vice-chair of the supervisory board"),
    "with-against": t("avec les voix contre", "with the votes against"),
}
"""What the codes stored in facts are called."""

MATTER_WORDS: Mapping[str, Text] = {
    "profits": t("affectation des bénéfices (l’usufruitier vote)", "allocation of profits (the usufructuary votes)"),
    "seat": t("déplacement du siège (plus de la moitié des parts)", "moving the seat (more than half of the shares)"),
    "reserves": t(
        "capital augmenté par les réserves (la moitié des parts)",
        "capital increased from reserves (half of the shares)",
    ),
    "nationality": t("changement de nationalité (unanimité)", "change of nationality (unanimity)"),
    "unanimous": t(
        "inaliénabilité, changement de contrôle (unanimité)", "inalienability, change of control (unanimity)"
    ),
}
"""`Resolution.matter`: what an SAS or SARL decides by a majority of its own."""

PARAM_WORDS: Mapping[str, Text] = {
    "allowed": t("permis", "allowed"),
    "at": t("heure", "hour"),
    "base": t("base de la majorité", "base of the majority"),
    "bid_days_before": t("jours avant, en période d’offre", "days before, in a bid"),
    "by": t("voix comptées", "votes counted"),
    "change_allowed": t("changement de mode permis", "change of mode allowed"),
    "code_before_session": t("code fourni avant la séance", "code supplied before the session"),
    "days_before": t("jours avant l’assemblée", "days before the meeting"),
    "evote": t("vote électronique permis", "electronic voting allowed"),
    "extraordinary": t("vote en assemblée extraordinaire", "votes at the extraordinary meeting"),
    "first": t("quorum, première convocation", "quorum, first call"),
    "granted": t("vote double accordé", "double vote granted"),
    "kept_on": t("conservé en cas de", "kept on"),
    "kinds": t("assemblées concernées", "meetings concerned"),
    "listed_by_right": t("vote double de droit (sociétés cotées)", "double vote by right (listed companies)"),
    "max_days_before": t("jours avant, formulaire papier", "days before, paper form"),
    "notice_days_before": t("jours de convocation", "days of notice"),
    "opted_in": t("option unanime pour la loi d’août 2005", "unanimous choice of the statute of August 2005"),
    "ordinary": t("vote en assemblée ordinaire", "votes at the ordinary meeting"),
    "profits": t("vote sur l’affectation des bénéfices", "votes on the allocation of profits"),
    "process": t("procédé d’identification", "identification process"),
    "second": t("quorum, deuxième convocation", "quorum, second call"),
    "persons": t("mandataires admis", "proxies admitted"),
    "second_consultation": t(
        "seconde consultation, à la majorité des votes émis", "second consultation, by a majority of the votes cast"
    ),
    "secretary_outside_holders": t("secrétaire pris hors des actionnaires", "secretary from outside the shareholders"),
    "share": t("fraction (des voix, du capital)", "fraction (of the votes, of the capital)"),
    "simple": t("signature simple permise", "simple signature allowed"),
    "strict": t("plus que la fraction", "more than the fraction"),
    "third_party": t("mandataire étranger à la société permis", "proxy from outside the company allowed"),
    "transmits": t("ce qui est transmis", "what is transmitted"),
    "votes": t("nombre de voix", "number of votes"),
    "working_days_before": t("jours ouvrés avant l’assemblée", "working days before the meeting"),
    "years": t("années de nominatif", "years of registration"),
}
"""The values of rules that bylaws speak of, in words. A value without words here is not offered to a clause."""

PARAM_VALUES: Mapping[str, Text] = {
    **KIND_WORDS,
    **CAUSE_WORDS,
    "shareholder": t("un autre actionnaire ou associé", "another shareholder or member"),
    "spouse": t("le conjoint", "the spouse"),
    "civil-partner": t("le partenaire de PACS", "the civil partner"),
    "other": t("toute personne", "anyone"),
    "all": t("toutes les voix de la société", "all the votes of the company"),
    "bare": RIGHT_WORDS["bare"],
    "cast": t("les voix exprimées", "the votes cast"),
    "head": t("par tête : une voix par associé", "by head: one vote a member"),
    "held": t("les voix des présents et représentés", "the votes of those present and represented"),
    "share": t("par action", "by share"),
    "usufruct": RIGHT_WORDS["usufruct"],
    "voice": t("la voix", "voice"),
    "video": t("la voix et l’image", "voice and picture"),
    "voice-or-video": t("la voix au moins", "at least the voice"),
}
"""What the values of rules are called where they are codes."""
