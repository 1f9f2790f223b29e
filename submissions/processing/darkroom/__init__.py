"""The child process that decodes pictures; see `__main__`."""
