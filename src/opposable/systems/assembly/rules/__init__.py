"""Pure rules of the meeting: facts, a dated rule and an instant in; a `Decision` with its why, or `Refused`, out."""
