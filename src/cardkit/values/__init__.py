"""Single values in a text: numbers with their scales, sizes in names, scores, shots."""
