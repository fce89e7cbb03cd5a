"""Questions that are answered by a function."""

import copy
import inspect
import os
import re
import sysconfig
import traceback
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .core import NotAttempted, Question
from .diagnosis import (
    NotNumbers,
    agree,
    describe,
    numbers,
    show,
    spoken_of,
)
from .guard import quiet, watch

# Code in these folders is not the learner's.
OTHERS = (
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
)
# So begin lines of Keras and TensorFlow that say where something happened.
WHERE = ("Exception encountered", "Graph execution error", "Detected at node", "File ")


def essence(error):
    r"""Return the line of an exception that says what is wrong, without colours.

    Keras and TensorFlow say first where it happened, over many lines.

    Examples
    --------
    >>> essence(ValueError("Graph execution error:\n\n  File x, line 3\nno rank"))
    'no rank'
    """
    lines = str(error).splitlines()
    plain = (re.sub(r"\x1b\[[0-9;]*m", "", line[:999]).strip() for line in lines)
    said = (line for line in plain if line and not line.startswith(WHERE))
    return next(said, (lines or [""])[0])[:300]


def in_words(error):
    """Return an exception in one line, with the learner's line that raised it.

    What was raised in another process brings its line along, and what there is to say
    besides (`grading.judge`).

    Examples
    --------
    >>> in_words(KeyError("k"))
    "KeyError: 'k'"
    """
    said = f"{type(error).__name__}: {essence(error)}".rstrip(": ")
    if besides := getattr(error, "besides", ""):
        said = said.rstrip(".") + besides
    line = getattr(error, "in_line", None)
    if line is None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [f.line for f in frames if not f.filename.startswith(OTHERS)]
        line = next(filter(None, reversed(own)), "")
    return f"{said} (in the line `{line}`)" if line else said


@dataclass(frozen=True)
class Raised:
    """In place of a result: the exception that came instead."""

    error: BaseException

    def __str__(self):
        """Name the exception in one line, and the learner's line that raised it."""
        return in_words(self.error)


SEEDS = 4  # of each question, whose cases are kept
MADE = weakref.WeakKeyDictionary()  # {question: {seed: cases}}


@dataclass(frozen=True)
class Case:
    """What goes in, what is right, and what wrong functions give: computed once."""

    label: str
    args: tuple
    truth: Any
    given: dict = field(default_factory=dict)  # {wrong function: its result}

    def by(self, wrong, view=None):
        """Return what a misconception's function gives."""
        if wrong not in self.given:
            self.given[wrong] = _result(wrong, self.args, view)
        return self.given[wrong]


@dataclass
class Trial:
    """What the learner's function made of a case."""

    case: Case
    raw: Any = None
    got: Any = None  # an array, Raised, or NotNumbers
    changed: bool = False
    used: list = field(default_factory=list)

    @property
    def label(self):
        """The name of the case."""
        return self.case.label

    @property
    def args(self):
        """What went in."""
        return self.case.args

    @property
    def truth(self):
        """What is right."""
        return self.case.truth

    @property
    def right(self):
        """Whether the result is the right one, or the exception of the right type."""
        if isinstance(self.truth, Raised) and isinstance(self.got, Raised):
            return isinstance(self.got.error, type(self.truth.error))
        return _same(self.got, self.truth)

    @property
    def finite(self):
        """Whether all its numbers are finite."""
        return isinstance(self.got, np.ndarray) and bool(np.isfinite(self.got).all())


def _same(one, two):
    """Return True if both are equal arrays, or exceptions of one type."""
    if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
        return agree(one, two)
    both = isinstance(one, Raised) and isinstance(two, Raised)
    return both and type(one.error) is type(two.error)


def _equal(one, two):
    """Return True if two arguments are the same, bit by bit."""
    if isinstance(one, (list, tuple)):
        same = type(one) is type(two) and len(one) == len(two)
        return same and all(map(_equal, one, two))
    if isinstance(one, np.ndarray):
        return one.shape == two.shape and one.tobytes() == two.tobytes()
    return one == two


def _result(function, args, view=None):
    """Return what one of our own functions gives, or what it raised."""
    try:
        with np.errstate(all="ignore"):
            raw = function(*copy.deepcopy(args))
            return numbers(view(raw) if view else raw)
    except Exception as error:
        return Raised(error)


def _fits(misconception, trials, view=None):
    """Return True if one of its functions does in all trials what the learner's did."""
    return any(
        all(_same(t.got, t.case.by(wrong, view)) for t in trials)
        for wrong in wrong_functions(misconception)
    )


@dataclass(kw_only=True, eq=False)
class FunctionQuestion(Question):
    """A question that is answered by a function.

    Parameters
    ----------
    call : str
        How it is called, such as "convolve_full(x, w)".
    reference : callable
        The right function, by NumPy and SciPy only. Where it raises, the learner's
        function has to raise the same type of exception.
    cases : callable
        ``cases(rng)`` yields (label, args): fixed cases first, from simple to hard,
        then random ones from the `numpy.random.Generator`. Break every symmetry:
        what is symmetric hides mistakes.
    forbidden : tuple of str
        Dotted names of functions that the answer may not use: "numpy.convolve".
    result : str
        What the notebook calls the result, if it has a name there: "y".
    view : callable, optional
        ``view(raw)`` turns a result into the numbers that are compared, where several
        results are right: of a column and a row, their outer product. Where it
        raises, the result cannot be used, and the text of its exception says why.
    gives : str
        The words between a case and its result, with the space or the mark before them;
        with a `view` they say what is shown.
    entries : mapping
        {name: function} for the entries of a result, or for the columns of a table;
        the function turns a number into its text.

    Notes
    -----
    The rest is as in `Question`. The stages of a check: callable, attempted, runs,
    numbers, shape, finite, values, input left alone, no forbidden function. Wrong
    results are first compared with those of each misconception, over all cases.

    Examples
    --------
    >>> from convcourse.checks import Misconception
    >>> def cases(rng):
    ...     yield "two numbers", (np.array([3.0, -1.0]),)
    ...     yield "random numbers", (rng.normal(size=5),)
    >>> q0 = FunctionQuestion(
    ...     id="q0", title="Twice as much", points=1, call="double(x)",
    ...     reference=lambda x: 2 * x, cases=cases,
    ...     hints=("What is 2 times 3?", "Look at each entry.", "Multiply by 2."),
    ...     misconceptions=(Misconception("square", np.square, "You square x."),))
    >>> q0.check(lambda x: x + x)
    q0: right. 2 of 2 cases agree.
    >>> q0.check(lambda x: x * x)
    Traceback (most recent call last):
        ...
    convcourse.checks.core.CheckFailed: q0, Twice as much: not right yet.
    You square x.
    First wrong case, "two numbers": x = [3.0, -1.0] gives [9.0, 1.0].
    0 of 2 cases are right.
    Stuck? q0.hint(1)
    """

    call: str
    reference: Callable
    cases: Callable[[np.random.Generator], Iterable[tuple[str, tuple]]]
    forbidden: tuple[str, ...] = ()
    result: str = "the result"
    view: Callable[[Any], Any] | None = None
    gives: str = " gives"
    entries: Mapping[str, Callable] = field(default_factory=dict)

    def check(self, function, seed=0):
        """Test a function; print one line if it is right.

        Parameters
        ----------
        function : callable
            The answer: the function itself, not its result.
        seed : int
            Of the random cases. Another seed tries other numbers.

        Raises
        ------
        CheckFailed
            If something is wrong. The text says what, and where to look.
        NotAttempted
            If there is no answer yet.
        """
        self._look_callable(function, seed)
        cases, ahead = self._make(seed), getattr(type(function), "_ahead_", None)
        with quiet() as said:
            if ahead:  # a stand-in for a function in another process (`grading.judge`)
                ahead(function, [case.args for case in cases], self.forbidden)
            trials = [self._try(function, case) for case in cases]
        if said.text:
            print(f"Your code printed:\n{said.text}")
        self._look_attempted(trials, bool(said.getvalue()))
        self._look_right(trials)
        self._look_fair(trials)
        self._pass(f"{len(trials)} of {len(trials)} cases agree.")

    def prepare(self):
        """Compute what wrong answers will be compared with, for the seeds so far."""
        for case in [case for cases in MADE.get(self, {}).values() for case in cases]:
            for misconception in self.misconceptions:
                for wrong in wrong_functions(misconception):
                    case.by(wrong, self.view)

    def _make(self, seed):
        """Return the cases of a seed."""
        made = MADE.setdefault(self, {})
        if seed not in made:
            cases = self.cases(np.random.default_rng(seed))
            found = [Case(*c, _result(self.reference, c[1], self.view)) for c in cases]
            while len(made) >= SEEDS:
                del made[next(iter(made))]
            made[seed] = found
        return made[seed]

    def _try(self, function, case):
        """Call the learner's function with fresh copies; note all that happens."""
        trial, args = Trial(case), case.args
        given = copy.deepcopy(args)
        with watch(function, self.forbidden) as trial.used:
            try:
                trial.raw = function(*given)
                trial.got = self._read(trial.raw)
            except NotNumbers as why:
                trial.got = why
            except (Exception, SystemExit) as error:
                trial.got = Raised(error)
        trial.changed = not _equal(given, args)
        return trial

    def _read(self, raw):
        """Return the numbers that are compared, of what the learner's function gave."""
        if self.view is None or raw is None or raw is ...:
            return numbers(raw)
        try:
            return numbers(self.view(raw))
        except NotNumbers:
            raise
        except Exception as error:
            raise NotNumbers(str(error)) from None

    # The stages, in their order; each raises through `_fail`.

    def _look_callable(self, function, seed):
        """See that there is a function, and that it takes what it will be given."""
        name = self.call.partition("(")[0]
        if function is None or function is ...:
            self._fail(f"Write the function {self.call} first.", kind=NotAttempted)
        if not callable(function):
            self._fail(
                f"A function is wanted, and a {type(function).__name__} came. Hand over "
                f"the function without calling it: {self.id}.check({name})."
            )
        try:
            inspect.signature(function).bind(*self._make(seed)[0].args)
        except TypeError as error:
            self._fail(f"It cannot be called as {self.call}: {error}.")
        except ValueError:
            pass  # some functions written in C do not tell their arguments

    def _look_attempted(self, trials, printed):
        """See that something is written."""
        errors = [t.got.error for t in trials if isinstance(t.got, Raised)]
        # with a text it comes from a library, not from the unfinished cell
        if any(isinstance(e, NotImplementedError) and not str(e) for e in errors):
            self._fail(
                f"{self.call} still raises NotImplementedError. Write its body in place "
                "of that line.",
                kind=NotAttempted,
            )
        gave = [t.raw for t in trials if not isinstance(t.got, Raised)]
        if gave and all(raw is None or raw is ... for raw in gave):
            why = "Is its body written, and does it end in `return`?"
            if printed:
                why = "It prints its result; hand it back with `return` instead."
            self._fail(f"{self.call} gives back nothing. {why}", kind=NotAttempted)

    def _look_right(self, trials):
        """See that the results are right; else name the misconception or difference."""
        wrong = [trial for trial in trials if not trial.right]
        if not wrong:
            return
        known = self._misconception(trials)
        raised = next((t for t in wrong if isinstance(t.got, Raised)), None)
        besides = raised and (known or not isinstance(wrong[0].got, Raised))
        self._fail(
            known.message if known else self._difference(wrong, trials),
            self._case(_shown(known, wrong)),
            f'In the case "{raised.label}" it raises {raised.got}.' if besides else "",
            _holes(wrong, known, self.view) if known else "",
            f"{len(trials) - len(wrong)} of {len(trials)} cases are right.",
            "It also writes into its input." if any(t.changed for t in trials) else "",
        )

    def _case(self, trial):
        """Describe a case: its label, what went in, and what came out."""
        names = self.call.partition("(")[2].rstrip(")").split(", ")
        given = zip(names, trial.args, strict=True)
        args = ", ".join(f"{name} = {show(arg)}" for name, arg in given)
        gives = ""
        if isinstance(trial.got, np.ndarray):
            gives = f"{self.gives} {self._result_text(trial)}"
        return f'First wrong case, "{trial.label}": {args}{gives}.'

    def _result_text(self, trial):
        """Return a result in short; one with names for its entries as it was returned."""
        if not self.entries or trial.got.ndim != 1:
            return show(trial.got)
        return f"({', '.join(map(str, trial.raw))})"

    def _look_fair(self, trials):
        """See that the input is left alone, and that nothing forbidden does the work."""
        if any(trial.changed for trial in trials):
            self._fail(
                "The result is right, but the function changes what it is given: "
                "whoever calls it loses the data. Work on a copy, or on a new array."
            )
        # Of the last case: what an answer imports itself is watched from its second
        # call on, and before that only what lies within it (lfilter calls np.convolve).
        used = [trial.used[0] for trial in trials if trial.used]
        if used:
            name = used[-1].replace("numpy.", "np.", 1)
            self._fail(
                f"The result is right, but {name} does the work. Here the point is to "
                "write it yourself; use it to compare."
            )

    def _misconception(self, trials):
        """Return the one misconception that does the same in all cases, or None.

        It has to raise in the same cases and to give the same values in the others,
        of which there has to be one: a function that always raises gives nothing away.

        If none does, cases in which the learner's function raises are left out, then
        also those with NaN or infinity, as long as they are fewer than half: two
        mistakes may come together. Cases that want an exception never count: who
        forgets them may have any idea.
        """
        usual = [t for t in trials if not isinstance(t.truth, Raised)]
        runs = [t for t in usual if isinstance(t.got, np.ndarray)]
        if not runs:
            return None
        for some in (usual, runs, [t for t in runs if t.finite]):
            if 2 * len(some) > len(usual) and not all(t.right for t in some):
                known = [m for m in self.misconceptions if _fits(m, some, self.view)]
                if len(known) == 1:
                    return known[0]
        return None

    def _difference(self, wrong, trials):
        """Say what is wrong where no misconception fits."""
        first = wrong[0]
        if isinstance(first.truth, Raised):
            kind = type(first.truth.error).__name__
            wanted = f"This case has no answer, so a {kind} is wanted"
            if _exception(first.raw):
                return f"{wanted}. It was returned: an exception has to be raised."
            return f"{wanted}; {_came(first)} came."
        if isinstance(first.got, Raised):
            usual = [t for t in trials if not isinstance(t.truth, Raised)]
            always = all(isinstance(t.got, Raised) for t in usual)
            return f"It raises {first.got}.{' No case gives a result.' * always}"
        if first.raw is None:
            return "In this case it gives back nothing: a way that misses the `return`?"
        if isinstance(first.got, NotNumbers):
            return f"The result cannot be used: {first.got}."
        both = [(t.got, t.truth) for t in wrong if not isinstance(t.truth, Raised)]
        pairs = [pair for pair in both if isinstance(pair[0], np.ndarray)]
        return describe(pairs, self.result, entries=self.entries)


def _exception(value):
    """Return True for an exception, and for its class."""
    kind = value if isinstance(value, type) else type(value)
    return issubclass(kind, BaseException)


def _came(trial):
    """Say what came in place of an exception."""
    if isinstance(trial.got, np.ndarray):
        return "an array" if trial.got.ndim else "a number"
    if isinstance(trial.got, Raised):
        return str(trial.got)
    return "nothing" if trial.raw is None else f"a {type(trial.raw).__name__}"


def _shown(known, wrong):
    """Return the wrong trial that shows what the message speaks of."""
    if known:
        seen = known.seen or (lambda *args: True)
        return next((t for t in wrong if seen(*t.args)), wrong[0])
    if not isinstance(wrong[0].got, np.ndarray) or isinstance(wrong[0].truth, Raised):
        return wrong[0]
    both = [t for t in wrong if not isinstance(t.truth, Raised)]
    some = [t for t in both if isinstance(t.got, np.ndarray)]
    return some[spoken_of([(t.got, t.truth) for t in some])]


def _holes(wrong, known, view):
    """Say in which case there is NaN or infinity that the misconception has not."""
    for trial in wrong:
        asked = isinstance(trial.got, np.ndarray) and not isinstance(
            trial.truth, Raised
        )
        if asked and not trial.finite:
            if not _fits(known, [trial], view):
                bad = trial.got[~np.isfinite(trial.got)][0]
                return f'In the case "{trial.label}" there is {bad} as well.'
    return ""


def wrong_functions(misconception):
    """Return the functions of a misconception, as a tuple."""
    wrong = misconception.wrong
    return wrong if isinstance(wrong, tuple) else (wrong,)
