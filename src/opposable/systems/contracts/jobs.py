"""What `opposable tick` and `opposable audit` do for contracts: send what was released and not answered, look at signed files."""

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.audit.documents import check_file
from opposable.kernel.audit.report import Report
from opposable.law import PARIS
from opposable.systems.contracts.exchange.sending import send
from opposable.systems.contracts.models import Dispatch, SignatureProof


def send_released(actor: Actor, uid: str) -> None:
    """The same message, with the same Message-ID, however often it has to be tried."""
    rows = Dispatch.objects.select_related("version__contract", "version__document", "version__cell", "cell")
    send(actor, rows.get(uid=uid))


def audit_files(report: Report) -> None:
    """Every signed file that came back is there, as it came."""
    today = clock.now().astimezone(PARIS).date()
    for proof in SignatureProof.objects.filter(how="imported").order_by("pk"):
        check_file(
            report, "contracts_signatureproof", proof.pk, proof.sha256, proof.Evidence.keep, proof.until, today=today
        )
