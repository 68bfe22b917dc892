"""The information systems that the law puts conditions on, one package each, all on the same floor plan."""
