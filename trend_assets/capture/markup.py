"""What HTML carries, found without running anything: state in script elements, links, entries of lists, and plain text.

Each letter is looked at once or a few times, whatever a page contains; HTML parsers take quadratic time on some.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_SCRIPT, _SCRIPT_END = (re.compile(tag, re.IGNORECASE) for tag in (r"<script(?=[\s/>])", r"</script"))
_LINK, _LINK_END = (re.compile(tag, re.IGNORECASE) for tag in (r"<a(?=[\s/])", r"</?a(?=[\s/>])"))
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_PICTURE = re.compile(r"<img(?=[\s/])[^<>]*", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>?")
_BREAK = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|blockquote|pre)(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_NAMED_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]*)>?", re.IGNORECASE)
_JSON_TYPES = ("application/json", "application/ld+json")
_LONGEST_TAG = 5_000


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page."""

    address: str
    """As the page has it: whole, or from the root of its site."""
    text: str
    """What it shows; of a picture, what stands for it."""


def embedded_states(page: str) -> dict[str, str]:
    """Return the JSON texts in script elements by the element's id; those without an id are named by their position.

    A script counts if its type says JSON, or if it has an id and begins like JSON. Of several with one id the first counts.
    The texts are as the page has them: they may be cut off, or no JSON at all.
    """
    states: dict[str, str] = {}
    for script in _elements(page, _SCRIPT, _SCRIPT_END):
        name, text = script.attributes.get("id", ""), script.content.strip()
        if text and (script.attributes.get("type", "").strip().lower() in _JSON_TYPES or (name and text[0] in "{[")):
            states.setdefault(name or str(len(states)), text)
    return states


def links(page: str) -> list[Link]:
    """Return the page's links in its order; those without an address are none, nor those that scripts write."""
    return [
        Link(address, _shown(link.content))
        for link in _elements(_without_scripts(page), _LINK, _LINK_END)
        if (address := link.attributes.get("href", "").strip())
    ]


def pictures(page: str) -> list[Link]:
    """Return the page's pictures in its order: their addresses, and what stands for them."""
    found = (_attributes(picture[0][:_LONGEST_TAG]) for picture in _PICTURE.finditer(_without_scripts(page)))
    return [Link(picture.get("src", "").strip(), " ".join(picture.get("alt", "").split())) for picture in found]


def texts(page: str) -> list[str]:
    """Return what the page shows, piece by piece between its tags."""
    pieces = (" ".join(html.unescape(piece).split()) for piece in _TAG.split(_without_scripts(page)))
    return [piece for piece in pieces if piece]


def text_of(markup: str) -> str:
    """Return the text that a piece of HTML shows, its paragraphs and lines on lines of their own."""
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", markup))).splitlines()
    return "\n".join(shown for line in lines if (shown := " ".join(line.split())))


@dataclass(frozen=True, slots=True)
class Element:
    """An element, from its opening tag up to its closing one."""

    start: int
    end: int
    attributes: Mapping[str, str]
    content: str


def entries(page: str, opens: Callable[[Mapping[str, str]], bool]) -> list[Element]:
    """Return the elements whose attributes make them entries of a list, in the page's order; none inside another.

    One that is not closed ends with the page.
    """
    found: list[Element] = []
    markup, name, depth, start, attributes = _without_scripts(page), "", 0, 0, dict[str, str]()
    for tag in _NAMED_TAG.finditer(markup):
        if not depth:
            attributes = {} if tag[1] else _attributes(tag[3][:_LONGEST_TAG])
            if attributes and opens(attributes):
                name, depth, start = tag[2].lower(), 1, tag.end()
        elif tag[2].lower() == name:
            depth += -1 if tag[1] else 1
            if not depth:
                found.append(Element(start, tag.start(), attributes, markup[start : tag.start()]))
    if depth:
        found.append(Element(start, len(markup), attributes, markup[start:]))
    return found


def _without_scripts(page: str) -> str:
    position, kept = 0, list[str]()
    for script in _elements(page, _SCRIPT, _SCRIPT_END):
        kept.append(page[position : script.start])
        position = script.end
    return "".join((*kept, page[position:]))


def _elements(page: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> Iterator[Element]:
    """Yield the elements between two tags, up to one that is not closed."""
    position = 0
    while tag := opening.search(page, position):
        content = page.find(">", tag.end()) + 1
        end = closing.search(page, content)
        if not content or not end:
            break
        attributes = _attributes(page[tag.end() : min(content - 1, tag.end() + _LONGEST_TAG)])
        position = end.start()
        yield Element(tag.start(), position, attributes, page[content:position])


def _attributes(tag: str) -> dict[str, str]:
    return {match[1].lower(): html.unescape(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(tag)}


def _shown(content: str) -> str:
    text = " ".join(html.unescape(_TAG.sub(" ", content)).split())
    if not text and (picture := _PICTURE.search(content)):
        text = " ".join(_attributes(picture[0][:_LONGEST_TAG]).get("alt", "").split())
    return text
