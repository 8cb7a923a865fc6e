"""How a model is asked: the pieces of its prompt, its further forms, its chat template, its ids."""
