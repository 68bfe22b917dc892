"""«Relations de travail»: waivers of non-compete clauses, the CNE, the calendar of a dismissal."""
