"""Amazon: pages of best sellers, of movers and shakers, and of deals, with products about what people search for.

Their markup is a stand-in after public descriptions. Every category has the same products.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trend_assets.sandbox.chance import number, share
from trend_assets.sandbox.courses import DAY, growth, hours_of
from trend_assets.sandbox.phenomena import Phenomenon
from trend_assets.sandbox.platforms.site import Answer, Asked, Site, page_of

_KINDS = ("mug", "t-shirt")
_LISTED = 30
_MOST_PERCENT = 100_000
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_START = """<!doctype html>
<html lang="en-us"><head><meta charset="utf-8"><title>Amazon.com {title}</title>
<script>window.ue_t0 = "<div id='gridItemRoot'>";</script></head>
<body><a href="/ref=nav_logo"><img alt="Amazon" src="/logo.png"></a><h1>{title}</h1>
<div class="p13n-desktop-grid"><div class="a-cardui">
"""
_END = """</div></div>
<div><a href="/gp/help">Conditions of Use</a><span>&copy; 1996-2026, Amazon.com, Inc. or its affiliates</span></div>
</body></html>
"""
_LISTED_CARD = """<div id="gridItemRoot" class="a-column a-span12">
<div class="zg-bdg-body"><span class="zg-bdg-text">#{rank}</span></div>{change}
<div class="zg-grid-general-faceout"><div id="{asin}" data-asin="{asin}" class="p13n-sc-uncoverable-faceout">
<a class="a-link-normal" href="/x/dp/{asin}/ref=zg_{rank}?psc=1"><div><img alt="{title}" src="{image}"></div></a>
<a class="a-link-normal" href="/x/dp/{asin}/ref=zg_{rank}?psc=1"><span><div class="line-clamp-3">{title}</div></span></a>
<div class="a-icon-row"><a title="{rating} out of 5 stars" href="/product-reviews/{asin}/ref=zg_{rank}"><i>
<span class="a-icon-alt">{rating} out of 5 stars</span></i><span aria-hidden="true">{ratings:,}</span></a></div>
<div><a href="/x/dp/{asin}/ref=zg_{rank}"><span class="p13n-sc-price">${price:.2f}</span></a></div></div></div></div>
"""
_CHANGE = """
<span class="zg-grid-rank-metadata"><span class="zg-grid-pct-change">{percent:,}%</span> Sales rank: {rank}</span>"""
_DEAL_CARD = """<div data-testid="product-card" data-asin="{asin}"><a href="https://www.amazon.com/x/dp/{asin}?pd_rd_i={asin}">
<div><img alt="{title}" src="{image}"></div></a><div><span>{percent}% off</span><span>Limited time deal</span></div>
<span class="a-price"><span class="a-offscreen">${price:.2f}</span></span><p>{title}</p></div>
"""


@dataclass(frozen=True, slots=True)
class _Product:
    """One thing that is sold, about a topic."""

    topic: Phenomenon
    kind: str

    @property
    def code(self) -> int:
        return number("product", self.topic.words, self.kind, bits=40)

    def percent_off(self, at: datetime) -> int:
        return 5 + int(65 * share("deal", self.code, at.date()))

    def fields(self) -> dict[str, str | int | float]:
        """Return what a card shows; text as markup."""
        return {
            "asin": "B0" + "".join(_DIGITS[self.code // 36**place % 36] for place in range(8)),
            "title": html.escape(f"{self.topic.words.title()}: {self.kind} for < 12 & up"),
            "image": f"https://m.media-amazon.com/images/I/{self.code}.jpg",
            "price": 5 + self.code % 4_500 / 100,
            "rating": 3 + self.code % 21 / 10,
            "ratings": self.code % 90_000,
        }


def _best_sellers(asked: Asked) -> Answer:
    products = _products(asked.world.keywords(asked.at))
    return _page("Best Sellers", [_listed(product, rank) for rank, product in enumerate(products, start=1)])


def _movers(asked: Asked) -> Answer:
    hours = hours_of(asked.at)
    rises = [(growth(topic.course, hours, DAY), topic) for topic in asked.world.keywords(asked.at)]
    risen = sorted((rise for rise in rises if rise[0] > 0), key=lambda rise: -rise[0])
    percents = {topic.name: round(min(100 * rise, _MOST_PERCENT)) for rise, topic in risen}
    products = enumerate(_products(topic for _, topic in risen), start=1)
    return _page("Movers &amp; Shakers", [_listed(product, rank, percents[product.topic.name]) for rank, product in products])


def _deals(asked: Asked) -> Answer:
    products = _products(asked.world.keywords(asked.at))
    reduced = sorted(products, key=lambda product: -product.percent_off(asked.at))
    return _page("Deals", [_DEAL_CARD.format(**product.fields(), percent=product.percent_off(asked.at)) for product in reduced])


SITE = Site(
    name="amazon",
    host="www.amazon.com",
    pages={
        "/gp/bestsellers/{category:path}": _best_sellers,
        "/gp/movers-and-shakers/{category:path}": _movers,
        "/deals": _deals,
    },
    lists=frozenset({"gridItemRoot", "data-asin"}),
)
"""What the sandbox serves of Amazon."""


def _page(title: str, cards: list[str]) -> Answer:
    return Answer(cards[:_LISTED], form=page_of(_START.format(title=title), _END))


def _products(topics: Iterable[Phenomenon]) -> list[_Product]:
    """Return two products about each topic."""
    return [_Product(topic, kind) for topic in topics for kind in _KINDS]


def _listed(product: _Product, rank: int, percent: int | None = None) -> str:
    change = "" if percent is None else _CHANGE.format(percent=percent, rank=rank)
    return _LISTED_CARD.format(**product.fields(), rank=rank, change=change)
