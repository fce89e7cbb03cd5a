"""The web book and the decks: built from the stored notebooks, read in Chromium."""

import functools
import html.parser
import http.server
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted(p.stem for p in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
LIGHT = 1_500_000  # bytes of a chapter's first view

sys.path.insert(0, str(ROOT / "book"))
import deck  # noqa: E402
import mathematics  # noqa: E402

import book as builder  # noqa: E402  (tools/)


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Build the book in a folder of its own; return the folder of its pages."""
    place = tmp_path_factory.mktemp("book")
    command = [sys.executable, str(ROOT / "tools" / "book.py"), "--into", str(place)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "html"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site(pages):
    """Serve the book; return its address."""
    handler = functools.partial(Quiet, directory=str(pages))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Links(html.parser.HTMLParser):
    """Collect a page's links and anchors."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.pictures = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors.update(v for k, v in found.items() if k in ("id", "name") and v)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "img":
            self.pictures.append(found)


# --- what needs no browser -------------------------------------------------------------


@pytest.mark.slow
def test_every_internal_link_and_anchor_resolves(pages):
    read = {p: Links(p.read_text(encoding="utf-8")) for p in pages.rglob("*.html")}
    dead = []
    for page, found in read.items():
        for link in found.links:
            target, anchor = urldefrag(urljoin(page.as_uri(), link))
            if not target.startswith("file:"):
                continue
            path = Path(unquote(target.removeprefix("file://")).split("?")[0])
            if not path.exists():
                dead.append((page.name, link))
            elif path in read and anchor and unquote(anchor) not in read[path].anchors:
                dead.append((page.name, link))
    assert not dead
    assert len(read) > 2 * len(CHAPTERS)


@pytest.mark.slow
def test_every_picture_has_a_text_and_every_figure_a_number(pages):
    for name in CHAPTERS:
        page = (pages / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        pictures = [
            o
            for c in notebook.cells
            for o in c.get("outputs", [])
            if "image/png" in o.get("data", {})
        ]
        numbers = re.findall(rf"<strong>Figure {int(name[:2])}\.(\d+)\.</strong>", page)
        assert numbers == [str(n + 1) for n in range(len(pictures))]
        mute = [p for p in Links(page).pictures if len(p.get("alt") or "") < 25]
        assert not mute


@pytest.mark.slow
def test_hints_fold_in_the_exercises(pages):
    page = pages / "exercises" / "01_convolution_1d" / "01_convolution_1d.html"
    assert page.read_text(encoding="utf-8").count("<summary>Hint 1 of 3</summary>") == 8


@pytest.mark.slow
def test_a_second_build_writes_only_what_changed(pages):
    page = pages / "notebooks" / f"{CHAPTERS[1]}.html"
    before = page.stat().st_mtime_ns
    again = [
        sys.executable,
        str(ROOT / "tools" / "book.py"),
        "--into",
        str(pages.parent),
    ]
    assert subprocess.run(again, capture_output=True).returncode == 0
    assert page.stat().st_mtime_ns == before


def test_formulas_are_mathml_and_an_unknown_command_is_an_error():
    two = mathematics.mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "block")
    assert two.startswith("<math") and two.count("<mtr>") == 2
    with pytest.raises(ValueError, match="left over"):
        mathematics.mathml(r"a \unheardof b", "inline")


def test_a_sentence_is_shown_as_it_is():
    assert builder.escaped("y[n] = 2*3 < 7_a") == r"y\[n\] = 2\*3 \< 7\_a"


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_deck_has_the_slides_of_the_notebook(name):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    kinds = [c.metadata.slideshow.slide_type for c in notebook.cells]
    page = deck.deck(path, "")
    assert page.count('<div class="fit">') == kinds.count("slide") + kinds.count(
        "subslide"
    )
    assert page.count('class="fragment"') == kinds.count("fragment")
    assert not re.search(r'(?:src=|url\()"?(?:https?:)?//', page)


# --- in the browser --------------------------------------------------------------------


@pytest.fixture
def reader(browser):
    """Return a page that notes what fails; nothing leaves the machine."""
    page = browser.new_page()
    page.faults, page.weight = [], 0
    before = len(browser.foreign)
    page.on("requestfailed", lambda r: page.faults.append(f"failed: {r.url}"))
    page.on(
        "response",
        lambda r: (
            page.faults.append(f"{r.status}: {r.url}") if r.status > 399 else None
        ),
    )
    page.on("pageerror", lambda e: page.faults.append(str(e)))
    page.on(
        "console", lambda m: page.faults.append(m.text) if m.type == "error" else None
    )
    yield page
    page.close()
    assert browser.foreign[before:] == []


def addresses(pages):
    """Return all pages, as they stand under the site's address."""
    return [
        p.relative_to(pages).as_posix()
        for p in sorted(pages.rglob("*.html"))
        if not {"decks", "_static"} & set(p.parts)
    ]


@pytest.mark.browser
def test_every_page_opens_light_whole_and_for_everyone(site, pages, reader):
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(
        "utf-8"
    )
    sizes, heavy, faults = {}, [], []
    reader.on("response", lambda r: sizes.__setitem__(r.url, r))
    for name in addresses(pages):
        sizes.clear()
        reader.faults.clear()
        reader.set_viewport_size({"width": 1280, "height": 900})
        reader.goto(site + name)
        reader.wait_for_load_state("load")
        reader.wait_for_timeout(250)  # what scripts ask for
        weight = sum(len(r.body()) for r in list(sizes.values()) if r.ok)
        if weight > LIGHT:
            heavy.append((name, weight))
        reader.evaluate(axe)
        found = reader.evaluate(
            "() => axe.run(document, {resultTypes: ['violations'], preload: false})"
        )["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        faults += [(name, v["id"], v["nodes"][0]["html"][:200]) for v in serious]
        faults += [(name, fault) for fault in reader.faults]
        raw = reader.evaluate(
            "() => [...document.querySelectorAll('article math')]"
            ".filter(m => m.getBoundingClientRect().height < 4).length"
        )
        faults += [(name, f"{raw} formulas without height")] * bool(raw)
        reader.set_viewport_size({"width": 360, "height": 740})
        wide = reader.evaluate("() => document.documentElement.scrollWidth")
        faults += [(name, f"{wide} px wide on a telephone")] * (wide > 360)
    assert not faults, "\n".join(sorted({f"{n}: {' '.join(w)}" for n, *w in faults}))
    assert not heavy


@pytest.mark.browser
def test_the_search_finds_dilation(site, reader):
    reader.goto(f"{site}search.html?q=dilation")
    reader.locator("#search-results li").first.wait_for(timeout=20_000)
    assert reader.locator("#search-results li").count() >= 1
    assert reader.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("name", CHAPTERS)
def test_each_slide_fits_its_frame(site, reader, name):
    reader.set_viewport_size({"width": deck.WIDTH, "height": deck.HEIGHT})
    reader.goto(f"{site}decks/{name}.html")
    reader.wait_for_function("() => window.Reveal && Reveal.isReady()")
    small, over = [], []
    for _ in range(200):
        while reader.evaluate("() => Reveal.availableFragments().next"):
            reader.evaluate("() => Reveal.nextFragment()")
        zoom, tall, where, title = reader.evaluate(
            """() => {
                const slide = Reveal.getCurrentSlide(), box = slide.querySelector('.fit');
                const r = box.getBoundingClientRect(), i = Reveal.getIndices();
                return [Number(box.dataset.zoom), Math.max(r.bottom, r.right - 560),
                        `${i.h}.${i.v}`, box.innerText.slice(0, 40)];
            }"""
        )
        if zoom < 0.7:  # 26 px of text, 18 at the smallest
            small.append((where, zoom, title))
        if tall > deck.HEIGHT:
            over.append((where, round(tall), title))
        if reader.evaluate("() => Reveal.isLastSlide()"):
            break
        reader.evaluate("() => Reveal.next()")
    assert not over
    assert not small
    assert reader.faults == []
