"""The house's own pages: Today, the register of acts and its proofs, the law at a date, the log, search."""
