"""The ledger: the small relational store of what people and outside systems change, and of which hours are dirty."""
