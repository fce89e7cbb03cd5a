"""Close the holes that nbval leaves open, and say which tests are slow.

nbval 0.11 passes a cell that was never run, any change of a picture, and, where a cell
may raise, an error in a solution. `tests/test_guards.py` tampers with notebooks and
shows that each of these fails here.
"""

import os
import re
import tempfile

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # before NumPy: see DESIGN.md section 4
os.environ.setdefault("CONVCOURSE_STATIC", "1")  # stored notebooks hold pictures
# Stored notebooks show the course without Fashion-MNIST, whoever has it in the cache.
os.environ["KERAS_HOME"] = os.path.join(tempfile.gettempdir(), "convcourse-no-data")

import numpy as np
import pytest
from build import same_picture
from nbval.plugin import IPyNbCell
from xdist.scheduler import LoadScopeScheduling


@pytest.fixture(autouse=True)
def printed_alike():
    """Let no test change how another one's numbers are printed (plots.setup does)."""
    with np.printoptions():
        np.set_printoptions(precision=8, suppress=False)
        yield


def pictures(outputs):
    """Return the PNGs among a cell's outputs."""
    data = (output.get("data", {}) for output in outputs or [])
    return [d["image/png"] for d in data if "image/png" in d]


def errors(outputs):
    """Return the names of the errors among a cell's outputs."""
    return [o["ename"] for o in outputs or [] if o["output_type"] == "error"]


def kinds(outputs):
    """Return what sort of outputs these are: the streams, and each display's formats."""
    streams = {o["name"] for o in outputs or [] if o["output_type"] == "stream"}
    displays = [sorted(o["data"]) for o in outputs or [] if "data" in o]
    return [sorted(streams), *displays]


def is_handout(item):
    """Return True for a cell of an exercise: handed out without outputs."""
    return "exercises" in item.path.parts


def complaint(item):
    """Return what is wrong with a notebook cell that nbval has passed, or None."""
    raised = errors(item.test_outputs)
    if is_handout(item):
        graded = ".check(" in item.cell.source
        if graded and raised != ["NotAttempted"]:
            return f"an untouched exercise must say NotAttempted here, not {raised}"
        if raised and not graded:  # every cell of an untouched exercise runs
            return f"a cell of an untouched exercise raised {raised}"
        return None
    if item.cell.execution_count is None:
        return "the stored cell was never run: python3 course.py build"
    if raised or errors(item.cell.outputs):
        return f"an error in a finished notebook: {raised or 'stored'}"
    if kinds(item.cell.outputs) != kinds(
        item.test_outputs
    ):  # also where they may differ
        return f"{kinds(item.cell.outputs)} is stored, {kinds(item.test_outputs)} came"
    if item.options["check"]:
        stored, fresh = pictures(item.cell.outputs), pictures(item.test_outputs)
        if len(stored) != len(fresh):
            return f"{len(stored)} pictures are stored, {len(fresh)} were drawn"
        for number, pair in enumerate(zip(stored, fresh, strict=True), 1):
            if not same_picture(*pair):
                return f"picture {number} differs from the stored one"
    return None


def pytest_make_parametrize_id(val):
    """Keep bytes out of a test's name: a time in them, and no two processes agree."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Look at each notebook cell once more, after nbval."""
    result = yield
    if isinstance(item, IPyNbCell) and (problem := complaint(item)):
        item.raise_cell_error(problem)
    return result


def pytest_collection_modifyitems(items):
    """Mark the notebooks that load TensorFlow as slow."""
    for item in items:
        if isinstance(item, IPyNbCell):
            code = "\n".join(cell.source for cell in item.parent.nb.cells)
            if "convcourse.tf" in code:
                item.add_marker("slow")


class Files(LoadScopeScheduling):
    """Gives each test process whole files; a chapter's class of nbgrader counts as one.

    The cells of a notebook run in one kernel, in order; a class is graded once. The
    tests of a question go together: some train for minutes.
    """

    def _split_scope(self, nodeid):
        file, *rest = nodeid.split("::")
        chapter = re.search(r"\b\d\d(_[a-z]\w+|-q\d+)", rest[-1]) if rest else None
        return f"{file} {chapter.group()}" if chapter else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Schedule by `Files`, whatever --dist says."""
    return Files(config, log)
