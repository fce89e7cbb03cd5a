"""The report on the environment: true when all is here, and when something is not."""

import importlib.metadata
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from convcourse import environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def row(part):
    """Return the row of one part."""
    return next(r for r in environment.check() if r.part == part)


@pytest.fixture
def without(monkeypatch):
    """Return a function that hides modules from the check."""
    find = importlib.util.find_spec

    def hide(*modules):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda n: None if n in modules else find(n)
        )

    return hide


@pytest.fixture
def version(monkeypatch):
    """Return a function that pretends another version of a distribution."""
    real = importlib.metadata.version

    def pretend(name, other):
        monkeypatch.setattr(
            importlib.metadata, "version", lambda n: other if n == name else real(n)
        )

    return pretend


def test_everything_is_here_where_the_tests_run(capsys):
    assert {r.state for r in environment.check()} == {"ok"}
    environment.report()
    out = capsys.readouterr().out
    assert out.endswith("\nEverything is here.\n")
    assert max(map(len, out.splitlines())) < 88


def test_versions_are_those_of_the_installed_packages():
    import numpy as np

    assert row("numpy").found == np.__version__
    assert row("Python").found == ".".join(map(str, sys.version_info[:3]))
    assert row("opencv").found == importlib.metadata.version("opencv-python-headless")


def test_ranges_are_those_of_pyproject_toml():
    wanted = {r.name: r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    wanted["opencv"] = wanted["opencv-python-headless"]
    wanted["Python"] = SpecifierSet(PROJECT["requires-python"])
    rows = [r for r in environment.check() if r.part != "data"]
    assert {r.part: SpecifierSet(r.needed) for r in rows} == {
        r.part: wanted[r.part] for r in rows
    }


def test_a_missing_package_is_named_with_what_to_do(without, capsys):
    without("scipy")
    assert row("scipy")[2:4] == ("-", "missing")
    environment.report()
    out = capsys.readouterr().out
    assert "scipy is missing: nothing is there to compare our results with." in out
    assert "python3 course.py lab" in out
    assert "conda env update" in out
    assert "Everything" not in out
    assert "git checkout" not in out


@pytest.mark.parametrize("part", environment.PARTS)
def test_each_part_is_missed_by_its_name(without, capsys, part):
    without(part.module)
    environment.report()
    assert f"{part.name} is missing: {part.without}." in capsys.readouterr().out


def test_without_tensorflow_the_chapters_that_still_run_are_named(without, capsys):
    without("tensorflow")
    environment.report()
    assert "chapters 00-03, 05 and 10 still run" in capsys.readouterr().out


def test_an_intel_mac_is_told_that_nothing_can_be_done(without, capsys, monkeypatch):
    monkeypatch.setattr(environment, "_intel_mac", lambda: True)
    without("tensorflow")
    environment.report()
    out = capsys.readouterr().out
    assert "Macs with an Intel processor" in out
    assert "course.py lab" not in out
    without("tensorflow", "scipy")
    environment.report()
    assert "course.py lab" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("other", "state"),
    [
        ("1.26.4", "too old"),
        ("2.0.9", "too old"),
        ("2.1", "ok"),
        ("2.1.0", "ok"),
        ("2.10.0", "ok"),
        ("2.5.0rc1", "ok"),
        ("3", "too new"),
        ("3.0.0", "too new"),
        ("unknown", "ok"),
    ],
)
def test_a_version_is_compared_by_its_numbers(version, other, state):
    version("numpy", other)
    assert row("numpy")[1:4] == (">=2.1,<3", other, state)


def test_a_package_too_old_is_reported(version, capsys):
    version("jupyterlab", "4.5.9")
    environment.report()
    out = capsys.readouterr().out
    assert "jupyterlab is too old: notebooks do not open here." in out
    assert "course.py lab" in out


def test_any_distribution_of_tensorflow_counts(monkeypatch):
    def only_tensorflow(name):
        if name == "tensorflow":
            return "2.21.0"
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", only_tensorflow)
    assert row("tensorflow")[2:4] == ("2.21.0", "ok")
    assert row("numpy")[2:4] == ("?", "ok")  # importable; nobody says which version


def test_missing_files_of_data_are_named(capsys, monkeypatch):
    from convcourse import datasets

    rows = [r._replace(there=r.name != "co2") for r in datasets.available()]
    monkeypatch.setattr(datasets, "available", lambda: rows)
    environment.report()
    out = capsys.readouterr().out
    assert "data is missing: datasets co2 cannot be loaded." in out
    assert "git checkout data" in out
    assert "course.py lab" not in out


def test_it_reports_where_nothing_is_installed():
    """A bare Python, without site-packages: the library's folder is all it has."""
    code = "from convcourse.environment import report; report()"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(ROOT / "lib")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for part in environment.PARTS:
        assert f"{part.name} is missing" in done.stdout
    assert "Python is" not in done.stdout
    assert "it cannot be read without NumPy" in done.stdout


def test_it_imports_nothing_of_what_it_looks_for():
    code = (
        "import sys; from convcourse.environment import report; report();"
        "assert not {'tensorflow', 'keras', 'scipy', 'matplotlib', 'cv2', 'skimage',"
        "'ipywidgets', 'jupyterlab', 'nbgrader'} & set(sys.modules), 'too much'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
