"""What pages printed as text need to be cut: the heads and cells of tables, statements."""
