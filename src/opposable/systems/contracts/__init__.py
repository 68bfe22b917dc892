"""«Contrats»: what they must say, who approved them, what left, and when they end."""
