"""Named good bundles that are unlike the usual one: they must stay green everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from opposable.ledger import act, cosignature, merkle, note
from opposable.ledger.bundle import BundleAct, layout
from opposable.ledger.bundle.writer import members
from tests.bad import case
from tests.bad.case import LAST_TOKEN, Files, close, good_content, good_files, good_plan, seal
from tests.bad.cheats import checkpoint_text, edited, without
from tests.bad.tsa import day, tsa


@dataclass(frozen=True)
class Variant:
    """`notices` are ids that must be among those said."""

    name: str
    notices: frozenset[str]
    make: Callable[[], Files]


VARIANTS: list[Variant] = []


def variant(*notices: str) -> Callable[[Callable[[], Files]], Callable[[], Files]]:
    def declare(make: Callable[[], Files]) -> Callable[[], Files]:
        VARIANTS.append(Variant(make.__name__, frozenset(notices), make))
        return make

    return declare


@variant("erasure.lawful", "erasure.no-rule", "part.withheld", "time.no-after", "object.no-chain")
def the_usual_one() -> Files:
    return close(good_files())


@variant("manifest.undated")
def without_a_date_of_its_own() -> Files:
    return without(close(good_files()), layout.TIMESTAMP)


@variant("time.undated")
def before_its_token_came() -> Files:
    return close(without(good_files(), layout.CHECKPOINT_TOKEN))


@variant("witness.none")
def before_its_witness_came() -> Files:
    content = good_content(seal(good_plan()))
    signed = note.sign(checkpoint_text(content), [case.SIGNER])
    return close(
        members(replace(content, checkpoint=signed, checkpoint_token=tsa().stamp(signed.encode(), LAST_TOKEN)))
    )


@variant()
def cosigned_after_it_was_time_stamped() -> Files:
    content = good_content(seal(good_plan()))
    alone = note.sign(checkpoint_text(content), [case.SIGNER])
    line = cosignature.cosign(alone, case.WITNESS, case.WITNESS_KEY, int(LAST_TOKEN.timestamp()) + 60)
    token = tsa().stamp(alone.encode(), LAST_TOKEN)
    return close(members(replace(content, checkpoint=note.add_signatures(alone, [line]), checkpoint_token=token)))


@variant()
def time_stamped_over_its_text_alone() -> Files:
    content = good_content(seal(good_plan()))
    return close(members(replace(content, checkpoint_token=tsa().stamp(checkpoint_text(content).encode(), LAST_TOKEN))))


@variant("erasure.lawful")
def with_an_erased_header() -> Files:
    plan = good_plan()
    plan.erased = (5, 6, ["header"])
    log = seal(plan)
    content = good_content(log)
    acts = [
        BundleAct(one.index, None, {}, act.entry(one.header or b"")) if one.index == 5 else one for one in content.acts
    ]
    return close(members(replace(content, acts=acts)))


@variant("erasure.lawful")
def with_an_erased_header_inside_a_history() -> Files:
    plan = good_plan()
    plan.erased = (2, 3, ["header", "identity"])
    log = seal(plan)
    content = good_content(log)
    acts = [
        BundleAct(one.index, None, {}, act.entry(one.header or b"")) if one.index == 2 else one for one in content.acts
    ]
    return close(members(replace(content, acts=acts)))


@variant("erasure.lawful")
def with_an_erased_header_whose_state_nobody_knows_any_more() -> Files:
    files = with_an_erased_header_inside_a_history()
    return close(edited(files, f"objects/{case.FORM}.json", lambda value: value["chain"][0].update(post="")))


@variant("erasure.lawful", "object.begun-earlier")
def with_a_history_whose_beginning_was_erased() -> Files:
    return close(begun_later(6))


def begun_later(erased: int, **changes: Any) -> Files:
    """The form has three acts. Act ``erased`` is erased whole, and its history is shown from it on, as the second of three."""
    plan = good_plan()
    plan.acts["amend-again"] = replace(plan.acts["amend"], at="2027-05-03T08:00:00.000000Z", parts={})
    plan.erased = (erased, erased + 1, ["header"])
    log = seal(plan)
    content, last = good_content(log), log.index("amend-again")
    acts = {one.index: one for one in content.acts if one.index not in (2, 6)}
    acts[erased] = BundleAct(erased, None, {}, act.entry(log.headers[erased]))
    acts[last] = BundleAct(last, log.headers[last], log.parts[last])
    first = {"index": erased, "member": None, "post": "", "prev": "", "seq": 2}
    objects = [
        value | {"chain": [first, value["chain"][2]]} | changes if value["obj"] == case.FORM else value
        for value in content.objects
    ]
    proofs = content.proofs | {index: merkle.inclusion_proof(log.leaves, index) for index in acts}
    shown = [acts[index] for index in sorted(acts)]
    return members(replace(content, acts=shown, objects=objects, proofs=proofs, withheld={}))


@variant("erasure.still-there")
def with_an_erased_part_that_is_there() -> Files:
    log = seal(good_plan())
    name = "acts/2/part-identity.json"
    return close(members(good_content(log)) | {name: log.parts[2]["identity"]})


@variant("erasure.still-there")
def with_an_erased_header_that_is_there() -> Files:
    plan = good_plan()
    plan.erased = (5, 6, ["header"])
    return close(good_files(plan))


@variant()
def with_two_wordings_of_one_rule() -> Files:
    plan = good_plan()
    plan.acts["late"].rule = case.rule_row("2006-12-12", layers=[{"article": "15 des statuts"}])
    return close(good_files(plan))


@variant()
def with_a_rule_applied_to_a_later_day() -> Files:
    """Convened in March under the law that will be in force in April, the day of the meeting."""
    plan = good_plan()
    row = case.rule_row("2026-04-01")
    plan.acts["late"].rule = row
    plan.acts["late"].parts["why"] = [{"facts": {}, "on": "2026-04-15", "rule": case.pin(row)}]
    return close(good_files(plan))


@variant()
def with_a_rule_in_force_since_midnight_in_paris() -> Files:
    plan = good_plan()
    plan.acts["amend"].at = "2026-03-29T22:30:00.000000Z"
    plan.acts["amend"].rule = case.rule_row("2026-03-30")
    return close(good_files(plan))


@variant()
def with_an_erasure_that_cites_its_rule() -> Files:
    plan = good_plan()
    plan.erasure_rule = case.rule_row("2018-08-01", id="kernel.keep.identity")
    return close(good_files(plan))


@variant()
def with_an_act_in_the_very_second_of_its_token() -> Files:
    """The authority drops fractions: a token of 03:00:00 may have been made at 03:00:00.9."""
    plan = good_plan()
    plan.last_token = day("2027-05-03 08:00:00")
    plan.acts["erase"].at = "2027-05-03T08:00:00.999999Z"
    return close(good_files(plan))


@variant()
def erased_on_the_first_day_allowed() -> Files:
    plan = good_plan()
    plan.earliest_on = day("2027-05-02 00:00:00").date()
    return close(good_files(plan))


@variant()
def with_certificates_that_have_expired_since() -> Files:
    """What counts is the instant of the token, not the day on which somebody verifies."""
    plan = good_plan()
    plan.tsa = tsa("expired", until=day("2026-07-01 00:00:00"))
    plan.last_token = day("2026-06-01 12:00:00")
    plan.earliest_on = day("2026-04-30 00:00:00").date()
    for spec in plan.acts.values():
        spec.at = spec.at.replace("2027-05", "2026-05")
    return close(good_files(plan), plan.tsa, day("2026-06-01 12:05:00"))


@variant("container.meta")
def renewed_later() -> Files:
    """Somebody added an evidence record to prolong the proof."""
    return close(good_files()) | {"META-INF/evidencerecord.ers": b"\x30\x00"}


@variant()
def with_accents_everywhere() -> Files:
    plan = good_plan()
    plan.acts["convene"].parts["notice"] = {
        "title": 'Assemblée « mixte » – 2ᵉ avis \u2028 \\ " \t 😀 ẞ',
        "n": -(2**53) + 1,
    }
    return close(good_files(plan))


@variant("time.no-after")
def with_the_first_act_alone() -> Files:
    log = seal(good_plan())
    content = good_content(log)
    chains = [value for value in content.objects if value["obj"] == case.MEETING]
    first = [value | {"chain": value["chain"][:1], "state": None} for value in chains]
    acts = list(content.acts[:1])
    return close(members(replace(content, acts=acts, erasures=[], objects=first, withheld={}, title="Un seul acte")))


@variant()
def with_votes_found_in_the_published_table() -> Files:
    return close(good_files(case.counted_plan()))


@variant("count.no-table")
def with_votes_whose_table_is_not_enclosed() -> Files:
    return close(good_files(case.counted_plan(table="")))
