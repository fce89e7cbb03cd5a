"""The exercises: right answers pass, wrong ones are named, and nbgrader agrees.

For chapter NN there are `sources/exercises/NN_*.py`, `convcourse/checks/chNN.py` and,
here, `answers/right_NN.py` with right answers that are written in other ways.
"""

import copy
import importlib
import inspect
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pytest
from convcourse.checks import (
    CheckFailed,
    FunctionQuestion,
    NotAttempted,
    TrainingQuestion,
    ValueQuestion,
    quiet,
)
from convcourse.checks.functions import wrong_functions
from convcourse.checks.models import ModelQuestion
from habits import HABITS
from lookup import lookup, photographs

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
SUN = "from convcourse import datasets\nsun = datasets.sunspots()"
KINDS = {
    "function": FunctionQuestion,
    "value": ValueQuestion,
    "training": TrainingQuestion,  # before what it derives from
    "model": ModelQuestion,
}
SOURCES = sorted((HERE.parent / "sources" / "exercises").glob("*.py"))


class Chapter:
    """All that belongs to the exercises of one chapter."""

    def __init__(self, source):
        number = source.stem[:2]
        self.name = source.stem
        self.module = importlib.import_module(f"convcourse.checks.ch{number}")
        self.right = importlib.import_module(f"answers.right_{number}")
        self.setup = getattr(self.right, "SETUP", SUN)  # what the notebook has made
        self.questions = {
            name: thing
            for name, thing in vars(self.module).items()
            if re.fullmatch(r"q\d+", name)
        }
        self.notebook = jupytext.read(source, fmt="py:percent")
        self.notebook.metadata = {
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
        }
        self.notebook.nbformat, self.notebook.nbformat_minor = 4, 5
        for number, cell in enumerate(self.notebook.cells):
            cell.id = cell.metadata.get("nbgrader", {}).get(
                "grade_id", f"cell-{number}"
            )

    def cell(self, grade_id, notebook=None):
        """Return the cell with this id."""
        cells = (notebook or self.notebook).cells
        return next(cell for cell in cells if cell.id == grade_id)

    def hidden(self, name, answers):
        """Run the hidden tests of a question on answers, {variable: value}."""
        code = self.cell(f"{name}-hidden").source
        space = {"np": np, "quiet": quiet, **self.questions, **answers}
        exec("from convcourse import datasets", space)
        with quiet():
            exec(code, space)

    def function_name(self, name):
        """Return the name under which a question asks for its function."""
        question = self.questions[name]
        call = question.call if hasattr(question, "call") else question.name
        return call.partition("(")[0]


CHAPTERS = [Chapter(source) for source in SOURCES]


def each(kind):
    """Return (chapter, question) of one kind of question, as parameters."""
    return [
        pytest.param(chapter, question, id=f"{chapter.name[:2]}-{question.id}")
        for chapter in CHAPTERS
        for question in chapter.questions.values()
        if kind == next(k for k, made in KINDS.items() if isinstance(question, made))
    ]


def wrong_values(question):
    """Return (misconception, part, answers with this one mistake)."""
    truths = {name: question.truth(name) for name in question.parts}
    return [
        (misconception, part, {**truths, part: value})
        for part in question.parts
        for misconception, value in question.mistakes(part)
    ]


def flat(text):
    """Undo the wrapping of lines."""
    return " ".join(str(text).split())


# --- form ----------------------------------------------------------------------------


def test_there_are_exercises():
    assert CHAPTERS and all(len(c.questions) >= 6 for c in CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_points_and_ids(chapter):
    marked = [c for c in chapter.notebook.cells if "nbgrader" in c.metadata]
    ids = [c.metadata["nbgrader"]["grade_id"] for c in marked]
    assert len(ids) == len(set(ids))
    for name, question in chapter.questions.items():
        own = [chapter.cell(f"{name}-{part}") for part in ("check", "hidden")]
        assert sum(c.metadata["nbgrader"]["points"] for c in own) == question.points
        assert all("raises-exception" in c.metadata["tags"] for c in own)
        text = chapter.cell(f"{name}-text").source
        assert f"**{question.points} points" in text and question.title in text
        assert re.search(r"\d+ minutes", text)
    total = sum(question.points for question in chapter.questions.values())
    assert f"{total} points" in chapter.notebook.cells[0].source


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_each_question_has_messages_and_hints_of_its_own(chapter):
    for question in chapter.questions.values():
        names = [m.name for m in question.misconceptions]
        messages = [m.message for m in question.misconceptions]
        assert len(names) >= 5
        assert len(set(names)) == len(names) and len(set(messages)) == len(messages)
        assert len(set(question.hints)) == 3
        for text in (*messages, *question.hints):
            assert 25 < len(text) < 300 and text.rstrip()[-1] in ".?"


# --- right answers -------------------------------------------------------------------


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_other_right_functions_pass(chapter, question):
    functions = chapter.right.FUNCTIONS[question.id]
    assert len(functions) >= 3
    for function in functions:
        for seed in (0, 7, 2024):
            with quiet():
                question.check(function, seed=seed)
        chapter.hidden(question.id, {chapter.function_name(question.id): function})


@pytest.mark.parametrize(("chapter", "question"), each("value"))
def test_other_right_values_pass(chapter, question):
    for parts in chapter.right.VALUES[question.id]:
        space = {"np": np}
        exec(chapter.setup, space)
        for part, expression in parts.items():
            text = isinstance(expression, str)
            space[part] = eval(expression, space) if text else expression
        answers = {part: space[part] for part in question.parts}
        with quiet():
            question.check(*answers.values())
        chapter.hidden(question.id, answers)


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("convcourse.tf").keras


@pytest.mark.slow
@pytest.mark.parametrize(("chapter", "question"), each("model"))
def test_other_right_models_pass(chapter, question, keras):
    makers = chapter.right.MODELS[question.id]
    assert len(makers) >= 3
    for make in makers:
        with quiet():
            model = make(keras)
            for seed in (0, 7, 2024):
                question.check(model, seed=seed)
        chapter.hidden(question.id, {question.name: model})


@pytest.mark.slow
@pytest.mark.parametrize(("chapter", "question"), each("training"))
def test_other_right_training_passes(chapter, question, keras):
    functions = chapter.right.TRAINING[question.id]
    assert len(functions) >= 3
    for function, seed in zip(functions, itertools.cycle((0, 7, 2024))):
        with quiet():
            question.check(function, seed=seed)
        chapter.hidden(question.id, {chapter.function_name(question.id): function})


@pytest.mark.parametrize(("chapter", "question"), each("training"))
def test_hidden_tests_train_nothing_again(chapter, question, monkeypatch):
    """They look at the network of the check, and only if that is of this function."""
    called, name = [], chapter.function_name(question.id)
    monkeypatch.setattr(type(question), "_test", lambda self: None)

    class Guess:
        """What the check takes for a network; it guesses."""

        get_config = get_weights = lambda self: []

        def predict(self, x, verbose):
            return np.eye(len(question.taught.lesson.classes))[np.zeros(len(x), int)]

    def train(x, y):
        called.append(len(x))
        return Guess()

    question.check(train)
    for times, function in ((1, train), (2, lambda x, y: train(x, y))):
        with pytest.raises(AssertionError):
            chapter.hidden(question.id, {name: function})
        assert len(called) == times


# --- wrong answers -------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("chapter", "question"), each("training"))
@pytest.mark.parametrize("seed", [0, 7, 2024])
def test_wrong_training_is_named(chapter, question, seed, keras):
    """TensorFlow raises other errors where it is `reproducible`; it then stays so."""
    from convcourse.tf import reproducible

    name = chapter.function_name(question.id)
    for fault in question.misconceptions:
        for wrong in wrong_functions(fault):
            (reproducible if seed else keras.utils.set_random_seed)(seed)
            with pytest.raises(CheckFailed) as caught, quiet():
                question.check(wrong, seed=seed)
            text = flat(caught.value)
            assert flat(fault.message) in text, (fault.name, text)
            others = [m for m in question.misconceptions if m is not fault]
            assert not any(flat(m.message) in text for m in others), fault.name
            if seed == 0:  # that of the hidden test
                with pytest.raises(CheckFailed):
                    chapter.hidden(question.id, {name: wrong})


@pytest.mark.slow
@pytest.mark.parametrize(("chapter", "question"), each("model"))
def test_wrong_models_are_named(chapter, question, keras):
    for fault in question.misconceptions:
        for make in wrong_functions(fault):
            keras.utils.set_random_seed(0)
            with pytest.raises(CheckFailed) as caught, quiet():
                model = make()
                question.check(model)
            assert flat(fault.message) in flat(caught.value), fault.name
            with pytest.raises(CheckFailed):
                chapter.hidden(question.id, {question.name: model})


@pytest.mark.parametrize(("chapter", "question"), each("function"))
@pytest.mark.parametrize("seed", [0, 7, 2024])
def test_wrong_functions_are_named(chapter, question, seed):
    for misconception in question.misconceptions:
        for wrong in wrong_functions(misconception):
            with pytest.raises(CheckFailed) as caught, quiet():
                question.check(wrong, seed=seed)
            assert flat(misconception.message) in flat(caught.value), misconception.name
            others = [m for m in question.misconceptions if m is not misconception]
            assert not any(flat(m.message) in flat(caught.value) for m in others)


@pytest.mark.parametrize(("chapter", "question"), each("value"))
def test_wrong_values_are_named(chapter, question):
    for misconception, part, answers in wrong_values(question):
        with pytest.raises(CheckFailed) as caught:
            question.check(*answers.values())
        text, message = flat(caught.value), flat(misconception.message)
        assert f"{part}: {message}" in text, (misconception.name, text)
        told = re.findall(r"-?\d+\.?\d*", message)
        truth = question.truth(part)
        if getattr(truth, "size", 0) == 1:
            assert float(truth) not in map(float, told), "the message tells the answer"


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_wrong_functions_fail_the_hidden_tests(chapter, question):
    name = chapter.function_name(question.id)
    for misconception in question.misconceptions:
        for wrong in wrong_functions(misconception):
            with pytest.raises(Exception) as caught:  # noqa: B017
                chapter.hidden(question.id, {name: wrong})
            assert not isinstance(caught.value, NameError), misconception.name


@pytest.mark.parametrize(("chapter", "question"), each("value"))
def test_wrong_values_fail_the_hidden_tests(chapter, question):
    for misconception, part, answers in wrong_values(question):
        with pytest.raises((AssertionError, ValueError)):
            chapter.hidden(question.id, answers)
            pytest.fail(f"{misconception.name} in {part}")


@pytest.mark.parametrize(
    ("chapter", "question"), [case for kind in KINDS for case in each(kind)]
)
def test_an_empty_answer_is_not_attempted(chapter, question):
    answers = [...] * len(getattr(question, "parts", "f"))
    with pytest.raises(NotAttempted):
        question.check(*answers)


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_a_right_function_that_uses_a_shortcut_fails(chapter, question):
    others = ("convcourse.", "keras.", "tensorflow.")  # no oracle is made of these
    theirs = [f for f in question.forbidden if not f.startswith(others)]
    if theirs:  # the reference is made of one of them
        with pytest.raises(CheckFailed, match=r"\w+\.\w+\s+does\s+the\s+work"):
            question.check(question.reference)


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_what_is_forbidden_exists(chapter, question):
    for name in question.forbidden:
        module, attribute = name.rsplit(".", 1)
        assert callable(getattr(importlib.import_module(module), attribute)), name


def test_the_library_of_the_course_is_no_answer_to_question_4():
    def convolve_full(x, w):
        from convcourse.ops import convolve1d

        return convolve1d(x, w)

    with pytest.raises(CheckFailed, match=r"convcourse.ops.convolve1d\s+does the work"):
        importlib.import_module("convcourse.checks.ch01").q4.check(convolve_full)


def told(question, *answer):
    """Return the text of a failed check, unwrapped."""
    with pytest.raises(CheckFailed) as caught, quiet():
        question.check(*answer)
    return flat(caught.value)


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_a_function_question_prints_no_right_number(chapter, question):
    """One entry is off by far: the text names what came, and not what is right."""

    def off(*args):
        y = np.array(question.reference(*args), dtype=float)
        y.flat[-1] += 1e5
        return y

    if question.view:
        pytest.skip(
            "what is compared is made of the result; see the chapter's own test"
        )
    text = told(question, off)
    label, args = next(question.cases(np.random.default_rng(0)))
    last = np.ravel(question.reference(*args))[-1]
    came = f"{last + 1e5:.6g}"
    verdict = " (wrong)" if question.entries else ", which is too large"
    assert f" {came}{verdict}" in text
    said = text.partition("First wrong case")[0].partition("Before it")[0]
    judged = said.partition(came)[2] if question.entries else said.split(" is ", 1)[1]
    assert f"{last:g}" not in re.findall(r"-?\d+\.?\d*", judged)
    assert "wanted" not in said and "right." not in said.replace("not right", "")


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_a_function_that_always_raises_is_shown_its_line(chapter, question):
    names = question.call.partition("(")[2].rstrip(")")
    space = {}
    exec(f"def wrong({names}):\n    return [][1]", space)
    text = told(question, space["wrong"])
    assert "It raises IndexError: list index out of range" in text
    assert "No case gives a result." in text
    assert not any(flat(m.message) in text for m in question.misconceptions)


# --- chapter 01: mistakes as learners write them --------------------------------------


def loop(line, guard="True", outputs="len(x) + len(w) - 1", over="k in range(len(x))"):
    """Return a convolution in two loops, with a guard before its line."""
    code = (
        "def convolve_full(x, w):\n"
        "    if len(x) == 0 or len(w) == 0:\n"
        "        raise ValueError('empty')\n"
        f"    y = np.zeros({outputs})\n"
        "    for n in range(len(y)):\n"
        f"        for {over}:\n"
        f"            if {guard}:\n"
        f"                {line}\n"
        "    return y\n"
    )
    space = {"np": np}
    exec(code, space)
    return space["convolve_full"]


OVER_W = "m in range(len(w))"
AT_W, AT_X = "y[n] += x[k] * w[n - k]", "y[n] += x[n - m] * w[m]"
TRY_W = "try: y[n] += x[k] * w[n - k]\n                except IndexError: pass"
TRY_X = "try: y[n] += x[n - m] * w[m]\n                except IndexError: pass"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ((AT_W,), "Nor is there one where n - k < 0; there Python counts from the END"),
        ((AT_W, "n >= k"), "past the last weight there is no w[n - k]"),
        ((AT_W, "n - k < len(w)"), "w[n - k] with n - k < 0 counts from the END of w"),
        ((TRY_W,), "w[n - k] with n - k < 0 counts from the END of w in Python"),
        ((AT_W, "True", "len(x)"), "w[n - k] with n - k < 0 counts from the END of w"),
        ((AT_W, "n >= k", "len(x)"), "past the last weight there is no w[n - k]"),
        ((TRY_W, "True", "len(x)"), "w[n - k] with n - k < 0 counts from the END of w"),
        (
            (AT_W, "True", "len(x) + len(w) - 1", "k in range(n + 1)"),
            "For each n, only",
        ),
        ((AT_X, "True", "len(x) + len(w) - 1", OVER_W), "there is no x[n - m] to add"),
        (
            (AT_X, "n >= m", "len(x) + len(w) - 1", OVER_W),
            "there is no x[n - m] to add",
        ),
        (
            (AT_X, "n - m < len(x)", "len(x) + len(w) - 1", OVER_W),
            "An index n - m below 0 counts from the END of x",
        ),
        (
            (TRY_X, "True", "len(x) + len(w) - 1", OVER_W),
            "n - m below 0 counts from the",
        ),
        ((AT_X, "True", "len(x)", OVER_W), "n - m below 0 counts from the END of x"),
    ],
)
def test_an_index_out_of_range_is_named(code, words):
    q4 = CHAPTERS[0].questions["q4"]
    for seed in (0, 7):
        with pytest.raises(CheckFailed) as caught, quiet():
            q4.check(loop(*code), seed=seed)
        assert words in flat(caught.value)
        assert " is right." not in flat(caught.value)


def dice(text):
    """Return a function of `faces`, with die(f) at hand."""
    space = {"np": np, "die": lambda f: np.append(0, np.ones(f, dtype=int))}
    exec(f"def dice_ways(faces):\n    {text}", space)
    return space["dice_ways"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("return np.convolve(die(6), die(6))", "works for two ordinary dice only"),
        ("return np.convolve(np.ones(6), np.ones(6))", "two ordinary dice only"),
        ("a, b = faces; return np.convolve(die(a), die(b))", "written for two dice"),
        ("return np.convolve(die(faces[0]), die(faces[1]))", "written for two dice"),
        (
            "y = [1]\n    for f in faces: y = np.convolve(y, die(6))\n    return y",
            "All your dice have six faces",
        ),
        (
            "y = [1]\n    for f in faces: y = np.convolve([1], die(f))\n    return y",
            "This is the list of one die",
        ),
        ("return np.append(die(faces[0]), 0)", "The result has 8 entries; that is too"),
    ],
)
def test_the_mistakes_with_dice_are_named(text, words):
    assert words in told(CHAPTERS[0].questions["q7"], dice(text))


@pytest.mark.parametrize("start", ["n - width", "n - width + 1"])
@pytest.mark.parametrize("first", ["0", "x[0]", "np.nan", "x[n]"])
def test_a_mean_without_the_present_is_named(start, first):
    code = (
        "def trailing_mean(x, width):\n"
        "    y = []\n"
        "    for n in range(len(x)):\n"
        f"        past = x[max(0, {start}) : n]\n"
        f"        empty = {first} if n == 0 or {first!r} != 'x[0]' else np.nan\n"
        "        y.append(np.mean(past) if len(past) else empty)\n"
        "    return y\n"
    )
    space = {"np": np}
    exec(code, space)
    text = told(CHAPTERS[0].questions["q6"], space["trailing_mean"])
    assert (
        "x[n] itself is missing: the window ends one sample before the present" in text
    )


@pytest.mark.parametrize("start", ["n - width", "max(0, n - width + 1)"])
@pytest.mark.parametrize("count", ["width", "min(n + 1, width)"])
def test_a_sum_without_the_present_is_named(start, count):
    code = (
        "def trailing_mean(x, width):\n"
        f"    return [sum(x[{start} : n]) / {count} for n in range(len(x))]\n"
    )
    space = {}
    exec(code, space)
    text = told(CHAPTERS[0].questions["q6"], space["trailing_mean"])
    assert (
        "x[n] itself is missing: the window ends one sample before the present" in text
    )


def right_parts(name):
    """Return a value question of chapter 01, and {part: right value}."""
    question = CHAPTERS[0].questions[name]
    return question, {part: question.truth(part) for part in question.parts}


@pytest.mark.parametrize(
    ("name", "part", "answer", "words"),
    [
        (
            "q1",
            "y_full",
            [2, 3, -12, 9.5, -13.5, 0, 2],
            "one entry is wrong: number 6,",
        ),
        ("q1", "y_same", [3, -12, 9, -13.5, 0], "one entry is wrong: number 2,"),
        ("q1", "y_full", [2, -14, 0.5], "x[n] * w[n] is not a convolution"),
        ("q1", "y_valid", [2, -14, 0.5], "x[n] * w[n] is not a convolution"),
        ("q1", "y_same", [2, -14, 0.5, 0, 0], "x[n] * w[n] is not a convolution"),
        ("q1", "y_full", [2, 11, 16, 13.5, 18.5, 8, 1], "+2 where the weight is -2"),
        ("q2", "n_same", 90, "this is the length of 'valid'"),
        ("q2", "n_same_swapped", 90, "this is the length of 'valid'"),
        ("q3", "ramp", [-2, -2, -2, -2, 4], "all signs are turned round"),
    ],
)
def test_the_mistakes_by_hand_are_named(name, part, answer, words):
    question, answers = right_parts(name)
    text = told(question, *{**answers, part: answer}.values())
    assert f"{part}: " in text and words in text


def test_a_message_is_no_hint():
    q3 = CHAPTERS[0].questions["q3"]
    formula = "x[n + 1] - x[n - 1]"
    assert formula in q3.hints[2]
    assert not any(formula in m.message for m in q3.misconceptions)


def test_products_are_written_as_in_the_chapter():
    for question in CHAPTERS[0].questions.values():
        for text in (*question.hints, *(m.message for m in question.misconceptions)):
            assert not re.search(r"x\[n\] \* w\[k\]|n \+ k", text), text


@pytest.mark.parametrize("strict", [True, False])
def test_bumps_of_the_solar_record_are_named(strict):
    space = {"np": np}
    exec("from convcourse import datasets\nsun = datasets.sunspots()", space)
    sun, (q8, answers) = space["sun"], right_parts("q8")
    y, inside = answers["smooth"], range(1, len(answers["smooth"]) - 1)
    higher = (lambda a, b: a > b) if strict else (lambda a, b: a >= b)
    bumps = [i for i in inside if higher(y[i], y[i - 1]) and higher(y[i], y[i + 1])]
    answers["maxima"] = [sun.t[i + 6] for i in bumps]
    text = told(q8, *answers.values())
    assert len(bumps) > 200 and "not only with the two neighbours" in text


def test_rounded_times_are_not_called_wrong_beside_one_that_is():
    q8, answers = right_parts("q8")
    answers["maxima"] = np.round(answers["maxima"], 2)
    answers["maxima"][5] += 1
    text = told(q8, *answers.values())
    assert "maxima: one entry is wrong: number 5" in text and "wrong too" not in text


def test_the_median_of_the_solar_gaps_is_named():
    q8, answers = right_parts("q8")
    answers["cycle"] = np.median(np.diff(answers["maxima"]))
    text = told(q8, *answers.values())
    assert "cycle: this is the median of the gaps" in text


# --- chapter 03: mistakes as learners write them --------------------------------------


def of_chapter(number, name):
    """Return a question of a chapter."""
    return importlib.import_module(f"convcourse.checks.ch{number}").__dict__[name]


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (4, 2), (1, 6), (7, 1), (5, 4)])
def test_the_boxes_do_what_the_libraries_do(shape):
    import cv2
    from convcourse.checks.ch03 import BOXES
    from scipy import ndimage, signal

    def opencv(image, kernel):
        return cv2.filter2D(image, -1, kernel)

    rng = np.random.default_rng(shape)
    image, kernel = rng.normal(size=(9, 11)), rng.normal(size=shape)
    libraries = {
        "scipy.ndimage.convolve": ndimage.convolve,
        "scipy.ndimage.correlate": ndimage.correlate,
        "scipy.signal.convolve2d": lambda x, w: signal.convolve2d(x, w, "same"),
        "scipy.signal.correlate2d": lambda x, w: signal.correlate2d(x, w, "same"),
        "cv2.filter2D": opencv,
    }
    for name, function in libraries.items():
        np.testing.assert_allclose(
            BOXES[name](image, kernel), function(image, kernel), atol=1e-12
        )
    q2 = of_chapter("03", "q2")
    for box in BOXES.values():
        assert list(q2.reference(box, *shape)) == [box.flips, *box.where(shape)]


WEIGHT = "*np.argwhere(w == y[r, c])[0]"


def test_a_box_refuses_what_would_take_minutes():
    """It is called where the tests run: nobody hears the clock while NumPy computes."""
    from convcourse.checks.ch03 import BOXES

    for box in BOXES.values():
        assert box(np.eye(512), np.ones((9, 9))).shape == (512, 512)
        with pytest.raises(ValueError, match="too large, .4000, 1000. and .900, 900."):
            box(np.zeros((4000, 1000)), np.ones((900, 900)))


def probe(flips="y[i, j] == w[0, 0]", centre=WEIGHT, size=(31, 31), at=(15, 15)):
    """Return an impulse test with other words for the flip or the centre."""
    code = (
        "def impulse_test(f, kh, kw):\n"
        f"    r, c = {at}; x = np.zeros({size}); x[r, c] = 1\n"
        "    w = np.arange(1, kh * kw + 1).reshape(kh, kw)\n"
        "    y = f(x, w); i, j = np.argwhere(y)[0]\n"
        f"    return {flips}, {centre}\n"
    )
    space = {"np": np}
    exec(code, space)
    return space["impulse_test"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"flips": "y[i, j] == w[-1, -1]"}, "the flip is always the wrong way round"),
        ({"flips": "y[14, 14] == w[0, 0]"}, "you look at a fixed place beside the"),
        ({"flips": "np.array_equal(y, w)"}, "you say of every box that it does not"),
        ({"flips": "'convolution'"}, "flips, is to be True or False"),
        ({"centre": "15 - i, 15 - j"}, "counted from the wrong corner"),
        ({"centre": "kh // 2, kw // 2"}, "the centre is always at k // 2, whatever"),
        ({"centre": "(kh // 2, kw // 2)"}, "three values are wanted: flips, row, col"),
        ({"centre": "15, 15"}, "This is where the impulse lies in your image"),
        ({"centre": "kh // 2, kw"}, "(right), col is 3 (wrong)."),
        ({"size": (5, 7), "at": (2, 3)}, "runs over the border of your image"),
    ],
)
def test_the_mistakes_of_an_impulse_test_are_named(code, words):
    q2 = of_chapter("03", "q2")
    with quiet():
        q2.check(probe())
    assert words.lower() in told(q2, probe(**code)).lower()


def test_flips_is_shown_as_it_was_returned():
    text = told(of_chapter("03", "q2"), probe(flips="True", centre="kh // 2, 0"))
    assert "flips is True (right), row is 1 (right), col is 0 (wrong)." in text
    assert "kh = 3, kw = 3 gives (True, 1, 0)." in text


FORM = "h, w = template.shape; rows = len(image) - h + 1; cols = image.shape[1] - w + 1"


def matcher(score, before="", pixels="image[i : i + h, j : j + w].astype(float)"):
    """Return a template match in two loops, with one line for the score."""
    code = (
        "def match(image, template):\n"
        f"    {FORM}\n"
        f"    t = template.astype(float); {before}\n"
        "    out = np.zeros((rows, cols))\n"
        "    for i in range(rows):\n"
        "        for j in range(cols):\n"
        f"            p = {pixels}\n"
        "            a, b = p - p.mean(), t - t.mean()\n"
        "            if np.ptp(p) > 0 and np.ptp(t) > 0:\n"
        f"                out[i, j] = {score}\n"
        "    return out\n"
    )
    space = {"np": np}
    exec(code, space)
    return space["match"]


GOOD = "(a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())"


def first_answers(name):
    """Return what many write first for question 10, without a word about floats."""
    from scipy import signal

    view = np.lib.stride_tricks.sliding_window_view

    def cosine(image, template, take=0):
        b = template.astype(float) - take * template.mean()
        a = view(image.astype(float), template.shape) - take * image.mean()
        return (a * b).sum((2, 3)) / np.sqrt((a * a).sum((2, 3)) * (b * b).sum())

    def products(image, template):
        return (view(image, template.shape) * template).sum((2, 3))

    return {
        "in uint8": lambda image, t: signal.correlate2d(image, t, "valid"),
        "products in uint8": products,
        "cosine": cosine,
        "flat windows forgotten": lambda image, t: cosine(image, t, 1),
    }[name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("in uint8", "sums of uint8 start again at 0 behind 255"),
        ("products in uint8", "sums of uint8 start again at 0 behind 255"),
        ("cosine", "the means are still inside"),
        ("flat windows forgotten", "You take away the mean of the whole image"),
        ("flat windows forgotten", 'In the case "a flat template" there is nan'),
    ],
)
def test_the_first_answers_to_question_10_are_named(name, words):
    assert words in told(of_chapter("03", "q10"), first_answers(name))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((GOOD.replace("sqrt", "abs"),), "The divisor is a product of squares"),
        (("(a * b).sum() / (a.std() * b.std())",), "A perfect match scores as many"),
        ((f"abs({GOOD})",), "The signs are lost"),
        ((f"({GOOD}) ** 2",), "The score is squared"),
        (("(a * b).sum()",), "The means are gone, and brightness with them"),
        (("(p * b).sum() / (image.std() * t.std() * t.size)",), "of the whole image"),
        ((GOOD, "t = np.flip(t)"), "looks for the template turned round"),
        ((GOOD, "rows -= 1; cols -= 1"), "last row and the last column of places"),
        (("np.corrcoef(p.ravel(), t.ravel())",), "raises"),
    ],
)
def test_the_mistakes_of_a_template_match_are_named(answer, words):
    q10 = of_chapter("03", "q10")
    with quiet():
        q10.check(matcher(GOOD))
    text = told(q10, matcher(*answer))
    assert words.replace("looks", "look") in text


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from skimage.feature import match_template", "match_template(x, t)"),
        ("from skimage import feature", "feature.match_template(x, t)"),
        ("import skimage", "skimage.feature.match_template(x, t)"),
        ("import cv2", "cv2.matchTemplate(np.float32(x), np.float32(t), 5)"),
    ],
)
def test_a_ready_template_search_is_no_answer(imports, call):
    code = (
        f"{imports}\n"
        "def match(image, template):\n"
        "    x, t = image.astype(float), template.astype(float)\n"
        f"    {call}\n"
        "    return own(image, template)\n"
    )
    space = {"np": np, "own": matcher(GOOD)}
    exec(code, space)
    assert "does the work" in told(of_chapter("03", "q10"), space["match"])


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ([[1, 2], [1, 1]], "both sides come out the same here"),
        ([[0.5, 7], [-3, -3]], "both sides come out the same here"),
        ([[0, 0], [1, 2]], "with a kernel of zeros both sides are 0"),
        ([[1, 2], [3, np.nan]], "give two kernels of two weights each"),
        ([1, 2, 3, 4], "give two kernels of two weights each"),
        ([[1, 2], [3]], "its rows have different lengths"),
    ],
)
def test_a_pair_that_proves_nothing_is_refused(pair, words):
    q6 = of_chapter("03", "q6")
    right = [q6.truth(part) for part in ("one", "one2d")]
    assert words in told(q6, *right, pair)
    for good in ([[1, 1], [1, 0]], [[0, 3], [1, -1]], [[1j, 1], [2, 1]]):
        with quiet():
            q6.check(*right, np.real(good))


# --- chapter 02: mistakes as learners write them --------------------------------------


def sliding(line, rows="H - kh + 1", cols="W - kw + 1", made="np.zeros((R, C))"):
    """Return a correlation in two loops, as text becomes a function."""
    code = (
        "def correlate2d(x, w):\n"
        "    (H, W), (kh, kw) = x.shape, w.shape\n"
        "    if kh > H or kw > W:\n"
        "        raise ValueError('too large')\n"
        f"    R, C = {rows}, {cols}\n"
        f"    y = {made}\n"
        "    for i in range(R):\n"
        "        for j in range(C):\n"
        f"            {line}\n"
        "    return y\n"
    )
    space = {"np": np}
    exec(code, space)
    return space["correlate2d"]


SUM = "y[i, j] = np.sum(x[i : i + kh, j : j + kw] * w)"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ((SUM, "H - kh", "W - kw"), "The last row and the last column are missing"),
        (
            (SUM, "H - kh", "W - kw", "np.zeros((R + 1, C + 1))"),
            "The last row and the last column are missing, or never filled",
        ),
        ((SUM, "H", "W"), "the window is cut off"),
        ((SUM, "H - kw + 1", "W - kh + 1"), "Height and width of the kernel"),
        (
            (SUM.replace("kw", "kh"), "H - kh + 1", "W - kh + 1"),
            "(len(w) is its height)",
        ),
        (
            (SUM.replace("kh", "kw"), "H - kw + 1"),
            "use the width of the kernel for its",
        ),
        ((SUM.replace("* w", "@ w"),), "as matrices (@ or np.dot)"),
        ((SUM.replace("* w", "* w[::-1, ::-1]"),), "this is a convolution"),
        ((SUM.replace("np.sum", "np.mean"),), "You take the mean of the products"),
        (
            (SUM, "H - kh + 1", "W - kw + 1", "np.zeros((R, C), x.dtype)"),
            "The output has a type that cannot hold the sums",
        ),
        ((SUM + "\n        return y",), "your `return` stands inside a loop"),
        (
            (SUM.replace("[i : i + kh, j : j + kw]", "[j : j + kh, i : i + kw]"),),
            "belongs to the window that begins at x[i, j]",
        ),
        (
            (SUM, "H - kh + 1", "W - kw + 1", "np.zeros((H, W))"),
            "too many rows and too many columns",
        ),
    ],
)
def test_the_mistakes_with_windows_are_named(code, words):
    for seed in (0, 7):
        with pytest.raises(CheckFailed) as caught, quiet():
            of_chapter("02", "q2").check(sliding(*code), seed=seed)
        assert words in flat(caught.value)


@pytest.mark.parametrize(
    "library",
    [
        "from scipy.signal import correlate2d as f; return f(x, w, 'valid')",
        "import scipy.signal as s; return s.convolve2d(x, w[::-1, ::-1], 'valid')",
        "from scipy.signal import fftconvolve; return fftconvolve("
        "x.astype(float), w[::-1, ::-1], 'valid')",
        "from convcourse.ops import correlate2d as f; return f(x, w, 'valid')",
        "import cv2; y = cv2.filter2D(x.astype(float), -1, w.astype(float)); return "
        "y[kh // 2 : kh // 2 + H - kh + 1, kw // 2 : kw // 2 + W - kw + 1]",
        "from scipy import ndimage; y = ndimage.correlate(x.astype(float), w); return "
        "y[kh // 2 : kh // 2 + H - kh + 1, kw // 2 : kw // 2 + W - kw + 1]",
    ],
)
def test_a_library_is_no_answer_to_the_sliding_kernel(library):
    space = {}
    code = (
        "def correlate2d(x, w):\n"
        "    (H, W), (kh, kw) = x.shape, w.shape\n"
        "    if kh > H or kw > W:\n"
        "        raise ValueError\n"
        f"    {library}\n"
    )
    exec(code, space)
    text = told(of_chapter("02", "q2"), space["correlate2d"])
    assert "does the work" in text


@pytest.mark.parametrize(("name", "library"), [("q9", "gaussian"), ("q10", "separate")])
def test_the_kernels_of_the_course_are_no_answer(name, library):
    from convcourse import kernels

    question = of_chapter("02", name)
    text = told(question, getattr(kernels, library))
    assert f"convcourse.kernels.{library} does the work" in text


@pytest.mark.parametrize("seed", range(20))
def test_the_rules_of_opencv_are_those_of_question_6(seed):
    cv2 = pytest.importorskip("cv2")
    question = of_chapter("02", "q6")
    for label, (image, kernel) in question.cases(np.random.default_rng(seed)):
        wanted = cv2.filter2D(image, -1, kernel)
        assert np.array_equal(question.reference(image, kernel), wanted), label


@pytest.mark.parametrize("seed", range(5))
def test_the_edges_are_those_of_opencv(seed):
    cv2 = pytest.importorskip("cv2")
    question = of_chapter("02", "q5")
    kernel = np.array([[1.0, 0, -1]] * 3)
    for label, (image,) in question.cases(np.random.default_rng(seed)):
        wanted = cv2.filter2D(image, cv2.CV_64F, kernel)
        assert np.array_equal(question.reference(image), wanted), label


def test_the_predictions_are_what_numpy_and_opencv_do():
    cv2 = pytest.importorskip("cv2")
    question = of_chapter("02", "q4")
    parts = {name: question.truth(name) for name in question.parts}
    kernels = cv2.getDerivKernels(1, 0, 3)
    assert np.array_equal(parts["sobel"], np.outer(kernels[1], kernels[0]))
    edge = np.tile([30, 30, 180, 180], (3, 1)).astype(np.uint8)
    kernel = parts["sobel"].astype(float)
    assert parts["step"] == cv2.filter2D(edge, cv2.CV_64F, kernel)[1, 1]
    assert parts["rising"] == cv2.filter2D(edge, -1, kernel)[1, 1]
    assert parts["falling"] == cv2.filter2D(np.fliplr(edge).copy(), -1, kernel)[1, 1]
    ramp = np.tile(np.arange(5.0), (3, 1))
    assert parts["ramp"] == cv2.filter2D(ramp, -1, kernel)[1, 2]
    a, b, c = np.array([[250], [10], [20]], np.uint8)
    assert parts["cast"] == np.array([600]).astype(np.uint8)[0]
    assert (parts["added"], parts["taken"]) == ((a + b)[0], (b - c)[0])


def test_a_message_about_the_range_is_shown_a_sum_outside_it():
    from scipy import ndimage

    def wraps(image, kernel):
        sums = ndimage.correlate(image.astype(float), kernel, mode="nearest")
        return sums.astype(np.uint8)

    text = told(of_chapter("02", "q6"), wraps)
    assert "Sums outside 0 to 255 go round" in text
    assert 'First wrong case, "one row, differences"' in text


def test_of_a_pair_its_product_is_shown():
    def whatever(kernel):
        u, s, v = np.linalg.svd(kernel)
        return s[0] * u[:, 0], v[0]

    text = told(of_chapter("02", "q10"), whatever)
    assert "no answer, so a ValueError is wanted; an array came." in text
    assert "; your pair multiplies to [[" in text


@pytest.mark.parametrize("factor", [-1, 2, -0.3, 1e3])
@pytest.mark.parametrize("form", [tuple, list])
def test_any_sign_and_scale_of_a_separated_kernel_is_right(factor, form):
    question = of_chapter("02", "q10")

    def scaled(kernel):
        column, row = question.reference(kernel)
        return form((factor * column[:, None], row / factor))

    question.check(scaled)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c, r: np.outer(c, r), "a column and a row; one array came"),
        (lambda c, r: (c, 1.0, r), "a column and a row; 3 came"),
        (lambda c, r: {"column": c, "row": r}, "a column and a row; a dict came"),
        (lambda c, r: (np.outer(c, r), r), "the column has the shape (2, 3); one line"),
        (lambda c, r: (c, r + 1e-3), "of your column times your row is"),
    ],
)
def test_what_is_no_column_and_row_is_told(change, words):
    question = of_chapter("02", "q10")
    text = told(question, lambda kernel: change(*question.reference(kernel)))
    assert words in text


def filter_for_noise(name):
    """Return a function that takes a noisy photograph, and is more or less right."""
    from scipy import ndimage, signal

    clean, noisy = importlib.import_module("convcourse.checks.ch02")._photograph()
    grain = np.random.default_rng(0).normal(0, 1, clean.shape)
    gaussian = ndimage.gaussian_filter

    def in_place(image):
        image[:] = gaussian(image, 1)
        return image

    def for_this_size(image):
        rows, columns = np.indices((512, 512))
        return np.where(rows + columns >= 0, gaussian(image, 1), 0)

    return {
        "Gaussian 1.05": lambda image: gaussian(image, 1.05),
        "wrapped border": lambda image: gaussian(image, 1, mode="wrap"),
        "Wiener": lambda image: signal.wiener(image, 5),
        "Wiener, told the noise": lambda image: signal.wiener(image, 7, 625),
        "median behind": lambda image: ndimage.median_filter(gaussian(image, 0.7), 3),
        "levels": lambda image: np.clip(gaussian(image, 1), 0, 255).astype("u1"),
        "a list": lambda image: gaussian(image, 1).tolist(),
        "median": lambda image: ndimage.median_filter(image, 3),
        "too wide": lambda image: gaussian(image, 2),
        "zeros outside": lambda image: gaussian(image, 1, mode="constant"),
        "weights of 16": lambda image: 16 * gaussian(image, 1),
        "cut off": lambda image: gaussian(image, 1)[1:],
        "gap": lambda image: np.where(image > 250, np.nan, gaussian(image, 1)),
        "text": lambda image: "smooth",
        "nothing": lambda image: None,
        "in place": in_place,
        "this size": for_this_size,
        "two arguments": lambda image, clean: image,
        "no function": gaussian(noisy, 1),
        "mixed": lambda image: 0.7 * clean + 0.3 * image,
        "mixed half": lambda image: 0.5 * clean + 0.5 * gaussian(image, 1),
        "mixed with its own": lambda image: 0.7 * clean + 0.3 * noisy,
        "some noise": lambda image: clean + 8 * grain,
        "quantised": lambda image: 32 * np.round(clean / 32),
        "smoothed truth": lambda image: gaussian(clean, 0.8),
        "subtracted": lambda image: image - 0.8 * (noisy - clean),
        "truth cut to size": lambda image: np.resize(clean, image.shape),
        "only if it is that one": lambda image: (
            clean if np.array_equal(image, noisy) else ndimage.uniform_filter(image, 3)
        ),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "Gaussian 1.05",
        "wrapped border",
        "Wiener",
        "Wiener, told the noise",
        "median behind",
        "levels",
        "a list",
    ],
)
def test_any_good_filter_denoises(name):
    q11 = of_chapter("02", "q11")
    parts = {part: q11.truth(part) for part in q11.parts}
    for seed in (0, 7, 2024):
        q11.check(*{**parts, "denoise": filter_for_noise(name)}.values(), seed=seed)


def test_the_bounds_of_denoising_are_those_of_the_text():
    (chapter,) = (chapter for chapter in CHAPTERS if chapter.name.startswith("02"))
    text = flat(chapter.cell("q11-denoise").source)
    assert f"no more than {chapter.module.GOOD_ENOUGH:g} grey levels" in text
    assert f"{100 * (chapter.module.BENT - 1):.0f} % more error" in text
    assert f"of other sizes, with {100 * (chapter.module.UNSEEN - 1):.0f} %" in text


def test_right_ways_denoise_what_nobody_has_seen():
    """The bound of what is drawn has room: ten seeds, seven ways."""
    (chapter,) = (chapter for chapter in CHAPTERS if chapter.name.startswith("02"))
    parts = chapter.right.VALUES["q11"]
    ways = [p["denoise"] for p in parts if callable(p["denoise"])]
    more = ("wrapped border", "Wiener, told the noise", "median behind")
    ways += [filter_for_noise(name) for name in more]
    assert len(ways) >= 7
    for seed in range(100, 110):
        scenes = chapter.questions["q11"].tasks["denoise"].scenes
        for scene in scenes(np.random.default_rng(seed)):
            for way in ways:
                assert not scene.judge(way(scene.args[0])), (seed, way, scene.label)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("median", "the RMS error of its result is 13."),
        ("too wide", "the RMS error of its result is 13."),
        ("zeros outside", "Without a frame of 8 pixels it would do"),
        ("weights of 16", "Do the weights of your filter add up to 1?"),
        ("cut off", "its result has the shape (511, 512)"),
        ("gap", "not finite numbers"),
        ("text", "its result cannot be used"),
        ("nothing", "denoise(image) gives back nothing"),
        ("in place", "it changes what it is given"),
        ("this size", "Something in it fits the first photograph only"),
        ("two arguments", "it cannot be called as denoise(image)"),
        ("no function", "the function denoise(image) is wanted, and a ndarray came"),
    ],
)
def test_a_bad_filter_is_told_its_error(name, words):
    q11 = of_chapter("02", "q11")
    parts = {part: q11.truth(part) for part in q11.parts}
    text = told(q11, *{**parts, "denoise": filter_for_noise(name)}.values())
    assert f"denoise: {words}" in text or words in text


@pytest.mark.parametrize(
    "name",
    [
        "mixed",
        "mixed half",
        "mixed with its own",
        "some noise",
        "quantised",
        "smoothed truth",
        "subtracted",
        "truth cut to size",
        "only if it is that one",
    ],
)
def test_what_is_made_of_the_clean_photograph_does_not_pass(name):
    """Each is better than any Gaussian in the notebook, and nowhere else."""
    q11, cheat = of_chapter("02", "q11"), filter_for_noise(name)
    clean, noisy = importlib.import_module("convcourse.checks.ch02")._photograph()
    assert np.sqrt(np.mean((cheat(noisy) - clean) ** 2)) < 11
    parts = {part: q11.truth(part) for part in q11.parts} | {"denoise": cheat}
    assert "It was made from the clean photograph" in told(q11, *parts.values())
    for seed in (7, 2024):
        with pytest.raises(CheckFailed):
            q11.check(*parts.values(), seed=seed)
    (chapter,) = (chapter for chapter in CHAPTERS if chapter.name.startswith("02"))
    with pytest.raises((AssertionError, ValueError)):
        chapter.hidden("q11", parts)


@pytest.mark.parametrize("crops", [1, 2])
def test_a_search_among_the_photographs_finds_no_clean_one(crops):
    """It finds any crop of a photograph, also where two lie on each other."""
    q11 = of_chapter("02", "q11")
    (chapter,) = (chapter for chapter in CHAPTERS if chapter.name.startswith("02"))

    def found(image):
        return 255 * lookup(image / 255, crops=crops)

    camera, coffee = (255 * photographs()[place] for place in (3, 6))
    truth = coffee[40:340, 60:320]
    if crops == 2:
        truth = 0.6 * truth + 0.4 * camera[90:390, 200:460]
    grainy = truth + np.random.default_rng(1).normal(0, 25, truth.shape)
    assert np.sqrt(np.mean((found(grainy) - truth) ** 2)) < 2
    parts = {part: q11.truth(part) for part in q11.parts} | {"denoise": found}
    assert "It was made from the clean photograph" in told(q11, *parts.values())
    for scene in q11.tasks["denoise"].scenes(np.random.default_rng(7)):
        if scene.label != "`noisy`":
            assert scene.judge(found(*scene.args)), scene.label
    with pytest.raises(AssertionError):
        chapter.hidden("q11", parts)


# --- chapter 05: counted numbers against published ones, and mistakes as written ------

VGG_LAYERS = [
    *[("conv", 64, 3, 1, 1)] * 2,
    ("pool", 2, 2),
    *[("conv", 128, 3, 1, 1)] * 2,
    ("pool", 2, 2),
    *[("conv", 256, 3, 1, 1)] * 3,
    ("pool", 2, 2),
    *([("conv", 512, 3, 1, 1)] * 3 + [("pool", 2, 2)]) * 2,
    ("flatten",),
    *[("dense", 4096)] * 2,
    ("dense", 1000),
]


@pytest.mark.parametrize(
    ("name", "shape", "parameters", "macs"),
    [
        ("LENET", (32, 32, 1), 61_706, None),
        ("ALEXNET", (227, 227, 3), 62_378_344, 1_135_256_096),
        ("VGG", (224, 224, 3), 138_357_544, 15_470_264_320),
    ],
)
def test_the_audit_of_question_7_is_the_published_one(name, shape, parameters, macs):
    module = importlib.import_module("convcourse.checks.ch05")
    layers = VGG_LAYERS if name == "VGG" else getattr(module, name)
    table = np.array(of_chapter("05", "q7").reference(layers, shape), dtype=np.int64)
    assert table[:, 0].sum() == parameters
    assert macs in (None, table[:, 1].sum())


def test_the_fields_of_question_8_are_the_published_ones():
    module = importlib.import_module("convcourse.checks.ch05")
    fields = of_chapter("05", "q8").reference
    sizes = [size for size, _, _ in fields(module.ALEX)]
    assert sizes == [11, 19, 51, 67, 99, 131, 163, 195]
    assert fields(module.VGG16)[-1] == (212, 32, -90)
    sizes = [size for size, _, _ in fields(module.VGG16)]
    assert sizes[:10] == [3, 5, 6, 10, 14, 16, 24, 32, 40, 44]


# (n, k, s, d): left and right, as TensorFlow pads
SAME_SIDES = {
    (5, 3, 1, 1): (1, 1), (5, 2, 1, 1): (0, 1), (5, 4, 1, 1): (1, 2),
    (6, 3, 2, 1): (0, 1), (5, 3, 2, 1): (1, 1), (224, 7, 2, 1): (2, 3),
    (225, 7, 2, 1): (3, 3), (7, 3, 3, 1): (1, 1), (10, 5, 4, 1): (1, 2),
    (28, 2, 2, 1): (0, 0), (6, 1, 2, 1): (0, 0), (8, 3, 1, 2): (2, 2),
    (9, 3, 1, 3): (3, 3), (13, 6, 5, 1): (1, 2), (32, 11, 4, 1): (3, 4),
}  # fmt: skip


def test_the_padding_of_question_3_is_that_of_tensorflow():
    for setting, sides in SAME_SIDES.items():
        assert of_chapter("05", "q3").reference(*setting) == sides


@pytest.mark.parametrize("seed", range(3))
def test_a_transposed_layer_of_question_9_undoes_an_ordinary_one(seed):
    module = importlib.import_module("convcourse.checks.ch05")
    rng, tried = np.random.default_rng(seed), 0
    for n, k, s, p in rng.integers((5, 1, 1, 0), (40, 8, 5, 4), (200, 4)).tolist():
        if n + 2 * p >= k:
            there = module._count(n, k, s, p)
            rest = (n + 2 * p - k) % s
            assert module._grown(there, k, s, p, rest) == n
            tried += 1
    assert tried > 100


def written(name, *lines):
    """Return a function for a question of chapter 05, out of lines of text."""
    call, space = of_chapter("05", name).call, {"np": np}
    exec("\n    ".join([f"def {call}:", *lines]), space)
    return space[call.partition("(")[0]]


def padded_same(answer):
    """Return an answer to question 3 with the right total P."""
    needed = "(-(-n // s) - 1) * s + d * (k - 1) + 1"
    return written("q3", f"P = max(0, {needed} - n)", f"return {answer}")


def lengths(answer, low="(m - 1) * s + d * (k - 1) + 1 - 2 * p"):
    """Return an answer to question 4 with the right shortest length."""
    return written("q4", f"low = {low}", f"return {answer}")


def marked(answer, rows="0, H + 2 * p - k + 1, s", add="+= 1", frame="2 * p"):
    """Return an answer to question 6 in two loops over a padded image."""
    return written(
        "q6",
        f"u = np.zeros((H + {frame}, W + {frame}))",
        f"for a in range({rows}):",
        f"    for b in range({rows.replace('H', 'W')}):",
        f"        u[a : a + k, b : b + k] {add}",
        f"return {answer}",
    )


def audited(change, by):
    """Return an answer to question 7 in which one formula is another."""
    lines = [
        "h, w, c, rows = *shape, []",
        "for kind, *n in layers:",
        "    P = M = 0",
        "    if kind == 'conv':",
        "        f, k, s, p = n",
        "        H, W = (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1",
        "        P, M = k * k * c * f + f, H * W * k * k * c * f",
        "        h, w, c = H, W, f",
        "    elif kind == 'pool':",
        "        h, w = (h - n[0]) // n[1] + 1, (w - n[0]) // n[1] + 1",
        "    elif kind == 'flatten':",
        "        h, w, c = 1, 1, h * w * c",
        "    else:",
        "        P, M, c = c * n[0] + n[0], c * n[0], n[0]",
        "    rows.append((P, M, h * w * c))",
        "return rows",
    ]
    assert sum(line.count(change) for line in lines) == 1
    return written("q7", *(line.replace(change, by) for line in lines))


def followed(*steps, row="r, j, b"):
    """Return an answer to question 8 with these steps for each layer."""
    return written(
        "q8",
        "r, j, b, rows = 1, 1, 0, []",
        "for k, s, p, d in layers:",
        *(f"    {step}" for step in steps),
        f"    rows.append(({row}))",
        "return rows",
    )


GROW, BACK, JUMP = "r += d * (k - 1) * j", "b -= p * j", "j *= s"
CUT = "u[p : p + H, p : p + W]"


def test_these_answers_are_right_before_they_are_spoilt():
    right = {
        "q3": padded_same("P // 2, P - P // 2"),
        "q4": lengths("range(max(1, low), max(1, low + s))"),
        "q6": marked(CUT),
        "q7": audited("rows = *shape, []", "rows = *shape, []"),
        "q8": followed(GROW, BACK, JUMP),
    }
    for name, function in right.items():
        with quiet():
            of_chapter("05", name).check(function)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("int((n - k + 2 * p) / s + 1)", "The dilation does not count"),
        ("(n - k + 2 * p) / s + 1", "it has no floor, and knows no dilation"),
        (
            "(n + 2 * p - d * (k - 1) - 1) // s + 1",
            "ValueError is wanted; a number came",
        ),
        ("len(range(0, n + p - d * (k - 1), s))", "You add the padding once"),
        ("(n + 2 * p - k - d * (k - 1)) // s + 1", "for the number of holes"),
    ],
)
def test_the_mistakes_with_lengths_are_named(answer, words):
    assert words in told(of_chapter("05", "q2"), written("q2", f"return {answer}"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("P // 2, P // 2", "Both sides get the same, rounded down"),
        ("P", "You give the total"),
        ("round(P / 2), P - round(P / 2)", "Python's round()"),
        ("(d * (k - 1) // 2,) * 2", "You pad by half the kernel"),
        ("P - P // 2, P // 2", "The larger half is on the left"),
        ("{'left': P // 2}", "it is a dict, not an array or list of numbers"),
    ],
)
def test_the_mistakes_with_same_are_named(answer, words):
    assert words in told(of_chapter("05", "q3"), padded_same(answer))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("list(range(low, low + s))", "There are lengths below 1"),
        ("low", "You give the shortest length only"),
        ("[low, low + s - 1]", "You give the shortest and the longest"),
        ("[n for n in range(low, low + s) if 0 < n < 100]", "stop too early"),
        ("[n for n in range(low + s, low + 2 * s) if n > 0]", "You take m steps"),
        ("set(range(max(1, low), max(1, low + s)))", "it is a set"),
    ],
)
def test_the_mistakes_backwards_are_named(answer, words):
    assert words in told(of_chapter("05", "q4"), lengths(answer))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (("u",), "as large as the padded image"),
        (("u[:H, :W]",), "The map is moved against the image"),
        (("u[p:-p, p:-p]",), "-0 is 0"),
        ((CUT, "0, H + 2 * p - k + 1, s", "= 1"), "add, do not set"),
        ((CUT, "0, H + 2 * p - k, s"), "The last window is missing"),
        ((CUT, "0, (H + 2 * p - k) // s + 1"), "Window number i begins i strides"),
        (("u", "-p, H + p - k + 1, s", "+= 1", "0"), "counts a negative index from"),
        (("u", "0, H - k + 1, s", "+= 1", "0"), "The padding does not count"),
        ((CUT, "0, H + p - k + 1, s", "+= 1", "p"), "You pad on the left and above"),
        (("np.pad(u, p)", "0, H - k + 1, s", "+= 1", "0"), "as large as the padded"),
    ],
)
def test_the_mistakes_with_use_are_named(code, words):
    assert words in told(of_chapter("05", "q6"), marked(*code))


@pytest.mark.parametrize(
    ("change", "by", "words"),
    [
        ("k * k * c * f + f", "k * k * f + f", "The channels of the input do not count"),
        ("k * k * c * f + f", "(k * k + 1) * c * f", "Your biases count the channels"),
        ("k * k * c * f + f", "k * k * c * f + 1", "You count one bias"),
        ("H * W * k * k * c * f", "H * W * k * k * f", "The channels of the input do"),
        ("H * W * k * k * c * f", "h * w * k * k * c * f", "the positions of the input"),
        ("H * W * k * k * c * f", "H * W * (k * k * c + 1) * f", "You multiply all the"),
        ("(w - n[0]) // n[1] + 1", "w // n[1]", "MACs 0 (right), values"),
        ("h, w = (h - n[0]) // n[1]", "h, w = (h - n[0]) // n[0]", "Row 0, counted"),
        ("h, w, c = 1, 1, h * w * c", "h, w, c = 1, 1, h * w", "Your flatten counts"),
        ("c * n[0] + n[0]", "c * n[0]", "the dense layers have no bias"),
        ("h * w * c))", "h * w))", "You list the positions of the output"),
        ("h, w, c = H, W, f", "h, w = H, W", "The number of channels never changes"),
    ],
)  # fmt: skip
def test_the_mistakes_of_an_audit_are_named(change, by, words):
    assert words in told(of_chapter("05", "q7"), audited(change, by))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (("r += (k - 1) * j", BACK, JUMP), "The dilation does not count"),
        ((JUMP, GROW, BACK), "already widens its own steps"),
        ((BACK, "r += d * (k - 1) * s", JUMP), "already widens its own steps"),
        ((GROW, JUMP, BACK), "the start uses the jump after the layer"),
        (("r += d * (k - 1)", "b -= p", JUMP), "The size grows by the same step"),
        (("r += k * j", BACK, JUMP), "You add a whole kernel"),
        ((GROW, BACK, "j += s"), "Your jump grows by a sum"),
        ((GROW, "b -= p * j * d", JUMP), "the dilation moves the start"),
    ],
)
def test_the_mistakes_with_fields_are_named(steps, words):
    assert words in told(of_chapter("05", "q8"), followed(*steps))


def with_part(name, part, answer):
    """Return a question of chapter 05, and right answers but for one part."""
    question = of_chapter("05", name)
    parts = {one: question.truth(one) for one in question.parts}
    return question, {**parts, part: answer}.values()


SMALL = [("conv", 16, 3, 2, 1), ("conv", 24, 3, 2, 1), ("conv", 32, 3, 2, 1)]
SMALL += [("conv", 32, 3, 1, 1)] * 2 + [("pool", 8, 8), ("flatten",), ("dense", 10)]


@pytest.mark.parametrize(
    ("name", "part", "answer", "words"),
    [
        ("q5", "first", (8, 4, 0), "the floor drops goes unread"),
        ("q5", "first", (11, 4.5, 0), "all whole numbers"),
        ("q5", "last", [(3, 3, 0), (2, 1, 0)], "samples go unread: 1"),
        ("q5", "last", [(3, 1, 0), (3, 1)], "its rows have different lengths"),
        ("q5", "stack", [(5, 4, 2), (5, 4, 2), (2, 2, 0)], "sees only 37 samples"),
        ("q5", "stack", [(5, 2, 0)] * 5, "the lengths are 224, 110, 53, 25, 11, 4"),
        ("q5", "counter", (5, 6, 1), "the kernel does not fit"),
        ("q9", "repaired", [], "the list is empty"),
        ("q9", "repaired", "conv", "a list of layers is wanted"),
        ("q9", "repaired", SMALL, "none is to come or go"),
        ("q10", "share", 95.6, "Give a share"),
        ("q10", "network", SMALL[:-2], "ten numbers are to come out"),
        ("q10", "network", SMALL[:-2] + SMALL[-1:], "a dense layer wants a list"),
        ("q10", "network", [*SMALL, ("softmax",)], "is to be a tuple that begins with"),
        ("q10", "network", [("conv", 8, 3, 1)], "is to have the form ('conv', filters"),
        ("q10", "network", [("conv", 8, 3, 1, -1)], "padding is to be a whole number"),
        (
            "q10",
            "network",
            [("conv", 9, 3, 1, 1)] + SMALL,
            "30,814 parameters are too many",
        ),
        ("q10", "network", SMALL[:4] + [("pool", 9, 8)], "no window of 9 x 9 fits"),
        ("q10", "network", SMALL[:2] + SMALL[-3:], "sees 7 x 7 pixels"),
    ],
)
def test_what_is_wrong_with_a_design_is_told(name, part, answer, words):
    question, answers = with_part(name, part, answer)
    assert f"{part}: " in told(question, *answers)
    assert words in told(question, *answers)


def test_a_network_may_come_as_lists_from_another_process():
    for name, part in (("q9", "repaired"), ("q10", "network")):
        layers = of_chapter("05", name).truth(part)
        question, answers = with_part(name, part, json.loads(json.dumps(layers)))
        with quiet():
            question.check(*answers)
        question, answers = with_part(name, part, [*layers[:2], ...])
        with pytest.raises(NotAttempted):
            question.check(*answers)


@pytest.mark.parametrize("missing", [2, 5, 9])
def test_every_layer_of_first_is_measured(missing):
    """All settings of `first` that the formula and the rest allow are right."""
    q5, n = of_chapter("05", "q5"), 227
    for k, s, p in itertools.product(range(missing, 80, 7), range(1, 6), range(3)):
        fits = (n + 2 * p - k) // s + 1 == 55 and p < k
        rest = (n + 2 * p - k) % s
        good = fits and s <= k and rest <= p
        assert (q5.judges["first"](np.array([k, s, p])) == "") == good, (k, s, p)


# --- chapter 04: the layer, and networks of it ----------------------------------------

SUMS = {  # of the fixture of 6.2; each wrong layer gives itself away by its own array
    "window start without stride": 206,
    "padded left and top only": -265,
    "padded right and bottom only": 582,
    "flipped": 239,
    "flipped vertically": 277,
    "flipped over channels": 299,
    "bias inside the sum": -137,
    "bias forgotten": 727,
    "first bias for all": 823,
    "only the first image": 412,
    "only the last channel": 206,
    "plus one forgotten": 609,
    "H and W swapped": 1001,
    "rounded up": 679,
    "rounded to the nearest": 679,
    "unpadded image": 1166,
    "OIHW reshaped": -1326,
}


def test_the_fixture_and_its_wrong_layers_have_their_known_sums():
    from convcourse.checks import ch04

    x, w, b, stride, pad = ch04.fixture()
    z = ch04.q2.reference(x, w, b, stride, pad)
    assert z.shape == (2, 3, 4, 4) and (z.sum(), (z**2).sum()) == (679, 619081)
    assert z[0, 0, 0].tolist() == [34, 34, -3, 23]
    assert z[0, 1, 2].tolist() == [228, -84, 38, 17]
    assert z[1, -1, -1].tolist() == [15, -22, 81, 28]
    found, arrays = {}, {"right": z}
    for mistake in ch04.q2.misconceptions:
        for number, wrong in enumerate(wrong_functions(mistake)):
            try:
                y = wrong(x, w, b, stride, pad)
            except (ValueError, IndexError):
                continue
            found.setdefault(mistake.name, set()).add(int(np.sum(y)))
            arrays[mistake.name, number] = y
    for name, total in SUMS.items():
        assert total in found[name], name
    for one, two in itertools.combinations(SUMS, 2):
        pairs = itertools.product(
            *([v for k, v in arrays.items() if k[0] == n] for n in (one, two))
        )
        assert not any(np.array_equal(*pair) for pair in pairs), (one, two)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_layer_and_pooling_do_what_keras_does(keras, seed):
    for label, (x, w, b, stride, pad) in of_chapter("04", "q2").cases(
        np.random.default_rng(seed)
    ):
        if x.shape[-1] != w.shape[2]:
            continue
        layer = keras.layers.Conv2D(w.shape[-1], w.shape[:2], strides=stride)
        padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0))).astype("float32")
        layer.build(padded.shape)
        layer.set_weights([w, b])
        truth = of_chapter("04", "q2").reference(x, w, b, stride, pad)
        np.testing.assert_allclose(
            layer(padded), truth, rtol=1e-4, atol=1e-4, err_msg=label
        )
    kinds = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    q4 = of_chapter("04", "q4")
    for label, (x, size, stride, padding, kind) in q4.cases(
        np.random.default_rng(seed)
    ):
        y = kinds[kind](size, stride, padding)(x.astype("float32"))
        truth = q4.reference(x, size, stride, padding, kind)
        np.testing.assert_allclose(y, truth, rtol=1e-5, atol=1e-5, err_msg=label)


@pytest.mark.slow
def test_the_numbers_of_the_layers_are_those_of_keras(keras):
    from convcourse.checks import ch04

    layers, (q1, q5) = keras.layers, (ch04.q1, ch04.q5)
    a = keras.Sequential(
        [layers.Input((32, 32, 3)), layers.Conv2D(64, 5, padding="same")]
    )
    b = keras.Sequential([layers.Input((15, 20, 24)), layers.Conv2D(16, 3, strides=2)])
    assert a.count_params() == q1.truth("parameters_a")
    assert np.prod(a.output_shape[1:]) * 75 == q1.truth("macs_a")
    assert b.count_params() == q1.truth("parameters_b")
    assert list(b.output_shape[1:]) == q1.truth("shape_b").tolist()
    assert np.prod(b.output_shape[1:]) * 9 * 24 == q1.truth("macs_b")
    for part, between in (
        ("flat", layers.Flatten),
        ("pooled", layers.GlobalAveragePooling2D),
    ):
        head = keras.Sequential([layers.Input((7, 9, 16)), between(), layers.Dense(10)])
        assert head.count_params() == q1.truth(f"dense_{part}")
        head = keras.Sequential([layers.Input((8, 8, 3)), between(), layers.Dense(10)])
        assert head.count_params() == q5.truth(f"head_{part}")
        shape = between()(np.zeros((2, 8, 8, 3), "float32")).shape
        assert list(shape) == q5.truth(f"shape_{part}").tolist()
    one = ch04.MAPS[np.newaxis].astype("float32")
    assert (
        layers.GlobalAveragePooling2D()(one)[0].numpy().tolist()
        == q5.truth("average").tolist()
    )
    assert (
        layers.GlobalMaxPooling2D()(one)[0].numpy().tolist()
        == q5.truth("maximum").tolist()
    )


@pytest.mark.slow
def test_the_summary_in_the_text_is_one_of_keras(keras):
    layers = keras.layers
    net = keras.Sequential([
        layers.Input((64, 64, 3)), layers.Conv2D(12, 5), layers.MaxPooling2D(2),
        layers.Conv2D(20, 3, strides=2, padding="same"), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dense(6),
    ])  # fmt: skip
    (chapter,) = (c for c in CHAPTERS if c.name.startswith("04"))
    rows = re.findall(
        r"^ (\w+) \((\w+)\) +\((.*?)\) +([\d,]+)$", chapter.cell("q7-text").source, re.M
    )
    assert len(rows) == len(net.layers) == 6
    for layer, (_, kind, shape, count) in zip(net.layers, rows, strict=True):
        told = [side if "▒" in side else int(side) for side in shape.split(", ")[1:]]
        true = [
            t if isinstance(t, str) else s
            for t, s in zip(told, layer.output.shape[1:], strict=True)
        ]
        assert kind == type(layer).__name__ and told == true
        assert int(count.replace(",", "")) == layer.count_params()
    q7 = of_chapter("04", "q7")
    assert q7.truth("total") == net.count_params()
    assert q7.truth("flat") == net.layers[4].output.shape[1]


@pytest.mark.slow
def test_the_network_in_keras_order_gives_the_scores_of_the_other_library(keras):
    """Question 6: by SciPy with channels first, by Keras with channels last."""
    from convcourse.checks.ch04 import elsewhere, q6
    from scipy import signal

    images, kernels, dense = elsewhere()
    maps = [[signal.correlate(x, k, "valid")[0] for k in kernels] for x in images]
    theirs = np.reshape(maps, (5, 96)) @ dense.T
    layers = (
        keras.layers.Conv2D(8, (2, 3)),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    )
    net = keras.Sequential([keras.layers.Input((4, 6, 3)), *layers])
    net.set_weights(
        [q6.truth("kernels_last"), np.zeros(8), q6.truth("dense_last"), np.zeros(10)]
    )
    ours = net.predict(q6.truth("images_last").astype("float32"), verbose=0)
    np.testing.assert_allclose(ours, theirs)


def layer(old="", new="", guard="    if C != c: raise ValueError('channels')\n"):
    """Return a forward pass in loops, with one piece of its text replaced."""
    code = (
        "def conv_forward(x, w, b, stride, pad):\n"
        "    N, H, W, C = x.shape; kh, kw, c, F = w.shape\n"
        f"{guard}"
        "    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))\n"
        "    R = (H + 2 * pad - kh) // stride + 1\n"
        "    S = (W + 2 * pad - kw) // stride + 1\n"
        "    z = np.zeros((N, R, S, F))\n"
        "    for n, i, j, f in np.ndindex(N, R, S, F):\n"
        "        p, q = i * stride, j * stride\n"
        "        win = xp[n, p : p + kh, q : q + kw]\n"
        "        z[n, i, j, f] = np.sum(win * w[..., f]) + b[f]\n"
        "    return z\n"
    )
    assert old in code
    space = {"np": np}
    exec(code.replace(old, new) if old else code, space)
    return space["conv_forward"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("w[..., f]) + b[f]", "w[..., f] + b[f])"), "bias is added to every product"),
        ((" + b[f]", ""), "the biases, which are missing"),
        (("b[f]", "b[0]"), "Each output channel gets the first bias"),
        (("// stride + 1", "// stride"), "The last row or the last column is missing"),
        (("win = xp", "win = x"), "You cut the windows out of x itself"),
        (("p, q = i * stride, j * stride", "p, q = i, j"), "Your windows move by one"),
        (("p, q = i * stride,", "p, q = i,"), "Your windows move by one"),
        (("xp[n,", "xp[0,"), "Only the first image of the batch"),
        (("w[..., f]", "w[::-1, ::-1, :, f]"), "this is a true convolution"),
        (("((0, 0), (pad, pad), (pad, pad), (0, 0))", "pad"), "np.pad with one number"),
        (("2 * pad", "pad"), "The border is not counted, or on one side only"),
        ((" + 2 * pad", ""), "The border is not counted, or on one side only"),
        (("(N, R, S, F))\n", "(N, R, S, F), x.dtype)\n"), "an array of integers"),
        (("z[n, i, j, f]", "z[n, j, i, f]"), "Rows and columns of the output are exch"),
        (("    return z", "        return z"), "`return` stands inside a loop"),
        (("np.ndindex(N, R, S, F)", "np.ndindex(N, R, S, 1)"), "one for each kernel"),
        (("np.sum", "np.mean"), "You take the mean of the products"),
        (
            ("    if C", "    if 0 and C"),
            "This case has no answer, so a ValueError is wanted",
        ),
        (("(N, R, S, F))\n", "(N, F, R, S))\n"), "It raises IndexError"),
    ],
)
def test_the_mistakes_of_a_layer_are_named(change, words):
    q2 = of_chapter("04", "q2")
    with quiet():
        q2.check(layer())
    assert words in told(q2, layer(*change))


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "keras.layers.Conv2D(1, 1)",
        "tf.nn.conv2d(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), 1, 'VALID')",
        "keras.ops.conv(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)))",
        "ops.correlate_channels(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)))",
    ],
)
def test_a_ready_made_layer_is_no_answer(line, keras):
    from convcourse import ops
    from convcourse.tf import tf

    space = {"np": np, "tf": tf, "keras": keras, "ops": ops, "own": layer()}
    exec(
        f"def conv_forward(x, w, b, stride, pad):\n    {line}\n"
        "    return own(x, w, b, stride, pad)",
        space,
    )
    assert "does the work" in told(of_chapter("04", "q2"), space["conv_forward"])


def test_without_tensorflow_the_other_questions_go_on():
    (chapter,) = (c for c in CHAPTERS if c.name.startswith("04"))
    code = f"""import sys
sys.modules["tensorflow"] = None
{chapter.cell("setup").source}
assert keras is None
try:
    q3.check(...)
except Exception as error:
    print(type(error).__name__, error)
q5.check((2, 3), (2, 192), (2, 3), [2, -3], [6, -1], 40, 1930, "flatten")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = flat(done.stdout)
    assert done.returncode == 0, done.stderr
    assert said.startswith("TensorFlow is not installed here") and "q5: right." in said
    assert "NotAttempted" in said and "This question needs TensorFlow" in said


# --- the whole way through nbgrader --------------------------------------------------

NOISE = """
import logging, os, sys, warnings
print("a step")
print("to stderr", file=sys.stderr)
os.write(2, b"from a C library")
warnings.warn("careful")
logging.warning("logged")
"""
LEAVING = '    raise SystemExit("done")'
CALLS_EXIT = "    exit()"


def body(text):
    """Indent a piece of code as the body of a function."""
    return "".join(f"    {line}\n" for line in text.strip().splitlines())


class Course:
    """A course in a folder of its own, graded by nbgrader as it is."""

    def __init__(self, folder, chapter):
        from nbgrader.apps.api import NbGraderAPI
        from traitlets.config import PyFileConfigLoader

        self.folder, self.chapter = folder, chapter
        course = PyFileConfigLoader("nbgrader_config.py", path=str(HERE.parent))
        config = course.load_config()  # what instructors use, in another place
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.release_directory = "exercises"
        config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
        config.Application.log_level = "ERROR"
        self.api = NbGraderAPI(config=config)
        self.write("solutions", chapter.notebook)
        done = self.api.generate_assignment(chapter.name)
        assert done["success"], done.get("log", done.get("error"))
        self.exercise = nbformat.read(self.path("exercises"), as_version=4)

    def path(self, *folders):
        name = self.chapter.name
        return self.folder.joinpath(*folders, name, f"{name}.ipynb")

    def write(self, *folders_and_notebook):
        *folders, notebook = folders_and_notebook
        path = self.path(*folders)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)

    def grade(self, student, notebook):
        """Submit and grade; return the points of each graded cell, and the notebook."""
        self.write("submitted", student, notebook)
        done = self.api.autograde(self.chapter.name, student)
        if not done["success"]:
            return done.get("log", done["error"])[-800:], None
        with self.api.gradebook as gradebook:
            work = gradebook.find_submission_notebook(
                self.chapter.name, self.chapter.name, student
            )
            assert not work.needs_manual_grade
            points = {grade.name: grade.auto_score for grade in work.grades}
        graded = nbformat.read(self.path("autograded", student), as_version=4)
        return points, graded


def with_answers(chapter, notebook, **answers):
    """Return a copy of a notebook with other answer cells; (name, text)."""
    work = copy.deepcopy(notebook)
    for name, text in answers.items():
        chapter.cell(f"{name}-answer", work).source = text
    return work


def as_text(chapter, name, function, before=""):
    """Return a function as the text of an answer cell, under the name asked for."""
    text = inspect.getsource(function)
    text = text.replace(function.__name__, chapter.function_name(name))
    head, rest = text.split("\n", 1)
    return f"{head}\n{before}{rest}"


def assigned(part, answer, before=""):
    """Return the text that gives a part its answer: an expression, or a function."""
    if isinstance(answer, str):
        return f"{part} = {answer}"
    head, rest = inspect.getsource(answer).split("\n", 1)
    return f"{head.replace(answer.__name__, part)}\n{before}{rest}"


def functions_of(chapter):
    """Return right functions, {question: functions}."""
    return chapter.right.FUNCTIONS | getattr(chapter.right, "TRAINING", {})


def all_right(chapter, variant=0, before=""):
    """Return right answers to all questions, as texts."""
    answers = {}
    for name, functions in functions_of(chapter).items():
        function = functions[variant % len(functions)]
        answers[name] = as_text(chapter, name, function, before)
    for name, makers in getattr(chapter.right, "MODELS", {}).items():
        make = makers[variant % len(makers)]
        head, rest = inspect.getsource(make).split("\n", 1)
        made = f"{chapter.questions[name].name} = {make.__name__}(keras)\n"
        answers[name] = f"{head}\n{before}{rest}\n{made}"
    for name, values in chapter.right.VALUES.items():
        parts = values[variant % len(values)]
        answers[name] = "\n".join(assigned(*item, before) for item in parts.items())
    return answers


def with_habits(chapter):
    """Return right answers that begin with what learners write out of habit."""
    answers = all_right(chapter, 1)
    for number, name in enumerate(answers):
        heads = HABITS[number :: len(answers)]
        answers[name] = "\n".join([*heads, answers[name]])
    return answers


def submissions(chapter, exercise):
    """Return what the students of a difficult class hand in."""
    forged = with_answers(chapter, exercise)
    for name in chapter.questions:
        chapter.cell(f"{name}-check", forged).source = "np.float64(0.0)"
        chapter.cell(f"{name}-hidden", forged).source = "np.float64(0.0)"
        answer = chapter.cell(f"{name}-answer", forged)
        answer.source += "\nnp.float64(0.0)"
    stock = with_answers(chapter, exercise)
    for cell in stock.cells:
        stub = r"\1# YOUR CODE HERE\n\1raise NotImplementedError()"
        cell.source = re.sub(r"^( *)# YOUR CODE HERE", stub, cell.source, flags=re.M)
    noisy = all_right(chapter, before=body(NOISE))
    leaving = all_right(chapter, variant=1)
    functions = list(chapter.right.FUNCTIONS)
    for name, text in zip(functions, (LEAVING, CALLS_EXIT), strict=False):
        head = leaving[name].split("\n")[0]
        leaving[name] = f"{head}\n{text}"
    careless = {  # names of Python's own that a learner has used for something else
        name: chapter.cell(f"{name}-answer", chapter.notebook).source
        + "\nsum = abs = 10"
        for name in chapter.questions
    }
    wrong = {name: f"{name} = [7, 7]" for name in chapter.questions}
    for name in functions_of(chapter):
        called = chapter.function_name(name)
        wrong[name] = f"def {called}(*args):\n    return np.full(3, 7.5)"
    for name, values in chapter.right.VALUES.items():
        wrong[name] = "\n".join(f"{part} = [7.5, -1]" for part in values[0])
    return {
        "wrong": with_answers(chapter, exercise, **wrong),
        "solution": with_answers(chapter, chapter.notebook),
        "careless": with_answers(chapter, exercise, **careless),
        "untouched": exercise,
        "untouched_stock": stock,
        "forged": forged,
        "numpy_typed": with_answers(chapter, exercise, **all_right(chapter)),
        "second": with_answers(chapter, exercise, **all_right(chapter, 1)),
        "third": with_answers(chapter, exercise, **all_right(chapter, 2)),
        "noisy": with_answers(chapter, exercise, **noisy),
        "leaving": with_answers(chapter, exercise, **leaving),
        "habits": with_answers(chapter, exercise, **with_habits(chapter)),
    }


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda c: c.name)
def graded(request, tmp_path_factory):
    """Grade the whole class once: {student: (points, notebook)}."""
    chapter = request.param
    folder = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        # nbgrader starts `alembic` by its name
        scripts = os.path.dirname(sys.executable)
        patch.setenv("PATH", scripts + os.pathsep + os.environ["PATH"])
        # with it the kernel would not watch file descriptors 1 and 2, as in real life
        patch.delenv("PYTEST_CURRENT_TEST")
        course = Course(folder, chapter)
        students = submissions(chapter, course.exercise)
        results = {name: course.grade(name, work) for name, work in students.items()}
    return chapter, course, results


def full_marks(chapter):
    """Return the points of all graded cells."""
    marked = [c for c in chapter.notebook.cells if "nbgrader" in c.metadata]
    facts = [c.metadata["nbgrader"] for c in marked]
    return {f["grade_id"]: f["points"] for f in facts if f["grade"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "student",
    ["solution", "numpy_typed", "second", "third", "noisy", "careless", "habits"],
)
def test_right_work_gets_full_marks(graded, student):
    chapter, _, results = graded
    assert results[student][0] == full_marks(chapter)


@pytest.mark.slow
@pytest.mark.parametrize("student", ["untouched", "untouched_stock", "forged", "wrong"])
def test_no_work_gets_no_marks(graded, student):
    chapter, _, results = graded
    assert results[student][0] == dict.fromkeys(full_marks(chapter), 0)


@pytest.mark.slow
def test_who_leaves_the_program_loses_that_question_only(graded):
    chapter, _, results = graded
    left = list(chapter.right.FUNCTIONS)[:2]
    for name, points in results["leaving"][0].items():
        lost = name.partition("-")[0] in left
        expected = 0 if lost else full_marks(chapter)[name]
        assert points == expected, name


@pytest.mark.slow
def test_the_noise_was_heard(graded):
    """The noisy answers did reach the checks: else the test above says nothing."""
    chapter, _, results = graded
    first = next(iter(chapter.right.FUNCTIONS))
    cell = chapter.cell(f"{first}-check", results["noisy"][1])
    said = "".join(output.get("text", "") for output in cell.outputs)
    for words in ("a step", "to stderr", "from a C library", "UserWarning: careful"):
        assert words in said
    assert "logged" in said and {o.get("name") for o in cell.outputs} == {"stdout"}


@pytest.mark.slow
def test_the_exercise_gives_nothing_away(graded):
    chapter, course, _ = graded
    text = nbformat.writes(course.exercise)
    for secret in ("HIDDEN TESTS", "SOLUTION", "more_tests", "seed=1"):
        assert secret not in text
    for name in chapter.questions:
        hidden = chapter.cell(f"{name}-hidden", course.exercise).source
        assert hidden.startswith("#") and "\n" not in hidden.strip()


@pytest.mark.slow
def test_the_messages_are_short(graded):
    """What an untouched exercise shows is NotAttempted, in a few lines."""
    chapter, _, results = graded
    for student, name in itertools.product(("untouched", "forged"), chapter.questions):
        (output,) = chapter.cell(f"{name}-check", results[student][1]).outputs
        assert output.ename == "NotAttempted"
        assert len("\n".join(output.traceback).splitlines()) <= 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
def test_our_grader_gives_the_points_of_nbgrader(graded):
    """The same class, graded in the sandbox: the same points, cell by cell."""
    from convcourse.grading.assignment import Assignment
    from convcourse.grading.core import Grader

    _, course, results = graded
    with Grader(Assignment.read(course.path("solutions"))) as grader:
        for student, (points, _) in results.items():
            ours = grader.grade(course.path("submitted", student))
            said = {name: c.message for name, c in ours.cells.items() if c.message}
            given = {name: c.points for name, c in ours.cells.items()}
            assert given == points, (student, said)


@pytest.mark.parametrize(
    ("name", "part", "change", "words"),
    [
        ("q1", "strided", lambda right: 12, "you add the padding once"),
        (
            "q10",
            "parameters",
            lambda right: right - 96,
            "some of the biases are missing",
        ),
        ("q10", "macs", lambda right: right + 96, "a bias costs no product"),
        ("q10", "memory", lambda right: right + 1000, "it is 2,491,664, which is too"),
    ],
)
def test_near_misses_with_sizes_are_named(name, part, change, words):
    question = of_chapter("05", name)
    answers = {part: question.truth(part) for part in question.parts}
    answers[part] = change(answers[part])
    assert words in told(question, *answers.values())


def test_the_same_use_everywhere_is_asked_about_a_corner():
    text = told(of_chapter("05", "q6"), lambda H, W, k, s, p: np.full((H, W), k * k))
    assert "without padding too" in text
