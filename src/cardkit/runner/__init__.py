"""The runner: the child process that runs an example once and measures the model it loaded."""
