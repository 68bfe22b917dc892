"""What programs are offered of connection data beside the acts and the objects, under ``/api/traffic/``."""

from opposable.systems.traffic.api.answers import router

__all__ = ["router"]
