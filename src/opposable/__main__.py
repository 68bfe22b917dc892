"""`python -m opposable` is `opposable`."""

from opposable.cli import main

raise SystemExit(main())
