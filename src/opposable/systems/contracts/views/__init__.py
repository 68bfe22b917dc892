"""Pages of contracts: the register, one contract, its clauses, what leaves."""
