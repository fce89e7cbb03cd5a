"""TensorFlow and Keras, kept quiet and ready to be seeded.

The only door to TensorFlow in the course::

    from convcourse.tf import tf, keras, reproducible

Importing TensorFlow directly prints a page of start-up messages from C++, which no
Python setting holds back. Set ``TF_CPP_MIN_LOG_LEVEL=0`` before to see them.
"""

import contextlib
import os
import sys

__all__ = ["NoTensorFlow", "keras", "reproducible", "tf"]

MISSING = (
    "TensorFlow is not installed here ({error}). Run `python3 course.py lab` once: it "
    "installs what the lock names. There is no TensorFlow for Macs with an Intel "
    "processor and for Python 3.14 and later; chapters 00-03, 05 and 10 do without "
    "it, but for the cells that compare with it."
)
BROKEN = (
    "TensorFlow is installed but does not start: {error}. Delete the folder .venv and "
    "run `python3 course.py lab`, which installs it afresh."
)


class NoTensorFlow(ImportError):
    """TensorFlow is missing; a notebook shows the sentence and no traceback."""

    def _render_traceback_(self):
        return [str(self)]


@contextlib.contextmanager
def _silence(quiet=True):
    """Send what C++ code writes to file descriptor 2 to nowhere."""
    if not quiet:
        yield
        return
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _import_quietly():
    """Import TensorFlow and Keras; set the environment they read at start-up."""
    quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "0"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # One thread: the same sums on any number of cores, and faster for small networks.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    try:
        with _silence(quiet):
            import keras
            import tensorflow
    except ModuleNotFoundError as error:
        raise NoTensorFlow(MISSING.format(error=error)) from error
    except ImportError as error:
        raise NoTensorFlow(BROKEN.format(error=error)) from error
    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow, keras


tf, keras = _import_quietly()


def reproducible(seed=0):
    """Seed Python, NumPy and TensorFlow, and make TensorFlow deterministic.

    Parameters
    ----------
    seed : int
        Where the random numbers start. The same seed gives the same numbers.

    Notes
    -----
    On one machine a run then repeats bit for bit. Another kind of processor rounds
    differently, so that a trained network ends elsewhere: compare its numbers with
    bounds, never digit for digit.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
