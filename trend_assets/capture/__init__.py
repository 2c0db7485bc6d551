"""Capture: what is fetched from the surfaces, and what it is parsed into."""
