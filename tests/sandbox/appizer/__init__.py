"""Appizer: every documented status and field, and the criteria it evaluates."""
