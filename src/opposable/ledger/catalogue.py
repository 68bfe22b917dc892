"""The numbered catalogue of checks: one entry for each way in which a bundle can fail, or fall short.

Numbers and ids are stable: programs and people quote them. `verify`, VERIFY.sh and verify.html report the same ids.
A *failure* makes the bundle false. A *notice* says what the bundle does not prove, or on what the answer rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["failure", "notice"]


@dataclass(frozen=True, slots=True)
class Check:
    """Number, id, level, category; what is checked, and what it means when it is reported, in French and in English."""

    number: int
    id: str
    level: Level
    category: str
    name_fr: str
    name_en: str
    means_fr: str
    means_en: str

    def name(self, lang: str) -> str:
        return self.name_en if lang == "en" else self.name_fr

    def means(self, lang: str) -> str:
        return self.means_en if lang == "en" else self.means_fr


CATEGORIES: Final = {
    "container": ("Conteneur", "Container"),
    "manifest": ("Manifeste ASiC", "ASiC manifest"),
    "act": ("Actes et pièces", "Acts and parts"),
    "log": ("Journal et preuves", "Log and proofs"),
    "witness": ("Politique et témoins", "Policy and witnesses"),
    "time": ("Dates", "Dates"),
    "erasure": ("Effacements", "Erasures"),
    "object": ("Histoire des objets", "History of objects"),
    "rule": ("Règles de droit", "Rules of law"),
}
_CATEGORY_OF: Final = dict(enumerate(CATEGORIES, start=1))


def _check(number: int, id: str, name_fr: str, name_en: str, means_fr: str, means_en: str) -> Check:
    level: Level = "notice" if number % 100 >= 90 else "failure"
    return Check(number, id, level, _CATEGORY_OF[number // 100], name_fr, name_en, means_fr, means_en)


# fmt: off
CATALOGUE: Final = (
    _check(101, "container.zip", "archive ZIP bien formée", "well-formed ZIP archive",
           "L’archive est abîmée, ou deux logiciels pourraient y lire deux choses différentes.",
           "The archive is damaged, or two programs could read two different things in it."),
    _check(102, "container.names", "noms des membres", "names of the members",
           "Un nom est en double, ou sort du dossier où l’on déballe.",
           "A name occurs twice, or leads out of the folder it is unpacked into."),
    _check(103, "container.size", "taille des membres", "size of the members",
           "Un membre est démesuré : une bombe de décompression, peut-être.",
           "A member is out of proportion: a decompression bomb, perhaps."),
    _check(104, "container.mimetype", "type ASiC-E annoncé en tête", "ASiC-E type announced first",
           "Le premier membre n’est pas « mimetype », non compressé.",
           "The first member is not “mimetype”, uncompressed."),
    _check(105, "container.layout", "membres prévus par le format", "members foreseen by the layout",
           "Ce membre n’a pas de place dans le format : rien ne l’a vérifié.",
           "The layout has no place for this member: nothing has checked it."),
    _check(106, "container.missing", "membres obligatoires", "required members",
           "Un membre sans lequel rien ne se vérifie est absent.",
           "A member without which nothing can be checked is absent."),
    _check(190, "container.meta", "autres membres de META-INF", "other members of META-INF",
           "Ces membres ajoutés (prolongation de preuve, par exemple) n’ont pas été vérifiés ici.",
           "These added members (a renewal of evidence, for instance) were not checked here."),
    _check(201, "manifest.form", "forme du manifeste", "form of the manifest",
           "Le manifeste n’a pas sa forme fixe.", "The manifest is not in its fixed form."),
    _check(202, "manifest.digest", "empreinte de chaque membre", "digest of each member",
           "Ce membre a été changé depuis que le manifeste a été fait.",
           "This member was changed after the manifest was made."),
    _check(203, "manifest.missing", "membres annoncés", "members listed",
           "Le manifeste annonce un membre qui n’est pas là.", "The manifest lists a member that is not there."),
    _check(204, "manifest.unlisted", "membres non annoncés", "members not listed",
           "Ce membre a été ajouté : le manifeste ne le connaît pas.",
           "This member was added: the manifest does not know it."),
    _check(205, "manifest.token", "horodatage du manifeste", "time-stamp of the manifest",
           "Le jeton n’est pas valable, ou n’est pas celui de ce manifeste.",
           "The token is not valid, or is not over this manifest."),
    _check(290, "manifest.undated", "dossier sans date propre", "bundle without a date of its own",
           "Le dossier lui-même n’est pas horodaté ; ses actes peuvent l’être.",
           "The bundle itself bears no time-stamp; its acts may."),
    _check(301, "act.canonical", "en-tête en JSON canonique", "header in canonical JSON",
           "L’en-tête n’est pas écrit de la seule façon permise.", "The header is not written in the one allowed way."),
    _check(302, "act.fields", "champs de l’en-tête", "fields of the header",
           "Un champ manque, est de trop ou n’a pas sa forme.", "A field is missing, extra, or not in its form."),
    _check(303, "act.log", "journal de l’acte", "log of the act",
           "L’acte dit appartenir à un autre journal.", "The act says that it belongs to another log."),
    _check(304, "act.header-missing", "en-tête présent ou effacé", "header present or erased",
           "L’en-tête manque, et aucun acte d’effacement licite ne le couvre.",
           "The header is missing, and no lawful erasure act covers it."),
    _check(305, "act.twice", "un acte, une place", "one act, one place",
           "Deux dossiers donnent le même numéro d’acte.", "Two folders give the same act number."),
    _check(311, "part.form", "forme des pièces", "form of the parts",
           "La pièce n’est pas un JSON canonique {data, keep, salt}.",
           "The part is not canonical JSON {data, keep, salt}."),
    _check(312, "part.digest", "empreinte des pièces", "digest of the parts",
           "La pièce a été changée : ce n’est pas celle que l’acte a scellée.",
           "The part was changed: it is not the one that the act sealed."),
    _check(313, "part.missing", "pièces présentes, effacées ou réservées", "parts present, erased or withheld",
           "Une pièce manque sans effacement licite ni réserve déclarée.",
           "A part is missing without lawful erasure or declared withholding."),
    _check(314, "part.unknown", "pièces connues de l’acte", "parts known to the act",
           "L’en-tête ne connaît pas cette pièce : elle a été ajoutée.",
           "The header does not know this part: it was added."),
    _check(315, "part.withheld-form", "liste des pièces réservées", "list of withheld parts",
           "withheld.json est mal formé, ou réserve une pièce qui n’existe pas ou qui est là.",
           "withheld.json is malformed, or withholds a part that does not exist or is there."),
    _check(390, "part.withheld", "pièces réservées", "withheld parts",
           "Ces pièces existent, scellées, mais l’émetteur ne les communique pas à ce destinataire.",
           "These parts exist, sealed, but the issuer does not give them to this recipient."),
    _check(401, "proof.form", "forme de la preuve d’inclusion", "form of the inclusion proof",
           "La preuve manque ou n’est pas un fichier tlog-proof.", "The proof is missing or is no tlog-proof file."),
    _check(402, "proof.index", "numéro de la preuve", "index of the proof",
           "La preuve est celle d’un autre numéro d’acte.", "The proof is that of another act number."),
    _check(403, "proof.inclusion", "inclusion dans le journal", "inclusion in the log",
           "L’acte n’est pas, tel quel, dans le journal signé à cette place.",
           "The act is not, as it stands, in the signed log at this place."),
    _check(404, "proof.checkpoint", "point de contrôle de la preuve", "checkpoint of the proof",
           "La preuve porte un autre point de contrôle que le dossier.",
           "The proof carries another checkpoint than the bundle."),
    _check(411, "checkpoint.form", "forme du point de contrôle", "form of the checkpoint",
           "Le point de contrôle n’est pas une note signée bien formée.",
           "The checkpoint is not a well-formed signed note."),
    _check(412, "checkpoint.signature", "signature du journal", "signature of the log",
           "Aucune clé de confiance n’a signé ce point de contrôle.", "No trusted key has signed this checkpoint."),
    _check(413, "checkpoint.origin", "nom du journal", "name of the log",
           "La clé qui a signé n’est pas celle du journal nommé.", "The key that signed is not that of the named log."),
    _check(414, "checkpoint.key", "clé du journal", "key of the log",
           "log.pem et log.vkey sont illisibles ou donnent deux clés.",
           "log.pem and log.vkey are unreadable or give two keys."),
    _check(421, "history.held", "point de contrôle détenu", "checkpoint that you hold",
           "Le point de contrôle que vous détenez n’est pas de ce journal, ou n’est pas signé par sa clé.",
           "The checkpoint that you hold is not of this log, or not signed by its key."),
    _check(422, "history.proof", "continuité avec le point détenu", "consistency with the checkpoint held",
           "Rien ne montre que le journal prolonge celui que vous connaissiez : le passé a pu être réécrit.",
           "Nothing shows that the log extends the one you knew: its past may have been rewritten."),
    _check(490, "trust.key", "origine de la clé", "where the key comes from",
           "La clé du journal a été prise dans le dossier lui-même : comparez son empreinte avec celle publiée ailleurs.",
           "The log’s key was taken from the bundle itself: compare its fingerprint with one published elsewhere."),
    _check(491, "history.alone", "histoire non comparée", "history not compared",
           "Le journal n’a pas été comparé à un point de contrôle plus ancien que vous détiendriez.",
           "The log was not compared with an older checkpoint that you would hold."),
    _check(501, "policy.form", "forme de la politique", "form of the policy",
           "Le fichier de politique n’est pas une tlog-policy.", "The policy file is no tlog-policy."),
    _check(502, "witness.signature", "cosignatures des témoins", "cosignatures of the witnesses",
           "La cosignature d’un témoin connu est fausse.", "The cosignature of a known witness is false."),
    _check(503, "policy.quorum", "quorum de témoins", "quorum of witnesses",
           "Les témoins exigés par votre politique n’ont pas tous cosigné.",
           "The witnesses that your policy requires have not all cosigned."),
    _check(590, "witness.none", "témoins non exigés", "witnesses not required",
           "Aucun témoin de confiance n’a confirmé que le journal est le même pour tous.",
           "No trusted witness has confirmed that the log is the same for everyone."),
    _check(601, "token.roots", "certificats des autorités d’horodatage", "certificates of the time-stamping authorities",
           "Un certificat racine est illisible.", "A root certificate is unreadable."),
    _check(602, "token.checkpoint", "jeton du point de contrôle", "token of the checkpoint",
           "Le jeton est faux, ou d’une autorité inconnue.", "The token is false, or of an unknown authority."),
    _check(603, "token.imprint", "objet du jeton", "what the token is over",
           "Le jeton date autre chose que ce point de contrôle.", "The token dates something else than this checkpoint."),
    _check(604, "time.not-after", "acte antérieur au jeton", "act earlier than the token",
           "L’acte dit une heure plus tardive que le jeton qui le couvre.",
           "The act states a time later than the token that covers it."),
    _check(611, "token.name", "nom des jetons", "names of the tokens",
           "Le fichier ne porte pas l’empreinte de son contenu.", "The file does not bear the digest of its content."),
    _check(612, "token.after", "jetons antérieurs", "earlier tokens",
           "Un jeton cité par un acte est faux, ou d’une autorité inconnue.",
           "A token that an act cites is false, or of an unknown authority."),
    _check(613, "after.missing", "jeton cité présent", "cited token present",
           "L’acte cite un jeton qui n’est pas dans le dossier.", "The act cites a token that is not in the bundle."),
    _check(614, "time.not-before", "acte postérieur au jeton cité", "act later than the cited token",
           "L’acte dit une heure plus précoce que le jeton qu’il cite : il a été antidaté.",
           "The act states a time earlier than the token that it cites: it was back-dated."),
    _check(690, "trust.tsa", "origine des racines", "where the roots come from",
           "Les certificats racines ont été pris dans le dossier lui-même : comparez-les avec ceux de l’autorité.",
           "The root certificates were taken from the bundle itself: compare them with the authority’s."),
    _check(691, "time.undated", "borne « pas après » absente", "no “not after” bound",
           "Le point de contrôle n’est pas horodaté : la date des actes n’est que déclarée.",
           "The checkpoint bears no time-stamp: the dates of the acts are only claims."),
    _check(692, "time.no-after", "borne « pas avant » absente", "no “not before” bound",
           "Des actes ne citent aucun jeton antérieur : rien ne montre qu’ils n’ont pas été écrits plus tôt.",
           "Some acts cite no earlier token: nothing shows that they were not written earlier."),
    _check(701, "erasure.form", "forme de l’effacement", "form of the erasure",
           "L’acte n’est pas un effacement accompli, ou sa pièce « erasure » manque.",
           "The act is no erasure that was carried out, or its part “erasure” is missing."),
    _check(702, "erasure.early", "date de l’effacement", "date of the erasure",
           "L’effacement a eu lieu avant le premier jour permis.",
           "The erasure took place before the first day allowed."),
    _check(703, "erasure.order", "ordre de l’effacement", "order of the erasure",
           "L’effacement prétend couvrir des actes qui lui sont postérieurs.",
           "The erasure claims to cover acts later than itself."),
    _check(790, "erasure.lawful", "pièces licitement effacées", "lawfully erased parts",
           "Ces pièces ont été effacées par un acte, à sa date ; leur empreinte demeure.",
           "These parts were erased by an act, in due time; their digest remains."),
    _check(791, "erasure.still-there", "pièces effacées mais présentes", "erased parts that are there",
           "Un acte dit ces pièces effacées, et elles sont dans le dossier.",
           "An act says that these parts are erased, and they are in the bundle."),
    _check(792, "erasure.no-rule", "effacement sans règle citée", "erasure that cites no rule",
           "L’acte d’effacement ne cite aucune règle : le premier jour permis n’est que déclaré.",
           "The erasure act cites no rule: the first day allowed is only a claim."),
    _check(801, "object.form", "forme de l’histoire", "form of the history",
           "Le fichier de l’objet n’a pas sa forme.", "The file of the object is not in its form."),
    _check(802, "object.sequence", "suite des actes sans trou", "sequence of acts without gap",
           "L’histoire ne commence pas au premier acte, ou en saute un.",
           "The history does not begin with the first act, or skips one."),
    _check(803, "object.act-missing", "actes de l’histoire présents", "acts of the history present",
           "Un acte de l’histoire n’est pas dans le dossier.", "An act of the history is not in the bundle."),
    _check(804, "object.header", "accord avec les en-têtes", "agreement with the headers",
           "L’histoire dit autre chose que l’en-tête de l’acte.",
           "The history says something else than the header of the act."),
    _check(805, "object.prev", "maillon vers l’acte précédent", "link to the previous act",
           "L’acte ne suit pas celui qui est montré avant lui : un acte a été remplacé ou retiré.",
           "The act does not follow the one shown before it: an act was replaced or removed."),
    _check(806, "object.member", "appartenance à un acte de groupe", "membership of an act on several objects",
           "L’acte de groupe ne porte pas cet objet dans cet état.",
           "The act on several objects does not carry this object in this state."),
    _check(807, "object.state", "état actuel", "present state",
           "L’état montré n’est pas celui que le dernier acte a scellé.",
           "The state shown is not the one that the last act sealed."),
    _check(808, "object.unchained", "actes hors de l’histoire", "acts outside the history",
           "Un acte du dossier change l’objet et manque à son histoire.",
           "An act in the bundle changes the object and is missing from its history."),
    _check(890, "object.no-chain", "objets sans histoire", "objects without history",
           "Des actes changent des objets dont l’histoire n’est pas jointe : un acte peut manquer.",
           "Some acts change objects whose history is not enclosed: an act may be missing."),
    _check(891, "object.begun-earlier", "histoires dont le début est effacé", "histories whose beginning is erased",
           "Le premier acte montré a été licitement effacé en entier ; ceux qui l’ont précédé ne sont pas montrés.",
           "The first act shown was lawfully erased as a whole; those before it are not shown."),
    _check(901, "rule.missing", "règle citée présente", "cited rule present",
           "Le texte de la règle citée n’est pas dans le dossier.", "The text of the cited rule is not in the bundle."),
    _check(902, "rule.digest", "règle citée inchangée", "cited rule unchanged",
           "Le texte joint n’est pas celui que l’acte a cité.", "The text enclosed is not the one that the act cited."),
    _check(903, "rule.form", "forme de la règle", "form of the rule",
           "La règle n’a pas sa forme, ou son nom ou sa date diffèrent.",
           "The rule is not in its form, or its name or date differ."),
    _check(904, "rule.dates", "règle en vigueur", "rule in force",
           "La version citée n’était pas en vigueur le jour où elle est appliquée.",
           "The wording cited was not in force on the day it is applied to."),
)
# fmt: on

BY_ID: Final = {check.id: check for check in CATALOGUE}
