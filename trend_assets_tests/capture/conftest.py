"""The sandbox that the tests of `trend_assets_tests/sandbox` speak to, for captures."""

from trend_assets_tests.sandbox.conftest import box, served

__all__ = ["box", "served"]
