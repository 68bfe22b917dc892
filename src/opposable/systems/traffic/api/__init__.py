"""What programs are offered of connection data beside the acts and the objects, under ``/api/traffic/``."""

from ninja import Router

from opposable.systems.traffic.api import answers, losses

router = Router()
router.add_router("", answers.router)
router.add_router("", losses.router)

__all__ = ["router"]
