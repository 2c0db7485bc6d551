"""The scoreboard: detectors on recordings whose outcome is known, every number with its interval (docs/scoreboard.md)."""
