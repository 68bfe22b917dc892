"""What the demo leaves behind: bundles to verify, one of them forged, and a page that says where to look."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from opposable.demo.story import Told

TEXT = """
Opposable, démonstration / demonstration  (Compagnie de l’Arsenal, SA)

Pages          {url}/
{accounts}
Vote           {vote_url}/
  identifiant / access id     {login}   ({voter})
  le code arrive dans / the code arrives in   {url}/demo/mailbox/

Preuves / evidence, in {bundles}
{files}
  opposable verify {first}
  unzip -o {first} -d /tmp/preuve && sh /tmp/preuve/VERIFY.sh
"""


def write(home: Path, told: Told) -> str:
    """Write the bundles, and return the text that the demo prints last."""
    files = _bundles(home, told)
    accounts = "\n".join(f"  {role}@arsenal.example    {password}" for role, password in told.passwords.items())
    return TEXT.format(
        url=settings.CONFIG.url,
        vote_url=settings.CONFIG.vote_url,
        accounts=accounts,
        login=told.voter.login if told.voter else "",
        voter=told.voter.holder if told.voter else "",
        bundles=home / "bundles",
        files="\n".join(f"  {path.name:22} {what}" for path, what in files),
        first=files[0][0],
    )


def _bundles(home: Path, told: Told) -> list[tuple[Path, str]]:
    from opposable.kernel import evidence
    from opposable.systems.assembly import acts
    from opposable.systems.assembly.models import Form, Voter

    folder = home / "bundles"
    counted, late, forged = folder / "vote-compte.asice", folder / "vote-tardif.asice", folder / "vote-falsifie.asice"
    form = Form.objects.select_related("meeting__company").get(uid=told.counted)
    voter = Voter.objects.select_related("meeting__company", "holder").get(meeting=form.meeting, holder=form.holder)
    acts.confirmed(voter, "fr")
    acts.counted_bundle(form, voter, counted)
    evidence.write_bundle(told.late, late)
    _forge(late, forged)
    return [
        (counted, "un vote, et comme il a été compté / a vote, and as what it was counted"),
        (late, "le même jour, 15:00:01 / one second late"),
        (forged, "le tardif maquillé en compté : un faux / the late one made up as counted: a forgery"),
    ]


def _forge(genuine: Path, forged: Path) -> None:
    """The late form after somebody made it a counted one: the archive is rebuilt with care, the proofs do not follow."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

    with ZipFile(genuine) as source, ZipFile(forged, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename.endswith("act.json"):
                data = data.replace(b'"outcome":"refused"', b'"outcome":"done"')
            target.writestr(item, data, ZIP_STORED if item.filename == "mimetype" else ZIP_DEFLATED)
