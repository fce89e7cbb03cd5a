"""course.py check: each rule finds the fault it is for."""

import json
import shutil

import build
import check
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

SLIDE = {"slideshow": {"slide_type": "-"}}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Return a copy of the files that describe the environment and the data."""
    for module in (build, check):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(build, "SOURCES", tmp_path / "sources")
    root = check.Path(check.__file__).resolve().parent.parent
    for name in ("pyproject.toml", "requirements.lock", "environment.yml"):
        shutil.copy(root / name, tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/SOURCES.md").write_text("| file | sha256 |\n")
    caches = check.tracked, check.markdown, check.readable
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()


def edit(path, old, new):
    """Replace text in a file; the text must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_environment_files_agree(repository):
    assert list(check.environment()) == []


@pytest.mark.parametrize(
    "name, old, new, words",
    [
        ("requirements.lock", "numpy==2", "numpy==1", "numpy 1.* outside"),
        ("requirements.lock", "nbval==", "other==", "no pin for nbval"),
        (
            "requirements.lock",
            "numpy==",
            "--index-url file://x\nnumpy==",
            "holds an address",
        ),
        ("environment.yml", "python=3.12", "python=3.14", "python=3.14 is not within"),
        ("environment.yml", "--require-hashes", "numpy", "must be the lock"),
        ("pyproject.toml", "nbval>=0.11,<0.12", "nbval>=0.12", "nbval .* outside"),
    ],
)
def test_a_disagreement_of_the_environment_files_is_found(
    repository, name, old, new, words
):
    edit(repository / name, old, new)
    assert any(check.re.search(words, p) for p in check.environment())


def test_a_package_that_dropped_out_of_the_lock_is_found(repository):
    edit(repository / "requirements.lock", "\nanyio==", "\nanother==")
    assert any("needs anyio, which has no pin" in p for p in check.environment())


def test_a_pin_without_a_hash_is_found(repository):
    with open(repository / "requirements.lock", "a") as lock:
        lock.write("six==1.17.0\n")
    assert "requirements.lock: six has no hash" in list(check.environment())


def test_changed_missing_and_unrecorded_data_are_found(repository):
    contents = {"a.csv": "1\n", "b.csv": "2\n"}
    sections = []
    for file, text in contents.items():
        (repository / "data" / file).write_text(text)
        digest = check.hashlib.sha256(text.encode()).hexdigest()
        sections.append(f"## {file}\n\n| sha256 | `{digest}` |\n")
    (repository / "data/SOURCES.md").write_text("# Data\n\n" + "\n".join(sections))

    def problems():
        check.tracked.cache_clear()
        return " ".join(check.data())

    assert problems() == ""
    (repository / "data/a.csv").write_text("2\n")  # swapped
    (repository / "data/b.csv").write_text("1\n")
    assert "data/a.csv: its sha256" in problems() and "data/b.csv" in problems()
    (repository / "data/a.csv").unlink()
    assert "data/a.csv: in SOURCES.md, but not there" in problems()
    (repository / "data/new.csv").write_text("1\n")
    assert "data/new.csv: its sha256" in problems()


@pytest.mark.parametrize(
    "text, words",
    [
        ("see [this](missing.md)", "leads nowhere"),
        ("see [this](#no-such-heading)", "no heading"),
        ("![a picture](pictures/none.png)", "leads nowhere"),
        ('[titled](missing.md "a title")', "leads nowhere"),
        ("[angles](<missing.md>)", "leads nowhere"),
        ('<a href="missing.md">html</a>', "leads nowhere"),
        ('<img src="none.png">', "leads nowhere"),
        ("[outside](../../../../../../../etc/passwd)", "leads nowhere"),
        ("[absolute](/etc/passwd)", "leads nowhere"),
        ("text\n\n[reference]: missing.md", "leads nowhere"),
    ],
)
def test_dead_links_are_found(repository, text, words):
    (repository / "page.md").write_text(
        f"# Title\n\n{text}, [this](#title), [file](page.md)\n"
    )
    (problem,) = check.links()
    assert words in problem


@pytest.mark.parametrize(
    "text, words",
    [
        ("get it from py" + "pi.org/simple\n", "names a registry"),
        ("caf\u00c3\u00a9\n", "broken characters"),
        ("no end", "no newline"),
    ],
)
def test_what_must_not_be_in_a_file_is_found(repository, text, words):
    (repository / "page.md").write_text(text, encoding="utf-8")
    assert any(words in p for p in check.hygiene())


def code(source="1", count=1, **output):
    """Return an executed code cell with one output."""
    outputs = [new_output(**output)] if output else []
    return new_code_cell(
        source, execution_count=count, outputs=outputs, metadata=dict(SLIDE)
    )


LIE = {"data": {"image/png": "AAAA", "text/plain": "A line that falls from 5 to 1."}}
LIE |= {"output_type": "display_data", "metadata": {"image/png": {"alt": "A rise."}}}
FIGURE = {
    "output_type": "display_data",
    "data": {"image/png": "AAAA", "text/plain": "<Figure>"},
}
WIDGET = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "a slider"}


@pytest.mark.parametrize(
    "cell, words",
    [
        (code(count=None), "not run in order"),
        (code(count=2), "not run in order"),
        (
            code(output_type="error", ename="E", evalue="", traceback=[]),
            "stores the error E",
        ),
        (code(output_type="stream", name="stderr", text="Warning"), "stores stderr"),
        (code(**FIGURE), "without alt text"),
        (code(**LIE), "alt is not its text"),
        (code(output_type="display_data", data=WIDGET), "stores a widget"),
        (
            code(output_type="execute_result", data={"text/plain": "<a at 0x7fab12>"}),
            "an address",
        ),
        (code(output_type="stream", name="stdout", text="x" * 300_001), "over 300 kB"),
    ],
)
def test_faults_of_stored_outputs_are_found(repository, cell, words):
    path = repository / "x.ipynb"
    notebook = new_notebook(cells=[cell])
    nbformat.write(notebook, path)
    assert any(words in p for p in check.stored(path, notebook, executed=True))


def test_a_clean_notebook_has_no_problem(repository):
    path = repository / "x.ipynb"
    notebook = new_notebook(cells=[code(output_type="stream", name="stdout", text="1")])
    nbformat.write(notebook, path)
    assert list(check.stored(path, notebook, executed=True)) == []
    assert list(check.cells(notebook)) == []


@pytest.mark.parametrize(
    "cell, words",
    [
        (new_code_cell("plot();", metadata=SLIDE), "semicolon"),
        (new_code_cell("1"), "no slide_type"),
        (new_code_cell("\n".join("x" * 16), metadata=SLIDE), "over 15 lines"),
        (new_markdown_cell("word " * 151, metadata=SLIDE), "151 words"),
    ],
)
def test_faults_of_cells_are_found(cell, words):
    (problem,) = check.cells(new_notebook(cells=[cell]))
    assert words in problem


def test_a_notebook_that_differs_from_its_source_or_has_none_is_found(repository):
    source = repository / "sources/notebooks/01_a.py"
    source.parent.mkdir(parents=True)
    source.write_text("# %%\nprint(1)\n")
    assert "not built" in " ".join(check.built_files())
    built = build.read_source(source)
    build.write(built, repository / "notebooks/01_a.ipynb")
    build.write(built, repository / "notebooks/02_stray.ipynb")
    check.tracked.cache_clear()
    check.readable.cache_clear()
    assert list(check.built_files()) == [
        "notebooks/02_stray.ipynb: built from no source; delete it, or give it one"
    ]
    path = repository / "notebooks/01_a.ipynb"
    for spoil in (
        lambda nb: nb.metadata.update(answers="42"),
        lambda nb: nb.cells[0].update(
            attachments={"answers.txt": {"text/plain": "42"}}
        ),
        lambda nb: nb.cells[0].metadata.update(hidden="42"),
    ):
        spoiled = nbformat.from_dict(built)
        spoil(spoiled)
        path.write_text(json.dumps(spoiled))
        check.readable.cache_clear()
        assert "differs from" in " ".join(check.built_files())
    path.write_text("<<<<<<< HEAD")
    check.readable.cache_clear()
    assert "is no notebook" in " ".join(check.built_files())
    for other in (check.notebooks, check.links, check.hygiene):
        list(other())  # each says its own, and none dies of it
    source.write_text("# %%\nprint(2)\n")
    build.write(built, path)
    check.readable.cache_clear()
    assert "differs from sources/notebooks/01_a.py" in " ".join(check.built_files())


def test_faults_of_a_chapters_form_are_found(repository):
    (repository / "sources/notebooks").mkdir(parents=True)
    for name in ("00_start_here", "01_a"):
        (repository / f"sources/notebooks/{name}.py").write_text("")
    notebook = new_notebook(
        cells=[new_markdown_cell("# Title"), *[new_code_cell(x) for x in "123"]]
    )
    problems = " ".join(check.form("01_a", notebook))
    for words in (
        "does not link to 00_start_here",
        "'Summary'",
        "4 cells",
        "more code",
    ):
        assert words in problems


def told(minutes=20, notes="Ask for the sum first.", **more):
    """Return the first cell of a slide, with what the lecturer is told."""
    said = {"slide_type": "slide", "minutes": minutes, "notes": notes, **more}
    return new_markdown_cell("## A title", metadata={"slideshow": said})


BARE = new_markdown_cell("## Bare", metadata={"slideshow": {"slide_type": "slide"}})


@pytest.mark.parametrize(
    "cells, words",
    [
        ([told(), BARE], "slide (## Bare): no minutes and notes"),
        ([told(notes="")], "slide (## A title): no minutes and notes"),
        ([told(minutes=7.5)], "no minutes and notes"),
        ([told(), told(), told(36)], "over 75 minutes"),
        ([told(), told(lecture=2), told(), told(36)], "over 75 minutes"),
    ],
)
def test_faults_of_what_the_lecturer_is_told_are_found(cells, words):
    (problem,) = check.lectures(new_notebook(cells=cells))
    assert words in problem


def test_a_lecture_may_fill_its_time_and_a_second_begins_anew():
    quiet = new_code_cell("1", metadata=SLIDE)
    cells = [told(40), told(35), quiet, told(75, lecture=2), quiet]
    assert list(check.lectures(new_notebook(cells=cells))) == []


def test_the_notebooks_are_checked_for_what_the_lecturer_is_told(repository):
    source = repository / "sources/notebooks/01_a.py"
    source.parent.mkdir(parents=True)
    slide = '# %% [markdown] slideshow={"slide_type": "slide"}\n# # Title\n'
    source.write_text(f"{slide}\n# %%\n1\n")
    build.write(build.read_source(source), repository / "notebooks/01_a.ipynb")
    assert any("slide (# Title): no minutes" in p for p in check.notebooks())
