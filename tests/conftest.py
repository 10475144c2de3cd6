"""What several test files have in common."""

import pytest


@pytest.fixture(scope="session")
def browser():
    """A running Chromium, one for all that drive it."""
    from browser import launched  # here, since the library's tests need no Playwright

    with launched() as chromium:
        yield chromium
