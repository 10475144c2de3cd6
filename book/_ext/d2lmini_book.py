"""Three small things that Jupyter Book does not do by itself.

1. A page whose front matter has no description gets one: its first paragraph. So a
   notebook needs no front matter. book/_templates/layout.html puts it into the page.
2. Launch buttons without a repository to launch from make the theme fail: drop them.
3. The label of a folded cell hid from a screen reader what the fold says.
"""

import re

from docutils import nodes
from myst_nb.sphinx_ import (
    HideCodeCellNode,
    depart_HideCellInput,
    visit_HideCellInput,
)

LIMIT = 160  # characters that a search engine shows


def describe(app, pagename, templatename, context, doctree):
    """Put `page_description` into what the page's template knows."""
    if doctree:
        context["page_description"] = shorten(first_paragraph(doctree))


def first_paragraph(doctree):
    """The text of the first paragraph that stands directly under a heading."""
    for section in doctree.findall(nodes.section):
        for child in section.children:
            if isinstance(child, nodes.paragraph) and child.astext().strip():
                return "".join(plain(text) for text in child.findall(nodes.Text))
    return ""


def plain(text):
    """A text node as a reader sees it, also in simple TeX such as `61{,}706`."""
    if not isinstance(text.parent, nodes.math):
        return text.astext()
    return re.sub(r"\\[,; ]|[{}]", "", text.astext().replace(r"\times", "×"))


def shorten(text):
    """At most LIMIT characters on one line, cut between two words."""
    text = " ".join(text.split())
    if len(text) <= LIMIT:
        return text
    return text[: LIMIT - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def drop_launch_buttons(app, config):
    """Without a repository there is nothing that Colab or Binder could open."""
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)


def visit_folded_cell(translator, node):
    """What myst-nb writes, without the label."""
    start = len(translator.body)
    visit_HideCellInput(translator, node)
    label = ' aria-label="Toggle hidden content"'
    written = [part.replace(label, "") for part in translator.body[start:]]
    translator.body[start:] = written


def setup(app):
    app.setup_extension("myst_nb")
    folded = (visit_folded_cell, depart_HideCellInput)
    app.add_node(HideCodeCellNode, override=True, html=folded)
    app.connect("config-inited", drop_launch_buttons)
    app.connect("html-page-context", describe, priority=600)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
