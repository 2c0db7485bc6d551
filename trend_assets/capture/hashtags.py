"""Hashtags as an item carries them: read from a caption, each once, without their `#`."""

import re
from collections.abc import Iterable

from trend_assets.capture.keys import normalize

# A tag ends at white space, at the next tag and at punctuation other than "_"; emoji belong to it (TikTok: #boxing🥊).
# "&#39;" (escaped HTML) and ".../#part" (a link) are no tags.
_TAG = re.compile(
    r"(?<![&/])[#\uff03]([^\s#\uff03!-/:-@\[-^`{-~\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf"
    r"\u2010-\u205e\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+)"
)


def hashtags_in(caption: object) -> list[str]:
    """Return the tags written in a caption in their order, for payloads that do not list them.

    Digits alone are none: "climbs to #1", "day #12 of 30".
    """
    found = _TAG.findall(caption) if isinstance(caption, str) else []
    return distinct_hashtags(tag for tag in found if not normalize(tag).isdecimal())


def distinct_hashtags(names: Iterable[object]) -> list[str]:
    """Return the names that are text, without `#`, each once whatever its case, in their order."""
    tags: dict[str, str] = {}
    for name in names:
        if isinstance(name, str) and (folded := normalize(name.replace("#", "").replace("\uff03", ""))):
            tags.setdefault(folded, name.strip().lstrip("#\uff03"))
    return list(tags.values())
