"""Amazon: products of its lists of best sellers, of movers and shakers, and of deals, read from their pages.

Nothing was recorded so far: written after public descriptions of the pages. The first two set products in cards that are
grid items or cards of carousels, and show of movers by how much their sales rank rose; the deals mark cards by their product.
Amazon may ask unknown clients to prove that they are people, with a page that holds no products. What pages load while they are
scrolled (of 50 best sellers the last 20) is not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trend_assets.capture.items import Item, ItemType, Parsed, Rejected, build, collect
from trend_assets.capture.keys import Key, entity_key, phrase_keys
from trend_assets.capture.markup import Element, entries, links, pictures, texts
from trend_assets.capture.payload import Delivery, first_text, not_recognized, page_delivery, unknown_surface
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError
from trend_assets.net.visitor import Visitor

PLATFORM = "amazon"

SURFACE_TYPES = {
    "best_sellers": "the products of a category that sell best, or of each category",
    "movers": "the products whose sales rank rose most within a day",
    "deals": "the products that are reduced now",
}

LIVE = frozenset(SURFACE_TYPES)

_SITE = "https://www.amazon.com"
_LISTS = {"best_sellers": "bestsellers", "movers": "movers-and-shakers"}
_CATEGORY = re.compile(r"[a-z0-9-]+(?:/[0-9]+)?")
_PRODUCT = re.compile(r"/dp/([A-Z0-9]{10})(?![A-Z0-9])")
_PRICE = re.compile(r"(?:US)?[$£€]\s?[0-9][0-9,]{0,12}(?:\.[0-9]{2})?")
_RATING = re.compile(r"([0-5](?:\.[0-9])?) out of 5 stars.*")
_PERCENT = re.compile(r"[-+]?([0-9][0-9,]{0,12})\s?%(?: off)?")


async def capture(surface: Surface, visitor: Visitor) -> Delivery:
    """Return the list's page, in one request.

    Raises:
        SettingsError: the surface's key is no category.
        AccessError, BudgetError, HostError, PayloadError: as `Visitor.get`.
    """
    key = surface.surface_key
    if surface.surface_type == "deals":
        if key:
            raise SettingsError(f"{surface.id}: {key!r} is no category of deals, which have none; leave the surface_key out.")
        return page_delivery(await visitor.get(f"{_SITE}/deals"))
    if key and not _CATEGORY.fullmatch(key):
        raise SettingsError(
            f"{surface.id}: {key!r} is no category; write the surface_key like toys-and-games or electronics/172282, or leave "
            "it out."
        )
    return page_delivery(await visitor.get(f"{_SITE}/gp/{_LISTS[surface.surface_type]}/{key}"))


def _product_keys(fields: Mapping[str, Any]) -> list[Key | None]:
    title = fields.get("text_content")
    return [entity_key(PLATFORM, fields.get("entity"), title), *phrase_keys(title)]


ITEM_TYPES = {
    # The percentage of a mover or a deal rises and falls. Price and rating are no counters: they stay in the raw entry.
    "product": ItemType("product", False, _product_keys, ("gauge",)),
}


def parse(payload: object, surface_type: str) -> Parsed:
    """Return the products of a list's page in their order."""
    if surface_type not in SURFACE_TYPES:
        return unknown_surface(PLATFORM, surface_type, SURFACE_TYPES)
    opens = _is_deal if surface_type == "deals" else _is_listed
    cards = entries(payload, opens) if isinstance(payload, str) else []
    if not cards:  # an empty list looks like any page that is none
        return not_recognized(f"a page of Amazon's with cards of products ({surface_type})", payload)
    return collect("product_cards", _products(cards, surface_type))


def _is_listed(attributes: Mapping[str, str]) -> bool:
    return attributes.get("id") == "gridItemRoot" or "a-carousel-card" in attributes.get("class", "").split()


def _is_deal(attributes: Mapping[str, str]) -> bool:
    return bool(attributes.get("data-asin"))


def _products(cards: list[Element], surface_type: str) -> Iterator[Item | Rejected]:
    for rank, card in enumerate(cards, start=1):
        product = _product(card)
        asin, title, percent = product["asin"], product["title"], product["percent"]
        yield build(
            PLATFORM,
            ITEM_TYPES["product"],
            product,
            platform_item_id=f"product:{asin}" if asin else None,
            entity=asin,
            rank=rank,
            text_content=title,
            gauge=None if surface_type == "best_sellers" else percent,
            canonical_url=f"{_SITE}/dp/{asin}" if asin else None,
        )


def _product(card: Element) -> dict[str, str | None]:
    """Return what a card says of its product, as text."""
    shown, linked, shots = texts(card.content), links(card.content), pictures(card.content)
    addresses = (f"/dp/{card.attributes.get('data-asin', '')}", *(link.address for link in linked))
    return {
        "asin": next((found[1] for address in addresses if (found := _PRODUCT.search(address))), None),
        "title": first_text(*(shot.text for shot in shots), *(link.text for link in linked)),
        "price": _first(_PRICE, shown, 0),
        "rating": _first(_RATING, shown, 1),
        "percent": _first(_PERCENT, shown, 1),
        "image": first_text(*(shot.address for shot in shots)),
    }


def _first(pattern: re.Pattern[str], shown: Iterable[str], group: int) -> str | None:
    return next((found[group] for text in shown if (found := pattern.fullmatch(text))), None)
