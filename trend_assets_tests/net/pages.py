"""Pages for a real Chromium, as strings."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from trend_assets.net.chromium import PROGRAMS
from trend_assets_tests.net.site import Answer, Request, Site


def playwrights_own() -> Path:
    """Where Playwright has its own Chromium, if it is installed."""
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


needs_chromium = pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)) and not playwrights_own().is_file(), reason="no Chromium: run `make browser`"
)

LAST_BATCH = 4
HOST = "www.feed.example"
URL = f"https://{HOST}/explore"
STATE = {"user": None, "list": ["</b>", "é"]}

FEED = """<!doctype html><title>Explore</title>
<script type="application/json" id="STATE">{state}</script>
<body><div style="height:3000px"></div>
<img src="/picture.png"><link rel="stylesheet" href="/style.css"><script src="/app.js"></script>
<script>
let batch = 0, busy = false;
async function more() {{
  if (busy || batch > {last}) return;
  busy = true;
  const answer = await fetch("/api/items?batch=" + batch + "&key=secret");
  for (const item of await answer.json()) {{
    const row = document.createElement("p"); row.textContent = item; row.style.height = "900px";
    document.body.append(row);
  }}
  batch += 1; busy = false;
}}
addEventListener("scroll", () => {{ if (innerHeight + scrollY > document.body.scrollHeight - 200) more(); }});
more();
</script>"""


def items(request: Request) -> Answer:
    batch = int(request.path.split("batch=")[1].split("&")[0])
    return Answer(json.dumps([f"item {batch}.{index}" for index in range(3)]), headers={"Content-Type": "application/json"})


def play_feed(site: Site, host: str = HOST) -> None:
    site.play(f"{host}/explore", FEED.format(state=json.dumps(STATE), last=LAST_BATCH))
    site.plays[f"{host}/api/items"] = items
    site.play(f"{host}/app.js", "document.title = 'Scripted'", content_type="text/javascript")
