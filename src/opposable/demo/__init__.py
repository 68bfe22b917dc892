"""The demonstration: the newsletter's story of a first meeting with remote voting, played on this very software."""
