"""Surfaces that are several JSON addresses of one host, asked in turn without a browser."""

from collections.abc import Mapping

from trend_assets.capture.payload import Delivery
from trend_assets.errors import AccessError, BudgetError, HostError, PayloadError
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
