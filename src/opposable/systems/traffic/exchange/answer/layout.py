"""Names inside the plain answer: other people's tools read them. Pure."""

VERSION = 1
KIND = "traffic-answer"
MANIFEST = "answer.json"
README = "README.txt"
LETTER = "answer.pdf"
XML = "answer.xml"
TABLES = "tables/"
ROWS = "rows/"
EVIDENCE = "evidence.asice"
LOST = "lost.csv"
"""There when the sources lost something about the time asked."""


def row_name(number: int) -> str:
    """``rows/000001.json``."""
    return f"{ROWS}{number:06}.json"


def readme() -> bytes:
    """What the authority reads first."""
    return README_TEXT.encode()


README_TEXT = """RÉPONSE À RÉQUISITION / ANSWER TO A REQUISITION

answer.pdf       la lettre, signée / the letter, signed
answer.xml       les lignes, ETSI TS 102 657 (profil de l'opérateur) / the rows
tables/          les mêmes lignes en CSV / the same rows as CSV
rows/            chaque ligne et sa preuve / each row and its proof
evidence.asice   les actes, le sceau du journal, l'horodatage / the acts, the seal of the log, the time-stamp
lost.csv         s'il y est : ce que les équipements ont perdu vers cette heure / if it is there: what the equipment lost about then
answer.json      les empreintes de tout cela / the digests of all this

Les colonnes / the columns:
start, end       instants UTC, corrigés de l'horloge de la source ; skew : la correction, en millisecondes
                 instants in UTC, corrected for the clock of the source; skew: the correction, in milliseconds
inferred         0 : dit par l'équipement ; 1 : la fin, 2 : le début, que personne n'a dit, est déduit par règle
                 0: told by the equipment; 1: the end, 2: the beginning, which nobody told, is inferred by rule
                 s'y ajoutent 4 (le début), 8 (la fin) : dit dans l'heure que les horloges montrent deux fois ; la ligne en a
                 la lecture la plus large / added to it 4 (the beginning), 8 (the end): told in the hour that clocks show twice;
                 the row has the widest reading of it
inside_ip        l'adresse derrière le traducteur d'adresses ; la ligne access_session dit qui la tenait alors
                 the address behind the translator; the row access_session says who held it then
prefix           bits sur 128 du préfixe prêté ; 128 : une seule adresse / bits out of 128 of the prefix lent; 128: one address
role             0 : l'appelant, 1 : l'appelé, 2 : le renvoi / 0: caller, 1: called, 2: forwarded to
service          0 : voix, 1 : SMS, 2 : MMS, 3 : données / 0: voice, 1: SMS, 2: MMS, 3: data
file             interne / internal
Une question par abonné donne les lignes qui le nomment, et les traductions commencées pendant ses connexions sur une adresse
que nul autre ne tenait. / A question by subscriber gives the rows that name them, and the translations that began in their
connections on an address that nobody else held.

Vérifier, hors ligne / to check, offline:  opposable verify REPONSE.zip

Une ligne sans preuve (« withheld ») vient d'un enregistrement scellé qui en dit plus que ce qui a été demandé : la preuve
le révélerait ; un expert peut la demander à l'opérateur.
A row without its proof ("withheld") comes from a sealed record that says more than what was asked: the proof would reveal
it; an expert may ask the operator for it.
"""
