"""State that pages carry in script elements, found in their HTML without running anything."""

from html.parser import HTMLParser

_JSON_TYPES = ("application/json", "application/ld+json")


def embedded_states(html: str) -> dict[str, str]:
    """Return the JSON texts in script elements by the element's id; those without an id are named by their position.

    A script counts if its type says JSON, or if it has an id and begins like JSON. Of several with one id the first counts.
    The texts are as the page has them: they may be cut off, or no JSON at all.
    """
    finder = _ScriptFinder()
    finder.feed(html)
    finder.close()
    return finder.states


class _ScriptFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.states: dict[str, str] = {}
        self._script: dict[str, str | None] | None = None
        self._parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self._script, self._parts = dict(attrs), []

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != "script" or self._script is None:
            return
        name, kind = self._script.get("id") or "", (self._script.get("type") or "").strip().lower()
        text = "".join(self._parts).strip()
        if text and (kind in _JSON_TYPES or (name and text[0] in "{[")):
            self.states.setdefault(name or str(len(self.states)), text)
        self._script = None
