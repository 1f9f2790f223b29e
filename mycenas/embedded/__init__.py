"""Starts and stops the embedded PostgreSQL and Valkey, and the site on top."""
