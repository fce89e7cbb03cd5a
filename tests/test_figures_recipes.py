"""Each figure of the course can be made again from what is stored beside its picture."""

import json
from pathlib import Path

import nbformat
import pytest
from convcourse.figures import kit

ROOT = Path(__file__).resolve().parent.parent
STORED = [
    (path.stem, output)
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    for cell in nbformat.read(path, as_version=4).cells
    for output in cell.get("outputs", [])
    if "convcourse" in output.get("metadata", {})
]


@pytest.mark.parametrize(
    ("chapter", "output"),
    STORED,
    ids=[f"{c}-{o.metadata.convcourse['figure']}" for c, o in STORED],
)
def test_a_stored_figure_comes_alive_as_it_was(chapter, output):
    figure = kit.restore(json.loads(json.dumps(output.metadata.convcourse)))
    assert figure.describe() == output.data["text/plain"]
    assert figure.html().startswith("<div")


def test_every_kind_of_figure_stands_in_a_chapter():
    course = [
        k for k in kit.Figure.__subclasses__() if k.__module__[:11] == "convcourse."
    ]
    kinds = {k.name() for k in course if not k.name().startswith("_")}
    assert len(kinds) > 8  # and none that a test made
    assert {o.metadata.convcourse["figure"] for _, o in STORED} >= kinds
