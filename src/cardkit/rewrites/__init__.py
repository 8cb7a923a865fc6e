"""Rewrites: an example retargeted on its syntax tree, each change with its reason."""
