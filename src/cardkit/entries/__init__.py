"""Entries: what the registry knows to load and prompt each model, and where it knows it from."""
