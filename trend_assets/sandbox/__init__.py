"""Stand-ins for the platforms: made-up content with known truth."""
