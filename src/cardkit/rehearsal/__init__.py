"""Rehearsal: a stand-in of a model's architecture, and a hub on this machine that serves it."""
