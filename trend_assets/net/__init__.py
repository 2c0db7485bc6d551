"""The only door to the internet: polite requests and a polite browser, or the local sandbox in its place."""
