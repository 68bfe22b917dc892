"""Decisions of employment, pure: waiver, CNE, dismissal."""
