"""Counts that platforms write as text: "152K posts", "3.4M", "1,299", "200+".

Exact whole numbers are `items.as_count`'s work; this module reads the abbreviated and decorated ones.
"""

import re
from decimal import Decimal

from trend_assets.capture.items import MAX_COUNT

_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_COUNT = re.compile(
    r"""\s* (?P<number> [0-9]{1,3} (?:,[0-9]{3})+ | [0-9]{1,16} ) (?P<fraction> \.[0-9]{1,9} )?
        \s? (?P<scale> [kmb] )? \+? (?: \s+ [^\W\d_]+ )? \s*""",
    re.VERBOSE | re.IGNORECASE,
)


def text_count(text: object) -> int | None:
    """Return the whole number that a text such as "152K posts" stands for, or None when it is not a count.

    At most one word may follow the number; "3 days ago", "10%" and "1.5" (no whole number) are not counts.
    """
    match = _COUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    number = Decimal(match["number"].replace(",", "") + (match["fraction"] or "")) * _SCALE[(match["scale"] or "").lower()]
    return int(number) if number == number.to_integral_value() and number <= MAX_COUNT else None
