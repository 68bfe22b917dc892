"""What `opposable tick` does for contracts: a dispatch that was released and not answered is sent."""

from opposable.kernel.actors import Actor
from opposable.systems.contracts.exchange.sending import send
from opposable.systems.contracts.models import Dispatch


def send_released(actor: Actor, uid: str) -> None:
    """The same message, with the same Message-ID, however often it has to be tried."""
    rows = Dispatch.objects.select_related("version__contract", "version__document", "version__cell", "cell")
    send(actor, rows.get(uid=uid))
