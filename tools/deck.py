"""A chapter as one HTML file of slides that needs no network: reveal.js and all inside.

The slides are those of the notebook's own metadata: slide, subslide, fragment, skip,
notes. Called by book.py.
"""

import html
import json
import re
import sys
from pathlib import Path

import nbformat
import pygments
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
from mathematics import mathml  # noqa: E402

WIDTH, HEIGHT = 1280, 720
COLOURS = HtmlFormatter(style="a11y-high-contrast-light", nowrap=True)
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")  # a hand-out stands alone
PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{reveal_css}</style>
<style>{colours}</style>
<style>{style}</style>
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script>{reveal_js}</script>
<script>{notes_js}</script>
<script>{start}</script>
</body>
</html>
"""


def renderer():
    """Return Markdown with formulas as MathML."""
    md = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    md.use(dollarmath_plugin, double_inline=True, renderer=formula)
    return md


def formula(latex, options):
    """Return a formula as MathML."""
    return mathml(latex, "block" if options["display_mode"] else "inline")


def folder_of_reveal():
    """Return where the wheel of sphinx-revealjs keeps reveal.js."""
    import sphinx_revealjs

    return Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"


def parts(notebook):
    """Return the slides of a notebook: columns of slides of (kind, cell)."""
    columns = []
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        if kind == "skip":
            continue
        if kind == "slide" or not columns:
            columns.append([[]])
        elif kind == "subslide":
            columns[-1].append([])
        columns[-1][-1].append((kind, cell))
    return columns


def shown(cell, md, live):
    """Return a cell as HTML."""
    if cell.cell_type == "markdown":
        return md.render(LINK.sub(r"\1", cell.source))
    code = pygments.highlight(cell.source, PythonLexer(), COLOURS)
    pieces = [f'<pre class="code" tabindex="0"><code>{code}</code></pre>']
    alone = len(cell.outputs) == 1  # beside other results a figure stays smaller
    results = "\n".join(output(o, live, alone) for o in cell.outputs)
    return "\n".join(pieces) + (
        f'<div class="shown">{results}</div>' if results else ""
    )


def output(one, live, alone):
    """Return one output of a cell as HTML."""
    if one.output_type == "stream":
        return f'<pre class="out" tabindex="0">{html.escape(one.text)}</pre>'
    data = one.get("data", {})
    text = data.get("text/plain", "")
    if "image/png" in data:
        figure = live(one, alone)
        alt = html.escape(" ".join(text.split()), quote=True)
        png = data["image/png"].replace("\n", "")
        return figure or f'<img alt="{alt}" src="data:image/png;base64,{png}">'
    return data.get("text/html") or f'<pre class="out">{html.escape(text)}</pre>'


def remarks(notebook):
    """Return what the lecturer is told, {cell id: Markdown}: time, clock, advice."""
    told, lecture, clock = {}, 1, 0
    for cell in notebook.cells:
        said = cell.metadata.get("slideshow", {})
        if "lecture" in said:
            lecture, clock = said["lecture"], 0
        if "minutes" in said:
            clock += said["minutes"]
            time = f"{said['minutes']} min, until {clock // 60}:{clock % 60:02}"
            told[cell.id] = f"**Lecture {lecture}** · {time}\n\n{said.get('notes', '')}"
    return told


def slide(cells, md, live, told):
    """Return one slide; what is a fragment appears with the next step."""
    body, notes = [], []
    for kind, cell in cells:
        if cell.id in told:
            notes.append(md.render(told[cell.id]))
        if kind == "notes":
            notes.append(md.render(cell.source))
            continue
        step = ' class="fragment"' if kind == "fragment" else ""
        body.append(f"<div{step}>{shown(cell, md, live)}</div>")
    aside = f'<aside class="notes">{"".join(notes)}</aside>' if notes else ""
    inside = "\n".join(body)
    return f'<section><div class="fit">{inside}</div>{aside}</section>'


def deck(path, style, live=lambda output, alone: ""):
    """Return the deck of a chapter as one page.

    Parameters
    ----------
    path : Path
        The notebook.
    style : str
        The style sheet of the slides.
    live : callable
        Takes an output, and whether it is its cell's only one; returns HTML of a live
        figure, or "".

    Returns
    -------
    str
    """
    notebook, md, reveal = (
        nbformat.read(path, as_version=4),
        renderer(),
        folder_of_reveal(),
    )
    told = remarks(notebook)
    columns = [
        "<section>" + "\n".join(slide(s, md, live, told) for s in column) + "</section>"
        for column in parts(notebook)
    ]
    title = re.search(r"^# (.+)$", notebook.cells[0].source, re.M)[1]
    settings = {"width": WIDTH, "height": HEIGHT, "margin": 0.02, "hash": True}
    settings |= {"center": False, "transition": "none", "slideNumber": "c/t"}
    files = ("dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
    css, script, notes = ((reveal / f).read_text(encoding="utf-8") for f in files)
    return PAGE.format(
        title=html.escape(title),
        reveal_css=css,
        colours=COLOURS.get_style_defs("pre.code"),
        style=style,
        slides="\n".join(columns),
        reveal_js=script.replace("</script", "<\\/script"),
        notes_js=notes.replace("</script", "<\\/script"),
        start=START.replace("SETTINGS", json.dumps(settings)),
    )


# What is too tall for its slide goes into two columns, text and code beside what they
# show; then it is drawn smaller, as little as will do.
START = """
Reveal.initialize({...SETTINGS, plugins: [RevealNotes]}).then(() => {
  const tall = box => box.getBoundingClientRect().height / Reveal.getScale() > HEIGHT ||
    box.scrollWidth > box.clientWidth + 1;
  const zoomed = (box, columns) => {
    box.classList.toggle("columns", columns);
    let zoom = 1;
    box.style.zoom = zoom;
    while (zoom > 0.4 && tall(box)) box.style.zoom = zoom -= 0.025;
    return zoom;
  };
  const fit = () => {
    const box = Reveal.getCurrentSlide().querySelector(".fit");
    let zoom = zoomed(box, false);
    if (zoom < 0.85 && box.querySelector(".shown") && zoomed(box, true) < zoom + 0.05)
      zoomed(box, false);
    box.dataset.zoom = Number(box.style.zoom).toFixed(3);
  };
  Reveal.on("slidechanged", fit);
  addEventListener("load", fit);
  fit();
});
""".replace("HEIGHT", str(HEIGHT - 10))
