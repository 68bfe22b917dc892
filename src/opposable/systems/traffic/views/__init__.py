"""Pages of the legal desk."""
