"""Sizes and shapes of models, where tables and sentences state them, and whose they are."""
