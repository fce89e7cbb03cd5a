"""Say which parts of the course's environment are here, and what to do about the rest.

Works where little is installed: the standard library alone, and nothing of what it
looks for is imported. The ranges come from the one place where they are written,
pyproject.toml, through the metadata of the installed `convcourse`.
"""

import importlib.metadata
import importlib.util
import re
import sys
from typing import NamedTuple

__all__ = ["Row", "check", "report"]

COURSE = "convcourse"


class Part(NamedTuple):
    """A package that notebooks use: how it is called, found, and missed."""

    name: str
    module: str
    without: str
    distributions: tuple = ()  # names under which it is installed; default: `name`


PARTS = (
    Part("numpy", "numpy", "no chapter runs"),
    Part("matplotlib", "matplotlib", "there are no pictures"),
    Part("ipywidgets", "ipywidgets", "figures have no sliders"),
    Part("scipy", "scipy", "nothing is there to compare our results with"),
    Part("pillow", "PIL", "photographs cannot be read"),
    Part("scikit-image", "skimage", "the sets page, moon and faces cannot be loaded"),
    Part(
        "opencv",
        "cv2",
        "the cells that compare with OpenCV fail",
        ("opencv-python-headless", "opencv-python", "opencv-contrib-python"),
    ),
    Part(
        "tensorflow",
        "tensorflow",
        "chapters 00-03, 05 and 10 still run, but for cells that compare with it",
        ("tensorflow-cpu", "tensorflow", "tensorflow-intel", "tensorflow-macos"),
    ),
    Part("jupyterlab", "jupyterlab", "notebooks do not open here"),
    Part(
        "nbgrader", "nbgrader", "exercises can be solved, but not validated or graded"
    ),
    Part("jupyterlab-slideshow", "jupyterlab_slideshow", "there are no slides"),
)

WHAT_TO_DO = """\
In the folder of the course run `python3 course.py lab`: it installs what is missing.
If that changes nothing, delete the folder .venv there and run it once more.
With conda: conda env update --file environment.yml"""
NO_WHEEL = """\
TensorFlow is not made for Macs with an Intel processor. Nothing can be done there."""
DATA_BACK = """\
The files of data/ come back with `git checkout data`."""


class Row(NamedTuple):
    """One line of the report; `state` is ok, missing, too old or too new."""

    part: str
    needed: str
    found: str
    state: str
    without: str


def check():
    """Look for each part of the environment, without importing it.

    Returns
    -------
    list of Row
        Python, the packages that the notebooks use, and the files of `data/`.

    Examples
    --------
    >>> rows = check()
    >>> rows[0].part, rows[0].state
    ('Python', 'ok')
    """
    ranges = _ranges()
    python = ".".join(map(str, sys.version_info[:3]))
    needed = ranges.get("python", "")
    rows = [
        Row("Python", needed, python, _judge(python, needed), "packages are missing")
    ]
    for part in PARTS:
        names = part.distributions or (part.name,)
        needed = next((ranges[name] for name in names if name in ranges), "")
        found = _version(part.module, names)
        state = "missing" if found is None else _judge(found, needed)
        rows.append(Row(part.name, needed, found or "-", state, part.without))
    return [*rows, _data()]


def report():
    """Print what is here, what is missing, and what to do about it.

    Examples
    --------
    >>> report()  # doctest: +ELLIPSIS
    part                  needed          found       state
    Python ...
    """
    rows = check()
    print(f"{'part':<21} {'needed':<15} {'found':<11} state")
    for row in rows:
        print(f"{row.part:<21} {row.needed:<15} {row.found:<11} {row.state}")
    wrong = [row for row in rows if row.state != "ok"]
    if not wrong:
        print("\nEverything is here.")
        return
    print()
    for row in wrong:
        print(f"{row.part} is {row.state}: {row.without}.")
    print(*_remedies(wrong), sep="\n")


def _remedies(wrong):
    """Return what to do about the rows that are not ok."""
    names = {row.part for row in wrong}
    if "data" in names:
        yield DATA_BACK
    if "tensorflow" in names and _intel_mac():
        yield NO_WHEEL
        names.discard("tensorflow")
    if names - {"data"}:
        yield WHAT_TO_DO


def _intel_mac():
    """Tell whether this is a Mac with an Intel processor."""
    import platform

    return sys.platform == "darwin" and platform.machine() == "x86_64"


def _ranges():
    """Return the range of each requirement by its name, as pyproject.toml has it."""
    try:
        metadata = importlib.metadata.metadata(COURSE)
    except importlib.metadata.PackageNotFoundError:
        return {}
    ranges = {"python": metadata.get("Requires-Python") or ""}
    for line in metadata.get_all("Requires-Dist") or []:
        name, limits = re.match(r"([\w.-]+)[\s(]*([^;)]*)", line).groups()
        ranges[name.lower()] = limits.replace(" ", "")
    return {name: _low_first(limits) for name, limits in ranges.items()}


def _low_first(limits):
    """Write a range with its lower end first: >=2.1,<3."""
    return ",".join(sorted(filter(None, limits.split(",")), reverse=True))


def _version(module, names):
    """Return the version of an importable module, "?" if none says, None if absent."""
    try:
        if importlib.util.find_spec(module) is None:
            return None
    except (ImportError, ValueError):  # a half-removed package
        return None
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "?"


def _judge(version, needed):
    """Compare a version with a range of >= and < such as '>=2.1,<3'."""
    numbers = _numbers(version)
    if numbers is None:
        return "ok"
    for operator, limit in re.findall(r"(>=|<)([\d.]+)", needed):
        if operator == ">=" and numbers < _numbers(limit):
            return "too old"
        if operator == "<" and numbers >= _numbers(limit):
            return "too new"
    return "ok"


def _numbers(version):
    """Return the first four numbers of a version, for comparison; None if none."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    if found is None:
        return None
    numbers = [int(part) for part in found[0].split(".")]
    return (numbers + [0] * 4)[:4]


def _data():
    """Return the row of the shipped files."""
    without = "the file that is missing is named by the cell that needs it"
    try:
        from convcourse import datasets
    except ImportError:  # without NumPy; its own row says so
        return Row("data", "files", "-", "missing", "it cannot be read without NumPy")
    shipped = [row for row in datasets.available() if row.where == "data"]
    there = sum(row.there for row in shipped)
    state = "ok" if there == len(shipped) else "missing"
    if state == "missing":
        lost = ", ".join(row.name for row in shipped if not row.there)
        without = f"datasets {lost} cannot be loaded"
    return Row("data", f"{len(shipped)} sets", str(there), state, without)
