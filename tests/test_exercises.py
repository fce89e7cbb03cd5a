"""The exercises: right answers pass, wrong ones are named, and nbgrader agrees.

For chapter NN there are `sources/exercises/NN_*.py`, `convcourse/checks/chNN.py` and,
here, `answers/right_NN.py` with right answers that are written in other ways.
"""

import copy
import importlib
import inspect
import itertools
import os
import re
import sys
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pytest
from convcourse.checks import CheckFailed, FunctionQuestion, NotAttempted, quiet
from convcourse.checks.functions import wrong_functions

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
SOURCES = sorted((HERE.parent / "sources" / "exercises").glob("*.py"))


class Chapter:
    """All that belongs to the exercises of one chapter."""

    def __init__(self, source):
        number = source.stem[:2]
        self.name = source.stem
        self.module = importlib.import_module(f"convcourse.checks.ch{number}")
        self.right = importlib.import_module(f"answers.right_{number}")
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
        """Return the name under which a function question asks for its answer."""
        return self.questions[name].call.partition("(")[0]


CHAPTERS = [Chapter(source) for source in SOURCES]


def each(kind):
    """Return (chapter, question) of one kind of question, as parameters."""
    return [
        pytest.param(chapter, question, id=f"{chapter.name[:2]}-{question.id}")
        for chapter in CHAPTERS
        for question in chapter.questions.values()
        if isinstance(question, FunctionQuestion) == (kind == "function")
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
        exec("from convcourse import datasets\nsun = datasets.sunspots()", space)
        for part, expression in parts.items():
            space[part] = eval(expression, space)
        answers = {part: space[part] for part in question.parts}
        with quiet():
            question.check(*answers.values())
        chapter.hidden(question.id, answers)


# --- wrong answers -------------------------------------------------------------------


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


@pytest.mark.parametrize(("chapter", "question"), each("function") + each("value"))
def test_an_empty_answer_is_not_attempted(chapter, question):
    answers = [...] * len(getattr(question, "parts", "f"))
    with pytest.raises(NotAttempted):
        question.check(*answers)


@pytest.mark.parametrize(("chapter", "question"), each("function"))
def test_a_right_function_that_uses_a_shortcut_fails(chapter, question):
    if question.forbidden:
        with pytest.raises(CheckFailed, match=r"np\.\w+ does the work"):
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
        y[-1] += 1e5
        return y

    text = told(question, off)
    label, args = next(question.cases(np.random.default_rng(0)))
    y = question.reference(*args)
    assert f"is {y[-1] + 1e5:.6g}, which is too large" in text
    said = text.partition("First wrong case")[0].partition("Before it")[0]
    assert f"{y[-1]:g}" not in re.findall(r"-?\d+\.?\d*", said.split(" is ", 1)[1])
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


def all_right(chapter, variant=0, before=""):
    """Return right answers to all questions, as texts."""
    answers = {}
    for name, functions in chapter.right.FUNCTIONS.items():
        function = functions[variant % len(functions)]
        answers[name] = as_text(chapter, name, function, before)
    for name, values in chapter.right.VALUES.items():
        parts = values[variant % len(values)]
        answers[name] = "\n".join(f"{part} = {text}" for part, text in parts.items())
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
    return {
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
    "student", ["solution", "numpy_typed", "second", "third", "noisy", "careless"]
)
def test_right_work_gets_full_marks(graded, student):
    chapter, _, results = graded
    assert results[student][0] == full_marks(chapter)


@pytest.mark.slow
@pytest.mark.parametrize("student", ["untouched", "untouched_stock", "forged"])
def test_no_work_gets_no_marks(graded, student):
    chapter, _, results = graded
    assert results[student][0] == dict.fromkeys(full_marks(chapter), 0)


@pytest.mark.slow
def test_who_leaves_the_program_loses_that_question_only(graded):
    chapter, _, results = graded
    left = list(chapter.right.FUNCTIONS)[:2]
    for name, points in results["leaving"][0].items():
        expected = 0 if name.startswith(tuple(left)) else full_marks(chapter)[name]
        assert points == expected, name


@pytest.mark.slow
def test_the_noise_was_heard(graded):
    """The noisy answers did reach the checks: else the test above says nothing."""
    chapter, _, results = graded
    cell = chapter.cell("q4-check", results["noisy"][1])
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
