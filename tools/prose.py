"""The Markdown of a chapter: what speaks against it, as a list of sentences.

Prose is what is left of a Markdown cell without headings, tables, formulas, code,
pictures, the addresses of links and the `**Runs in**` line. In a section called
"Exercises" the numbered tasks do not count as prose either.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

MAX_WORDS = 90
MIN_ALT = 20

TIME = re.compile(r"^\*\*Runs in\*\*.*$", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1.*?$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$.*?\$\$|(?<!\\)\$[^$\n]+?\$", re.DOTALL)
PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|<?https?://\S+")
HEADING_OR_ROW = re.compile(r"^ *(#{1,6} |\|).*$", re.MULTILINE)
EXERCISES = re.compile(r"^#+ Exercises\b.*?(?=^#|\Z)", re.MULTILINE | re.DOTALL)
TASK = re.compile(r"^\d+[.)] .*(?:\n+[ \t]+\S.*)*", re.MULTILINE)
NUMBER = re.compile(r"\d+\.\d{2,}|\d+(?:\.\d+)?\s?%")
DIRECTIVE_OR_ROLE = re.compile(r"^ *(?:`{3,}|~{3,}) *\{|^ *:::|\{[\w:.-]+\}`", re.M)
ARTICLE = re.compile(r"\barticle(?:s|'s)?\b", re.IGNORECASE)
HTML = re.compile(r"</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>|<!--")


def without(source: str, *patterns: re.Pattern) -> str:
    for pattern in patterns:
        source = pattern.sub(" ", source)
    return source


def words(source: str) -> int:
    """How many words of prose a Markdown cell has."""
    source = without(source, CODE, FORMULA, PICTURE, TIME)
    source = EXERCISES.sub(lambda section: TASK.sub(" ", section[0]), source)
    source = LINK.sub(lambda link: link[1] or " ", without(source, HEADING_OR_ROW))
    return len(re.findall(r"\w[\w'’-]*", source))


def markdown_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            yield f"cell {number} (Markdown)", cell


def length_complaints(notebook: NotebookNode) -> list[str]:
    """The prose between two code cells, in one Markdown cell or several."""
    passages = [0]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            passages.append(0)
        else:
            passages[-1] += words(cell.source)
    return [
        f"{count} words of prose after code cell {number}; at most {MAX_WORDS}"
        for number, count in enumerate(passages)
        if count > MAX_WORDS
    ]


def portability_complaints(notebook: NotebookNode) -> list[str]:
    """A chapter must read well also where nobody knows MyST."""
    found = []
    for where, cell in markdown_cells(notebook):
        bare = without(cell.source, CODE, FORMULA)
        if match := DIRECTIVE_OR_ROLE.search(cell.source):
            found.append(f"{where}: a MyST directive or role, {match[0].strip()!r}")
        if match := HTML.search(bare):
            found.append(f"{where}: HTML, {match[0]!r}")
        for picture in PICTURE.finditer(bare):
            if len(picture[1]) < MIN_ALT:
                found.append(
                    f"{where}: describe the picture {picture[0]!r} in {MIN_ALT} "
                    "characters or more between its square brackets"
                )
    return found


def number_complaints(notebook: NotebookNode) -> list[str]:
    """Measured numbers belong in outputs; what a paper says is marked as a fact."""
    found = []
    for where, cell in markdown_cells(notebook):
        if cell.metadata.get("d2lmini", {}).get("fact") is True:
            continue
        bare = without(cell.source, CODE, FORMULA, PICTURE, LINK, TIME)
        if match := NUMBER.search(bare):
            found.append(
                f"{where} types the number {match[0]!r}: let a code cell compute it, "
                "or set the cell's metadata d2lmini.fact to true if a paper says it"
            )
    return found


def article_complaints(notebook: NotebookNode) -> list[str]:
    """Readers do not know the articles: only "Find the mistake" speaks of one."""
    return [
        f"{where} speaks of an article: a mistake is a common belief, or what many "
        'tutorials write; articles belong to "Find the mistake" and to Corrections'
        for where, cell in markdown_cells(notebook)
        if ARTICLE.search(without(cell.source, CODE))
        and not re.search("^### Find the mistake", cell.source, re.MULTILINE)
    ]
