"""Questions that are answered by a function that trains a network.

A network that is handed over may have seen what it is tried on, and nothing in it tells
so. So the function is handed over: the check gives it images and labels, and tries what
comes back on images that it was not given. The classes have other numbers than in the
notebook, and the images another order: what was learned from anything else gives itself
away.
"""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .core import NotAttempted
from .functions import Raised
from .guard import quiet
from .measured import unusable
from .models import MISSING, ModelQuestion, kind_of


class Lesson(NamedTuple):
    """What a function is given, and what its network is tried on.

    Parameters
    ----------
    x, y : numpy.ndarray
        Images and labels for training.
    x_test, y_test : numpy.ndarray
        Images that the function does not get, and their labels.
    classes : numpy.ndarray
        The number in the notebook of each class: ``classes[y]`` are the labels there.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: np.ndarray

    @classmethod
    def renumbered(cls, rng, train, test):
        """Deal out the numbers of the classes anew, none as it was, and mix the order.

        Parameters
        ----------
        rng : numpy.random.Generator
        train, test : (x, y)
            Images and labels as the notebook has them.

        Examples
        --------
        >>> x, y = np.arange(6) * 10, np.arange(6) % 3
        >>> made = Lesson.renumbered(np.random.default_rng(0), (x, y), (x, y))
        >>> bool(np.any(made.y_test == y)), made.classes[made.y_test].tolist()
        (False, [0, 1, 2, 0, 1, 2])
        """
        circle, order = (
            rng.permutation(train[1].max() + 1),
            rng.permutation(len(train[1])),
        )
        new = np.empty_like(circle)
        new[circle] = np.roll(circle, 1)  # each gets the number of its neighbour
        (x, y), (x_test, y_test) = train, test
        return cls(x[order], new[y[order]], x_test, new[y_test], np.argsort(new))


class Taught(NamedTuple):
    """What came of a function: the network, or `Raised`."""

    function: Callable
    seed: int
    lesson: Lesson
    network: Any


@dataclass(kw_only=True, eq=False)
class TrainingQuestion(ModelQuestion):
    """A question that is answered by a function that trains a Keras model.

    Parameters
    ----------
    name : str
        How the function is called: "train(x, y)".
    lesson : callable
        ``lesson(rng)`` returns a `Lesson`, drawn from the `numpy.random.Generator`.
    look : callable
        ``look(facts, lesson)`` tries the network, whose `Facts` it gets, on the images
        of the lesson that the function has not got, and returns what it has seen.

    Attributes
    ----------
    taught : Taught or None
        The network of the last check, and its lesson; None if no network came.

    Notes
    -----
    The rest is as in `ModelQuestion`. Of a misconception, `wrong` are functions that
    train, ``wrong(x, y)``. A `Fault` may be known by what the function raises.

    Examples
    --------
    >>> class Nearest:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    ...     def predict(self, x, verbose=0):
    ...         return np.eye(3)[self.y[np.abs(self.x - x[:, None]).argmin(axis=1)]]
    ...     def get_config(self): return {}
    ...     def get_weights(self): return []
    >>> x, y = np.arange(6.0), np.arange(6) // 2
    >>> def share(facts, lesson):
    ...     return np.mean(facts.predict(lesson.x_test).argmax(1) == lesson.y_test)
    >>> q0 = TrainingQuestion(
    ...     id="q0", title="Pairs", points=1, name="learn(x, y)",
    ...     lesson=lambda rng: Lesson.renumbered(rng, (x, y), (x + 0.1, y)),
    ...     look=share, judge=lambda seen: "" if seen > 0.9 else "It does not learn.",
    ...     praise=lambda seen: "It learns.",
    ...     hints=("Look at x.", "What is near?", "Take the nearest."))
    >>> q0.check(Nearest)
    q0: right. It learns.
    >>> q0.check(lambda x_given, y_given: Nearest(x, y))
    Traceback (most recent call last):
        ...
    convcourse.checks.core.CheckFailed: q0, Pairs: not right yet.
    It does not learn.
    Stuck? q0.hint(1)
    """

    lesson: Callable[[np.random.Generator], Lesson]
    taught = None

    def check(self, function, seed=0):
        """Have a network trained, and test it; print one line if it is right.

        Parameters
        ----------
        function : callable
            The answer. It is called once, each time.
        seed : int
            Of the lesson.

        Raises
        ------
        CheckFailed
            If something is wrong. The text says what, and where to look.
        NotAttempted
            If there is no function yet, or nothing comes of it.
        """
        self._teach(function, seed)
        self._test()

    def trained(self, function, seed=0):
        """Test the network of the last check once more, without training it again.

        If that was of another function, or of another seed, it is as `check`.

        Returns
        -------
        Taught
            The network, and the lesson that it had.
        """
        last = self.taught
        if last is None or last.function is not function or last.seed != seed:
            self._teach(function, seed)
        self._test()
        return self.taught

    def _teach(self, function, seed):
        """Call the function; keep what comes of it."""
        self.taught = None
        lesson = self.lesson(np.random.default_rng(seed))
        self._look_handed(function, lesson)
        with quiet():
            try:
                network = function(lesson.x.copy(), lesson.y.copy())
            except (Exception, SystemExit) as error:
                network = Raised(error)
        if isinstance(network, Raised):
            self._fail(*self._why(network))
        self._look_returned(network)
        self.taught = Taught(function, seed, lesson, network)

    def _test(self):
        """Tell what is wrong with the network, or that it is right."""
        self._tell(self.taught.network, self.taught.lesson)

    def _look_handed(self, function, lesson):
        """See that there is a function that can be called."""
        if function is None or function is ...:
            self._fail(f"Write the function {self.name} first.", kind=NotAttempted)
        if not kind_of(function):
            self._fail(
                f"The function {self.name} is wanted, and a network came. Hand over the "
                "function that trains it: the check gives it images of its own choice."
            )
        wrong = unusable(function, self.name, (lesson.x, lesson.y))
        if wrong:
            self._fail(wrong[0].upper() + wrong[1:])

    def _why(self, raised):
        """Return what to say about an exception: the fault, and what Python says."""
        said = f"{self.name} raises {raised}".rstrip(".") + "."
        faults = (m for m in self.misconceptions if m.raised)
        known = next((m.message for m in faults if re.search(m.raised, said)), "")
        there = importlib.util.find_spec("tensorflow")
        return known, said, "" if there else MISSING

    def _look_returned(self, network):
        """See that a network has come back."""
        if network is None or network is ...:
            why = "Is its body written, and does it end in `return`?"
            self._fail(f"{self.name} gives back nothing. {why}", kind=NotAttempted)
        kind = kind_of(network)
        if kind == "History":
            self._fail(
                f"{self.name} returns what `fit` returns, a record of the training. "
                "Return the network itself."
            )
        if isinstance(network, (tuple, list)):
            kind = f"{kind} of {len(network)} things"
        if kind:
            self._fail(f"{self.name} returns a {kind}. Return the trained network.")
