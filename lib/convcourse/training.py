"""See how a training goes while it runs: epoch, loss, time left.

Keras's own progress bar writes thousands of characters into a notebook, other ones in
each run. `Progress` is one line that changes in place, and stored notebooks hold
nothing of it. Importing this module loads TensorFlow.
"""

import html
import os
import time

from convcourse.checks.functions import essence
from convcourse.tf import keras

__all__ = ["Progress", "refusal"]

EVERY = 0.2  # seconds between two changes of the line


class Progress(keras.callbacks.Callback):
    """A line under the cell: epoch, loss, accuracy, seconds left.

    Parameters
    ----------
    label : str
        Written before the numbers: which network it is.
    show : callable, optional
        Called with a share 0..1 and a text, at most five times a second and at the end
        of each epoch. By default it draws a bar in a notebook, and does nothing outside
        of notebooks, in tests and where notebooks are built.

    Examples
    --------
    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> seen = []
    >>> callback = Progress("line", show=lambda share, text: seen.append((share, text)))
    >>> x = np.zeros((4, 1))
    >>> history = model.fit(x, x, epochs=2, verbose=0, callbacks=[callback])
    >>> seen[-1][0], seen[-1][1].split(":")[0]
    (1.0, 'line, 2 epochs')
    """

    def __init__(self, label="training", show=None):
        super().__init__()
        self.label, self._show = label, show

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self._epoch, self._begin, self._last = 0, time.monotonic(), 0.0
        self._draw = self._show or _bar()

    def on_epoch_begin(self, epoch, logs=None):
        """Remember which epoch it is."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Change the line if it is older than a fifth of a second."""
        if time.monotonic() - self._last > EVERY:
            steps = self.params.get("steps") or 1
            self._write((batch + 1) / steps, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Change the line."""
        self._write(1, logs)

    def on_train_end(self, logs=None):
        """Say how long it took."""
        seconds, done = time.monotonic() - self._begin, self._epoch + 1
        text = f"{self.label}, {done} epochs: {_numbers(logs)} after {seconds:.1f} s"
        self._draw(1.0, text)

    def _write(self, part, logs):
        """Write the state when `part` of the epoch is done."""
        self._last = time.monotonic()
        epochs = self.params.get("epochs") or 1
        share = (self._epoch + part) / epochs
        left = (self._last - self._begin) * (1 - share) / share
        head = f"{self.label}, epoch {self._epoch + 1} of {epochs}"
        self._draw(share, f"{head}: {_numbers(logs)}, {left:.0f} s left")


def refusal(action):
    """Call a function and return the reason that it raises, or "no error".

    Parameters
    ----------
    action : callable
        Called without arguments.

    Returns
    -------
    str
        Keras writes long messages; the first line that gives a reason mostly says it,
        not the one that names a layer.

    Examples
    --------
    >>> refusal(lambda: keras.Sequential([keras.Input((1,))]).fit([1], [1]))
    'You must call `compile()` before using the model.'
    """
    try:
        action()
    except Exception as error:  # whatever a learner's mistake leads to
        return essence(error) or type(error).__name__
    return "no error"


def _numbers(logs):
    """Return loss and metrics as text."""
    return ", ".join(f"{key} {value:.3f}" for key, value in (logs or {}).items())


def _bar():
    """Return a function that draws into a notebook, or one that does nothing."""
    from IPython import get_ipython

    quiet = os.environ.get("CONVCOURSE_STATIC") or os.environ.get("PYTEST_CURRENT_TEST")
    shell = get_ipython()
    if quiet or shell is None or not hasattr(shell, "kernel"):
        return lambda share, text: None
    from IPython.display import HTML, display

    place = display(HTML(_page(0, "")), display_id=True)
    return lambda share, text: place.update(HTML(_page(share, text)))


def _page(share, text):
    """Return a bar and a text as HTML."""
    text = html.escape(text)
    return (
        f'<progress max="1" value="{share:.3f}" aria-label="training" '
        f'style="width:16em;vertical-align:middle"></progress> <code>{text}</code>'
    )
