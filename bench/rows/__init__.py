"""A Django application outside the product: one row, kept in four ways."""
