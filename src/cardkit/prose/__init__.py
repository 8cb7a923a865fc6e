"""Text of cards: sentences, labels, links, sections, languages."""
