"""The only writers. One function, one transaction, one leaf of the log; a refusal is an act too."""

from opposable.kernel import duties
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.law.calendar import local_day

from key_cabinet import rules
from key_cabinet.models import Key


@act("cabinet.key.add", label=t("Accrocher une nouvelle clé", "Hang a new key"))
def add(a: Acting, *, number: str, opens: str) -> Key:
    """A key joins the cabinet."""
    a.require("write", kind=Key.Evidence.kind, cell=root())
    if Key.objects.filter(number=number).exists():
        raise Refused(t("Ce numéro est pris.", "This number is taken."), None, "key.exists", facts={"number": number})
    key = Key(cell=root(), number=number, opens=opens)
    a.record(key)
    return key


@act("cabinet.key.take", label=t("Remettre une clé", "Hand a key out"), receipt=True)
def take(a: Acting, *, key: Key, holder: str) -> Key:
    """Give the key to somebody for the day. Sealed before the call returns: the receipt is there at once."""
    a.require("write", key)
    rule = a.law("cabinet.hours", local_day(a.now))
    decision = rules.take(key.facts(), rule, a.now)
    a.why(decision)
    key.holder, key.back_by = holder, decision.value
    a.part("holder", {"name": holder}, keep="cabinet.movements")
    a.record(key)
    title = t("Faire rendre la clé {n}", "Get key {n} back").format(n=key.number)
    duties.open_duty(key, "cabinet.key.return", title, decision.value, rule=rule, trace=decision.trace.as_data())
    return key


@act("cabinet.key.return", label=t("Reprendre une clé", "Take a key back"))
def give_back(a: Acting, *, key: Key) -> Key:
    """The key hangs in the cabinet again."""
    a.require("write", key)
    if not key.holder:
        raise Refused(t("Cette clé n’est pas sortie.", "This key is not out."), None, "key.in")
    key.holder, key.back_by = "", None
    a.record(key)
    duties.close_duty(key, "cabinet.key.return", a.now)
    return key
