"""State that pages carry in script elements, found in their HTML without running anything."""

import html as html_text
import re

_OPENING = re.compile(r"<script(?=[\s/>])", re.IGNORECASE)
_CLOSING = re.compile(r"</script", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])(id|type)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_JSON_TYPES = ("application/json", "application/ld+json")
_LONGEST_TAG = 5000


def embedded_states(html: str) -> dict[str, str]:
    """Return the JSON texts in script elements by the element's id; those without an id are named by their position.

    A script counts if its type says JSON, or if it has an id and begins like JSON. Of several with one id the first counts.
    The texts are as the page has them: they may be cut off, or no JSON at all. Each letter is looked at once, whatever a
    page contains; parsers of the standard library take quadratic time on some.
    """
    states: dict[str, str] = {}
    position = 0
    while opening := _OPENING.search(html, position):
        content = html.find(">", opening.end()) + 1
        closing = _CLOSING.search(html, content)
        if not content or not closing:
            break
        attributes = _attributes(html[opening.end() : min(content - 1, opening.end() + _LONGEST_TAG)])
        name, text = attributes.get("id", ""), html[content : closing.start()].strip()
        if text and (attributes.get("type", "").strip().lower() in _JSON_TYPES or (name and text[0] in "{[")):
            states.setdefault(name or str(len(states)), text)
        position = closing.end()
    return states


def _attributes(tag: str) -> dict[str, str]:
    return {match[1].lower(): html_text.unescape(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(tag)}
