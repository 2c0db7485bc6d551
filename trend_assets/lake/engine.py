"""The SQL engine: short-lived DuckDB connections with the project's few SQL functions.

One connection per piece of work: nothing is kept between them, so that nothing can go stale. They share one empty in-memory
database per process, because starting one costs more than a small query.
"""

from functools import cache
from uuid import UUID, uuid5

import duckdb

NAMESPACE = UUID("5f1f6a6e-0c52-5a4e-9d0b-2f6f0f0a7c11")
"""Namespace of every id that the project derives from a natural key."""

Connection = duckdb.DuckDBPyConnection

_FUNCTIONS = f"""
CREATE MACRO uuid_of_sha1(h) AS concat(
    substr(h, 1, 8), '-', substr(h, 9, 4), '-5', substr(h, 14, 3), '-',
    substr('89ab89ab89ab89ab', strpos('0123456789abcdef', substr(h, 17, 1))::INTEGER, 1), substr(h, 18, 3), '-',
    substr(h, 21, 12));
CREATE MACRO id_of(name) AS uuid_of_sha1(sha1(unhex('{NAMESPACE.hex}') || encode(name)));
CREATE MACRO key_of(a, b) AS (md5_number_lower(concat(a, chr(31), b)) // 2)::BIGINT;
CREATE MACRO amount_of(ten_thousandths) AS ten_thousandths::DECIMAL(24,0) * 0.0001::DECIMAL(5,4);
CREATE MACRO ten_thousandths(amount) AS (amount * 10000)::DECIMAL(38,0)::HUGEINT;
CREATE MACRO exact_ratio(numerator, denominator) AS
    sign(numerator) * ((abs(numerator) * 2 + denominator) // (2 * denominator));
CREATE MACRO rate(amount, hours) AS amount_of(exact_ratio(ten_thousandths(amount), hours::HUGEINT));
"""
"""`id_of`: uuid5 of a natural key. `key_of`: its 63-bit digest. `rate`: an amount per hour, exact to 4 digits, halves away from
zero; sums of floats over threads are not reproducible, so amounts are decimals."""


@cache
def _database() -> Connection:
    return separate_database()


def separate_database() -> Connection:
    """Return a connection to an empty in-memory database of its own, whose settings can be changed and locked."""
    # Insertion order costs memory and is never relied on: every order that matters is written out.
    database = duckdb.connect(config={"preserve_insertion_order": "false"})
    database.execute(_FUNCTIONS)
    return database


def connect() -> Connection:
    """Return a fresh connection that has only temporary objects of its own; the caller closes it."""
    return _database().cursor()


def id_of(name: str) -> str:
    """Return the id of a natural key, equal to the SQL function of the same name."""
    return str(uuid5(NAMESPACE, name))
