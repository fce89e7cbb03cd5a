"""The build chain: same source, same bytes; nothing of an answer in an exercise."""

import shutil
from pathlib import Path

import build
import nbformat
import pytest

CHAPTER = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # A title

# %% slideshow={"slide_type": "-"} tags=["nbval-ignore-output"]
import random
print(random.random())

# %% slideshow={"slide_type": "-"}
from convcourse.plots import plt, show
fig, ax = plt.subplots()
ax.plot([3, 1, 4])
show(fig, "A line through three values, a test of the build chain.")

# %% slideshow={"slide_type": "-"}
print(1)

# %% slideshow={"slide_type": "-"}
print(1)
"""
EXERCISE = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # Exercise

# %% nbgrader={"grade": false, "grade_id": "q1", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
assert double(1) == 2

# %% nbgrader={"grade": true, "grade_id": "q1-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["raises-exception"]
# More tests run when this is graded.
### BEGIN HIDDEN TESTS
assert double(21) == 42
### END HIDDEN TESTS
"""  # noqa: E501


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Return an empty course with one chapter and one exercise, as sources."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "SOURCES", tmp_path / "sources")
    for kind, text in {"notebooks": CHAPTER, "exercises": EXERCISE}.items():
        (tmp_path / "sources" / kind).mkdir(parents=True)
        (tmp_path / "sources" / kind / "01_test.py").write_text(text)
    return tmp_path


def files(repository):
    """Return every built file's bytes."""
    return {p: p.read_bytes() for p in repository.rglob("*.ipynb")}


def test_a_rebuild_of_an_unchanged_source_changes_no_byte(repository, capsys):
    for source in build.sources():
        build.build(source)
    once = files(repository)
    assert len(once) == 3
    for source in build.sources():
        build.build(source)
    assert files(repository) == once
    assert capsys.readouterr().out.count("unchanged") == 3


def test_ids_are_stable_distinct_and_those_of_the_grades(repository):
    chapter, exercise = (build.read_source(s) for s in reversed(build.sources()))
    ids = [c.id for c in chapter.cells]
    assert len(set(ids)) == len(ids) and ids[-1] == f"{ids[-2]}-2"
    assert ids == [c.id for c in build.read_source(build.sources()[1]).cells]
    assert [c.id for c in exercise.cells][1:] == ["q1", "q1-check", "q1-hidden"]
    text = CHAPTER.replace("print(1)\n", "print(2)\n", 1)
    build.sources()[1].write_text(text)
    changed = [c.id for c in build.read_source(build.sources()[1]).cells]
    assert [a == b for a, b in zip(ids, changed, strict=True)][:3] == [True] * 3


def test_an_exercise_holds_nothing_of_its_answer(repository):
    source = build.sources(["01"])[0]
    build.build(source)
    solution, exercise = (p.read_text() for p in build.targets(source))
    for secret in ("return 2 * x", "== 42", "HIDDEN", "SOLUTION"):
        assert secret not in exercise
    assert "# YOUR CODE HERE\\n" in exercise and "NotImplementedError" not in exercise
    assert "return 2 * x" in solution and "double(21)" in solution
    notebook = nbformat.reads(exercise, as_version=4)
    assert all(not c.get("outputs") for c in notebook.cells)
    assert [c.metadata.get("editable", True) for c in notebook.cells[1:]] == [
        True,
        False,
        False,
    ]


def test_a_failing_cell_writes_nothing_and_names_the_source(repository, monkeypatch):
    source = build.sources()[1]
    source.write_text(CHAPTER + "\n# %%\n1 / 0\n")
    monkeypatch.setattr(build.sys, "argv", ["build", "01"])
    with pytest.raises(SystemExit, match="01_test.py failed(.|\n)*ZeroDivisionError"):
        build.main()
    assert not build.targets(source)[0].exists()


def test_an_unknown_chapter_lists_the_known(repository):
    with pytest.raises(SystemExit, match="'07'. There are: 01_test"):
        build.sources(["07"])


@pytest.mark.parametrize("kind", ["notebooks", "exercises"])
def test_saving_in_jupyterlab_saves_the_source(repository, monkeypatch, kind):
    """`lab --edit` serves the course through jupytext, set up by its two files."""
    from jupyter_server.services.contents.largefilemanager import LargeFileManager
    from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

    for name in ("jupytext.toml", "solutions/jupytext.toml"):
        (repository / name).parent.mkdir(exist_ok=True)
        shutil.copy(
            Path(build.__file__).resolve().parent.parent / name, repository / name
        )
    (source,) = [s for s in build.sources() if s.parent.name == kind]
    build.build(source)
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(repository)
    path = build.targets(source)[0].relative_to(repository).as_posix()
    model = manager.get(path)
    model["content"]["cells"][0]["source"] = "# A better title"
    before = source.read_text()
    manager.save(model, path)
    title = before.splitlines()[1]
    assert (
        source.read_text().rstrip()
        == before.replace(title, "# # A better title").rstrip()
    )
    essence = [(c.id, c.source, c.metadata) for c in build.read_source(source).cells]
    source.write_text(before)
    assert (
        essence[1:]
        == [(c.id, c.source, c.metadata) for c in build.read_source(source).cells][1:]
    )
