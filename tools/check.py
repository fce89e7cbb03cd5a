"""Check what can be checked without running a notebook; seconds, not minutes.

    python3 course.py check

Lint, sources against built files, the form of a notebook (DESIGN.md section 3), links,
data, and the environment's files. Each problem is one line: file, place, what to do.
"""

import base64
import functools
import hashlib
import importlib.metadata
import io
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import yaml
from build import ROOT, read_source, release, sources, targets
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

SECTIONS = ("Common mistakes", "Summary", "Check yourself", "Further reading")
CHAPTERS_WITHOUT_FORM = ("00_start_here",)  # a welcome, not a lesson
SLIDES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
FREE_TAG = "nbval-ignore-output"


@functools.cache
def tracked():
    """Return the files that are, or would be, in the repository."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        found = subprocess.run(
            listing, cwd=ROOT, capture_output=True, text=True, check=True
        )
        paths = [ROOT / n for n in found.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError):  # a copy without git
        places = [p for p in ROOT.iterdir() if p.name not in (".venv", "work", ".git")]
        paths = [p for place in places for p in (place, *place.rglob("*"))]
        paths = [p for p in paths if "__pycache__" not in p.parts]
    return [p for p in paths if p.is_file()]


def name(path):
    """Return a path as the repository calls it."""
    return Path(path).relative_to(ROOT).as_posix()


def lint():
    """Run ruff and codespell."""
    spelling = [
        p for p in tracked() if p.suffix in (".py", ".md", ".yml", ".toml", ".cff")
    ]
    commands = (
        ["ruff", "check", "--quiet", "--output-format=concise", "."],
        ["ruff", "format", "--quiet", "--diff", "."],
        ["codespell", *map(name, spelling)],
    )
    for tool, *options in commands:
        done = subprocess.run(
            [sys.executable, "-m", tool.replace("codespell", "codespell_lib"), *options],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        for line in (done.stdout + done.stderr).splitlines():
            yield f"{tool}: {line}"
        if done.returncode and not (done.stdout + done.stderr):
            yield f"{tool} failed: run `python -m {tool} {' '.join(options[:3])}`"


def built_files():
    """Compare each source with what is built from it, and look for strays."""
    expected = set()
    for source in sources():
        notebook = read_source(source)
        first, *rest = targets(source)
        for path, want in [(first, notebook)] + [(p, release(notebook)) for p in rest]:
            expected.add(path)
            remedy = f"run `python3 course.py build {source.stem[:2]}`"
            if not path.exists():
                yield f"{name(path)}: not built; {remedy}"
                continue
            have = readable(path)
            if have is None:  # such as the marks of a merge conflict
                yield f"{name(path)}: is no notebook; {remedy}"
                continue
            cells = [[essence(c) for c in notebook.cells] for notebook in (have, want)]
            if cells[0] != cells[1] or have.metadata != want.metadata:
                yield f"{name(path)}: differs from {name(source)}; {remedy}"
    for path in tracked():
        if path.suffix == ".ipynb" and path not in expected:
            yield f"{name(path)}: built from no source; delete it, or give it one"
        if name(path).startswith("exercises/") and path.suffix != ".ipynb":
            yield f"{name(path)}: stray file beside an exercise; move it to data/"


@functools.cache
def readable(path):
    """Return a notebook, or None where there is none; `built_files` says so."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception:
        return None


def essence(cell):
    """Return what of a cell comes from its source."""
    attached = cell.get("attachments", {})
    return cell.id, cell.cell_type, cell.source, dict(cell.metadata), attached


def notebooks():
    """Check each notebook: executed in order, clean, in the course's form."""
    for source in sources():
        first, *rest = targets(source)
        for path in [first, *rest]:
            notebook = readable(path)
            if notebook:
                for problem in stored(path, notebook, executed=path == first):
                    yield f"{name(path)}: {problem}"
        notebook = read_source(source)
        for problem in cells(notebook):
            yield f"{name(source)}: {problem}"
        if source.parent.name == "notebooks":
            for problem in [*form(source.stem, notebook), *lectures(notebook)]:
                yield f"{name(source)}: {problem}"


def stored(path, notebook, executed):
    """Check the stored outputs of a notebook."""
    code = [c for c in notebook.cells if c.cell_type == "code"]
    counts = [c.execution_count for c in code]
    if executed and counts != list(range(1, len(code) + 1)):
        yield "cells were not run in order from a fresh kernel; build it again"
    if not executed and any(c.outputs or c.execution_count for c in code):
        yield "an exercise holds no output; build it again"
    if "widgets" in notebook.metadata:
        yield "metadata.widgets is stored; GitHub refuses such a notebook"
    if path.stat().st_size > 1_500_000:
        yield f"weighs {path.stat().st_size / 1e6:.1f} MB; 1.5 MB is the most"
    for number, cell in enumerate(code, 1):
        for output in cell.outputs:
            data = output.get("data", {})
            text = str(data.get("text/plain", ""))
            if output.output_type == "error":
                yield f"code cell {number}: stores the error {output.ename}"
            if output.get("name") == "stderr":
                yield f"code cell {number}: stores stderr: {output.text[:60]!r}"
            if "image/png" in data and (len(text) < 25 or text.startswith("<")):
                yield f"code cell {number}: a figure without alt text; show(fig, alt)"
            described = output.get("metadata", {}).get("image/png", {})
            if described.get("alt", text) != text:
                yield f"code cell {number}: the picture's alt is not its text/plain"
            if "application/vnd.jupyter.widget-view+json" in data:
                yield f"code cell {number}: stores a widget; it is blank without a kernel"
            if re.search(r"<.* at 0x[0-9a-f]+>", text):
                yield f"code cell {number}: an address in its output; print what matters"
            if len(str(output)) > 300_000:
                yield f"code cell {number}: an output over 300 kB"
    free = [c for c in code if FREE_TAG in c.metadata.get("tags", [])]
    if len(free) > max(1, 0.1 * len(code)):
        yield f"{len(free)} of {len(code)} code cells are tagged {FREE_TAG}; 10 % at most"


def cells(notebook):
    """Check the cells of a notebook one by one."""
    for number, cell in enumerate(notebook.cells, 1):
        where = f"cell {number} ({cell.source.strip().splitlines()[:1]})"
        if cell.metadata.get("slideshow", {}).get("slide_type") not in SLIDES:
            yield f"{where}: no slide_type; one of {', '.join(sorted(SLIDES))}"
        if cell.cell_type == "code":
            if cell.source.rstrip().endswith(";"):
                yield f"{where}: a trailing semicolon hides nothing from nbval; drop it"
            graded = "nbgrader" in cell.metadata
            if len(cell.source.splitlines()) > 15 and not graded:
                yield f"{where}: over 15 lines; move code to the library"
        elif words(cell) > 150:
            yield f"{where}: {words(cell)} words; split it, or say it shorter"


def lectures(notebook):
    """Check what the slides tell the lecturer: minutes, advice, cuts of 75 minutes."""
    clock = 0
    for cell in notebook.cells:
        said = cell.metadata.get("slideshow", {})
        if "lecture" in said:
            clock = 0
        if said.get("slide_type") == "slide" and not (
            isinstance(said.get("minutes"), int) and said.get("notes")
        ):
            title = cell.source.strip().splitlines()[0]
            yield f"slide ({title}): no minutes and notes for the lecturer"
        clock += said.get("minutes", 0)
        if clock > 75:
            yield 'a lecture of over 75 minutes; cut it with "lecture": 2'
            return


def words(cell):
    """Count the words of a text cell, tables and formulas left out."""
    prose = re.sub(r"\$\$.*?\$\$|```.*?```|<[^>]+>", " ", cell.source, flags=re.S)
    lines = [x for x in prose.splitlines() if not x.lstrip().startswith("|")]
    return len(" ".join(lines).split())


def form(chapter, notebook):
    """Check the form of a chapter: its parts, its balance, its neighbours."""
    text = [c for c in notebook.cells if c.cell_type == "markdown"]
    code = [c for c in notebook.cells if c.cell_type == "code"]
    prose = "\n".join(c.source for c in text)
    chapters = [p.stem for p in sources() if p.parent.name == "notebooks"]
    here = chapters.index(chapter)
    for other in chapters[max(here - 1, 0) : here] + chapters[here + 1 : here + 2]:
        if f"({other}.ipynb)" not in text[-1].source:
            yield f"the last cell does not link to {other}.ipynb"
    if (ROOT / "exercises" / chapter).exists() and "../exercises/" not in prose:
        yield "no link to its exercises"
    if chapter in CHAPTERS_WITHOUT_FORM:
        return
    for section in SECTIONS:
        if not re.search(rf"^##+ {section}", prose, re.M | re.I):
            yield f"no section '{section}'"
    if not 35 <= len(notebook.cells) <= 80:
        yield f"{len(notebook.cells)} cells; 35 to 60 is the aim, 80 the limit"
    if len(text) < len(code):
        yield f"more code cells ({len(code)}) than text cells ({len(text)})"
    lines = statistics.median([len(c.source.splitlines()) for c in code] or [0])
    if lines > 5:
        yield f"the median code cell has {lines} lines; 2 to 4 is the aim"


LINKS = re.compile(
    r"""\]\(\s*<?([^)>\s]+)>?(?:\s+"[^"]*")?\s*\)"""  # [text](target "title")
    r"""|^\[[^\]]+\]:\s*(\S+)"""  # [reference]: target
    r"""|(?:href|src)\s*=\s*["']([^"']+)["']""",  # <a href="target">
    re.M,
)


def links():
    """Check that each relative link and anchor of a text leads to a tracked place."""
    files = set(tracked())
    places = files | {parent for path in files for parent in path.parents}
    for page in (p for p in files if p.suffix in (".md", ".ipynb")):
        for found in LINKS.finditer(markdown(page)):
            target = next(filter(None, found.groups()))
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (page.parent / path).resolve() if path else page
            if there not in places:
                yield f"{name(page)}: the link {target} leads nowhere in the repository"
            elif anchor and anchor not in anchors(there):
                yield f"{name(page)}: no heading for the link {target}"


@functools.cache
def markdown(page):
    """Return the text of a page, code left out."""
    if page.suffix == ".ipynb":
        cells = getattr(readable(page), "cells", [])
        return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)


def anchors(page):
    """Return the anchors of a page, in JupyterLab's form and in GitHub's."""
    titles = re.findall(r"^#+ (.+)$", markdown(page), re.M)
    plain = [
        re.sub(r"[^\w\s-]", "", t).strip().lower().replace(" ", "-") for t in titles
    ]
    return {t.strip().replace(" ", "-") for t in titles} | set(plain)


def data():
    """Check data/ against data/SOURCES.md: each file's section holds its digest."""
    text = (ROOT / "data" / "SOURCES.md").read_text(encoding="utf-8")
    told = {}
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        digest = re.search(r"sha256 \| `([0-9a-f]{64})`", section)
        if digest:
            told[section.splitlines()[0].strip()] = digest[1]
    there = {p.name: p for p in tracked() if p.parent == ROOT / "data"}
    there.pop("SOURCES.md", None)
    for missing in told.keys() - there.keys():
        yield f"data/{missing}: in SOURCES.md, but not there; run tools/make_data.py"
    for file, path in there.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != told.get(file):
            yield f"data/{file}: its sha256 is not the one in its section of SOURCES.md"


def environment():
    """Check that pyproject.toml, requirements.lock and environment.yml agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    if re.search(r"://|\s--?(index|extra|find|trusted)", text):
        yield "requirements.lock: holds an address; make it with `course.py build --lock`"
    pins = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        found = re.match(r"([\w.\[\]-]+)==([^\s;\\]+)", block)
        if not found:
            yield f"requirements.lock: not a pin: {block.splitlines()[0]}"
            continue
        pins[canonicalize_name(found[1])] = found[2]
        if "--hash=sha256:" not in block:
            yield f"requirements.lock: {found[1]} has no hash"
    for line in project["dependencies"]:
        wanted = Requirement(line)
        pin = pins.get(canonicalize_name(wanted.name))
        if pin is None:
            yield f"requirements.lock: no pin for {wanted.name}"
        elif not wanted.specifier.contains(pin, prereleases=True):
            yield f"requirements.lock: {wanted.name} {pin} is outside {wanted.specifier}"
    for package in pins:
        try:
            needs = importlib.metadata.requires(package) or []
        except importlib.metadata.PackageNotFoundError:  # for another platform
            continue
        for needed in map(Requirement, needs):
            wanted = not needed.marker or needed.marker.evaluate({"extra": ""})
            if wanted and canonicalize_name(needed.name) not in pins:
                yield f"requirements.lock: {package} needs {needed.name}, which has no pin"
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *others, pip = conda["dependencies"]
    python = re.match(r"python=(\d+\.\d+)$", str(others[0]))
    if not python or python[1] not in supported(project["requires-python"]):
        yield f"environment.yml: {others[0]} is not within {project['requires-python']}"
    if pip != {"pip": ["--require-hashes", "-r requirements.lock"]}:
        yield "environment.yml: its pip part must be the lock with hashes, no more"


def supported(specifier):
    """Return the minor versions of Python that a specifier admits."""
    low, high = re.match(r">=3\.(\d+),<3\.(\d+)$", specifier).groups()
    return [f"3.{minor}" for minor in range(int(low), int(high))]


def hygiene():
    """Look for what must not be in a repository like this."""
    registry = re.compile(
        "|".join(("py" + r"pi\.org", "pythonhosted" + r"\.org", "npm" + r"js\."))
    )
    for path in tracked():
        if path.stat().st_size > 1_500_000:
            yield f"{name(path)}: over 1.5 MB"
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if registry.search(text):
            yield f"{name(path)}: names a registry's host"
        if re.search("Ã[©¤¶¼]|â€|\ufffd", text) and path != Path(__file__):
            yield f"{name(path)}: broken characters; save it as UTF-8"
        if (
            path.suffix in (".py", ".md", ".toml", ".yml")
            and text
            and not text.endswith("\n")
        ):
            yield f"{name(path)}: no newline at its end"
    for path in tracked():
        if path.suffix == ".ipynb":
            yield from pictures(path)


def pictures(path):
    """Check that each stored picture opens and shows something."""
    for number, cell in enumerate(getattr(readable(path), "cells", []), 1):
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            if png is None:
                continue
            try:
                low, high = (
                    Image.open(io.BytesIO(base64.b64decode(png)))
                    .convert("L")
                    .getextrema()
                )
            except Exception:
                yield f"{name(path)}: cell {number} stores a picture that does not open"
            else:
                if high - low < 30:
                    yield f"{name(path)}: cell {number} stores an empty picture"


CHECKS = (lint, built_files, notebooks, links, data, environment, hygiene)


def main():
    """Print each problem; exit 1 when there is one."""
    problems = [f"{check.__name__:12} {p}" for check in CHECKS for p in check()]
    print("\n".join(problems) or f"check: {len(tracked())} files, no problem")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
