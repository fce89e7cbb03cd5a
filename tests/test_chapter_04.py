"""Chapter 04 without TensorFlow, and its networks against the recorded runs."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from convcourse import datasets, layers
from convcourse.experiments import seeing
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "notebooks" / "04_cnn_layers_keras.ipynb"
BLOCK = "import sys; sys.modules['tensorflow'] = None"


def error(cell):
    """Return the error output of a cell, or None."""
    return next((o for o in cell.outputs if o.output_type == "error"), None)


# --- without TensorFlow


@pytest.fixture(scope="module")
def blocked():
    """Run the chapter where TensorFlow cannot be imported; go on after errors."""
    notebook = nbformat.read(CHAPTER, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(BLOCK))
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True
    )
    client.execute(cwd=str(CHAPTER.parent))
    return notebook.cells


@pytest.mark.slow
def test_without_tensorflow_all_before_section_9_runs(blocked):
    code = [c for c in blocked if c.cell_type == "code"]
    first = next(n for n, c in enumerate(code) if "convcourse.tf" in c.source)
    assert [error(c) for c in code[:first]] == [None] * first
    assert first > 12
    heads = [c.source for c in blocked[: blocked.index(code[first])]]
    assert any(head.startswith("## 8 ") for head in heads)


@pytest.mark.slow
def test_without_tensorflow_one_sentence_and_no_traceback_is_shown(blocked):
    cell = next(c for c in blocked if "convcourse.tf" in c.source)
    shown = error(cell)
    assert shown.ename == "NoTensorFlow"
    assert len(shown.traceback) == 1
    assert shown.traceback[0].startswith("TensorFlow is not installed here")


@pytest.mark.slow
def test_without_tensorflow_the_numpy_cells_behind_still_run(blocked):
    marks = ("def layer_by_layer", "layers.Conv2D(64, 5)", "transpose(2, 3, 1, 0)")
    for mark in (*marks, "b + ops.relu(a - b)"):
        (cell,) = [c for c in blocked if c.cell_type == "code" and mark in c.source]
        assert error(cell) is None, mark


# --- the recorded runs


def test_every_recorded_experiment_has_ten_runs_of_its_own():
    stored = datasets.recorded("ten_seeds")
    assert set(stored) == {name.replace(" ", "_") for name in seeing.RECORDED}
    for name in seeing.RECORDED:
        a = seeing.recorded(name)
        assert a.shape == (10, 7 if name.startswith("digits") else 1)
        assert 0 < a.min() <= a.max() <= 1
        assert len(np.unique(a[:, 0])) > 3  # another seed, another network


def test_what_the_chapter_says_of_ten_runs():
    run = {name: seeing.recorded(name) for name in seeing.RECORDED}
    assert run["textures dense"].max() < 0.75 < 0.95 < run["textures cnn"].min()
    assert max(run["bars none"].max(), run["bars tanh"].max()) < 0.3
    assert run["bars relu"].min() > 0.95
    assert np.ptp(run["digits global"], axis=1).max() == 0  # the place makes no odds
    even, odd = run["digits pool"][:, ::2], run["digits pool"][:, 1::2]
    assert np.ptp(even, axis=1).max() == 0
    assert (even.min(axis=1) - odd.max(axis=1)).min() > 0.05
    assert run["digits dense"][:, 2:].max() < 0.3
    assert run["digits dense moved"].min() > 0.85
    shuffled = run["digits dense shuffled"][:, 0]
    assert shuffled.min() > run["digits dense"][:, 0].max() + 0.02


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(
    "name",
    ["textures dense", "textures cnn", "bars tanh", "bars relu", "digits pool"],
)
def test_a_run_today_is_like_the_recorded_one(name, seed):
    pytest.importorskip("tensorflow")
    today, then = seeing.run(name, seed), seeing.recorded(name)
    spread = then.max(axis=0) - then.min(axis=0)
    assert np.all(np.abs(today - then.mean(axis=0)) <= np.maximum(2 * spread, 0.03))


@pytest.mark.slow
def test_the_network_of_section_10_is_the_recorded_one():
    pytest.importorskip("tensorflow")
    from convcourse.tf import keras

    source = nbformat.read(CHAPTER, as_version=4).cells
    (cell,) = [c for c in source if "def texture_cnn" in c.source]
    code = cell.source[: cell.source.index("model = ")]
    names = {"keras": keras}
    exec(code, names)
    plain = [
        [(k, v) for k, v in layer.get_config().items() if k != "name"]
        for model in (names["texture_cnn"](), seeing.network("textures cnn"))
        for layer in model.layers
    ]
    assert plain[: len(plain) // 2] == plain[len(plain) // 2 :]


@pytest.mark.slow
@pytest.mark.parametrize("name", seeing.EXPERIMENTS)
def test_the_networks_have_the_parameters_that_the_layers_need(name):
    pytest.importorskip("tensorflow")
    if name.startswith("fashion"):
        pytest.skip("the full set may be missing")
    model = seeing.network(name)
    ours = layers.from_keras(model)
    assert ours.count_params() == model.count_params()
    classes = {"textures": 3, "bars": 4, "digits": 10}[name.split()[0]]
    assert model.output_shape == (None, classes)


# --- small things


def test_moved_keeps_every_pixel_and_refuses_to_lose_one():
    x = np.zeros((1, 2, 5, 1))
    x[0, :, 1:3, 0] = [[1, 2], [3, 4]]
    assert np.array_equal(seeing.moved(x, 2)[0, :, 3:, 0], x[0, :, 1:3, 0])
    with pytest.raises(ValueError, match="step=3 pushes"):
        seeing.moved(x, 3)


@pytest.mark.parametrize("ask", [seeing.recorded, seeing.train])
def test_an_unknown_experiment_is_named(ask):
    with pytest.raises(ValueError, match="name must be one of .*got 'textures rnn'"):
        ask("textures rnn")


def test_the_module_loads_no_tensorflow():
    code = (
        "import sys, convcourse.experiments.seeing; print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_fashion_without_its_files_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("CONVCOURSE_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=re.escape("offline=False")):
        seeing._data("fashion_mnist")
