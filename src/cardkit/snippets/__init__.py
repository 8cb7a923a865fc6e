"""Code of cards: what it loads, what it asks, what it prints."""
