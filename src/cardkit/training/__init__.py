"""Training runs: settings, their values and places, the hardware around them."""
