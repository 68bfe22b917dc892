"""Fixtures of the kernel's tests."""

from tests.kernel.scratch import scratch, template

__all__ = ["scratch", "template"]
