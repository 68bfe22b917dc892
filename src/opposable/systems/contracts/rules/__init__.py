"""Decisions on contracts, pure: what the text must say, what the text is on a day, when it ends, what an event does to it."""
