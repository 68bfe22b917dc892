"""The pages of the system: the office on the main site, voting on the site of its own."""
