"""The sandbox: a model's code runs in it with neither network nor tokens."""
