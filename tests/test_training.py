"""The line that shows how a training goes."""

import re
import sys

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

TRAIN = """
import numpy as np
from convcourse.tf import keras
from convcourse.training import Progress
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
x = np.zeros((64, 1))
"""
FIT = (
    "history = model.fit(x, x, epochs=3, batch_size=8, verbose=0, "
    "callbacks=[Progress('a < b')])"
)


def run_in_a_kernel(monkeypatch, static):
    """Train in a fresh kernel; return the outputs of the cell."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    if static:
        monkeypatch.setenv("CONVCOURSE_STATIC", "1")
    else:
        monkeypatch.delenv("CONVCOURSE_STATIC", raising=False)
    cells = [nbformat.v4.new_code_cell(code) for code in (TRAIN, FIT)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook.cells[1].outputs


def test_in_a_notebook_one_line_ends_with_the_time_it_took(monkeypatch):
    (output,) = run_in_a_kernel(monkeypatch, static=False)
    page = output.data["text/html"]
    assert 'value="1.000"' in page
    assert "a &lt; b, 3 epochs: " in page  # what the reader writes is text, not HTML
    assert re.search(r"loss \d\.\d{3}, mae \d\.\d{3} after \d+\.\d s", page)


def test_a_stored_notebook_holds_nothing_of_it(monkeypatch):
    assert run_in_a_kernel(monkeypatch, static=True) == []


@pytest.fixture(scope="module")
def seen():
    """Train with a function that listens; return (share, text) pairs."""
    pytest.importorskip("tensorflow")
    listened = {}
    exec(TRAIN, listened)
    told = []
    callback = listened["Progress"]("net", show=lambda *pair: told.append(pair))
    x, model = listened["x"], listened["model"]
    model.fit(x, x, epochs=3, batch_size=8, verbose=0, callbacks=[callback])
    return told


def test_it_tells_epoch_loss_and_time_left(seen):
    share, text = seen[0]
    assert 0 < share <= 1 / 3
    assert re.fullmatch(
        r"net, epoch 1 of 3: mae \d\.\d{3}, loss \d\.\d{3}, \d+ s left"
        r"|net, epoch 1 of 3: loss \d\.\d{3}, mae \d\.\d{3}, \d+ s left",
        text,
    )


def test_the_share_grows_and_each_epoch_is_told(seen):
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    for epoch in (1, 2, 3):
        ends = [s for s, text in seen if f"epoch {epoch} of 3" in text]
        assert max(ends) == pytest.approx(epoch / 3)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("no rank\nmore", "no rank"),
        ("Exception encountered when calling L.call().\n\n\x1b[1mno\x1b[0m", "no"),
        ("", "ValueError"),
    ],
)
def test_a_refusal_is_the_reason_and_not_the_layer(message, reason):
    refusal = pytest.importorskip("convcourse.training", exc_type=ImportError).refusal

    def refuse():
        raise ValueError(message)

    assert refusal(refuse) == reason
    assert refusal(lambda: None) == "no error"


def test_outside_of_notebooks_it_is_silent():
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", TRAIN + FIT], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
