"""State, links and entries of HTML, whatever the HTML is like."""

import pytest

from trend_assets.capture.markup import Link, embedded_states, entries, links, pictures, text_of, texts


@pytest.mark.parametrize(
    ("html", "states"),
    [
        ('<script id="S" type="application/json">{"a": "<b>"}</script>', {"S": '{"a": "<b>"}'}),
        ("<SCRIPT type='application/json; x' id='S'>\n [1] </SCRIPT >", {"S": "[1]"}),
        ("<script type=application/json id=S>1</script>", {"S": "1"}),
        ('<script type="application/ld+json">{}</script><script type="application/json">[]</script>', {"0": "{}", "1": "[]"}),
        ('<script id="SIGI_STATE">{"a": 1}</script>', {"SIGI_STATE": '{"a": 1}'}),
        ('<script id="a&amp;b">[1]</script>', {"a&b": "[1]"}),
        ('<script id="S">[1]</script><script id="S">[2]</script>', {"S": "[1]"}),
        ('<script nonce="x" id="S" data-id="no">[1]</script>', {"S": "[1]"}),
        ('<script id="S">let a = 1</script><script>[1]</script><scripted id="S">[1]</script>', {}),
        ('<script id="S" type="application/json">{"cut": ', {}),
        ('<script id="S"', {}),
        ("", {}),
    ],
)
def test_json_in_scripts_is_found(html: str, states: dict[str, str]) -> None:
    assert embedded_states(html) == states


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>two</b></p><P class=x>three<br/>four</p>", "One two\nthree\nfour"),
        ('#<span>tag</span> and <span class="invisible">https://</span>a.example', "#tag and https://a.example"),
        ("&lt;b&gt; &amp;amp; &quot;", '<b> &amp; "'),
        ("<pre>a  b</pre><preface>c", "a b\nc"),
        ("cut <a href='", "cut"),
        ("", ""),
    ],
)
def test_the_text_of_html_is_what_it_shows(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="/a?b=1&amp;c">One <b>&lt;b&gt;</b>\n two</a>', [Link("/a?b=1&c", "One <b> two")]),
        ("<A class=x HREF=/a>1</A><a href='/b'>2</a >", [Link("/a", "1"), Link("/b", "2")]),
        ('<a href="/a"><picture><img src="x" alt="A &amp; B"></picture></a>', [Link("/a", "A & B")]),
        ('<a href="/a">shown<img alt="not shown"></a>', [Link("/a", "shown")]),
        ('<a href="/a">not closed <a href="/b">x</a>', [Link("/a", "not closed"), Link("/b", "x")]),
        ('<a name="x">1</a><a href="">2</a><abbr href="/a">3</abbr>', []),
        ("""<script>let a = '<a href="/a">x</a>'</script><a href="/b">y</a>""", [Link("/b", "y")]),
        ('<a href="/a">cut', []),
        ("", []),
    ],
)
def test_links_are_found(html: str, found: list[Link]) -> None:
    assert links(html) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>a <b>b</b>c<p>d", ["a", "b", "c", "d"]),
        ("&lt;b&gt; &amp;\n x<br>", ["<b> & x"]),
        ("<script>a</script>b<!-- c -->", ["b"]),
        ("a < b", ["a"]),
        ("", []),
    ],
)
def test_texts_are_found(html: str, found: list[str]) -> None:
    assert texts(html) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<img alt=" A &amp;\n B " src="/a.jpg"><IMG src=b.jpg />', [Link("/a.jpg", "A & B"), Link("b.jpg", "")]),
        ("<image src=a><script>'<img src=a>'</script>", []),
        ('<img data-src="/a.jpg" src="/b.jpg"', [Link("/b.jpg", "")]),
    ],
)
def test_pictures_are_found(html: str, found: list[Link]) -> None:
    assert pictures(html) == found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<div data-e=1>a</div>b<p data-e=2>c</p>", [("1", "a"), ("2", "c")]),
        ("<div data-e=1>a<div>b</div>c</div>d", [("1", "a<div>b</div>c")]),
        ("<DIV data-e=1>a<p></div>", [("1", "a<p>")]),
        ("<div data-e=1>a<div data-e=2>b</div></div>", [("1", "a<div data-e=2>b</div>")]),
        ("<div data-e=1>a<div data-e=2>b</div>", [("1", "a<div data-e=2>b</div>")]),
        ("<div data-e=1>a<script><div data-e=2></script>b</div>", [("1", "a</script>b")]),
        ("</div data-e=1><div><div data-e=", []),
        ("<div data-e=1", [("1", "")]),
        ("", []),
    ],
)
def test_entries_are_the_outermost_elements_that_the_attributes_say(html: str, found: list[tuple[str, str]]) -> None:
    listed = entries(html, lambda attributes: "data-e" in attributes)
    assert [(entry.attributes["data-e"], entry.content) for entry in listed] == found


_PIECES = [
    "<script",
    "<script>",
    "</script",
    "<!--",
    "<script id=",
    "<script id=S>[",
    '<script a="',
    "<a ",
    "<a href=/a>",
    "</a",
]
_PIECES += ["<div ", "<div a='", "<div a-", "<div id=x>", "<div id=x><", "</div", "<img alt='", "<"]
_PIECES += ["<a href=/a><", "<a href=/a><img alt=<a href=/a><img alt='"]


@pytest.mark.parametrize("piece", _PIECES)
def test_a_hostile_page_costs_no_more_than_its_length(piece: str) -> None:
    """Two million letters of it: work that grows with the square would take hours."""
    page = piece * (2_000_000 // len(piece))
    for read in (embedded_states, links, pictures, texts):
        read(page)
    entries(page, lambda attributes: "id" in attributes)
