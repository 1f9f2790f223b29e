"""Formats by content, and renditions made in a sandboxed child process."""
