"""TikTok's pages: a page with its embedded state, and the script that fetches items at load and on scrolling.

What comes from the simulated users is set as text, never as markup.
"""

import html
import json
from typing import Any

STATE_ID = "__UNIVERSAL_DATA_FOR_REHYDRATION__"

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} | TikTok</title><link rel="icon" href="data:,">
<style>[data-e2e$="-item"] {{ display: block; height: 240px; border-bottom: 1px solid #ccc }}</style></head>
<body>
<h1>{title}</h1>
<main id="items" data-source="{source}"></main>
<script id="{state_id}" type="application/json">{state}</script>
<script>
const items = document.getElementById("items"), source = items.dataset.source;
let cursor = "0", more = Boolean(source), loading = false;

function card(entry) {{
  const link = document.createElement("a"), info = entry.cardItem;
  link.dataset.e2e = info ? "music-item" : "explore-item";
  link.href = info ? info.link : `/@${{entry.author.uniqueId}}/video/${{entry.id}}`;
  link.textContent = info ? `${{info.title}} ${{info.subTitle}}` : entry.desc;
  return link;
}}

async function load() {{
  if (loading || !more) return;
  loading = true;
  try {{
    const answer = await fetch(`${{source}}&cursor=${{cursor}}`);
    const payload = await answer.json();
    const found = payload.itemList || (payload.body || []).flatMap((section) => section.exploreList || []);
    items.append(...found.map(card));
    cursor = payload.cursor;
    more = payload.hasMore === true;
  }} catch (error) {{
    more = false;
    items.dataset.failed = "true";
  }}
  loading = false;
}}

addEventListener("scroll", () => {{
  if (innerHeight + scrollY > document.body.scrollHeight - 400) load();
}});
load();
</script>
</body>
</html>
"""


def page(title: str, state: dict[str, Any], source: str = "", count: int = 0) -> str:
    """Return a page whose script fetches `count` items at a time from `source` (a path); without one it fetches nothing."""
    scope = {"__DEFAULT_SCOPE__": {"webapp.app-context": {"language": "en", "region": "US", "user": None}, **state}}
    address = f"{source}{'&' if '?' in source else '?'}count={count}" if source else ""
    return _PAGE.format(
        title=html.escape(title), source=html.escape(address), state_id=STATE_ID,
        state=json.dumps(scope, ensure_ascii=False).replace("<", "\\u003c"),
    )  # fmt: skip
