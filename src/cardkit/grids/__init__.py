"""Tables as grids: their heads, what their rows are, which of their numbers are scores."""
