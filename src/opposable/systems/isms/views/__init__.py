"""The pages of the management system."""
