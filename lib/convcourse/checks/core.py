"""What every question has: hints, misconceptions, and the form of a verdict."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

WIDTH = 88


class CheckFailed(AssertionError):
    """An answer that is not right yet; a notebook shows its text and no traceback."""

    def _render_traceback_(self):
        return str(self).splitlines()


class NotAttempted(CheckFailed):
    """A question that has no answer yet."""


@dataclass(frozen=True)
class Misconception:
    """A wrong idea with a result that gives it away.

    Parameters
    ----------
    name : str
        A few words, for tests and lists.
    wrong : callable, mapping, or tuple of either
        Of a function question: one or several functions as a learner with this idea
        would write them; each gives a value in at least one case. Of a value question:
        one or several {part: wrong value} for the parts that the idea spoils; a value
        may be a function without arguments that computes it.
    message : str
        What the learner is told: which idea it is and why it fails, never the answer.
    seen : callable, optional
        Of a function question: ``seen(*args)`` is True for the cases that show what
        the message speaks of. The first wrong one of them is shown beside it.
    """

    name: str
    wrong: Any
    message: str
    seen: Any = field(default=None, kw_only=True)


@dataclass(kw_only=True, eq=False)
class Question:
    """What all questions have; use `FunctionQuestion` or `ValueQuestion`.

    Parameters
    ----------
    id : str
        Its name in the notebook, such as "q3".
    title : str
        One line.
    points : int
        Of the visible and the hidden tests together.
    hints : tuple of str
        Three: what to look at, where it happens, which line of thought leads on.
    misconceptions : tuple of Misconception
        The wrong answers that have a message of their own.
    """

    id: str
    title: str
    points: int
    hints: tuple[str, str, str]
    misconceptions: tuple[Misconception, ...] = ()

    def __post_init__(self):
        """Refuse a question without three hints."""
        if isinstance(self.hints, str) or len(self.hints) != 3:
            raise ValueError(f"{self.id}: hints must be a tuple of three texts.")

    def hint(self, n=1):
        """Print a hint.

        Parameters
        ----------
        n : int
            1, the gentlest, to 3, which goes furthest.
        """
        if n in (1, 2, 3):
            print(fill(f"{self.id}, hint {n} of 3: {self.hints[n - 1]}"))
        else:
            print(f"{self.id} has three hints: {self.id}.hint(1) to {self.id}.hint(3).")

    def prepare(self):
        """Compute now what checks of wrong answers will need: a grader does so once."""

    def _pass(self, what):
        """Print the one line of a right answer."""
        print(f"{self.id}: right. {what}")

    def _fail(self, *lines, kind=CheckFailed):
        """Raise the verdict, as a short text."""
        verdict = "no answer yet" if kind is NotAttempted else "not right yet"
        head = f"{self.id}, {self.title}: {verdict}."
        body = [fill(line) for line in lines if line]
        raise kind("\n".join([head, *body, f"Stuck? {self.id}.hint(1)"])) from None


def fill(text):
    """Wrap a text at 88 columns, paragraph by paragraph."""
    return "\n".join(textwrap.fill(line, WIDTH) for line in text.splitlines())
