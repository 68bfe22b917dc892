"""The evidence core on Django: acts, sealing, access, retention, duties, documents. It knows no system."""
