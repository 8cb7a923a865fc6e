"""Verify: fetch a model, run its documented example, check what comes out."""
