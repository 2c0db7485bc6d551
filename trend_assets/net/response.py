"""An answer to a request without a browser, and its body as text or JSON."""

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trend_assets.errors import PayloadError
from trend_assets.net.destination import place_of

_CODECS = frozenset(
    {"ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "gbk", "gb2312", "gb18030", "big5", "euc_jp"}
    | {"euc_kr", "shift_jis", *(f"cp125{number}" for number in range(9))}
    | {f"iso8859-{number}" for number in range(1, 17) if number != 12}  # noqa: PLR2004 - there is no twelfth
)
"""Python's names for the encodings of sites; it knows others, of which some fail or take for ever on text made for it."""
_XML = re.compile(rb"""\s*<\?xml [^>]{0,100}?encoding=["']([\w.:-]{1,40})["']""")


@dataclass(frozen=True, slots=True)
class Response:
    """A good answer, read to its end."""

    url: str
    """Real address after redirects."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, by its header or its XML declaration; what is not readable becomes a replacement character."""
        _, _, rest = self.headers.get("content-type", "").lower().partition("charset=")
        charset = rest.split(";")[0].strip(" \"'")
        if not charset and (declared := _XML.match(self.body)):
            charset = declared[1].decode().lower()
        return self.body.decode(_codec(charset), errors="replace")

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            PayloadError: it is cut off, or no JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise PayloadError(
                f"{place_of(self.url)} sent no whole JSON ({len(self.body)} bytes beginning {self.body[:40]!r}; {error}): try "
                "again later; if it stays so, look at the address in a browser."
            ) from error


def _codec(charset: str) -> str:
    """Return Python's name of an encoding; of one that is unknown, or no site's, UTF-8."""
    try:
        codec = codecs.lookup(charset).name
    except (LookupError, ValueError):
        codec = ""
    return codec if codec in _CODECS else "utf-8"
