"""What a request may say of itself: headers that can be sent."""

import re
from collections.abc import Mapping

from trend_assets.errors import SettingsError

_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+: ([\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*)?", re.ASCII)


def refuse_impossible(headers: Mapping[str, str]) -> None:
    """Refuse headers that cannot be sent as they are.

    Raises:
        SettingsError: one of them is no Latin-1 text on one line. Its value is not shown: it can be a secret.
    """
    for name, value in headers.items():
        if not _HEADER.fullmatch(f"{name}: {value}"):
            raise SettingsError(
                f"The header {name[:50]!r} cannot be sent: use letters, digits and - in its name, and Latin-1 text "
                "on one line, beginning with no space, as its value."
            )
