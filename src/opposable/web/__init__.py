"""The shell and the page kit: frame, design system, seal and why, law browser, proof pages. It knows no system by name."""
