"""Questions that are answered by values: numbers, arrays, or one word of a choice."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .core import NotAttempted, Question
from .diagnosis import NotNumbers, agree, describe, numbers

_computed = functools.lru_cache(maxsize=256)(lambda function: function())


def _value(value):
    """Return a value; compute it, once, if it is a function."""
    value = _computed(value) if callable(value) else value
    return value if isinstance(value, str) else np.array(value)


def _unfinished(answer):
    """Return True if an answer, or an entry of it, is still `...`."""
    if isinstance(answer, (list, tuple)):
        return any(map(_unfinished, answer))
    return answer is None or answer is ...


@dataclass(kw_only=True, eq=False)
class ValueQuestion(Question):
    """A question that is answered by one or several values.

    Parameters
    ----------
    parts : mapping
        {name of the variable in the notebook: right value}, in the order in which
        `check` takes them. A value is a number, an array, a word out of a choice, or a
        function without arguments that computes it when it is needed.
    tol : mapping
        {name: the difference that may be}, for parts that are measured or rounded.
    judges : mapping
        {name: function}, for parts that many answers solve, such as an image with
        little noise: the function gets the answer as an array, and returns what is
        wrong with it, or an empty text. The value in `parts` is then one good answer.

    Notes
    -----
    The rest is as in `Question`. A choice has as its options the right word and the
    words in the misconceptions. The first part that is wrong is the one spoken of.

    Examples
    --------
    >>> from convcourse.checks import Misconception
    >>> q0 = ValueQuestion(
    ...     id="q0", title="Count", points=1, parts={"fingers": 10, "hands": 2},
    ...     hints=("Look at your hands.", "Count both.", "Count thumbs too."),
    ...     misconceptions=(
    ...         Misconception("thumbs", {"fingers": 8}, "Thumbs are fingers too."),))
    >>> q0.check(10, 2)
    q0: right. (fingers, hands)
    >>> q0.check(8, 2)
    Traceback (most recent call last):
        ...
    convcourse.checks.core.CheckFailed: q0, Count: not right yet.
    fingers: Thumbs are fingers too.
    Stuck? q0.hint(1)
    """

    parts: Mapping[str, Any]
    tol: Mapping[str, float] = field(default_factory=dict)
    judges: Mapping[str, Callable[[np.ndarray], str]] = field(default_factory=dict)

    def check(self, *answers):
        """Test the values; print one line if all are right.

        Parameters
        ----------
        *answers
            One for each part, in their order.

        Raises
        ------
        CheckFailed
            If one is wrong. The text says which, and where to look.
        NotAttempted
            If one is missing, and those before it are right.
        """
        names = ", ".join(self.parts)
        if len(answers) != len(self.parts):
            self._fail(
                f"Call it with all answers in this order: {self.id}.check({names})."
            )
        right = []
        for name, answer in zip(self.parts, answers, strict=True):
            so_far = f"Right so far: {', '.join(right)}." if right else ""
            if _unfinished(answer):
                self._fail(
                    so_far, f"{name} is still to be filled in.", kind=NotAttempted
                )
            wrong = self._wrong(name, answer)
            if wrong:
                self._fail(so_far, f"{name}: {wrong}")
            right.append(name)
        self._pass(f"({names})")

    def prepare(self):
        """Compute what answers will be compared with."""
        for name in self.parts:
            self.truth(name)
            self.mistakes(name)

    def truth(self, name):
        """Return the right value of a part."""
        return self._taken(name, self.parts[name])

    def _taken(self, name, given):
        """Return a value of a part as it is compared."""
        return _value(given)

    def mistakes(self, name):
        """Return the misconceptions about a part, as (misconception, wrong value)."""
        return [
            (misconception, self._taken(name, wrong[name]))
            for misconception in self.misconceptions
            for wrong in wrong_values(misconception)
            if name in wrong
        ]

    def _wrong(self, name, answer):
        """Return what is wrong with the answer to a part, or an empty text."""
        truth = self.truth(name)
        if isinstance(truth, str):
            return self._wrong_word(name, answer)
        if callable(answer):
            return "this is a function; hand over its result."
        try:
            got = numbers(answer)
        except NotNumbers as why:
            return f"this cannot be used: {why}."
        tol = self.tol.get(name)
        if self._judged_right(name, got, truth, tol):
            return ""
        close = [m for m, value in self.mistakes(name) if agree(got, value, tol)]
        known = {m.name: m.message for m in close}
        if len(known) == 1:
            return next(iter(known.values()))
        if name in self.judges:
            return self.judges[name](got)
        text = describe([(got, truth)], name, tol)
        text = (
            text.replace(f"{name} ", "it ", 1) if text.startswith(f"{name} ") else text
        )
        return text[0].lower() + text[1:]

    def _judged_right(self, name, got, truth, tol):
        """Return True if an answer is the right one, or if its judge is content."""
        if name in self.judges:
            return not self.judges[name](got)
        return agree(got, truth, tol)

    def _wrong_word(self, name, answer):
        """Return what is wrong with the choice of a word, or an empty text."""
        truth, mistakes = self.truth(name), self.mistakes(name)
        word = answer.strip().lower() if isinstance(answer, str) else None
        if word == truth:
            return ""
        for mistake, value in mistakes:
            if word == value:
                return mistake.message
        options = sorted({truth, *(value for _, value in mistakes)})
        return f"choose one of {', '.join(map(repr, options))}."


def judged(judge):
    """Let a judge say with ValueErrors what is wrong; else it is content."""

    @functools.wraps(judge)
    def say(answer):
        try:
            judge(answer)
        except ValueError as why:
            return str(why)
        return ""

    return say


def wrong_values(misconception):
    """Return the wrong values of a misconception, as a tuple of mappings."""
    wrong = misconception.wrong
    return wrong if isinstance(wrong, tuple) else (wrong,)
