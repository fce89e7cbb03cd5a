"""What loads what, and that TensorFlow keeps quiet. Each test is a fresh process."""

import os
import re
import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "scipy", "matplotlib", "ipywidgets", "cv2", "skimage")

FIRST_FIT = """
import hashlib
from convcourse.tf import keras, reproducible, tf
reproducible({seed})
x = tf.random.normal((8, 8, 8, 1))
tf.nn.conv2d(x, tf.ones((3, 3, 1, 2)), 1, "SAME")
model = keras.Sequential([
    keras.Input((8, 8, 1)),
    keras.layers.Conv2D(2, 3, activation="relu"),
    keras.layers.GlobalMaxPooling2D(),
    keras.layers.Dense(1),
])
model.compile("adam", "mse")
model.fit(x, tf.ones((8, 1)), epochs=2, verbose=0)
model.predict(x, verbose=0)
weights = b"".join(w.tobytes() for w in model.get_weights())
print(hashlib.md5(weights).hexdigest())
"""


def run(code, **environment):
    """Run `code` in a fresh Python with the two output descriptors caught apart."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "KERAS"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def loaded_by(modules):
    """Return which heavy packages the import of `modules` brings along."""
    done = run(f"import sys, {modules}\nprint(*set({HEAVY}) & set(sys.modules))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        ("convcourse", set()),
        ("convcourse.ops", set()),
        ("convcourse.environment", set()),
        ("convcourse.datasets", set()),
        ("convcourse.plots", {"matplotlib"}),
        ("convcourse.figures", {"matplotlib", "ipywidgets"}),
        ("convcourse.checks", {"scipy"}),
        ("convcourse.checks.ch01", {"scipy"}),
    ],
)
def test_an_import_loads_only_what_it_may(modules, allowed):
    assert loaded_by(modules) <= allowed


def test_this_test_sees_a_heavy_import():
    assert loaded_by("scipy.signal, convcourse") == {"scipy"}


@pytest.fixture(scope="module")
def first_fit():
    """Import, seed, convolve, fit and predict in a fresh process set for torch."""
    pytest.importorskip("tensorflow")
    last = (
        "import os; os.write(2, b'descriptor 2 is back'); print(keras.config.backend())"
    )
    return run(FIRST_FIT.format(seed=0) + last, KERAS_BACKEND="torch")


def test_import_first_op_and_fit_are_quiet(first_fit):
    assert first_fit.returncode == 0, first_fit.stderr
    assert re.fullmatch(r"[0-9a-f]{32}\ntensorflow\n", first_fit.stdout)


def test_descriptor_2_works_again_after_the_import_and_holds_nothing_else(first_fit):
    assert first_fit.stderr == "descriptor 2 is back"


def test_the_backend_is_tensorflow_whatever_the_user_has_set(first_fit):
    assert first_fit.stdout.endswith("\ntensorflow\n")


def test_the_same_seed_gives_the_same_network_and_another_gives_another(first_fit):
    again = run(FIRST_FIT.format(seed=0) + FIRST_FIT.format(seed=1))
    same, other = again.stdout.split()
    assert first_fit.stdout.startswith(same)
    assert other != same


def test_messages_come_back_when_they_are_asked_for():
    pytest.importorskip("tensorflow")
    done = run("import convcourse.tf", TF_CPP_MIN_LOG_LEVEL="0")
    assert done.returncode == 0
    assert done.stderr != ""


@pytest.mark.parametrize("missing", ["tensorflow", "keras"])
def test_without_tensorflow_the_error_says_what_to_do(missing):
    done = run(f"import sys; sys.modules[{missing!r}] = None\nimport convcourse.tf")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(
        "convcourse.tf.NoTensorFlow: TensorFlow is not installed here"
    )
    assert "course.py lab" in last
    assert "chapters 00-03, 05 and 10 do without" in last


def test_a_broken_tensorflow_is_told_apart(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('DLL load failed')")
    (tmp_path / "keras.py").write_text("")
    done = run("import convcourse.tf", PYTHONPATH=str(tmp_path))
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(
        "convcourse.tf.NoTensorFlow: TensorFlow is installed but does not start: "
        "DLL load failed"
    )
    assert ".venv" in last
