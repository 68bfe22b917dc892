"""Shareholders' meetings with remote electronic voting: C. com., L. 225-96 ff., R. 225-61 ff. Newsletter n° 68, p. 5."""
