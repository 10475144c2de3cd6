"""What must hold on every page of the book: checks that return lists of problems.

`static_problems` reads a page's file: its head, links and anchors. `live_problems`
opens it in a browser: requests, errors, images, mathematics, width, accessibility.
test_pages.py and test_book.py run them on every page, and on one page that has every
fault.
"""

import re
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).parent
HTML = HERE.parent / "_build" / "html"
FRONT_DOOR = "index.html"  # sends the reader on to book/index.html: no page to look at
FILES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts  # the theme's templates, no pages
)
PAGES = [name for name in FILES if name != FRONT_DOOR]
CHAPTERS = [name for name in PAGES if name.startswith("notebooks/")]
AXE = (HERE / "axe.min.js").read_text(encoding="utf-8")
CHECKS = (HERE / "page_checks.js").read_text(encoding="utf-8")
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}


class PageReader(HTMLParser):
    """Collects a page's title, descriptions, anchors and addresses."""

    def __init__(self):
        super().__init__()
        self.title, self.descriptions, self.anchors = "", [], set()
        self.links, self.loads = [], []  # what a reader follows, what a browser fetches
        self.in_title = False

    def handle_starttag(self, tag, attributes):
        given = {key: value or "" for key, value in attributes}
        self.anchors.update(given[key] for key in ("id", "name") if key in given)
        self.in_title = tag == "title"
        if tag == "meta" and given.get("name") == "description":
            self.descriptions.append(given["content"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") != "canonical":
            self.loads.append(given["href"])
        if tag in ("script", "img", "iframe", "source", "video") and "src" in given:
            self.loads.append(given["src"])

    def handle_data(self, text):
        if self.in_title and not self.title:
            self.title = text.strip()


@cache
def read_page(path):
    reader = PageReader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def static_problems(path, root):
    """Head, links and anchors of the page at `path` in the book at `root`."""
    page = read_page(path)
    problems = []
    if not page.title or "\\" in page.title:
        problems.append(f"the page has no readable title: {page.title!r}")
    described = [text for text in page.descriptions if text.strip()]
    if len(described) != 1 or re.search(r"[\\{}$]", described[0]):
        problems.append(f"the page needs one description without TeX: {described}")
    for address in page.loads:
        if urlsplit(address).netloc:
            problems.append(f"loads from another host: {address}")
        elif not urlsplit(address).scheme:
            problems += link_problems(path, root, address)
    for address in page.links:
        if urlsplit(address).scheme not in ("", "http", "https", "mailto"):
            problems.append(f"a link that works on no other machine: {address}")
        elif not urlsplit(address).scheme:
            problems += link_problems(path, root, address)
    return problems


def link_problems(path, root, address):
    """A link inside the book: its file must exist, and its anchor in that file."""
    parts = urlsplit(address)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    inside = root.resolve() in target.parents and target.is_file()
    if not address or not inside:
        return [f"broken link: {address!r}"]
    anchor = unquote(parts.fragment)
    if anchor and anchor not in read_page(target).anchors:
        return [f"broken anchor: {address!r}"]
    return []


def live_problems(page, url, theme):
    """Open `url` for a reader whose system asks for `theme`: all that goes wrong."""
    problems = []
    with listening(page, url, problems):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(NARROW)
        page.goto(url)
        page.evaluate(AXE)
        page.evaluate(CHECKS)
        page.evaluate("settle()")
        for check in ("imageProblems", "mathProblems", "widthProblems", "axeProblems"):
            problems += page.evaluate(f"{check}()")
        if page.evaluate("document.documentElement.dataset.theme ?? ''") not in theme:
            problems.append("the page is shown in the other theme")
        page.set_viewport_size(WIDE)
        problems += page.evaluate("axeProblems()")
    return [f"{theme}: {problem}" for problem in dict.fromkeys(problems)]


@contextmanager
def listening(page, url, problems):
    """Note what the page asks for and complains of.

    The browser refuses every other host by itself, see FLAGS in browser.py.
    """
    home = "{0.scheme}://{0.netloc}/".format(urlsplit(url))

    def hear_request(request):
        if not request.url.startswith((home, "data:", "blob:")):
            problems.append(f"request to another host: {request.url}")

    def hear_response(response):
        if response.status >= 400:
            problems.append(f"status {response.status}: {response.url}")

    def hear_console(message):
        if message.type in ("error", "warning", "assert"):
            problems.append(f"console {message.type}: {message.text}")

    events = {
        "request": hear_request,
        "response": hear_response,
        "console": hear_console,
        "requestfailed": lambda r: problems.append(f"failed request: {r.url}"),
        "pageerror": lambda error: problems.append(f"error in a script: {error}"),
    }
    for event, hear in events.items():
        page.on(event, hear)
    yield
    for event, hear in events.items():
        page.remove_listener(event, hear)
