"""Questions some of whose answers are functions, judged by measuring what they make.

Where the truth is at hand to measure against, a picture that is handed over may hold it.
So the function is handed over that makes the picture, and it has to do as well with
pictures that the learner has not seen.
"""

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .core import NotAttempted
from .diagnosis import NotNumbers, numbers
from .functions import Raised, _equal, _result, _same
from .guard import quiet
from .values import ValueQuestion


class Scene(NamedTuple):
    """What a function is tried on.

    Parameters
    ----------
    label : str
        Ends the sentence "On this it does well; not so on ...".
    args : tuple
        What the function gets.
    judge : callable
        ``judge(got)`` returns what is wrong with the array that it gives, or an empty
        text.
    blame : str
        What it means that this scene is the first that goes wrong.
    """

    label: str
    args: tuple
    judge: Callable[[np.ndarray], str]
    blame: str = ""


class Trial(NamedTuple):
    """What a function made of a scene, and what is wrong with it."""

    scene: Scene
    got: Any  # an array, Raised, NotNumbers, or None
    changed: bool

    @property
    def wrong(self):
        """What is wrong, or an empty text."""
        if self.got is None:
            return "it gives back nothing: a way that misses the `return`?"
        if isinstance(self.got, Raised):
            return f"it raises {self.got}."
        if isinstance(self.got, NotNumbers):
            return f"its result cannot be used: {self.got}."
        return self.scene.judge(self.got)


class Handed(NamedTuple):
    """A function as it was handed over, with the seed of its scenes."""

    function: Any
    seed: int


@dataclass(frozen=True)
class Task:
    """How an answer that is a function is called, and what it is tried on.

    Parameters
    ----------
    call : str
        Such as "denoise(image)".
    scenes : callable
        ``scenes(rng)`` yields `Scene`: that of the notebook first, then others, drawn
        from the `numpy.random.Generator`. The first others are of the same shapes, so
        that who uses the truth of the notebook is told so, and not of shapes.
    """

    call: str
    scenes: Callable[[np.random.Generator], Any]


@dataclass(kw_only=True, eq=False)
class MeasuredQuestion(ValueQuestion):
    """A question some of whose answers are functions, judged by what they make.

    Parameters
    ----------
    tasks : mapping
        {name: Task}, for the parts that are functions. The value in `parts` is then one
        good function, and so are the wrong values of a misconception wrong ones.

    Notes
    -----
    The rest is as in `ValueQuestion`. A wrong function is first compared with those of
    the misconceptions, over all scenes; then the first scene that goes wrong is told.

    Examples
    --------
    >>> truth = {"here": 7.0, "there": 2.0}
    >>> def scenes(rng):
    ...     for label, x in truth.items():
    ...         judge = lambda got, x=x: "" if abs(got - x) < 1 else "it is far off."
    ...         yield Scene(label, (x + 5,), judge, "Does it know the truth?")
    >>> q0 = MeasuredQuestion(
    ...     id="q0", title="Five less", points=1, parts={"less": lambda y: y - 5},
    ...     tasks={"less": Task("less(y)", scenes)},
    ...     hints=("Look at y.", "Take something away.", "Take 5 away."))
    >>> q0.check(lambda y: y - 5.5)
    q0: right. (less)
    >>> q0.check(lambda y: 0.1 * y + 0.9 * truth["here"])
    Traceback (most recent call last):
        ...
    convcourse.checks.core.CheckFailed: q0, Five less: not right yet.
    less: on here it does well; not so on there: it is far off. Does it know the truth?
    Stuck? q0.hint(1)
    """

    tasks: Mapping[str, Task] = field(default_factory=dict)

    def check(self, *answers, seed=0):
        """Test the values and the functions; print one line if all are right.

        Parameters
        ----------
        *answers
            One for each part, in their order.
        seed : int
            Of the scenes that no notebook shows. Another seed tries others.

        Raises
        ------
        CheckFailed
            If one is wrong. The text says which, and where to look.
        NotAttempted
            If one is missing, and those before it are right.
        """
        if len(answers) == len(self.parts):
            named = zip(self.parts, answers, strict=True)
            answers = [Handed(a, seed) if n in self.tasks else a for n, a in named]
        super().check(*answers)

    def _taken(self, name, given):
        """Return a value of a part as it is compared; a function as it is."""
        return given if name in self.tasks else super()._taken(name, given)

    def _wrong(self, name, answer):
        """Return what is wrong with the answer to a part, or an empty text."""
        if name not in self.tasks:
            return super()._wrong(name, answer)
        task, (function, seed) = self.tasks[name], answer
        scenes = _made(task.scenes, seed)
        why = unusable(function, task.call, scenes[0].args)
        if why:
            return why
        with quiet() as said:
            trials = [_tried(function, scene) for scene in scenes]
        if said.text:
            print(f"Your code printed:\n{said.text}")
        if all(trial.got is None for trial in trials):
            why = "Is its body written, and does it end in `return`?"
            self._fail(f"{task.call} gives back nothing. {why}", kind=NotAttempted)
        return self._verdict(name, trials)

    def _verdict(self, name, trials):
        """Name the misconception, or say what is wrong in the first scene that is."""
        bad = next((trial for trial in trials if trial.wrong), None)
        if bad is None:
            changed = any(trial.changed for trial in trials)
            return changed and "it changes what it is given: work on a copy." or ""
        known = {m.message for m, f in self.mistakes(name) if _does(f, trials)}
        if len(known) == 1:
            return known.pop()
        first = trials[0].scene.label
        if bad is trials[0]:
            return bad.wrong
        where = f"on {first} it does well; not so on {bad.scene.label}"
        return f"{where}: {bad.wrong} {bad.scene.blame}".rstrip()


@functools.lru_cache(maxsize=4)
def _made(scenes, seed):
    """Return the scenes of a seed."""
    return tuple(scenes(np.random.default_rng(seed)))


def unusable(function, call, args):
    """Say why a function cannot be tried, or nothing."""
    if not callable(function):
        return (
            f"the function {call} is wanted, and a {type(function).__name__} came. Hand "
            "over the function, not what it makes."
        )
    try:
        inspect.signature(function).bind(*args)
    except TypeError as error:
        return f"it cannot be called as {call}: {error}."
    except ValueError:
        pass  # some functions written in C do not tell their arguments
    return ""


def _tried(function, scene):
    """Call a function with fresh copies; note what happens."""
    given = copy.deepcopy(scene.args)
    try:
        raw = function(*given)
        got = None if raw is None or raw is ... else numbers(raw)
    except NotNumbers as why:
        got = why
    except (Exception, SystemExit) as error:
        got = Raised(error)
    return Trial(scene, got, not _equal(given, scene.args))


def _does(wrong, trials):
    """Return True if a wrong function makes the same of all scenes."""
    if not any(isinstance(trial.got, np.ndarray) for trial in trials):
        return False
    return all(_same(trial.got, _result(wrong, trial.scene.args)) for trial in trials)
