"""Surfaces that are several JSON addresses of one host, or several pages of one list, asked in turn without a browser."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from trend_assets.capture.payload import Delivery
from trend_assets.errors import AccessError, BudgetError, HostError, PayloadError, TrendError
from trend_assets.net.visitor import Visitor


async def read_all(
    visitor: Visitor,
    addresses: Mapping[str, Mapping[str, str | int]],
    headers: Mapping[str, str] | None = None,
    *,
    granted: bool = False,
) -> Delivery:
    """Return what the addresses answer to their queries; one that fails does not sink the others.

    Raises:
        AccessError, BudgetError, HostError, PayloadError: none of them delivered; of the first one, as `Visitor.get`.
    """
    payloads: list[object] = []
    problems: list[AccessError | BudgetError | HostError | PayloadError] = []
    for url, query in addresses.items():
        try:
            payloads.append((await visitor.get(url, query, headers, granted=granted)).json())
        except (AccessError, BudgetError, HostError, PayloadError) as error:
            problems.append(error)
    if not payloads:
        raise problems[0]
    return Delivery(tuple(payloads), " ".join(map(str, problems)))


async def read_pages(
    visitor: Visitor, page: Callable[[str | None], Awaitable[Any]], cursor_of: Callable[[Any], str | None], most: int
) -> Delivery:
    """Return the pages of a list as one payload, a list of them; where a run of this slot has stopped midway, its pages first.

    A page that does not come leaves those before it. The next run of the slot goes on from there, unless the platform
    refused: then the cursor may be no longer good, and it begins anew.

    Args:
        visitor: Knows how far an earlier run came.
        page: Reads the page that begins at a cursor; None is the first one.
        cursor_of: Finds the next page's cursor in a page; None where there is none.
        most: Pages.

    Raises:
        AccessError, BudgetError, HostError, PayloadError: as `page`, of the first page.
    """
    progress = visitor.progress
    pages = list(progress.pages)
    while len(pages) < most:
        try:
            pages.append(await page(progress.cursor))
            cursor = cursor_of(pages[-1])
            if cursor is None:
                break
            await asyncio.to_thread(progress.add, pages[-1], cursor)
        except TrendError as error:
            if isinstance(error, AccessError):
                progress.end()
            if not pages:
                raise
            return Delivery((pages,), str(error))
    progress.end()
    return Delivery((pages,))
