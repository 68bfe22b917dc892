"""Decisions, pure: facts, a dated rule, an instant."""
