"""Decisions of the management system, pure: method, treatment, statement of applicability, consistency, evidence, audits, wheel."""
