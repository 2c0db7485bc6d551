"""Counts that platforms write as text: "152K posts", "3.4M", "1,299", "200+", "₹1,299", "500000 (1000%)".

Exact whole numbers are `items.as_count`'s work; this module reads the abbreviated and decorated ones.
"""

import re
from decimal import Decimal

from trend_assets.capture.items import MAX_COUNT

_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
# Thousands are set apart by commas (in India the higher ones in pairs) or by spaces that do not break (French).
_COUNT = re.compile(
    r"""\s* (?:[$€£¥₩₹]\s?)?
        (?P<number> [0-9]{1,3} (?:,[0-9]{3})+ | [0-9]{1,2} (?:,[0-9]{2})+ ,[0-9]{3}
                  | [0-9]{1,3} (?:\u00a0[0-9]{3})+ | [0-9]{1,3} (?:\u202f[0-9]{3})+ | [0-9]{1,16} )
        (?P<fraction> \.[0-9]{1,9} )?
        \s? (?P<scale> [kmb] )? \+? (?: \s+ [^\W\d_]+ )?
        (?: \s* \( \+?(?P<increase> [0-9]{1,3} (?:,[0-9]{3})+ | [0-9]{1,16} )\s?% \) )? \s*""",
    re.VERBOSE | re.IGNORECASE,
)
_MARKS = str.maketrans("", "", ",\u00a0\u202f")


def text_count(text: object) -> int | None:
    """Return the whole number that a text such as "152K posts" stands for, or None when it is not a count.

    At most one word may follow the number, and by how much it rose; "3 days ago", "10%" and "1.5" (no whole number) are not
    counts. "200+" is 200: at least that many.
    """
    match = _match(text)
    if match is None:
        return None
    number = Decimal(match["number"].translate(_MARKS) + (match["fraction"] or "")) * _SCALE[(match["scale"] or "").lower()]
    return int(number) if number == number.to_integral_value() and number <= MAX_COUNT else None


def text_increase(text: object) -> int | None:
    """Return the percentage by which a count rose, as "500000 (1000%)" shows it, or None when it does not say."""
    match = _match(text)
    return int(match["increase"].translate(_MARKS)) if match and match["increase"] else None


def _match(text: object) -> re.Match[str] | None:
    return _COUNT.fullmatch(text) if isinstance(text, str) else None
