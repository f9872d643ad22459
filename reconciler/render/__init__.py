"""Values to text; no printing."""
