"""Tampered notebooks must fail: nbval's holes stay closed."""

import base64
import io
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import build
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PLOT = (
    "from convcourse.plots import plt, show\n"
    "fig, ax = plt.subplots()\n"
    "ax.plot([3, 1, 4, 1, 5])\n"
    "show(fig, 'A line through the five values 3, 1, 4, 1 and 5.')"
)


def executed(*sources, tags=()):
    """Return a notebook of these cells, run."""
    notebook = new_notebook(cells=[new_code_cell(s) for s in sources])
    for cell in notebook.cells:
        cell.metadata["tags"] = list(tags)
    build.execute(notebook, ROOT)
    return notebook


def shifted(png):
    """Return a picture of the same size with its content moved by three pixels."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))
    stream = io.BytesIO()
    Image.fromarray(np.roll(pixels, 3, axis=0)).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def grey(png):
    """Return a picture without its colours."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("L").convert("RGB")
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def tampered():
    """Return notebooks by name: (folder, notebook, words of the failure or None)."""
    number, plot = executed("print(6 * 7)"), executed(PLOT)

    def change(notebook, **changes):
        copy = nbformat.from_dict(notebook)
        for key, value in changes.items():
            copy.cells[0][key] = value
        return copy

    def with_picture(png):
        copy = nbformat.from_dict(plot)
        copy.cells[0].outputs[0].data["image/png"] = png
        return copy

    png = plot.cells[0].outputs[0].data["image/png"]
    wrong = nbformat.from_dict(number)
    wrong.cells[0].outputs[0].text = "43\n"
    caught = new_notebook(
        cells=[new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})]
    )
    build.execute(caught, ROOT)
    free = executed(
        "import random", "print(random.random())", tags=["nbval-ignore-output"]
    )
    emptied = nbformat.from_dict(free)
    emptied.cells[1].outputs = []
    attempt = (
        "class NotAttempted(Exception): pass\nclass Q:\n    def check(self):\n        "
    )
    tags = {"tags": ["raises-exception"]}

    def handout(body):
        source = attempt + body + "\nQ().check()"
        return new_notebook(cells=[new_code_cell(source, metadata=tags)])

    return {
        "right number": ("notebooks", number, None),
        "right picture": ("notebooks", plot, None),
        "wrong number": ("notebooks", wrong, "Cell outputs differ"),
        "never run": (
            "notebooks",
            change(number, outputs=[], execution_count=None),
            "was never run",
        ),
        "output gone": ("notebooks", change(number, outputs=[]), "Cell outputs differ"),
        "picture garbage": ("notebooks", with_picture("AAAA"), "picture 1 differs"),
        "picture moved": ("notebooks", with_picture(shifted(png)), "picture 1 differs"),
        "picture grey": ("notebooks", with_picture(grey(png)), "picture 1 differs"),
        "picture missing": ("notebooks", change(plot, outputs=[]), "differ"),
        "free": ("notebooks", free, None),
        "emptied": ("notebooks", emptied, "is stored"),
        "error in solution": ("solutions", caught, "an error in a finished notebook"),
        "handout untouched": ("exercises", handout("raise NotAttempted"), None),
        "handout passes": ("exercises", handout("pass"), "must say NotAttempted"),
        "handout crashes": ("exercises", handout("1 / 0"), "must say NotAttempted"),
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Run all tampered notebooks under the course's conftest, in one go."""
    folder = tmp_path_factory.mktemp("guards")
    shutil.copy(ROOT / "conftest.py", folder)
    notebooks = tampered()
    for name, (kind, notebook, _) in notebooks.items():
        place = folder / kind
        place.mkdir(exist_ok=True)
        nbformat.write(notebook, place / f"{name.replace(' ', '_')}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    command += ["-p", "no:randomly", "-p", "no:cacheprovider", "-c", os.devnull]
    command += [f"--rootdir={folder}", "--junitxml=report.xml", "."]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    report = ElementTree.parse(folder / "report.xml")
    said = {}
    for case in report.iter("testcase"):
        name = Path(case.get("classname", "").replace(".", "/")).name
        failed = "".join(f.text or f.get("message", "") for f in case.iter("failure"))
        said.update(
            {
                n: failed
                for n in notebooks
                if n.replace(" ", "_") in str(case.attrib) + name
            }
        )
    return {name: (words, said[name]) for name, (_, _, words) in notebooks.items()}


@pytest.mark.parametrize(
    "name",
    ["right number", "right picture", "wrong number", "never run", "output gone"]
    + ["picture garbage", "picture moved", "picture grey", "picture missing"]
    + ["free", "emptied", "error in solution"]
    + ["handout untouched", "handout passes", "handout crashes"],
)
def test_guard(verdicts, name):
    words, said = verdicts[name]
    assert (words in said) if words else (said == ""), said


def test_every_tampered_notebook_was_looked_at(verdicts):
    assert len(verdicts) == 15
