"""State in script elements of HTML, whatever the HTML is like."""

import pytest

from trend_assets.net.embedded import embedded_states


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


@pytest.mark.parametrize("piece", ["<script", "<script>", "</script", "<!--", "<script id=", "<script id=S>[", '<script a="'])
def test_a_hostile_page_costs_no_more_than_its_length(piece: str) -> None:
    """Ten million letters of it: work that grows with the square would take hours."""
    embedded_states(piece * (10_000_000 // len(piece)))
