"""The built book in a real browser: every page, both themes, narrow and wide.

Run `make book` first. No page is excused from any check. What needs no browser is in
test_pages.py.
"""

import json
from pathlib import Path

import pytest
from book_checks import (
    CHAPTERS,
    FRONT_DOOR,
    HTML,
    PAGES,
    live_problems,
    static_problems,
)
from browser import served


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def book():
    if not CHAPTERS:
        pytest.fail("there is no book in _build/html: run `make book` first")
    with served(HTML) as address:
        yield address


@pytest.mark.parametrize("name", PAGES)
def test_page_in_browser(name, book, page):
    address = f"{book}/{name}"
    problems = live_problems(page, address, "light")
    problems += live_problems(page, address, "dark")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("start", ["server", "disk"])
def test_from_the_front_door_to_a_chapter_by_searching(start, book, page):
    page.goto(f"{book if start == 'server' else HTML.as_uri()}/{FRONT_DOOR}")
    page.wait_for_url("**/book/index.html")
    page.goto(page.url.replace("book/index.html", "search.html"))
    page.locator("main input[name=q]").fill("LeNet")
    page.keyboard.press("Enter")
    page.locator("#search-results a[href*='notebooks/21-lenet']").first.click()
    page.wait_for_url("**/notebooks/21-lenet.html*")
    page.evaluate("MathJax.startup.promise")
    assert page.locator("mjx-container svg").count() > 0


def test_theme_switch(book, page):
    page.goto(f"{book}/book/index.html")
    modes, colours = set(), set()
    for _ in range(3):
        page.locator(".theme-switch-button").click()
        modes.add(page.evaluate("document.documentElement.dataset.mode"))
        colour = "getComputedStyle(document.body).backgroundColor"
        colours.add(page.evaluate(colour))
    assert modes == {"auto", "light", "dark"}
    assert len(colours) == 2


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_can_be_downloaded(name, book, page):
    page.goto(f"{book}/{name}")
    page.get_by_label("Download this page").click()
    link = page.locator("a.btn-download-source-button")
    answer = page.request.get(link.evaluate("link => link.href"))
    assert link.is_visible()
    assert json.loads(answer.text())["cells"]


@pytest.fixture(scope="module")
def reported(browser):
    """What the checks report of a page that has one fault of every kind."""
    file = Path(__file__).with_name("broken_page.html")
    page = browser.new_page()
    with served(file.parent) as address:
        problems = live_problems(page, f"{address}/{file.name}", "light")
    page.close()
    return static_problems(file, file.parent) + problems


FAULTS = """the page has no readable title
the page needs one description
loads from another host: https://example.org/style.css
request to another host: https://example.org/style.css
request to another host: https://example.org/data.json
console error: Got invalid theme mode
error in a script: undefinedFunction is not defined
status 404: http
broken link: 'missing.png'
broken image: missing.png
image without alt text: data:image/gif
image without alt text: plot.png
raw TeX: Half is
raw TeX: The weight is
TeX with a mistake: Missing brace
900 px wide on a screen of 390
sticks out of the screen: <p id="cut"
axe color-contrast (serious): <p style="color: #aaaaaa">
axe button-name (critical): <button>
broken link: 'gone.html'
broken link: ''
broken anchor: '#nowhere'
a link that works on no other machine: file:///page.html"""


@pytest.mark.parametrize("fault", FAULTS.splitlines())
def test_each_check_reports_its_fault(fault, reported):
    assert any(fault in problem for problem in reported), "\n".join(reported)


def test_the_checks_report_nothing_else(reported):
    assert not [problem for problem in reported if 'id="fine"' in problem]
    assert sum("raw TeX" in problem for problem in reported) == 2
