"""Questions that are answered by a Keras model.

A check sees of a model what fits into plain data: its layers as Keras describes them,
its weights, its loss, and what it predicts for an array. So the model may live in
another process than the check, and the check needs no TensorFlow.
"""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .core import Misconception, NotAttempted, Question
from .functions import essence
from .guard import quiet

MISSING = (
    "This question needs TensorFlow, which is not installed here; the questions "
    "without Keras do without it."
)
VERBS = ("predict", "get_config", "get_weights")


class Unusable(Exception):
    """The model cannot be tried; the text says why."""


def kind_of(thing):
    """Return what a thing is in place of a model, in a word; "" if it is a model."""
    if isinstance(thing, type) or type(thing).__name__ == "type":
        return "class"  # the second is one in another process (`grading.judge`)
    if all(hasattr(thing, verb) for verb in VERBS):
        return ""
    if hasattr(thing, "get_weights"):
        return "single layer"
    return "function" if callable(thing) else type(thing).__name__


def _asked(model, verb, otherwise):
    """Return what a model says of itself; `otherwise` where it cannot tell."""
    try:
        return getattr(model, verb)() or otherwise
    except Exception:
        return otherwise


@dataclass(frozen=True)
class Facts:
    """What a check knows of a model.

    Parameters
    ----------
    layers : tuple of (str, dict)
        Class and configuration of each layer, without the input.
    weights : list of numpy.ndarray
        As `get_weights` gives them; empty if the model does not know its input yet.
    loss : str
        Name of the loss in lower case, "sparse_categorical_crossentropy"; "" if the
        model was never compiled.
    from_logits : bool
        Whether the loss expects scores before a softmax.
    model : object
        With a method `predict(x, verbose=0)`.
    """

    layers: tuple
    weights: list
    loss: str
    from_logits: bool
    model: Any = field(repr=False)

    @classmethod
    def of(cls, model):
        """Ask a model."""
        weights = [np.array(w) for w in _asked(model, "get_weights", [])]
        loss = _asked(model, "get_compile_config", {}).get("loss") or ""
        config = loss.get("config", {}) if isinstance(loss, dict) else {}
        name = loss if isinstance(loss, str) else config.get("name", "own")
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower()
        return cls(
            layers=_layers(_asked(model, "get_config", {})),
            weights=weights,
            loss=name,
            from_logits=bool(config.get("from_logits", False)),
            model=model,
        )

    @property
    def parameters(self):
        """How many numbers the model holds, trained or not."""
        return int(sum(w.size for w in self.weights))

    def has(self, *kinds):
        """Return True if a layer's class has one of the words in its name."""
        return any(kind in name for name, _ in self.layers for kind in kinds)

    def predict(self, x):
        """Return what the model makes of a batch; `Unusable` if nothing comes."""
        try:
            y = self.model.predict(x, verbose=0)
        except Exception as error:
            shape = f"images of shape {x.shape}"
            said = f"{type(error).__name__}: {essence(error)}"
            raise Unusable(f"For {shape} it raises {said}.") from None
        if not hasattr(y, "shape"):
            raise Unusable(f"It gives a {type(y).__name__}; one array is wanted.")
        return np.asarray(y)


def _layers(config):
    """Return (class, configuration) of all layers, also of models inside models."""
    found = []
    for layer in config.get("layers", []):
        name, own = layer.get("class_name", ""), layer.get("config", {})
        if "layers" in own:
            found += _layers(own)
        elif name != "InputLayer":
            found.append((name, own))
    return tuple(found)


@dataclass(frozen=True)
class Fault(Misconception):
    """A misconception about a model, and how it shows.

    Parameters
    ----------
    found : callable
        ``found(seen)`` returns True if the model has this fault; `seen` is what the
        question's `look` has returned.
    raised : str
        Of a `TrainingQuestion`: a regular expression for what the function raises.

    Notes
    -----
    `name` and `message` are as in `Misconception`; `wrong` is a function without
    arguments that makes a model with this fault, or a tuple of such functions.
    """

    found: Callable[[Any], bool] = lambda seen: False
    raised: str = ""


@dataclass(kw_only=True, eq=False)
class ModelQuestion(Question):
    """A question that is answered by a Keras model.

    Parameters
    ----------
    name : str
        The variable in the notebook: "sobel_net".
    look : callable
        ``look(facts, rng)`` tries the model, whose `Facts` it gets, on data drawn from
        the `numpy.random.Generator`, and returns what it has seen.
    judge : callable
        ``judge(seen)`` returns what is wrong where no fault is named, or an empty text.
    praise : callable
        ``praise(seen)`` returns a sentence for a right model, with no number that
        another machine would measure otherwise.

    Notes
    -----
    The rest is as in `Question`; the misconceptions are `Fault`, and the first one that
    is found is told. What is right to `judge` may still have a fault.
    """

    name: str
    look: Callable[[Facts, np.random.Generator], Any]
    judge: Callable[[Any], str]
    praise: Callable[[Any], str]

    def check(self, model, seed=0):
        """Test a model; print one line if it is right.

        Parameters
        ----------
        model : keras.Model
            The answer: the model itself, trained if the question says so.
        seed : int
            Of the data it is tried on.

        Raises
        ------
        CheckFailed
            If something is wrong. The text says what, and where to look.
        NotAttempted
            If there is no model yet.
        """
        self._look_given(model)
        self._tell(model, np.random.default_rng(seed))

    def _tell(self, model, given):
        """Look at a model, and tell what is wrong with it, or that it is right."""
        with quiet():
            try:
                seen = self.look(Facts.of(model), given)
            except Unusable as why:
                seen = why
        if isinstance(seen, Unusable):
            self._fail(str(seen))
        known = next((m for m in self.misconceptions if m.found(seen)), None)
        wrong = known.message if known else self.judge(seen)
        if wrong:
            self._fail(wrong)
        self._pass(self.praise(seen))

    def _look_given(self, model):
        """See that there is a model."""
        if model is None or model is ...:
            there = importlib.util.find_spec("tensorflow")
            self._fail(
                f"Make the model {self.name} first.",
                "" if there else MISSING,
                kind=NotAttempted,
            )
        kind = kind_of(model)
        if kind:
            self._fail(
                f"A Keras model is wanted, such as a keras.Sequential, and a {kind} came."
            )
