"""A HOME for the tests, made before Django reads its settings."""

from opposable.kernel.testing import scratch_home

scratch_home("cabinet.example/tests")
