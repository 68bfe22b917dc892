"""Headers, parts, chains and erasures: what is written, and everything that is refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from opposable.ledger import act, canonical, merkle
from opposable.ledger.errors import ActError, CanonicalError

GOOD = {
    "v": 1, "log": "arsenal.example/2026", "type": "assembly.form.receive", "at": "2026-03-29T13:00:00.000000Z",
    "actor": "ac" * 16, "obj": "f0" * 16, "seq": 2, "prev": "11" * 32, "post": "22" * 32,
    "rule": {"id": "assembly.form.deadline-electronic", "from": "2006-12-12", "book": "33" * 32, "row": "44" * 32},
    "outcome": "done", "keep": "assembly.minutes", "after": "55" * 32, "parts": {"form": "66" * 32}, "salt": "77" * 32,
}  # fmt: skip


def test_a_header_is_written_and_read_again():
    header = act.Header(**{name: value for name, value in GOOD.items() if name != "v"})
    data = act.encode_header(header)
    assert act.parse_header(data) == header
    assert canonical.decode(data) == GOOD
    assert data.startswith(b'{"actor":"acac')


def test_the_entry_is_the_sha256_of_the_header_and_the_leaf_that_of_rfc_6962():
    data = canonical.encode(GOOD)
    assert act.entry(data) == sha256(data).digest()
    assert act.digest(data) == sha256(data).hexdigest()
    assert merkle.leaf_hash(act.entry(data)) == sha256(b"\0" + sha256(data).digest()).digest()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", 2), ("v", True), ("v", "1"),
        ("log", ""), ("log", "a log"), ("log", "a+log"), ("log", 'a"log'), ("log", "a\\log"), ("log", "é"), ("log", None),
        ("type", "receive"), ("type", "Assembly.form"), ("type", "a..b"), ("type", "a.b."), ("type", 3),
        ("at", "2026-03-29T13:00:00Z"), ("at", "2026-03-29T13:00:00.000000+00:00"), ("at", "2026-02-29T13:00:00.000000Z"),
        ("at", "2026-03-29 13:00:00.000000Z"), ("at", "2026-03-29T24:00:00.000000Z"), ("at", "2026-03-29T13:00:60.000000Z"),
        ("actor", "AC" * 16), ("actor", "ac" * 15), ("actor", None), ("obj", ""), ("obj", "zz" * 16),
        ("seq", -1), ("seq", "1"), ("seq", True), ("prev", "11" * 31), ("post", "22" * 33), ("post", None),
        ("rule", {}), ("rule", "assembly.form"), ("outcome", "failed"), ("outcome", ["done"]), ("keep", ""), ("keep", "A"),
        ("after", None), ("after", "5"), ("parts", []), ("parts", {"Form": "66" * 32}), ("parts", {"form": "66"}),
        ("parts", {"header": "66" * 32}), ("parts", {"a.b": "66" * 32}), ("salt", ""), ("salt", "77" * 31),
    ],
)  # fmt: skip
def test_each_field_has_one_form(field, value):
    data = canonical.encode(GOOD | {field: value})
    with pytest.raises(ActError, match=field):
        act.parse_header(data)
    with pytest.raises(ActError, match=field):
        act.encode_header(act.Header(**GOOD | {field: value}))


ODD = st.one_of(
    st.sampled_from(["", "a", "a.b", "00" * 16, "11" * 32, "11" * 32 + "\n", "2026-02-29T00:00:00.000000Z", "refused", 0, 1, 2**53, -1, None]),
    st.dictionaries(st.sampled_from(["form", "header", "headers", "a-b", "é", '"']), st.sampled_from(["66" * 32, "66", 1.5])),
    st.sampled_from([GOOD["rule"] | {"from": "2006-02-30"}, GOOD["rule"] | {"id": 'a"b'}, GOOD["rule"] | {"also": ""}, {}, [], 1.5]),
    st.text(max_size=70),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(act.KEYS)), ODD, max_size=3))
def test_what_is_written_is_what_reads_and_nothing_else_is_written(changes):
    value = GOOD | changes
    try:
        data = act.encode_header(act.Header(**value))
    except (ActError, CanonicalError):
        data = b""
    assert bool(data) == (not act.defects(value) and value["seq"] < 2**53)
    assert not data or (data == canonical.encode(value) and act.parse_header(data) == act.Header(**value))


@pytest.mark.parametrize(
    "change", [{"from": "2006-12-32"}, {"from": "12/12/2006"}, {"row": "44"}, {"id": "../x"}, {"more": "x"}]
)
def test_a_pin_names_a_rule_its_first_day_and_two_digests(change):
    assert act.is_pin(GOOD["rule"])
    assert not act.is_pin(GOOD["rule"] | change)


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_no_field_may_be_missing(missing):
    with pytest.raises(ActError, match=f"missing: {missing}"):
        act.parse_header(canonical.encode({name: value for name, value in GOOD.items() if name != missing}))


def test_no_field_may_be_added_and_all_defects_are_told_at_once():
    found = act.defects(GOOD | {"name": "A. Vidal", "seq": -1, "salt": "?"})
    assert [line.partition(":")[0] for line in found] == ["unknown", "seq", "salt"]


@pytest.mark.parametrize("value", [None, [], "header", 3])
def test_a_header_is_an_object(value):
    assert act.defects(value) == ["the header is not a JSON object"]


@pytest.mark.parametrize(
    ("chain", "good"),
    [
        ({"seq": 0, "prev": "", "post": ""}, True),
        ({"seq": 1, "prev": "", "post": "22" * 32}, True),
        ({"seq": 2, "prev": "11" * 32, "post": "22" * 32}, True),
        ({"seq": 0, "prev": "", "post": "22" * 32}, False),
        ({"seq": 0, "prev": "11" * 32, "post": ""}, False),
        ({"seq": 1, "prev": "11" * 32, "post": "22" * 32}, False),
        ({"seq": 1, "prev": "", "post": ""}, False),
        ({"seq": 2, "prev": "", "post": "22" * 32}, False),
        ({"seq": 2, "prev": "11" * 32, "post": ""}, False),
    ],
)
def test_the_chain_fields_agree_with_each_other(chain, good):
    assert (act.defects(GOOD | chain) == []) is good


def test_a_header_that_is_not_canonical_is_refused_before_its_fields_are_looked_at():
    with pytest.raises(CanonicalError):
        act.parse_header(canonical.encode(GOOD).replace(b',"at"', b', "at"'))


def test_what_cannot_be_read_is_not_written():
    header = act.Header(**({name: value for name, value in GOOD.items() if name != "v"} | {"actor": "me"}))
    with pytest.raises(ActError, match="actor: 'me'"):
        act.encode_header(header)


# --- instants --------------------------------------------------------------------------------------------------------


def test_an_instant_is_utc_with_six_decimals():
    paris = timezone(timedelta(hours=2))
    assert act.instant(datetime(2026, 3, 29, 15, 0, 1, 204_000, tzinfo=paris)) == "2026-03-29T13:00:01.204000Z"
    with pytest.raises(ActError):
        act.instant(datetime(2026, 3, 29, 15))


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_instants_are_read_as_they_were_written(at):
    if at.year >= 1000:  # strftime of years below 1000 depends on the platform; no act is that old
        assert act.parse_instant(act.instant(at)) == at


# --- parts and states ------------------------------------------------------------------------------------------------


def test_a_part_is_data_class_and_salt():
    data = act.part_bytes({"b": 1, "a": "é"}, "assembly.minutes", "77" * 32)
    assert data == ('{"data":{"a":"é","b":1},"keep":"assembly.minutes","salt":"' + "77" * 32 + '"}').encode()
    assert act.parse_part(data) == act.Part({"b": 1, "a": "é"}, "assembly.minutes", "77" * 32)


@pytest.mark.parametrize(("keep", "salt"), [("", "77" * 32), ("assembly.minutes", "77" * 16), ("Minutes", "77" * 32)])
def test_a_part_without_class_or_salt_is_refused(keep, salt):
    with pytest.raises(ActError):
        act.part_bytes({}, keep, salt)
    with pytest.raises(ActError):
        act.parse_part(canonical.encode({"data": {}, "keep": keep, "salt": salt}))


def test_a_part_has_nothing_else():
    with pytest.raises(ActError):
        act.parse_part(canonical.encode({"data": {}, "keep": "a", "salt": "77" * 32, "more": 1}))


def test_the_salt_of_a_state_comes_from_the_row_and_its_number():
    row = bytes(range(32))
    expected = sha256(row + (7).to_bytes(8, "big")).hexdigest()
    assert act.state_salt(row, 7) == expected
    assert act.state_part({"x": 1}, "a", row, 7) == act.part_bytes({"x": 1}, "a", expected)
    assert act.state_part({"x": 1}, "a", row, 7) != act.state_part({"x": 1}, "a", row, 8)


def test_an_item_of_an_act_on_several_objects_is_proven_in_its_part():
    items = [act.item_leaf("b" * 32, seq, "", "22" * 32) for seq in range(1, 6)]
    data = act.objects_data(items)
    assert data == {"root": merkle.root(items).hex(), "size": 5}
    assert act.item_bytes("b" * 32, 1, "", "22" * 32) == (
        b'{"obj":"' + b"b" * 32 + b'","post":"' + b"22" * 32 + b'","prev":"","seq":1}'
    )
    merkle.verify_inclusion(items[3], 3, 5, merkle.inclusion_proof(items, 3), bytes.fromhex(data["root"]))


# --- erasures --------------------------------------------------------------------------------------------------------


def test_an_erasure_covers_ranges_that_end_before_their_until():
    covers = [act.Cover(2, 5, frozenset({"form", "identity"})), act.Cover(9, 10, frozenset({"header"}))]
    erasure = act.parse_erasure(act.erasure_data(covers, "assembly.identity", date(2027, 3, 29), GOOD["rule"]))
    assert [erasure.names(index, "form") for index in (1, 2, 4, 5)] == [False, True, True, False]
    assert erasure.names(9, "header")
    assert not erasure.names(9, "form")
    assert erasure.earliest_on == date(2027, 3, 29)


@pytest.mark.parametrize(
    "change",
    [
        {"covers": []}, {"covers": None}, {"covers": [{"from": 2, "until": 2, "parts": ["form"]}]},
        {"covers": [{"from": 3, "until": 2, "parts": ["form"]}]}, {"covers": [{"from": -1, "until": 2, "parts": ["form"]}]},
        {"covers": [{"from": 1, "until": 2, "parts": []}]}, {"covers": [{"from": 1, "until": 2, "parts": ["No"]}]},
        {"covers": [{"from": 1, "until": 2}]}, {"covers": [7]}, {"earliest_on": "2027-02-30"}, {"earliest_on": None},
        {"class": ""}, {"rule": {}}, {"more": 1},
    ],
)  # fmt: skip
def test_a_malformed_erasure_covers_nothing(change):
    good = act.erasure_data([act.Cover(1, 2, frozenset({"form"}))], "a", date(2027, 3, 29))
    act.parse_erasure(good)
    with pytest.raises(ActError):
        act.parse_erasure(good | change)


@pytest.mark.parametrize("value", ["0000-01-01", "2026-13-01", "2026-1-1", "2026-02-29", "", 20260101, None])
def test_a_day_is_one_of_the_calendar(value):
    assert not act.is_day(value)


def test_leap_days_are_days():
    assert act.is_day("2028-02-29")
    assert act.is_day("2000-02-29")
    assert not act.is_day("1900-02-29")
