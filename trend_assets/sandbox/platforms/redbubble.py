"""Redbubble: the explore page, with links to the tags that people search for. Its markup is a stand-in."""

import html
from urllib.parse import quote_plus

from trend_assets.sandbox.platforms.site import Answer, Asked, Site, page_of

_START = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Explore | Redbubble</title></head>
<body><a href="/"><img alt="Redbubble" src="/logo.svg"></a><a href="/people/ann/shop">Ann</a><a href="/shop/ap/4711">A work</a>
<h1>Popular right now</h1><ul>
"""
_TAG = """<li><a href="/shop/{path}?ref=explore_popular"><span>{words}</span></a></li>
"""
_END = """</ul><footer><a href="/about">About us</a></footer></body></html>
"""


def _explore(asked: Asked) -> Answer:
    tags = (topic.words for topic in asked.world.keywords(asked.at))
    links = [_TAG.format(path=quote_plus(words), words=html.escape(words)) for words in tags]
    return Answer(links, form=page_of(_START, _END))


SITE = Site(name="redbubble", host="www.redbubble.com", pages={"/explore/for-you/": _explore}, lists=frozenset({"/shop"}))
"""What the sandbox serves of Redbubble."""
