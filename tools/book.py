"""Build the web book from the stored notebooks.

    python3 course.py book              into book/_build/html; only what changed
    python3 course.py book --fresh      from nothing
    python3 course.py book --open       and show it in a browser

The notebooks are the only source, and nothing is executed. They are made into a tree for
Sphinx: pictures become numbered figures, live figures live, hints fold.
"""

import argparse
import base64
import html
import importlib
import re
import shutil
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

import deck
import nbformat
import yaml
from convcourse import figures
from nbformat.v4 import new_markdown_cell

ROOT = Path(__file__).resolve().parent.parent
ICONS = re.compile(r"<script[^>]*fontawesome\.js[^>]*>\s*(</script>)?\s*")
KINDS = {"notebooks": "Chapters", "exercises": "Exercises", "solutions": "Solutions"}


class Tree:
    """The folder that Sphinx reads; files that stay the same keep their date."""

    def __init__(self, folder):
        """Begin with a folder and no page."""
        self.folder, self.files, self.figures = folder, set(), []

    def keep(self, name, content):
        """Write a file where its content differs."""
        path = self.folder / name
        content = content.encode("utf-8") if isinstance(content, str) else content
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.files.add(path)

    def sweep(self):
        """Remove what an earlier build has left behind."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_file() and path not in self.files:
                path.unlink()


# --- one notebook ---------------------------------------------------------------------


def page(tree, path):
    """Write one notebook into the tree; return the name of its page."""
    notebook = nbformat.read(path, as_version=4)
    kind, number = path.relative_to(ROOT).parts[0], str(int(path.stem[:2]))
    cells, count = [], 0
    for cell in notebook.cells:
        cells.append(cell)
        outputs = cell.get("outputs", [])
        cell.outputs = [o for o in outputs if "image/png" not in o.get("data", {})]
        if cell.cell_type != "code":
            del cell["outputs"]
            continue
        for output in outputs:
            if "image/png" in output.get("data", {}):
                count += 1
                label = f"{number}.{count}" if kind == "notebooks" else ""
                name = f"{kind}-{path.stem[:2]}-{count:02d}"
                cells.append(
                    new_markdown_cell(
                        figure(tree, output, name, label, path.stem), id=name
                    )
                )
        cells += hints(cell, path.stem[:2]) if kind == "exercises" else []
    notebook.cells = cells
    name = path.relative_to(ROOT)
    tree.keep(name.as_posix(), nbformat.writes(notebook))
    return name.with_suffix("").as_posix()


def figure(tree, output, name, label, stem):
    """Return a picture output as a figure with its sentence below; alive if it can be."""
    alt = " ".join(output.data.get("text/plain", "").split())
    tree.keep(f"figures/{name}.png", base64.b64decode(output.data["image/png"]))
    anchor = f"figure-{name}"
    caption = f"**Figure {label}.** {escaped(alt)}" if label else escaped(alt)
    if label:
        tree.figures.append((label, alt, f"notebooks/{stem}.html#{anchor}"))
    if alive := live(output):
        body = f'<figure id="{anchor}">{alive}</figure>'
        return f"````{{raw}} html\n{body}\n````\n\n{caption}"
    head = f"```{{figure}} /figures/{name}.png\n:name: {anchor}\n:alt: {alt}\n"
    return f"{head}\n{caption}\n```"


def live(output, size="text"):
    """Return an output as a live figure, or "" where it is only a picture."""
    recipe = output.metadata.get("convcourse")
    return figures.kit.restore(recipe, size).html() if recipe else ""


def escaped(text):
    """Return a plain sentence as MyST that shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>$#|~^])", r"\\\1", text)


def hints(cell, chapter):
    """Return a folded cell of hints after a question's visible check."""
    found = re.match(r"(q\d+)\.check\(", cell.source)
    if not found:
        return []
    questions = importlib.import_module(f"convcourse.checks.ch{chapter}")
    question = getattr(questions, found[1])
    folded = [
        f"<details><summary>Hint {n} of 3</summary><p>{html.escape(hint)}</p></details>"
        for n, hint in enumerate(question.hints, 1)
    ]
    return [new_markdown_cell("\n".join(folded), id=f"hints-{found[1]}")]


# --- the whole ------------------------------------------------------------------------


def prepare(tree):
    """Write all pages into the tree."""
    names = {}
    for kind in KINDS:
        found = sorted((ROOT / kind).rglob("[0-9]*.ipynb"))
        names[kind] = [
            page(tree, p) for p in found if ".ipynb_checkpoints" not in p.parts
        ]
    tree.keep("cite.md", citation())
    sources = (ROOT / "data" / "SOURCES.md").read_text(encoding="utf-8")
    tree.keep("data.md", sources)
    tree.keep("lectures.md", lectures(names["notebooks"]))
    tocs = [toc(caption, names[kind]) for kind, caption in KINDS.items()]
    text = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    first = figures.flip_slide([3, 1, 4, 1, 5], [2, -1, 0.5], n=2).html()
    text = text.replace("FIGURE", f"````{{raw}} html\n{first}\n````")
    tree.keep(
        "index.md",
        text
        + "\n"
        + "\n".join([*tocs, toc("More", ["lectures", "figures", "cite", "data"])]),
    )
    tree.keep("figures.md", list_of_figures(tree.figures))


def toc(caption, names):
    """Return a toctree."""
    return "\n".join(
        ["```{toctree}", f":caption: {caption}", ":hidden:", *names, "```\n"]
    )


def citation():
    """Return the page on how to cite, filled in from CITATION.cff."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    keys = ("given-names", "family-names", "name")
    authors = [" ".join(a[k] for k in keys if k in a) for a in cff["authors"]]
    text = (ROOT / "book" / "cite.md").read_text(encoding="utf-8")
    return text.replace("../data/SOURCES.md", "data.md").format(
        author=" and ".join(authors),
        title=cff["title"],
        version=cff["version"],
        year=str(cff["date-released"])[:4],
    )


def lectures(names):
    """Return the page that leads to the decks."""
    text = (ROOT / "book" / "lectures.md").read_text(encoding="utf-8")
    lines = []
    for name in names:
        title = nbformat.read(ROOT / f"{name}.ipynb", as_version=4).cells[0].source
        title = re.search(r"^# (.+)$", title, re.M)[1]
        lines.append(
            f'<li><a href="decks/{Path(name).name}.html">{html.escape(title)}</a></li>'
        )
    return f"{text}\n```{{raw}} html\n<ul>{''.join(lines)}</ul>\n```\n"


def list_of_figures(found):
    """Return the page that leads to every figure."""
    lines = "".join(
        f'<li><a href="{link}">Figure {label}</a>: {html.escape(alt)}</li>\n'
        for label, alt, link in found
    )
    return f"# List of figures\n\n````{{raw}} html\n<ul>\n{lines}</ul>\n````\n"


def sphinx(tree, out):
    """Run Sphinx; a warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", str(ROOT / "book")]
    command += ["-d", str(out.parent / "doctrees")]
    command += ["-W", "--keep-going", "-q", "-j", "auto"]
    return subprocess.call([*command, str(tree.folder), str(out)])


def lighten(out):
    """Take the theme's icons as a script (1.5 MB) out of the pages: its font has them."""
    for path in out.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if "fontawesome.js" in text:
            path.write_text(ICONS.sub("", text), encoding="utf-8")
    for script in (out / "_static" / "scripts").glob("fontawesome.js*"):
        script.unlink()


def originals(out):
    """Let the download button give the notebook itself, not what Sphinx has read."""
    for path in (out / "_sources").rglob("*.ipynb"):
        shutil.copyfile(ROOT / path.relative_to(out / "_sources"), path)


def figure_of_slide(output, alone):
    """Return a live figure for a slide: large where the slide is its own."""
    return live(output, "lecture" if alone else "text")


def decks(out):
    """Write each chapter as a file of slides that needs nothing else."""
    style = (ROOT / "book" / "_static" / "deck.css").read_text(encoding="utf-8")
    tree = Tree(out / "decks")
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        tree.keep(f"{path.stem}.html", deck.deck(path, style, figure_of_slide))


def main():
    """Build the book."""
    parser = argparse.ArgumentParser(prog="course.py book")
    parser.add_argument("--fresh", action="store_true", help="from nothing")
    parser.add_argument("--open", action="store_true", help="show it in a browser")
    parser.add_argument("--into", type=Path, default=ROOT / "book" / "_build")
    arguments = parser.parse_args()
    began, out = time.time(), arguments.into.resolve() / "html"
    if arguments.fresh:
        shutil.rmtree(out.parent, ignore_errors=True)
    tree = Tree(out.parent / "source")
    prepare(tree)
    tree.sweep()
    if sphinx(tree, out):
        return "book: Sphinx has found faults (above); the pages are not to be trusted."
    lighten(out)
    originals(out)
    decks(out)
    print(f"The book is in {out} ({time.time() - began:.0f} s).")
    if arguments.open:
        webbrowser.open((out / "index.html").as_uri())


if __name__ == "__main__":
    sys.exit(main())
