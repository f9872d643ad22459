"""Appizer: audiences told in sentences, over its documented API."""
