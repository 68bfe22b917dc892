"""What `opposable tick` and `opposable audit` do for contracts: send what was released and not answered, look at signed files."""

from datetime import date

from opposable.kernel.actors import Actor
from opposable.kernel.audit.documents import check_file
from opposable.kernel.audit.report import Report
from opposable.systems.contracts.exchange.sending import send
from opposable.systems.contracts.models import Dispatch, SignatureProof


def send_released(actor: Actor, uid: str) -> None:
    """The same message, with the same Message-ID, however often it has to be tried."""
    rows = Dispatch.objects.select_related("version__contract", "version__document", "version__cell", "cell")
    send(actor, rows.get(uid=uid))


def audit_files(report: Report) -> None:
    """Every signed file that came back is there, as it came, until its row was erased."""
    for proof in SignatureProof.filed():
        if not proof.erased:  # of a contract that runs, or is held, the file has to be there beyond its own day
            keep, until = proof.Evidence.keep, proof.until
            check_file(report, "contracts_signatureproof", proof.pk, proof.sha256, keep, until, today=date.min)
