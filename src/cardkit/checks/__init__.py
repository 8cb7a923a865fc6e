"""Checks: they find fault with an outcome, one layer per file."""
