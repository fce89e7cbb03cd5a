"""The grader's parts, and the grader on small assignments made here."""

import contextlib
import dataclasses
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import types
import weakref
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from convcourse.checks import CheckFailed
from convcourse.grading import codec, core, isolation, judge, submission, zygote
from convcourse.grading.assignment import Assignment, Cell
from convcourse.grading.core import Grader, Limits, Result, grade
from convcourse.grading.submission import KEPT, Unreadable, cells_of, plan
from habits import HABITS, OUT_OF_REACH

ROOT = Path(__file__).resolve().parents[1]
NAME = "01_convolution_1d"
SOLUTION = ROOT / "solutions" / NAME / f"{NAME}.ipynb"
EXERCISE = ROOT / "exercises" / NAME / f"{NAME}.ipynb"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

# --- plain data ----------------------------------------------------------------------

VALUES = [
    None,
    True,
    -3,
    10**50,
    2.5,
    "größe \ud800 \0",
    1 - 2j,
    ...,
    [1, [2, (3, "x")]],
    {"a": 1, 2: [None], (1, 2): "t"},
    {1, 2},
    range(2, 9, 3),
    b"\0\xff",
    Fraction(1, 3),
    np.float32(1.5),
    np.int8(-4),
    np.True_,
]
ARRAYS = [
    np.arange(12, dtype=np.uint8).reshape(3, 4)[::2, ::-1],
    np.zeros((0, 3)),
    np.array(7.0),
    np.array([1 + 2j]),
    np.array(["a", "längst"]),
    np.array([np.nan, np.inf, -0.0]),
    np.float16([1, 2]),
    np.array([True, False]),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_as_they_went(value):
    got = codec.decode(codec.encode(value))
    assert got == value and type(got) is type(value)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_come_as_they_went(array):
    got = codec.decode(codec.encode([array]))[0]
    assert got.dtype == array.dtype and got.shape == array.shape
    assert got.tobytes() == array.tobytes() and got.flags.writeable


def test_what_is_like_an_array_or_list_comes_as_one():
    class Rows(list):
        def __iter__(self):
            return iter("no")

    assert codec.decode(codec.encode(Rows([1, 2]))) == [1, 2]
    got = codec.decode(codec.encode(np.array([Fraction(1, 2), 3], object)))
    assert got.dtype == object and got.tolist() == [Fraction(1, 2), 3]
    masked = codec.decode(codec.encode(np.ma.MaskedArray([1, 2], [True, False])))
    assert type(masked) is np.ndarray and np.isnan(masked[0]) and masked[1] == 2
    whole = codec.decode(codec.encode(np.ma.MaskedArray([1, 2])))
    assert type(whole) is np.ndarray and whole.tolist() == [1, 2]


def test_what_is_not_plain_is_described_or_refused():
    with pytest.raises(TypeError, match="function is no plain data"):
        codec.encode(lambda: 1)
    sent = codec.encode([print], lambda thing: codec.Described(name=thing.__name__))
    assert codec.decode(sent)[0].facts == {"name": "print"}
    assert codec.decode(sent, lambda facts: facts["name"]) == ["print"]


def test_too_much_is_refused():
    deep = []
    for _ in range(100):
        deep = [deep]
    for value in (deep, 1 << 100000, np.zeros(codec.MESSAGE // 8 + 1)):
        with pytest.raises(codec.TooMuch):
            codec.encode(value)


def message(node, body=b"", sizes=None):
    """Return a message made by hand."""
    text = json.dumps([[len(body)] if sizes is None else sizes, node]).encode()
    return codec.HEAD.pack(len(text), len(body)) + text + body


@pytest.mark.parametrize(
    "bad",
    [
        message({"array": ["O", [1], 0]}, bytes(8)),
        message({"array": ["<f8", [-1, -1], 0]}, bytes(8)),
        message({"array": ["<f8", [2], 0]}, bytes(8)),
        message({"array": ["<f8", [1], -1]}, bytes(8)),
        message({"array": ["<f8", [1] * 64, 0]}, bytes(8)),
        message({"array": ["<U0", [5], 0]}, b""),
        message({"array": ["<f8,<f8", [1], 0]}, bytes(16)),
        message({"scalar": 5}),
        message({"nonsense": 5}),
        message({"tuple": 5}),
        message({"a": 1, "b": 2}),
        message({"dict": [[[], 1]]}),
        message({"range": [0, 5, 0]}),
        message({"fraction": [1, 0]}),
        message(1, bytes(4), [-4]),
        struct.pack("<II", 4, 0) + b"\xff\xfe\n1",
    ],
)
def test_bad_messages_are_rubbish(bad):
    with pytest.raises(codec.Rubbish):
        codec.decode(bad)


def test_a_short_text_is_no_endless_number():
    for text, value in (("1E+50", 10**50), ("-2.5", -2.5)):
        assert codec.decode(message({"decimal": text})) == value
    for text in ("1E+999999999", "-1E-999999999", "9" * 3000):
        assert codec.decode(message({"decimal": text})).is_nan()


def test_broken_messages_are_rubbish_or_values():
    """Whatever is changed in a message, nothing but Rubbish is raised."""
    rng = random.Random(0)
    good = codec.encode({"x": ARRAYS[0], "y": [1, (2.5, "z")], "s": np.float32(3)})
    for _ in range(3000):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        with contextlib.suppress(codec.Rubbish):
            codec.decode(
                bytes(bad[: rng.choice([len(bad), rng.randrange(8, len(bad))])])
            )


# --- the instructor's notebook, and the learner's ------------------------------------


@pytest.mark.parametrize("path", sorted(ROOT.glob("solutions/*/*.ipynb")), ids=str)
def test_assignments_are_read_as_nbgrader_reads_them(path):
    import nbformat
    from nbgrader import utils

    notebook = nbformat.read(path, as_version=4)
    graded = [cell for cell in notebook.cells if utils.is_grade(cell)]
    read = Assignment.read(path)
    assert {c.grade_id: c.points for c in read.tests} == {
        c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in graded
    }
    answers = [c for c in notebook.cells if utils.is_solution(c)]
    assert [c.grade_id for c in read.cells if c.kind == "answer"] == [
        c.metadata.nbgrader.grade_id for c in answers
    ]
    for test in read.tests:
        question = test.grade_id.partition("-")[0]
        assert read.answer_of(test.grade_id).startswith(question)
        assert test.hidden == test.grade_id.endswith("-hidden")


SETUP = "import numpy as np\nfrom convcourse.checks import quiet"


def small(*tests, answer="y = 1", setup=SETUP):
    """Return an assignment with one answer and some tests of one point each."""
    named = [Cell(f"t{i}", "test", source, 1.0) for i, source in enumerate(tests)]
    first = Cell("setup", "setup", setup), Cell("a", "answer", answer)
    return Assignment("small", (*first, *named), ("numpy", "convcourse.checks"))


def notebook(assignment, answer, before=(), after=()):
    """Return the file that a learner of a small assignment hands in."""
    cells = [{"cell_type": "code", "metadata": {}, "source": s} for s in before]
    for cell in assignment.cells:
        source = answer if cell.kind == "answer" else ""
        facts = {"nbgrader": {"grade_id": cell.grade_id}}
        cells.append({"cell_type": "code", "metadata": facts, "source": source})
    cells += [{"cell_type": "code", "metadata": {}, "source": s} for s in after]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def handed_in(folder, assignment, answer, **more):
    """Write that file, and return its path."""
    path = folder / "work.ipynb"
    path.write_text(json.dumps(notebook(assignment, answer, **more)))
    return path


def steps_of(assignment, change=lambda cells: cells):
    """Return the names of the steps for a small notebook with changed cells."""
    file = notebook(assignment, "y = 1", before=["extra"])
    file["cells"] = change(file["cells"])
    steps, _ = plan(cells_of(json.dumps(file).encode()), assignment)
    return [step[1] or step[2] for step in steps]


def test_the_plan():
    two = small("assert y", "assert y")
    assert steps_of(two) == ["extra", "setup", "a", "t0", "t1"]
    assert steps_of(two, lambda c: c[:1] + c[3:]) == ["setup", "extra", "t0", "t1"]
    assert steps_of(two, lambda c: c[:3]) == ["extra", "setup", "a", "t0", "t1"]
    assert steps_of(two, lambda c: c[:1]) == ["setup", "extra", "t0", "t1"]
    assert steps_of(two, lambda c: c[:4] + c[3:]) == ["extra", "setup", "a", "t0", "t1"]
    assert steps_of(two, lambda c: []) == ["setup", "t0", "t1"]


def test_what_is_no_notebook_is_unreadable():
    for content in (b"{", b"[]", b"3", b'{"cells": 4}', b"\xff\xfe\0", b'{"a": 1}'):
        with pytest.raises(Unreadable):
            cells_of(content)


def test_a_notebook_of_very_many_entries_is_not_read(monkeypatch):
    """In memory each of them is larger than in the file; texts may hold what they like."""
    monkeypatch.setattr(submission, "ENTRIES", 1000)
    for entry in (b'{"":{}}', b'"a\\\\"', b"1.5", b"[]"):
        with pytest.raises(Unreadable, match="more than 1000 lines and entries"):
            cells_of(b'{"cells":[' + b",".join([entry] * 1001) + b"]}")
    text = 900 * ',"[{\\'
    assert cells_of(json.dumps({"cells": [{"source": text}]}).encode())[0][1] == text


def test_a_very_long_answer_is_run_and_not_remembered_whole():
    """A record is read at every call."""
    long = "y = 1  #" + "x" * KEPT
    content = json.dumps(notebook(small("assert y"), long)).encode()
    steps, answers = plan(cells_of(content), small("assert y"))
    assert ("run", "a", long) in steps and answers == {"a": long[:KEPT]}


def test_the_names_a_test_needs():
    source = (
        "import os\ndef f(a):\n    b = a + y\n    return [c for c in z if c.d]\nf(os)"
    )
    assert judge.needed(source) == ["f", "os", "y", "z"]


# --- points and words ----------------------------------------------------------------

SCORES = {
    "0.5": 0.5,
    "np.float64(0.0)": 0,
    "np.float64(0.25)": 0.25,
    "np.array(0.75)": 0.75,
    "1": 1,
    "True": 1,
    "False": 0,
    "None": 1,
    "'Incorrect'": 0,
    "np.zeros(3)": 0,
    "float('nan')": 0,
    "-1": 0,
    "7": 1,
    "0.5;": 1,
    "y == 1": 1,
    "assert y == 2": 0,
}


@LINUX
def test_scores(tmp_path):
    """Honest numbers are partial credit; nothing else is full marks by accident."""
    assignment = small(*SCORES)
    result = grade(handed_in(tmp_path, assignment, "y = 1"), assignment)
    given = [cell.points for cell in result.cells.values()]
    assert dict(zip(SCORES, given, strict=True)) == SCORES
    assert len(result.notes) == 5  # for the instructor: those that are no score
    again = Result.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result


@LINUX
def test_what_is_masked_is_not_right(tmp_path):
    """To NumPy's tests, whatever is masked agrees with everything."""
    tests = [
        f"np.testing.assert_{how}(y, [1, 2])" for how in ("array_equal", "allclose")
    ]
    assignment = small(*tests)
    answer = "import numpy as np\ny = np.ma.masked_all(2)"
    assert grade(handed_in(tmp_path, assignment, answer), assignment).score == 0
    answer = "import numpy as np\ny = np.ma.MaskedArray([1, 2])"
    assert grade(handed_in(tmp_path, assignment, answer), assignment).score == 2


@LINUX
@pytest.mark.parametrize(
    ("answer", "due"),
    [
        ("[1, 2]", 1),
        ("np.array([1, 2]) + 5j", 0),
        ("[1 + 5j, 2]", 0),
        ("np.fft.ifft(np.fft.fft([1, 2, 4, 8, 16]))[:2]", 1),
    ],
)
def test_half_of_a_complex_number_is_not_right(tmp_path, answer, due):
    """NumPy drops the imaginary part, and says so in a warning that nobody hears."""
    test = "np.testing.assert_allclose(np.asarray(y, float), [1, 2], atol=1e-9)"
    assignment = small(test)
    answer = f"import numpy as np\ny = {answer}"
    assert grade(handed_in(tmp_path, assignment, answer), assignment).score == due


# --- what a notebook meets only where it is graded --------------------------------------


@LINUX
def test_habits_cost_nothing(tmp_path):
    assignment = small("assert y == 1")
    with Grader(assignment) as grader:
        for habit in HABITS:
            result = grader.grade(handed_in(tmp_path, assignment, f"{habit}\ny = 1"))
            assert result.score == 1, (habit, result)
        result = grader.grade(handed_in(tmp_path, assignment, "!ls -l\ny = 1"))
        assert "(not run where work is graded: ls -l)" in result.printed["a"]


@LINUX
def test_what_is_out_of_reach_is_said_in_words(tmp_path):
    """Where the answer's cell ends by it, and where a function does that is called."""
    named = small("assert y == 1")
    called = small("q.check(times)", setup=SETUP + QUESTION, answer="times = 1")
    with Grader(named) as grader, Grader(called) as other:
        for code, words in OUT_OF_REACH.items():
            result = grader.grade(handed_in(tmp_path, named, f"{code}\ny = 1"))
            told = result.cells["t0"].message, result.printed["a"]
            assert result.score == 0, code
            assert all("where work is graded, " in t and words in t for t in told), told
            if "%" in code:
                continue
            body = "".join(f"    {line}\n" for line in code.splitlines())
            answer = f"def times(x, n):\n{body}    return n * x"
            result = other.grade(handed_in(tmp_path, called, answer))
            assert result.score == 0 and words in " ".join(
                result.cells["t0"].message.split()
            )


QUESTION = """
from convcourse.checks import FunctionQuestion, Misconception
def cases(rng):
    yield "two numbers", (np.array([3.0, -1.0]), 2)
    yield "random numbers", (rng.normal(size=5), 3)
q = FunctionQuestion(
    id="q", title="Times", points=1, call="times(x, n)", reference=lambda x, n: n * x,
    cases=cases, forbidden=("numpy.multiply",), hints=("a", "b", "c"),
    misconceptions=(Misconception("plus", lambda x, n: x + n, "You add n."),))
"""
SAID = {
    "def times(x, n): return n * x": "",
    "times = lambda x, n: [n * a for a in x]": "",
    "class T:\n    def __call__(self, x, n): return n * x\ntimes = T()": "",
    "from operator import mul as times": "",
    "def times(x, n):\n    print('hello')\n    return x * n": "",
    "def times(x, n): return x + n": "You add n.",
    "def times(x): return x": "cannot be called as times(x, n): too many positional",
    "times = 3": "A function is wanted, and a int came.",
    "times = None": "Write the function times(x, n) first.",
    "def times(x, n): raise NotImplementedError": "still raises NotImplementedError",
    "def times(x, n): print(n * x)": "hand it back with `return` instead",
    "def times(x, n):\n    x *= n\n    return x": "changes what it is given",
    "def times(x, n): return np.multiply(x, n)": "np.multiply does the work",
    "def times(x, n): return {1}": "it is a set, not an array",
    "def times(x, n): return (a for a in x)": "it is a generator, not an array",
    "def times(x, n): return 'x' + n": "It raises TypeError: can only concatenate str",
    "def times(x, n):\n    return {}['k']": "KeyError: 'k' (in the line `return {}['k']`)",
    "def times(x, n):\n    return np.linalg.inv(np.ones((2, 2)))": "LinAlgError: Singular",
    "class Odd(Exception): pass\ndef times(x, n): raise Odd('hm')": "raises Odd: hm",
    "def times(x, n: return": "SyntaxError: invalid syntax (in the line `def times(",
    "def tines(x, n): return n * x": "There is no `times` in your notebook.",
    "from functools import lru_cache\n@lru_cache\ndef times(x, n): return n * x": (
        "It raises TypeError: unhashable type: 'numpy.ndarray'. No case"
    ),
}


@LINUX
def test_a_stand_in_is_told_what_the_function_itself_is_told(tmp_path):
    """The message of a check is the same, here and in the notebook."""
    assignment = small("q.check(times)", setup=SETUP + QUESTION, answer="times = 1")
    with Grader(assignment) as grader:
        for answer, words in SAID.items():
            result = grader.grade(handed_in(tmp_path, assignment, answer))
            message = " ".join(result.cells["t0"].message.split())
            assert words in message and bool(words) == bool(message), answer
            assert result.score == (not words), answer
            if "There is no" in words or "SyntaxError" in words:
                continue
            space = {}
            exec(SETUP + QUESTION, space)
            exec(compile(answer, "answer", "exec"), space)
            try:
                with space["quiet"]():
                    space["q"].check(space["times"])
                here = ""
            except AssertionError as error:
                here = " ".join(str(error).split())
            if "(in the line" in message:  # text that exec has no file for
                message = message.partition(" (in the line")[0]
                here = here.partition(" (in the line")[0]
                assert here.startswith(message[:60])
            else:
                assert message == here, answer


@LINUX
@pytest.mark.parametrize("facts", ["'changed': {9: 1}", "'changed': 3", "'used': 3"])
def test_a_reply_that_makes_no_sense_shows_nothing_of_ours(tmp_path, facts):
    """It ends the submission's process, as other rubbish does."""
    assignment = small("q.check(times)", setup=SETUP + QUESTION, answer="times = 1")
    answer = "from convcourse.grading import learner\ndef times(x, n): return n * x\n"
    answer += f"learner.Agent.do_call = lambda *a, **k: {{'result': 1, {facts}}}"
    result = grade(handed_in(tmp_path, assignment, answer), assignment)
    assert result.cells["t0"].message == judge.REASONS["rubbish"]


@LINUX
def test_things_that_stay_where_they_are(tmp_path):
    """Objects of the learner's are asked for attributes; functions can be handed over."""
    answer = """
class Model:
    weights = [np.arange(3), np.eye(2)]
    def predict(self, x, verbose=1): return 2 * x + verbose
    def apply(self, f, x): return f(x) + 1
    def fail(self): raise ValueError("no")
model, deep = Model(), {"f": lambda x: x}
"""
    tests = (
        "assert np.array_equal(model.predict(np.ones(3), verbose=0), [2, 2, 2])",
        "assert [w.shape for w in model.weights] == [(3,), (2, 2)]",
        "assert model.apply(lambda x: 10 * x, 4) == 41 and deep['f'](3) == 3",
        "assert not hasattr(model, '_hidden') and model is not model.predict",
        "try:\n    model.fail()\nexcept ValueError as e:\n    assert str(e) == 'no'\n"
        "else:\n    assert False",
        "try:\n    model.apply(lambda x: 1 / 0, 1)\nexcept ZeroDivisionError:\n    pass\n"
        "else:\n    assert False",
        "assert model == 1",
    )
    assignment = small(*tests, answer="model = deep = 1")
    result = grade(handed_in(tmp_path, assignment, answer), assignment)
    assert [c.points for c in result.cells.values()] == [1, 1, 1, 1, 1, 1, 0], result


TRAINING = """
import numpy as np
from convcourse.checks import Lesson, TrainingQuestion
x, y = np.arange(30.0), np.arange(30) // 10
def look(facts, lesson):
    return np.mean(facts.predict(lesson.x_test) == lesson.y_test)
q = TrainingQuestion(
    id="q1", title="Tens", points=1, name="train(x, y)", look=look,
    lesson=lambda rng: Lesson.renumbered(rng, (x, y), (x + 0.1, y)),
    judge=lambda seen: "" if seen > 0.9 else "It does not learn.",
    praise=lambda seen: "It learns.", hints=("a", "b", "c"))
"""
NETWORK = """
calls = []
class Net:
    def __init__(self, x, y): self.x, self.y = x, y
    def predict(self, new, verbose):
        return self.y[np.abs(self.x - new[:, None]).argmin(axis=1)]
    def get_config(self): return {}
    def get_weights(self): return []
def train(x, y):
    calls.append(len(x))
"""


@LINUX
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return Net(x, y)", ""),
        ("return Net(np.arange(30.0), np.arange(30) // 10)", "It does not learn."),
        ("return x", "returns a ndarray. Return the trained network."),
        ("return Net", "returns a class. Return the trained network."),
        (
            "raise ValueError('Graph execution error:\\n\\n  File x\\nno rank')",
            "raises ValueError: no rank (in the line `raise",
        ),
    ],
)
def test_a_network_that_a_function_returns(tmp_path, body, words):
    """It stays where it was trained, and is trained once for all tests."""
    tests = ("q.check(train)", "assert q.trained(train)", "assert calls == [30]")
    assignment = small(*tests, answer="def train(x, y): pass", setup=TRAINING)
    answer = f"{NETWORK}    {body}"
    result = grade(handed_in(tmp_path, assignment, answer), assignment)
    check, again, once = result.cells.values()
    assert words in " ".join(check.message.split()), result
    assert check.points == again.points == (not words), result
    assert words or once.points == 1, "it was trained again"


@LINUX
def test_each_test_sees_the_notebook_as_it_is_there(tmp_path):
    """A name that a later cell uses again does no harm, as in nbgrader."""
    assignment = small("assert y == 1")
    path = handed_in(tmp_path, assignment, "y = 1", after=["y = 2"])
    assert grade(path, assignment).score == 1
    path = handed_in(tmp_path, assignment, "pass", before=["y = 1"], after=["y = 2"])
    assert grade(path, assignment).score == 1


@LINUX
def test_bytes_are_graded_as_files_are(tmp_path):
    """What comes over a line, to a worker without our disk, gets the same result."""
    assignment = small("assert y == 1", "assert y == 2")
    path = handed_in(tmp_path, assignment, "y = 1")
    with Grader(assignment, Limits(notebook=1 << 20)) as grader:
        for content in (path.read_bytes(), b"", b"{", b" " * (2 << 20)):
            path.write_bytes(content)
            results = grader.grade(path), grader.grade_bytes(content)
            one, two = ({**r.to_dict(), "seconds": 0} for r in results)
            for cell in (*one["cells"].values(), *two["cells"].values()):
                cell["seconds"] = 0
            assert one == two
            assert one["status"] == (
                "graded" if len(content) > 1 and not content.isspace() else "failed"
            )


@LINUX
def test_who_ends_the_process_loses_that_question_only(tmp_path):
    assignment = small("f()", "assert y == 1", answer="y = 1\ndef f(): pass")
    answer = "import os\ny = 1\ndef f(): os._exit(1)"
    result = grade(handed_in(tmp_path, assignment, answer), assignment)
    assert [c.points for c in result.cells.values()] == [0, 1]
    assert "your code ended its own process" in result.reason
    assert "your code ended its own process" in result.cells["t0"].message


@LINUX
def test_time_limits(tmp_path):
    assignment = small("f()", "assert y == 1", answer="y = 1\ndef f(): pass")
    answer = "y = 1\ndef f():\n    while True: pass"
    limits = Limits(cell=2)  # the second test has as much, on a busy machine too
    result = grade(handed_in(tmp_path, assignment, answer), assignment, limits)
    assert [c.points for c in result.cells.values()] == [0, 1]
    assert "Stopped after 2 seconds" in result.cells["t0"].message
    limits = Limits(cell=600, submission=0.5)  # one of them cannot have stopped it
    path = handed_in(tmp_path, assignment, answer, before=["while True: pass"])
    result = grade(path, assignment, limits)
    assert result.score == 0
    assert "as a whole took too long" in result.cells["t1"].message


@LINUX
def test_a_test_that_does_not_end_on_a_result_is_ended(tmp_path):
    """The trusted side is not stopped by what a learner hands over."""
    assignment = small("for _ in range(y): pass", "assert y > 1", answer="y = 1")
    path = handed_in(tmp_path, assignment, "y = 10**15")
    result = grade(path, assignment, Limits(cell=0.3))
    assert [c.points for c in result.cells.values()] == [0, 1]
    assert "too long on your results" in result.cells["t0"].message


@LINUX
def test_tests_that_hear_no_signal_do_not_run_on(tmp_path):
    """A set of numbers of one hash keeps C code busy for minutes."""
    assignment = small("assert set(y)", answer="y = [1]")
    answer = "y = [k * (2**61 - 1) for k in range(1, 400_000)]"
    path = handed_in(tmp_path, assignment, answer)
    with Grader(assignment, Limits(cell=0.3)) as grader:
        result = grader.grade(path)
        assert "too long on your results" in result.cells["t0"].message
        pid = grader.servers["tests"].process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            end = time.monotonic() + 10
            while "Z (zombie)" not in Path(f"/proc/{child}/status").read_text():
                assert time.monotonic() < end
                time.sleep(0.05)


@LINUX
def test_solutions_get_full_marks_and_untouched_exercises_none():
    assignment = Assignment.read(SOLUTION)
    with Grader(assignment) as grader:
        best, blank = grader.grade(SOLUTION), grader.grade(EXERCISE)
    assert best.score == assignment.max_score and not best.notes
    assert blank.score == 0 and blank.status == "graded"
    checks = [c.message for name, c in blank.cells.items() if name.endswith("-check")]
    assert all("no answer yet" in message for message in checks)
    assert best.answers["q4-answer"].startswith("def convolve_full(x, w):")


def test_after_a_rehearsal_nothing_is_computed_twice(monkeypatch):
    """What checks compare with is there already, also for the seeds of hidden tests."""
    from convcourse.checks import ch01, functions

    def never(*args):
        raise AssertionError("computed once more")

    monkeypatch.setattr(functions, "MADE", weakref.WeakKeyDictionary())
    judge.rehearse(Assignment.read(SOLUTION).cells)
    asked = {q.id: sorted(seeds) for q, seeds in functions.MADE.items()}
    assert asked["q4"] == [0, 1401]
    monkeypatch.setattr(functions, "_result", never)
    for seed in (0, 1401):
        with pytest.raises(CheckFailed, match="not right yet"):
            ch01.q4.check(lambda x, w: np.correlate(x, w, "full"), seed=seed)


def test_a_rehearsal_is_without_tensorflow(monkeypatch):
    """Nothing of it runs in a process that is to be copied; after it all is as before."""
    module = types.ModuleType("convcourse.tf")
    monkeypatch.setitem(sys.modules, "convcourse.tf", module)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    seen = []
    monkeypatch.setattr(judge, "seen", seen, raising=False)
    source = "from convcourse.grading.judge import seen\ntry:\n    import {}\n"
    source += "except ImportError:\n    seen.append('{}')"
    names = ("keras.layers", "convcourse.tf", "tensorflow")
    cells = [Cell(n, "answer", source.replace("{}", n)) for n in names]
    judge.rehearse((*cells, Cell("t", "test", "1 / 0", 1.0)))
    assert seen == list(names) and "keras" not in sys.modules
    assert sys.modules["convcourse.tf"] is module


STEPS = """
from convcourse.checks import FunctionQuestion
def cases(rng):
    for n in range(6):
        yield f"case {n}", (np.arange(n + 1.0), n)
q = FunctionQuestion(id="q", title="Sum", points=1, call="add(x, n)",
    reference=lambda x, n: x + n, cases=cases, hints=("a", "b", "c"))
"""
AHEAD = {  # what the answer does; points of a check, and of a call after it
    "return x + n": (1, 1),
    "print(n); return x + n": (1, 1),
    "x += n; return x": (0, 1),
    "return x + n if n != 3 else 1 / 0": (0, 1),
    "return x + n if n != 3 else (i for i in x)": (0, 1),
    "return x + n if n != 3 else [][1]": (0, 1),
    "if n == 3:\n        while True: pass\n    return x + n": (0, 1),
    "if n == 3: import os; os._exit(0)\n    return x + n": (0, 1),
    "return x + n if n != 3 else np.zeros(1 << 27)": (0, 1),
}


@LINUX
@pytest.mark.parametrize("body", AHEAD)
def test_calls_that_are_asked_for_at_once(tmp_path, body):
    """One case may fail in any way; what is called after it is not mixed up with it."""
    after = "assert add(np.zeros(2), 1).tolist() == [1, 1]"
    assignment = small("q.check(add)", after, setup=SETUP + STEPS, answer="add = 1")
    path = handed_in(tmp_path, assignment, f"def add(x, n):\n    {body}")
    result = grade(path, assignment, Limits(cell=3))
    assert tuple(c.points for c in result.cells.values()) == AHEAD[body], result


# --- isolation -----------------------------------------------------------------------


def test_strict_refuses_where_something_is_missing():
    whole = isolation.Report(spaces=("pid", "net"), landlock=7, seccomp=True)
    assert whole.chosen("strict").missing == []
    for lost in ({"landlock": 0}, {"seccomp": False}, {"spaces": (), "seccomp": False}):
        report = dataclasses.replace(whole, **lost)
        assert "NOT isolated: " in str(report.chosen("auto"))
        with pytest.raises(isolation.Refused, match="not to be had here"):
            report.chosen("strict")
    assert "NOT isolated: files, network, processes" in str(whole.chosen("none"))
    with pytest.raises(ValueError, match="isolation must be one of"):
        whole.chosen("some")


def test_solutions_are_not_among_what_answers_may_read():
    for path in (SOLUTION, ROOT / "tests", ROOT / "lib/convcourse/checks/ch01.py"):
        assert not isolation.inside(path)
    assert isolation.inside(ROOT / "lib/convcourse/ops/conv1d.py")


def test_an_assignment_in_a_readable_folder_is_refused(monkeypatch):
    assignment = dataclasses.replace(small("assert y"), path=np.__file__)
    monkeypatch.setattr(
        "convcourse.grading.core.probe", lambda: isolation.Report(landlock=7)
    )
    with pytest.raises(isolation.Refused, match="lies in a folder"):
        Grader(assignment)


REACH = """
import os, socket
def tried(*ways):
    for way in ways:
        try:
            way()
            return "yes"
        except OSError:
            pass
    return "no"
def memory():
    with open("/proc/PID/mem", "r+b"):
        pass
def bus():
    with socket.socket(socket.AF_UNIX) as one:
        one.connect({bus!r})
files = tried(lambda: open({secret!r}).read(), lambda: open({secret!r}, "a"))
network = tried(lambda: socket.socket().bind(("127.0.0.1", 0)), bus)
processes = tried(lambda: os.kill(PID, 0), memory)
"""
RUN = """
import json, os, socket, sys
from pathlib import Path
from convcourse.grading import _linux, core, isolation
from convcourse.grading.assignment import Assignment, Cell
{before}
path = Path(sys.argv[2])
heard = socket.socket(socket.AF_UNIX)
heard.bind(str(path.with_name("bus")))
heard.listen(9)
content = path.read_text().replace("PID", str(os.getpid())).encode()
cells = [Cell(*cell) for cell in json.loads(sys.argv[1])]
assignment = Assignment("small", tuple(cells), ("numpy",))
with core.Grader(assignment, isolation=sys.argv[3]) as grader:
    result = grader.grade_bytes(content)
print(json.dumps([result.to_dict(), grader.isolation.missing]))
"""
DENY = "_linux.install(_linux.filter_of(_linux.denying({})))"
REFUSED = {  # what a container, or an older kernel, refuses; is all kept in without it?
    "everything works": ("", True),
    "no rights": ("_linux.give_up_rights()", True),
    "no namespaces": (DENY.format([272]), True),
    "no Landlock": (DENY.format([444, 445, 446]), False),
    "no Landlock, no namespaces": (DENY.format([272, 444]), False),
    "no seccomp": (
        "steps = [(_linux.EQUAL, 0, 4, 157), (_linux.LOAD, 0, 0, 16),\n"
        "    (_linux.EQUAL, 0, 1, 22), (_linux.RETURN, 0, 0, _linux.NO),\n"
        "    (_linux.RETURN, 0, 0, _linux.ALLOW)]\n"
        "_linux.install(_linux.filter_of(steps))",
        False,
    ),
    "no copies of processes": (
        "core.probe = lambda: isolation.Report(fork=False)",
        False,
    ),
}
X86 = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64",
    reason="the numbers of the syscalls are those of Linux on x86-64",
)
SPARE = 1_400_000_000  # a user that nobody is


class Account:
    """Grades as another account would: a folder of its own, and a way to run there."""

    def __init__(self, folder, user):
        self.folder, self.user = Path(folder), user

    def run(self, before, assignment, answer, mode="auto"):
        """Grade an answer in a Python that has lost something before."""
        path = handed_in(self.folder, assignment, answer)
        for one in (self.folder, path):
            os.chown(one, *[-1 if self.user is None else self.user] * 2)
        (self.folder / "bus").unlink(missing_ok=True)
        cells = json.dumps([dataclasses.astuple(cell) for cell in assignment.cells])
        command = [sys.executable, "-c", RUN.format(before=before), cells, path, mode]
        who = {"user": self.user, "group": self.user, "extra_groups": []}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
            **(who if self.user is not None else {}),
        )


ORDINARY = pytest.param("an ordinary account", marks=pytest.mark.slow)


@pytest.fixture(params=["our own account", ORDINARY])
def account(request):
    """Return our own account, and if we are the superuser that of an instructor."""
    user = None
    if request.param != "our own account":
        if os.geteuid():
            pytest.skip("we are an ordinary user ourselves")
        if not isolation._works(isolation._other_user):
            pytest.skip("no other user can be had, or it cannot read this Python")
        user = SPARE + os.getpid()
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        yield Account(folder, user)


@X86
@pytest.mark.parametrize("name", REFUSED)
def test_with_what_a_platform_has(account, name):
    """The best means are taken, what is not protected is said, and it is true."""
    before, whole = REFUSED[name]
    secret = account.folder / "solution"
    secret.write_text("the answer")
    os.chmod(secret, 0o666)
    three = ("files", "network", "processes")
    tests = [f"assert {what} == 'no'" for what in three]
    assignment = small(*tests, answer="files = network = processes = ''", setup="")
    answer = REACH.format(secret=str(secret), bus=str(account.folder / "bus"))
    for mode in ("auto", "strict"):
        done = account.run(before, assignment, answer, mode)
        if mode == "strict" and not whole:
            assert done.returncode and "Refused: Strict isolation" in done.stderr
            continue
        assert done.returncode == 0, done.stderr
        result, said = json.loads(done.stdout)
        assert result["status"] == "graded", result
        points = [cell["points"] for cell in result["cells"].values()]
        reached = [w for w, held in zip(three, points, strict=True) if not held]
        assert set(reached) <= set(said) and bool(said) != whole, (result, said)
        assert ("NOT isolated" in result["isolation"]) == bool(said)
        if not isolation.LINUX or "copies" in name:
            assert reached == list(three)  # they can be reached, if nothing is there


SEGMENT = """
import atexit, ctypes
libc = ctypes.CDLL(None)
segment = libc.shmget(0, 4096, 0o1600)
atexit.register(libc.shmctl, segment, 0, None)
path = Path(sys.argv[2])
path.write_text(path.read_text().replace("SEGMENT", str(segment)))
"""
CHANGE = """
import asyncio, ctypes, fcntl, os, resource, signal, socket, struct, tempfile
from pathlib import Path
libc, done = ctypes.CDLL(None), []
libc.shmat.restype = ctypes.c_long
def tried(name, do, *args):
    try:
        if do(*args) != -1:
            done.append(name)
    except OSError:
        pass
left, right = socket.socketpair()
Path("own").write_text("own")
own = os.open("own", os.O_RDONLY)
batch = struct.pack("IIQiIQQQ", 48, os.SCHED_BATCH, 0, 1, 0, 0, 0, 0)
tried("limit", resource.prlimit, PID, resource.RLIMIT_CORE, (0, 0))
tried("priority", os.setpriority, os.PRIO_PROCESS, PID, 1)
tried("priority of all", os.setpriority, os.PRIO_USER, 0, 1)
tried("disk priority", libc.syscall, 251, 1, PID, 0x4007)
tried("cores", os.sched_setaffinity, PID, {0})
tried("scheduler", os.sched_setscheduler, PID, os.SCHED_BATCH, os.sched_param(0))
tried("its parameter", os.sched_setparam, PID, os.sched_param(0))
tried("its attributes", libc.syscall, 314, PID, batch, 0)
tried("pages", libc.syscall, 256, PID, 2, b"1" * 8, b"1" * 8)
tried("some pages", libc.syscall, 279, PID, 0, None, None, None, 0)
tried("owner", fcntl.fcntl, left, fcntl.F_SETOWN, PID)
tried("owner again", fcntl.fcntl, left, 15, struct.pack("ii", 1, PID))
tried("its signal", fcntl.fcntl, left, 10, signal.SIGUSR1)
tried("owner of a socket", fcntl.ioctl, left, 0x8901, struct.pack("i", PID))
tried("group of a socket", fcntl.ioctl, left, 0x8902, struct.pack("i", PID))
tried("lease", fcntl.fcntl, own, 1024, fcntl.F_RDLCK)
tried("flags of a file", fcntl.ioctl, own, 0x40086602, struct.pack("l", 0))
tried("shared memory", libc.shmat, SEGMENT, None, 0)
tried("its end", libc.shmctl, SEGMENT, 0, None)
async def nothing():
    await asyncio.sleep(0)
asyncio.run(nothing())
with tempfile.TemporaryFile() as file:
    file.write(b"well")
me = os.getpid()
resource.prlimit(me, resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
os.sched_setaffinity(me, os.sched_getaffinity(0))
os.kill(me, 0)
well = fcntl.fcntl(left, fcntl.F_GETFL) & os.O_NONBLOCK
"""
NARROW = DENY.format([272])
OLDER = """
import_it = "from convcourse.grading import _linux; _linux.landlock_version = lambda: 5; "
core.START = import_it + core.START
"""


@X86
@pytest.mark.parametrize("older", ["", OLDER], ids=["Landlock", "Landlock 5"])
def test_no_other_process_of_the_same_user_is_changed(account, older):
    """Where no namespace keeps them apart; what is one's own can be changed."""
    if not isolation.probe().seccomp:
        pytest.skip("this machine has no seccomp")
    assignment = small("assert not done, done", "assert well == 0", setup="")
    run = account.run(SEGMENT + NARROW + older, assignment, CHANGE)
    assert run.returncode == 0, run.stderr
    result, _ = json.loads(run.stdout)
    said = [cell["message"] for cell in result["cells"].values()]
    assert result["status"] == "graded" and said == ["", ""], (said, result["reason"])


DISK = """
import functools, tempfile
os.environ["TMPDIR"], tempfile.tempdir = str(Path(sys.argv[2]).parent), None
core.Limits = functools.partial(core.Limits, file=1 << 20)  # and 10 MB in all
"""
FILL = """
import mmap, os, time
files = []
def filled(name):
    with open(name, "wb") as file:
        file.write(bytes(1 << 20))
    return name
for i in range(40):
    {}
time.sleep(30)
"""
HONEST = """
import os, shutil, tempfile
from pathlib import Path
for way in (tempfile.TemporaryFile, tempfile.NamedTemporaryFile):
    with way() as file:
        file.write(b"kept for a moment")
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "a").write_text("a")
Path("b").write_text("b")
y = Path("b").read_text()
os.remove("b")
os.makedirs("d/e")
shutil.rmtree("d")
"""
FILLED = {  # what an answer does forty times, and what is said
    "many": (
        "for j in range(200): os.close(os.open(f'{i}-{j}', os.O_CREAT))",
        "more than 4096 files",
    ),
    "open": ("files.append(open(filled(str(i)))); os.unlink(str(i))", "more than 10"),
    "mapped": (
        "file = open(filled(str(i)), 'rb+'); files.append(mmap.mmap(file.fileno(), 9))\n"
        "    file.close(); os.unlink(str(i))",
        "wrote more than 10 MB",
    ),
    "nameless": ("files.append(os.open('.', os.O_TMPFILE | os.O_RDWR))", r"Errno 1\b"),
    "replaced": (
        "files.append(open(filled(str(i)))); os.replace(str(i), 'one')",
        "Errno 18",
    ),
    "shut": (  # not to the superuser
        "os.makedirs('h', 0o300, True); filled(f'h/{i}')",
        "cannot be looked into|wrote more",
    ),
    "deep": (
        "os.chdir(os.environ['HOME']); name = chr(65 + i)\n"
        "    for _ in range(1500): os.mkdir(name); os.chdir(name)",
        "more than 4096 files|wrote more",
    ),
    "very deep": (
        "name = 'd' * 200\n    for _ in range(50): os.mkdir(name); os.chdir(name)",
        "cannot be looked into",
    ),
}


@X86
@pytest.mark.parametrize("name", FILLED)
def test_the_disk_is_limited_where_nothing_is_laid_over_the_folder(account, name):
    """What has no name is not counted, so nothing loses its name. In the end all goes."""
    if not isolation.probe().seccomp:
        pytest.skip("this machine has no seccomp")
    step, words = FILLED[name]
    account.folder.chmod(0o711)  # the superuser's answers are another user's
    answer = FILL.replace("{}", step)
    done = account.run(DISK + NARROW, small("assert y == 1"), answer)
    result, _ = json.loads(done.stdout)
    assert re.search(words, f"{result['reason']} {result['printed']}"), result
    end = time.monotonic() + 60  # the reason is said first
    while list(account.folder.glob("convcourse-*")) and time.monotonic() < end:
        time.sleep(0.1)
    assert not list(account.folder.glob("convcourse-*"))


@LINUX
def test_the_tests_of_an_answer_have_a_limit_of_memory(tmp_path):
    """What is made of a small answer may be large: it is not the learner's memory."""
    assignment = small("room = np.empty(y << 25)", "room = np.empty(y << 23)")
    result = grade(handed_in(tmp_path, assignment, "y = 8"), assignment)
    assert [cell.points for cell in result.cells.values()] == [0, 1], result
    assert "MemoryError" in result.cells["t0"].message


def test_the_limits_are_those_that_the_instructor_reads():
    own = Limits()
    said = (
        f"{own.submission:g} seconds, {own.cell:g} for a cell, {own.memory >> 30} GB of "
        f"memory and {zygote.TESTS_MEMORY >> 30} GB for its tests, {own.processes} "
        f"processes, and {zygote.FILES} files of {own.file >> 20} MB each, "
        f"{zygote.DISK * own.file >> 20} MB together"
    )
    assert said in " ".join((ROOT / "INSTRUCTORS.md").read_text("utf-8").split())
    assert zygote.POLL == 1 / 20


@X86
def test_who_clears_up_does_not_notice_that_nothing_goes(account):
    done = account.run(NARROW, small("assert y == 'b'"), HONEST)
    result, _ = json.loads(done.stdout)
    assert result["cells"]["t0"]["points"] == 1, result


BUSY = """
import threading, time
for _ in range(400):
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
"""


@X86
@pytest.mark.parametrize("refused", [[272], [272, 317]], ids=["seccomp", "none"])
def test_an_account_that_does_much_else_takes_nothing_from_an_answer(account, refused):
    """Linux counts all threads of an account; a desktop has hundreds."""
    answer = "import threading\nthreads = [threading.Thread() for _ in range(20)]\n"
    answer += "for one in threads:\n    one.start()\ny = 1"
    before = BUSY + DENY.format([272])
    if 317 in refused:  # then a limit of processes is set
        before += "\ncore.probe = lambda: isolation.Report()"
    done = account.run(before, small("assert y == 1"), answer)
    result, _ = json.loads(done.stdout)
    assert result["cells"]["t0"]["points"] == 1, result


@X86
def test_a_sandbox_that_cannot_be_shut_is_no_fault_of_the_answer(account):
    """It was not run: no marks are given, and the machine is named."""
    before = "core.probe = lambda: isolation.Report(landlock=7, seccomp=True)\n"
    before += DENY.format([444])
    done = account.run(before, small("assert y == 1"), "y = 1")
    result, _ = json.loads(done.stdout)
    assert result["status"] == "failed", result
    assert "the sandbox could not be made: [Errno 1]" in result["reason"]


@LINUX
@pytest.mark.parametrize("role", ["learners", "tests"])
def test_a_machine_without_room_is_no_fault_of_the_answer(tmp_path, monkeypatch, role):
    """A prepared process that cannot be copied hangs up."""
    start = core.Server.start

    def refused(server, job, sockets):
        if server.role != role:
            start(server, job, sockets)
        for one in sockets:
            one.close()

    monkeypatch.setattr(core.Server, "start", refused)
    assignment = small("assert y == 1")
    result = grade(handed_in(tmp_path, assignment, "y = 1"), assignment)
    words = {"learners": "the sandbox could not be made", "tests": "no room for one"}
    assert result.status == "failed" and words[role] in result.reason, result


def test_no_room_for_a_copy_is_waited_for_and_said(monkeypatch):
    tries, room = [], [OSError, OSError, 7]

    def fork():
        tries.append(1)
        if room[len(tries) - 1] is OSError:
            raise OSError
        return 7

    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert zygote._copied() == 7 and len(tries) == 3
    room[2], tries[:] = OSError, []
    assert zygote._copied() == -1


@LINUX
@pytest.mark.parametrize(("name", "letter"), [("AS", "v"), ("DATA", "d")])
def test_an_account_with_less_memory_than_answers_may_use_is_refused(
    account, name, letter
):
    """TensorFlow would not load, and its answers would lose marks."""
    number = f"resource.RLIMIT_{name}"
    before = f"import resource\nresource.setrlimit({number}, (15 << 27, 15 << 27))"
    done = account.run(before, small("assert y == 1"), "y = 1")
    assert "may use 1920 MB of memory" in done.stderr, done.stderr
    assert f"ulimit -{letter} unlimited" in done.stderr


def test_temporary_files_lie_where_no_answer_reads(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", os.path.dirname(np.__file__))
    monkeypatch.setattr(core, "probe", lambda: isolation.Report(landlock=7))
    with pytest.raises(isolation.Refused, match="Set TMPDIR"):
        Grader(small("assert y"))


TOUCH = """
import ctypes, os, socket
from contextlib import suppress
from pathlib import Path
done = []
def tried(name, do, *args, **options):
    with suppress(OSError):
        do(*args, **options)
        done.append(name)
for path in ({file!r}, {folder!r}):
    tried("chmod", os.chmod, path, 0o777)
    tried("chown", os.chown, path, os.getuid(), os.getgid())
    tried("utime", os.utime, path, (2e9, 2e9))
    tried("setxattr", os.setxattr, path, "user.seen", b"1")
tried("truncate", os.truncate, {file!r}, 0)
notify = ctypes.CDLL(None)
watch = notify.inotify_init1(0)
if watch >= 0 and notify.inotify_add_watch(watch, {folder!r}.encode(), 0x100) >= 0:
    done.append("watch")
for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
    with suppress(OSError):
        one, other = socket.socketpair(socket.AF_UNIX, kind)
        tried("sendto", one.sendto, b"hello", {line!r})
own = Path("own")
own.write_text("kept")
tried("cut off", os.open, own, os.O_RDONLY | os.O_TRUNC)
left, right = socket.socketpair()  # asyncio needs one
well = (own.read_text(), own.write_text("new"), open(own, "r+").truncate(2))
"""


@LINUX
def test_nothing_is_done_to_files_that_landlock_does_not_see(tmp_path):
    """Rights, owners, times, labels; names of new files; sockets that have a path."""
    if isolation.probe().missing:
        pytest.skip("this machine cannot isolate")
    folder, file, line = tmp_path / "f", tmp_path / "f" / "marks", tmp_path / "line"
    folder.mkdir(mode=0o700)
    file.write_text("marks")
    os.utime(file, (1e9, 1e9))
    before = [(s.st_mode, s.st_mtime, s.st_ctime) for s in map(os.stat, (file, folder))]
    places = {"file": str(file), "folder": str(folder), "line": str(line)}
    assignment = small("assert done == []", "assert well == ('kept', 3, 2)", setup="")
    path = handed_in(tmp_path, assignment, TOUCH.format(**places))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(line))
        heard.setblocking(False)
        result = grade(path, assignment)
        with pytest.raises(BlockingIOError):
            heard.recv(10)
    assert result.score == 2, result
    after = [(s.st_mode, s.st_mtime, s.st_ctime) for s in map(os.stat, (file, folder))]
    assert after == before and file.read_text() == "marks"


@LINUX
def test_results_are_the_same_in_any_order(tmp_path):
    """Nothing of one submission is left for the next."""
    assignment = small("assert y == 1", "assert np.allclose([1], [2]) == False")
    good = handed_in(tmp_path, assignment, "y = 1")
    bad = tmp_path / "bad.ipynb"
    patch = "np.allclose = lambda *a: True\ny = 2\nopen('left', 'w').write('x')"
    bad.write_text(json.dumps(notebook(assignment, patch)))
    seen = tmp_path / "seen.ipynb"
    look = "import os\ny = 1 + os.path.exists('left') + np.allclose([1], [2])"
    seen.write_text(json.dumps(notebook(assignment, look)))
    with Grader(assignment) as grader:
        order = [good, bad, seen, bad, seen, good]
        assert [grader.grade(path).score for path in order] == [2, 1, 2, 1, 2, 2]


@LINUX
def test_graders_of_an_assignment_share_their_processes(tmp_path):
    assignment = small("assert y == 1")
    path = handed_in(tmp_path, assignment, "y = 1")
    with Grader(assignment) as one, Grader(assignment) as two:
        with ThreadPoolExecutor(2) as pool:
            results = pool.map(lambda g: [g.grade(path) for _ in range(4)], (one, two))
        assert all(result.score == 1 for some in results for result in some)
        servers = list(one.servers.values())
        assert list(two.servers.values()) == servers and len(servers) == 2
        one.close()
        assert two.grade(path).score == 1 and list(two.servers.values()) == servers
    assert all(server.process.returncode is not None for server in servers)


@LINUX
def test_a_dead_prepared_process_is_replaced(tmp_path):
    assignment = small("assert y == 1")
    path = handed_in(tmp_path, assignment, "y = 1")
    with Grader(assignment) as grader:
        assert grader.grade(path).score == 1
        for server in grader.servers.values():
            server.process.kill()
            server.process.wait()
        assert grader.grade(path).score == 1


@LINUX
def test_a_grader_that_is_killed_leaves_no_folder(tmp_path):
    """Its prepared processes hear that it has gone, and clean up."""
    code = (
        "import os, signal, sys\n"
        "from convcourse.grading.assignment import Assignment\n"
        "from convcourse.grading.core import Grader\n"
        f"grader = Grader(Assignment.read({str(SOLUTION)!r}))\n"
        f"assert grader.grade({str(EXERCISE)!r}).status == 'graded'\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, timeout=120)
    assert done.returncode == -signal.SIGKILL
    end = time.monotonic() + 30
    while list(tmp_path.glob("convcourse-*")) and time.monotonic() < end:
        time.sleep(0.1)
    assert not list(tmp_path.glob("convcourse-*"))
