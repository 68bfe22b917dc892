"""SQLite as Django has it, with a queue at the door of the one pen: see `base`."""
