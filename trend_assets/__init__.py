"""Finds what is starting to trend, proves it with evidence, and says what to do about it."""
