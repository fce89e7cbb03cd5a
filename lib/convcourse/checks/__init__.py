"""Immediate answers to the exercises: what is wrong, and which idea is behind it.

A notebook takes the questions of its chapter, and asks:

>>> from convcourse.checks.ch01 import q1
>>> q1.hint(4)
q1 has three hints: q1.hint(1) to q1.hint(3).

To write a new question, see `FunctionQuestion`, `ValueQuestion`, `MeasuredQuestion` for
what is judged by measuring, and, for a network of Keras, `ModelQuestion`, or
`TrainingQuestion` where it has to learn; the files `ch01.py`, `ch02.py` and `ch04.py`
show them. The right answers come from NumPy and
SciPy, never from `convcourse.ops`.
"""

from .core import CheckFailed, Misconception, NotAttempted, Question
from .functions import FunctionQuestion
from .guard import quiet
from .measured import MeasuredQuestion
from .models import Fault, ModelQuestion
from .training import Lesson, TrainingQuestion
from .values import ValueQuestion

__all__ = [
    "CheckFailed",
    "Fault",
    "FunctionQuestion",
    "Lesson",
    "MeasuredQuestion",
    "Misconception",
    "ModelQuestion",
    "NotAttempted",
    "Question",
    "TrainingQuestion",
    "ValueQuestion",
    "quiet",
]
