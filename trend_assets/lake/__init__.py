"""The lake: Delta tables that hold what was captured and what follows from it, with DuckDB as their engine."""
