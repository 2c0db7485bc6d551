"""Amazon's lists of products, in pages written after public descriptions."""

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import amazon

STARS = '<i class="a-icon"><span class="a-icon-alt">4.7 out of 5 stars</span></i><span aria-hidden="true">12,345</span>'
SHOT = '<img alt="Ergonomic split keyboard, 2 &amp; more" src="https://m.media-amazon.com/images/I/1.jpg">'
PRICE = '<span class="_cDEzb_p13n-sc-price_3mJ9Z">$1,015.99</span>'
CHANGE = '<span class="zg-grid-pct-change">1,012%</span> <span>Sales rank: 12 (was 136)</span>'
OFF = "<span>20% off</span><span>Limited time deal</span>"


def listed(asin: str = "B08N5WRWNW", *parts: str, opening: str = '<div id="gridItemRoot" class="a-column">') -> str:
    """Return a card of best sellers or movers."""
    link = f'<a class="a-link-normal" href="/Keyboard/dp/{asin}/ref=zg_bs_g_1?psc=1">'
    inner = f'<div id="{asin}" data-asin="{asin}"><div>{link}{SHOT}</a></div>{"".join(parts)}</div>'
    return f'{opening}<span class="zg-bdg-text">#7</span>{inner}</{opening[1:].split(" ", maxsplit=1)[0]}>'


def deal(asin: str = "B08N5WRWNW", *parts: str) -> str:
    """Return a card of deals."""
    return f'<div data-testid="product-card" data-asin="{asin}"><a href="/deal/abc">{SHOT}</a>{"".join(parts)}</div>'


def page(*cards: str) -> str:
    """Return a page with the cards."""
    menu = '<a href="/dp/B000000000">Echo</a><img alt="Amazon" src="/logo.png"><script>"<div id=gridItemRoot>"</script>'
    footer = "<div><span>$5.00</span><span>30%</span><span>1.0 out of 5 stars</span></div>"
    return f"<!doctype html><html><body>{menu}<main>{''.join(cards)}</main>{footer}</body></html>"


def parsed(surface_type: str, *cards: str) -> Parsed:
    return amazon.parse(page(*cards), surface_type)


def product(surface_type: str, *cards: str) -> Item:
    found = parsed(surface_type, *cards)
    assert not found.rejected
    return found.items[0]


def test_a_best_seller_is_read_field_by_field() -> None:
    item = product("best_sellers", listed("B08N5WRWNW", STARS, PRICE))
    assert (item.platform, item.platform_item_id, item.item_type, item.is_post) == (
        "amazon", "product:B08N5WRWNW", "product", False,
    )  # fmt: skip
    assert (item.text_content, item.rank) == ("Ergonomic split keyboard, 2 & more", 1)
    assert item.canonical_url == "https://www.amazon.com/dp/B08N5WRWNW"
    assert item.raw == {
        "asin": "B08N5WRWNW",
        "title": "Ergonomic split keyboard, 2 & more",
        "price": "$1,015.99",
        "rating": "4.7",
        "percent": None,
        "image": "https://m.media-amazon.com/images/I/1.jpg",
    }


def test_a_product_is_keyed_by_its_number_and_the_phrases_of_its_title() -> None:
    item = product("best_sellers", listed())
    assert [key.key for key in item.keys] == ["amazon:b08n5wrwnw", "phrase:ergonomic_split_keyboard"]
    assert item.keys[0].name == "Ergonomic split keyboard, 2 & more"


def test_price_and_rating_are_no_counters() -> None:
    item = product("best_sellers", listed("B08N5WRWNW", STARS, PRICE, "<span>Save 20%</span><span>20%</span>"))
    counts = (item.view_count, item.like_count, item.comment_count, item.share_count, item.use_count, item.volume_24h)
    assert {*counts, item.gauge} == {None}


def test_the_rise_of_a_mover_is_a_gauge() -> None:
    assert product("movers", listed("B08N5WRWNW", CHANGE, PRICE)).gauge == 1012


@pytest.mark.parametrize("text", ["20% off", "-20%", "20 %", "+20%"])
def test_the_reduction_of_a_deal_is_a_gauge(text: str) -> None:
    assert product("deals", deal("B08N5WRWNW", f"<b>{text}</b>")).gauge == 20


def test_a_card_of_a_carousel_is_a_card() -> None:
    """The page of all categories has one carousel for each."""
    item = product("best_sellers", listed(opening='<li class="a-carousel-card a-begin" role="listitem">'))
    assert item.platform_item_id == "product:B08N5WRWNW"


def test_a_deal_that_links_elsewhere_is_known_by_its_mark() -> None:
    item = product("deals", deal("B0ABCDEFGH", OFF))
    assert (item.platform_item_id, item.gauge) == ("product:B0ABCDEFGH", 20)


def test_a_card_ends_where_its_element_does() -> None:
    """What the page shows after the last card is not of its product."""
    item = product("movers", listed())
    assert (item.raw["price"], item.raw["rating"], item.gauge) == (None, None, None)


def test_a_card_that_is_cut_off_is_read_as_far_as_it_came() -> None:
    whole = page(listed("B08N5WRWNW", PRICE), listed("B000000002", PRICE))
    found = amazon.parse(whole[: whole.rindex("$1,015")], "best_sellers")
    assert [item.raw["price"] for item in found.items] == ["$1,015.99", None]


def test_a_product_is_one_item_in_its_first_place() -> None:
    found = parsed("best_sellers", listed("B000000001"), listed("B000000002"), listed("B000000001"))
    assert [(item.platform_item_id, item.rank) for item in found.items] == [
        ("product:B000000001", 1), ("product:B000000002", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("asin", ["", "B08", "B08N5WRWNWX", "b08n5wrwnw", "../../../."])
def test_a_card_without_a_product_is_quarantined_and_the_others_stay(asin: str) -> None:
    found = parsed("best_sellers", listed(asin), listed())
    assert [entry.reason for entry in found.rejected] == ["no_id"]
    assert [item.rank for item in found.items] == [2]


def test_a_product_without_a_title_is_an_item() -> None:
    item = product("deals", '<div data-asin="B08N5WRWNW"><a href="/dp/B08N5WRWNW"></a></div>')
    assert (item.text_content, [key.key for key in item.keys]) == (None, ["amazon:b08n5wrwnw"])


@pytest.mark.parametrize("text", [f"{'9' * 17}%", "a%", "20% more", "%", "1.5%"])
def test_what_is_no_percentage_is_none(text: str) -> None:
    assert product("movers", listed("B08N5WRWNW", f"<b>{text}</b>")).gauge is None


@pytest.mark.parametrize(
    "payload",
    [
        page(),
        '<form action="/errors/validateCaptcha">Enter the characters you see below</form>',
        page(deal()).replace("data-asin", "data-id"),
        {"cards": [listed()]},
    ],
)
@pytest.mark.parametrize("surface_type", sorted(amazon.SURFACE_TYPES))
def test_a_page_without_cards_is_a_problem_and_no_empty_list(surface_type: str, payload: object) -> None:
    found = amazon.parse(payload, surface_type)
    assert found.shape is None and found.problem is not None and "a page of Amazon's with cards of products" in found.problem
