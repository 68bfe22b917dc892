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
answer.json      les empreintes de tout cela / the digests of all this

Vérifier, hors ligne / to check, offline:  opposable verify REPONSE.zip

Une ligne sans preuve (« withheld ») vient d'un enregistrement scellé qui en dit plus que ce qui a été demandé : la preuve
le révélerait ; un expert peut la demander à l'opérateur.
A row without its proof ("withheld") comes from a sealed record that says more than what was asked: the proof would reveal
it; an expert may ask the operator for it.
"""
