"""The built book's files, without a browser: heads, links, launch buttons.

Run `make book` first. No page is excused from any check.
"""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from book_checks import CHAPTERS, FILES, HTML, PAGES, read_page, static_problems

ROOT = Path(__file__).parents[1]


def test_there_is_a_book():
    assert CHAPTERS, "there is no book in _build/html: run `make book` first"


@pytest.mark.parametrize("name", FILES)
def test_head_and_links(name):
    problems = static_problems(HTML / name, HTML)
    assert not problems, "\n".join(problems)


def test_titles_and_descriptions_are_unique():
    pages = [read_page(HTML / name) for name in PAGES]
    heads = [page.title for page in pages] + [page.descriptions[0] for page in pages]
    assert not [head for head, count in Counter(heads).items() if count > 1]


@pytest.mark.parametrize("name", CHAPTERS)
def test_launch_buttons_need_a_repository(name):
    """Colab and Binder open a repository's file: without an address, no buttons."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    html = (HTML / name).read_text(encoding="utf-8")
    assert ("dropdown-launch-buttons" in html) == bool(config["repository"]["url"])
