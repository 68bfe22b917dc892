"""What programs are offered beside the acts: the register by file, under ``/api/assembly/``. The voting site has its own (`vote`)."""

from opposable.systems.assembly.api.register import router

__all__ = ["router"]
