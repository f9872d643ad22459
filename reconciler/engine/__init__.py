"""The shell: load, observe, plan, apply."""
