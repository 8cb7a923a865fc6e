"""What models are called: a card's own names and ids, and whether a name means its model."""
