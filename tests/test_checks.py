"""The checks: each stage with its message, and nothing that costs an honest mark."""

import functools
import logging
import os
import subprocess
import sys
import tracemalloc
import types
import warnings
from types import ModuleType

import numpy as np
import pytest
from convcourse.checks import (
    CheckFailed,
    FunctionQuestion,
    Misconception,
    NotAttempted,
    ValueQuestion,
    quiet,
)
from convcourse.checks.diagnosis import NotNumbers, agree, describe, numbers
from convcourse.checks.guard import LIMIT, watch
from convcourse.checks.models import Facts, Fault, ModelQuestion
from convcourse.checks.training import Lesson, TrainingQuestion

HINTS = ("Look.", "Look there.", "Think of sums.")


def cases(rng):
    yield "whole numbers", (np.array([1, 2, 4]), 2)
    yield "halves", (np.array([1.0, -2.0, 0.5, 3.0]), 0.5)
    yield "one number", (np.array([3.0]), -1.5)
    yield "random numbers", (rng.normal(size=7), rng.normal())
    yield "no number", (np.array([]), 1.0)


def scaled_sums(x, a):
    if len(x) == 0:
        raise ValueError("x is empty")
    return a * np.cumsum(x)


Q = FunctionQuestion(
    id="q7",
    title="Scaled sums",
    points=2,
    call="scaled_sums(x, a)",
    reference=scaled_sums,
    cases=cases,
    forbidden=("numpy.cumsum", "scipy.signal.lfilter"),
    hints=HINTS,
    misconceptions=(
        Misconception("no sum", lambda x, a: a * x, "You scale, but never add."),
        Misconception(
            "division",
            (lambda x, a: np.cumsum(x) / a, lambda x, a: np.cumsum(x) / a + 0.0),
            "You divide.",
        ),
    ),
)
V = ValueQuestion(
    id="q8",
    title="Values",
    points=1,
    parts={"total": 10, "list": np.array([1, -2, 0.5]), "why": "zero", "about": 11.0},
    tol={"about": 0.2},
    hints=HINTS,
    misconceptions=(
        Misconception("one more", {"total": 11}, "count the gaps, not the posts."),
        Misconception("signs", {"list": lambda: [-1, 2, -0.5]}, "turned round."),
        Misconception("edge", {"why": "edge"}, "no edge is there."),
        Misconception(
            "rounded", ({"about": 10}, {"about": 9.9}, {"list": [1, -2, 0]}), "rounded."
        ),
    ),
)
RIGHT = (10, [1, -2, 0.5], "zero", 10.9)


def honest(x, a):
    """Give the right answer without the forbidden function."""
    if len(x) == 0:
        raise ValueError("nothing to add")
    return np.array([a * x[: i + 1].sum() for i in range(len(x))])


def usual(function):
    """Take care of the empty case, as every answer below does."""
    return lambda x, a: function(x, a) if len(x) else honest(x, a)


def verdict(answer, kind=CheckFailed, question=Q):
    """Return the text of a failed check."""
    with pytest.raises(kind) as caught:
        question.check(answer)
    assert type(caught.value) is kind
    return str(caught.value)


# --- right answers -------------------------------------------------------------------


@pytest.mark.parametrize(
    "convert",
    [
        lambda y: y,
        list,
        tuple,
        lambda y: [float(v) for v in y],
        lambda y: [np.float64(v) for v in y],
        lambda y: y.astype(np.float32),
        lambda y: y + 0j,
        lambda y: np.array(list(y), dtype=object),
        lambda y: y + 1e-13 * np.abs(y).max(),
    ],
)
def test_right_numbers_are_right_in_any_container(convert, capsys):
    assert Q.check(usual(lambda x, a: convert(honest(x, a)))) is None
    assert capsys.readouterr().out == "q7: right. 5 of 5 cases agree.\n"


def test_tensors_count_as_their_numbers():
    tf = pytest.importorskip("convcourse.tf").tf
    Q.check(usual(lambda x, a: tf.constant(honest(x, a))))


def test_another_seed_tries_other_numbers():
    def one_seed_only(x, a):
        known = list(cases(np.random.default_rng(0)))[3][1][0]
        if len(x) == 7 and not np.array_equal(x, known):
            return np.zeros(7)
        return honest(x, a)

    Q.check(one_seed_only)
    with pytest.raises(CheckFailed):
        Q.check(one_seed_only, seed=1)


@pytest.mark.parametrize(
    "total", [10, 10.0, np.int64(10), np.float32(10), np.array(10), np.uint8(10)]
)
def test_a_number_is_a_number(total, capsys):
    assert V.check(total, *RIGHT[1:]) is None
    assert capsys.readouterr().out == "q8: right. (total, list, why, about)\n"


def test_a_word_may_be_written_in_capitals():
    V.check(10, RIGHT[1], " Zero ", 11.1)


# --- the stages ----------------------------------------------------------------------


def no_body(x, a): ...


def only_a_docstring(x, a):
    """Give nothing."""


def stub(x, a):
    raise NotImplementedError()


def prints(x, a):
    print(a * np.cumsum(x))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (..., "Write the function scaled_sums(x, a) first"),
        (None, "Write the function scaled_sums(x, a) first"),
        (no_body, "gives back nothing. Is its body written"),
        (only_a_docstring, "gives back nothing"),
        (lambda x, a: ..., "gives back nothing"),
        (stub, "still raises NotImplementedError"),
        (prints, "prints its result; hand it back with `return`"),
    ],
)
def test_not_attempted(answer, words):
    text = verdict(answer, NotAttempted)
    assert text.startswith("q7, Scaled sums: no answer yet.") and words in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.ones(3), "a ndarray came. Hand over the function without calling it"),
        (lambda x: x, "cannot be called as scaled_sums(x, a): too many positional"),
        (usual(lambda x, a: x[5] * a), "raises IndexError: index 5 is out of bounds"),
        (usual(lambda x, a: sys.exit("bye")), "raises SystemExit: bye"),
        (usual(lambda x, a: 1 / 0), "ZeroDivisionError: division by zero"),
        (lambda x, a: unfinished_library(x, a), "NotImplementedError: this type"),
        (usual(lambda x, a: {1, 2}), "it is a set, not an array or list of numbers"),
        (usual(lambda x, a: [[1], [2, 3]]), "its rows have different lengths"),
        (usual(lambda x, a: ["one", "two"]), "not all its entries are numbers"),
        (usual(lambda x, a: (v for v in x)), "it is a generator"),
        (usual(lambda x, a: honest(x, a) if a > 0 else None), "misses the `return`"),
        (usual(lambda x, a: honest(x, a)[:, None]), "(3, 1); one axis is wanted"),
        (usual(lambda x, a: 3.0), "The result is a single number; one axis is"),
        (
            usual(lambda x, a: np.append(honest(x, a), 0)),
            "4 entries; that is too many. The others are right: 1 too many at the end.",
        ),
        (usual(lambda x, a: honest(x, a)[1:]), "1 missing at the start"),
        (usual(lambda x, a: honest(x, a) / 0), "There is inf at index 0"),
        (usual(lambda x, a: np.full(len(x), np.nan)), "There is nan at index 0"),
        (usual(lambda x, a: honest(x, a).astype(int)), "they are cut off"),
        (usual(lambda x, a: 0 * x), "All entries are 0"),
        (usual(lambda x, a: -honest(x, a)), "All signs are the other way round"),
        (usual(lambda x, a: 3 * honest(x, a)), "All is 3 times as large"),
        (usual(lambda x, a: len(x) * honest(x, a)), "All is a constant factor"),
        (
            usual(lambda x, a: honest(x, a) + (np.arange(len(x)) == 1)),
            "Entry 1 of the result is 7, which is too large. Before it, entry 0 is 2",
        ),
        (
            lambda x, a: np.cumsum(x) * a,
            "This case has no answer, so a ValueError is wanted",
        ),
        (lambda x, a: [a * x[0], *honest(x, a)[1:]], "(IndexError: index 0"),
    ],
)
def test_not_right(answer, words):
    text = verdict(answer)
    assert text.startswith("q7, Scaled sums: not right yet.\n") and words in text
    assert text.endswith("Stuck? q7.hint(1)")
    assert max(map(len, text.splitlines())) <= 88


def test_the_first_wrong_case_is_shown_and_counted():
    text = verdict(usual(lambda x, a: honest(x, a) + (a == 0.5) * (x < 0)))
    assert 'First wrong case, "halves": x = [1.0, -2.0, 0.5, 3.0], a = 0.5' in text
    assert "4 of 5 cases are right." in text


def test_the_line_that_raises_is_quoted():
    def fails(x, a):
        return x[len(x)] * a

    assert "(in the line `return x[len(x)] * a`)" in " ".join(verdict(fails).split())


def test_changing_the_input_is_noticed():
    def in_place(x, a):
        y = honest(x, a)
        x[0] = 99
        return y

    assert "changes what it is given" in " ".join(verdict(in_place).split())


def test_changing_the_input_is_noticed_when_the_result_is_wrong_too():
    def in_place(x, a):
        x[:1] = 99
        return honest(x, a)

    assert "It also writes into its input." in verdict(in_place)


def test_a_list_that_is_emptied_is_noticed():
    question = FunctionQuestion(
        id="q1", title="Sum", points=1, call="total(parts)", reference=sum, hints=HINTS,
        cases=lambda rng: [("three", ([1, 2, 4],))],
    )  # fmt: skip

    def pops(parts):
        return parts.pop() + sum(parts)

    assert "changes what it is given" in verdict(pops, question=question)


# --- forbidden functions -------------------------------------------------------------


def uses_alias(x, a):
    return ALIAS(x) * a if len(x) else honest(x, a)


def imports_inside(x, a):
    from scipy.signal import lfilter

    return a * lfilter([1.0], [1, -1], x) if len(x) else honest(x, a)


def unfinished_library(x, a):
    raise NotImplementedError("this type is not supported")


def hides_the_failure(x, a):
    try:
        return np.cumsum(x) * a if len(x) else honest(x, a)
    except Exception:
        return honest(x, a)


ALIAS = np.cumsum
SEVERAL = {"sums": [np.cumsum]}
ON_ROWS = functools.partial(np.cumsum, axis=0)


def closed_over(sums):
    return usual(lambda x, a: sums(x) * a)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (usual(lambda x, a: np.cumsum(x) * a), "np.cumsum"),
        (uses_alias, "np.cumsum"),
        (usual(lambda x, a, sums=np.cumsum: sums(x) * a), "np.cumsum"),
        (usual(lambda x, a: SEVERAL["sums"][0](x) * a), "np.cumsum"),
        (usual(lambda x, a: ON_ROWS(x) * a), "np.cumsum"),
        (usual(lambda x, a: np.cumsum.__wrapped__(x) * a), "np.cumsum"),
        (closed_over(np.cumsum), "np.cumsum"),
        (hides_the_failure, "np.cumsum"),
        (imports_inside, "scipy.signal.lfilter"),
    ],
)
def test_a_shortcut_is_noticed_and_left_as_it_was(answer, name):
    before, code = np.cumsum, np.cumsum.__wrapped__.__code__
    assert f"{name} does the work" in " ".join(verdict(answer).split())
    assert np.cumsum is before and ALIAS is before
    assert np.cumsum.__wrapped__.__code__ is code


def test_an_import_inside_is_named_and_not_what_lies_within_it(monkeypatch):
    """As SciPy's lfilter: until it is loaded, only what it calls can be watched."""
    late = types.ModuleType("late")
    late.sums = lambda x, w: np.convolve(x, w)
    monkeypatch.delitem(sys.modules, "late", raising=False)
    question = FunctionQuestion(
        id="q1", title="Sums", points=1, call="f(x, w)", reference=np.convolve,
        cases=lambda rng: [(k, (rng.normal(size=5), np.ones(2))) for k in ("a", "b")],
        hints=HINTS, forbidden=("late.sums", "numpy.convolve"),
    )  # fmt: skip

    def imports(x, w):
        monkeypatch.setitem(sys.modules, "late", late)
        from late import sums

        return sums(x, w)

    assert "late.sums does the work" in verdict(imports, question=question)


def test_the_forbidden_function_itself_is_noticed():
    question = FunctionQuestion(
        id="q1", title="Sums", points=1, call="sums(x)", reference=np.cumsum,
        cases=lambda rng: [("three", (np.arange(3),))], hints=HINTS,
        forbidden=("numpy.cumsum",),
    )  # fmt: skip
    assert "np.cumsum does the work" in verdict(np.cumsum, question=question)


def test_all_is_put_back_after_an_exception():
    before = np.cumsum, sys.stdout, sys.stderr, warnings.filters[:]

    def fails(x, a):
        np.cumsum(x)
        sys.stdout.close()
        sys.stdout = None
        raise RuntimeError("broken")

    verdict(fails)
    assert (np.cumsum, sys.stdout, sys.stderr, warnings.filters[:]) == before


def test_watch_says_nothing_of_modules_that_are_not_loaded():
    with watch(len, ["no_such_module.f", "numpy.no_such_function"]) as used:
        assert used == []


# --- misconceptions ------------------------------------------------------------------


def test_a_misconception_is_named():
    text = verdict(usual(lambda x, a: x * a))
    assert "You scale, but never add." in text and "gives [2, 4, 8]" in text


def test_any_of_its_functions_will_do():
    assert "You divide." in verdict(usual(lambda x, a: honest(x, a) / a**2))


def test_a_half_fit_is_no_fit():
    text = verdict(usual(lambda x, a: x * a if len(x) < 7 else honest(x, a) + 1))
    assert "never add" not in text


def test_a_misconception_is_named_beside_another_mistake():
    def fails_for_one(x, a):
        return x * a if len(x) > 1 else x[1]

    text = verdict(usual(fails_for_one))
    assert "You scale, but never add." in text
    assert 'In the case "one number" it raises IndexError' in " ".join(text.split())


def test_a_misconception_is_not_read_out_of_exceptions():
    def fails_for_most(x, a):
        return x * a if len(x) == 4 else x[99]

    assert "never add" not in verdict(usual(fails_for_most))


ALWAYS = Misconception("always", lambda x, a: x[99], "Always.")


def test_a_function_that_always_raises_has_no_misconception():
    def unrelated(x, a):
        return x[len(x)] if len(x) else honest(x, a)

    question = FunctionQuestion(**{**vars(Q), "misconceptions": (ALWAYS,)})
    text = " ".join(verdict(unrelated, question=question).split())
    assert "Always." not in text and "No case gives a result." in text
    assert "It raises IndexError: index 3 is out of bounds" in text
    assert "(in the line `return x[len(x)] if len(x)" in text


SOME = Misconception(
    "some", lambda x, a: a * x + x[3] if len(x) < 5 else x[99], "Only some."
)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda x, a: x[3] + x * a if len(x) == 4 else x[99], True),
        (lambda x, a: x[3] + x * a if len(x) in (4, 3) else 0 * x, False),
        (lambda x, a: x[2] + x * a if len(x) == 4 else x[99], False),
        (lambda x, a: x[99], False),
    ],
)
def test_exceptions_count_in_the_same_cases_beside_the_same_values(wrong, named):
    question = FunctionQuestion(**{**vars(Q), "misconceptions": (SOME,)})
    assert ("Only some." in verdict(usual(wrong), question=question)) == named


def test_an_exception_is_told_beside_a_wrong_number():
    def fails_late(x, a):
        return honest(x, a) + (x > 1) if len(x) < 7 else x[99]

    text = " ".join(verdict(usual(fails_late)).split())
    assert "Entry 1 of the result is 7" in text and "No case gives" not in text
    assert 'In the case "random numbers" it raises IndexError: index 99' in text


def test_a_case_that_wants_an_exception_hides_no_misconception():
    text = verdict(lambda x, a: x * a if len(x) else np.ones(3))
    assert "You scale, but never add." in text


def test_exceptions_of_different_types_do_not_fit():
    def wrong(x, a):
        return {}["key"] if len(x) != 1 else x * a

    bad = Misconception(
        "bad index", lambda x, a: x[9] if len(x) != 1 else x * a, "Off."
    )
    question = FunctionQuestion(**{**vars(Q), "misconceptions": (bad,)})
    assert "Off." not in verdict(usual(wrong), question=question)


def test_two_fits_are_no_fit():
    twins = tuple(
        Misconception(name, lambda x, a: a * x, f"It is {name}.") for name in "AB"
    )
    question = FunctionQuestion(**{**vars(Q), "misconceptions": twins})
    text = verdict(usual(lambda x, a: x * a), question=question)
    assert "It is" not in text and "Entry 1 of the result is 4" in text


def test_a_misconception_about_nan_is_named():
    nans = Misconception("nan", lambda x, a: np.full(len(x), np.nan), "Never filled.")
    question = FunctionQuestion(**{**vars(Q), "misconceptions": (nans,)})
    assert "Never filled." in verdict(
        usual(lambda x, a: np.full(len(x), np.nan)), question=question
    )


# --- values --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({0: 11}, "total: count the gaps"),
        ({0: 12}, "total: it is 12, which is too large."),
        ({0: -10}, "total: the sign is the other way round."),
        ({0: "ten"}, "total: this cannot be used: it is a str"),
        ({0: [10, 10]}, "total: it has the shape (2,); a single number is wanted."),
        ({0: len}, "total: this is a function; hand over its result."),
        ({1: [-1, 2, -0.5]}, "Right so far: total.\nlist: turned round."),
        ({1: [0.5, -2, 1]}, "list: the right numbers come in reversed order."),
        ({1: [1, -2]}, "list: it has 2 entries; that is too few."),
        (
            {1: [1, 0, 0.5]},
            "list: one entry is wrong: number 1, counted from 0. list[1]",
        ),
        ({1: [1, 0, 0.5]}, "list[1] is 0, which is too large."),
        ({1: [1, -2, 0]}, "list: rounded."),
        ({3: 9.95}, "about: rounded."),
        ({2: "edge"}, "Right so far: total, list.\nwhy: no edge is there."),
        ({2: "gap"}, "why: choose one of 'edge', 'zero'."),
        ({2: 3}, "why: choose one of 'edge', 'zero'."),
        ({3: 11.3}, "about: it is 11.3, which is too large."),
    ],
)
def test_wrong_values(change, words):
    answers = [change.get(i, answer) for i, answer in enumerate(RIGHT)]
    with pytest.raises(CheckFailed) as caught:
        V.check(*answers)
    text = str(caught.value)
    assert type(caught.value) is CheckFailed and words in text
    assert "10" not in text.replace("-10", "") and "0.5, 3" not in text


@pytest.mark.parametrize("gap", [..., None, [1, ..., 0.5]])
def test_values_that_are_still_missing(gap):
    with pytest.raises(NotAttempted, match="list is still to be filled in") as caught:
        V.check(10, gap, "zero", 11)
    assert "Right so far: total." in str(caught.value)
    with pytest.raises(NotAttempted, match="total is still to be filled in"):
        V.check(gap, 1, 2, 3)


def test_too_few_answers():
    with pytest.raises(CheckFailed, match=r"q8.check\(total, list, why, about\)"):
        V.check(10)


def even(values):
    """Judge a list of whole numbers."""
    return "some are odd." if np.any(values % 2) else ""


J = ValueQuestion(
    id="q9",
    title="Judged",
    points=1,
    parts={"any": np.array([2, 4])},
    judges={"any": even},
    hints=HINTS,
    misconceptions=(Misconception("ones", {"any": [1, 1]}, "these are ones."),),
)


def test_a_judge_takes_what_is_good_and_says_what_is_not():
    J.check([2, 4])
    J.check([0, 8, 6])
    for answer, words in (([1, 2], "some are odd."), ([1, 1], "any: these are ones.")):
        with pytest.raises(CheckFailed, match=words):
            J.check(answer)


def halves(a):
    return a // 2, a - a // 2


P = FunctionQuestion(
    id="q9",
    title="Two that add up",
    points=1,
    call="two(a)",
    reference=halves,
    cases=lambda rng: (("a number", (a,)) for a in (7, 10)),
    view=lambda pair: pair[0] + pair[1],
    hints=HINTS,
    misconceptions=(Misconception("twice", lambda a: (a, a), "Both are a."),),
)


def test_a_view_accepts_all_that_looks_the_same():
    P.check(halves)
    P.check(lambda a: (a + 3, -3))
    assert "Both are a." in verdict(lambda a: [0, 2 * a], question=P)
    text = verdict(lambda a: (a,), question=P)
    assert "The result cannot be used: tuple index out of range." in text
    with pytest.raises(NotAttempted, match="gives back nothing"):
        P.check(lambda a: None)


class Net:
    """What a model of Keras tells a check, without Keras."""

    def __init__(self, value=1.0, compiled=None, layers=(), weights=((1.0, 2.0),)):
        self.value, self.compiled, self.layers = value, compiled, layers
        self.weights = [np.array(w) for w in weights]

    def predict(self, x, verbose):
        print("a progress bar")
        if isinstance(self.value, Exception):
            raise self.value
        return self.value if isinstance(self.value, list) else x * self.value

    def get_config(self):
        return {"layers": list(self.layers)}

    def get_weights(self):
        return self.weights

    def get_compile_config(self):
        return self.compiled


def look(facts, rng):
    x = rng.normal(size=(4, 2))
    return facts, facts.predict(x) / x


M = ModelQuestion(
    id="q9",
    title="A model of one",
    points=1,
    name="net",
    look=look,
    judge=lambda seen: "" if np.allclose(seen[1], 1) else "It is not one.",
    praise=lambda seen: f"{seen[0].parameters} parameters.",
    hints=HINTS,
    misconceptions=(
        Fault("minus", lambda: Net(-1.0), "It is minus one.", lambda s: s[1][0, 0] < 0),
        Fault("both", lambda: Net(-2.0), "Minus two.", lambda s: s[1][0, 0] < -1),
    ),
)


def test_a_right_model_is_right_and_its_noise_is_kept_away(capfd):
    assert M.check(Net()) is None
    assert capfd.readouterr() == ("q9: right. 2 parameters.\n", "")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Net(-1.0), "It is minus one."),
        (Net(-2.0), "It is minus one."),  # the first fault that is found is told
        (Net(3.0), "It is not one."),
        (Net(ValueError("Exception encountered\n\n\x1b[1mno rank\x1b[0m")), "no rank."),
        (Net([1, 2]), "It gives a list; one array is wanted."),
        (Net, "and a class came"),
        (len, "and a function came"),
        (7, "and a int came"),
        (type("Layer", (), {"get_weights": 0})(), "and a single layer came"),
    ],
)
def test_wrong_models(model, words):
    text = verdict(model, question=M)
    assert words in " ".join(text.split()) and text.endswith("Stuck? q9.hint(1)")


@pytest.mark.parametrize("there", [True, False])
def test_no_model_is_not_attempted(there, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: there or None)
    for gap in (..., None):
        text = verdict(gap, NotAttempted, question=M)
        assert "Make the model net first." in text
        assert ("needs TensorFlow" in text) == (not there)


@pytest.mark.parametrize(
    ("compiled", "loss", "from_logits"),
    [
        (None, "", False),
        ({"loss": "mse"}, "mse", False),
        ({"loss": None}, "", False),
        (
            {"loss": {"class_name": "Sparse", "config": {"name": "sparse_x"}}},
            "sparse_x",
            False,
        ),
        (
            {"loss": {"config": {"name": "SparseX", "from_logits": True}}},
            "sparse_x",
            True,
        ),
        ({"loss": {"class_name": "__lambda__", "config": {}}}, "own", False),
    ],
)
def test_facts_of_a_model(compiled, loss, from_logits):
    inner = {"class_name": "Dense", "config": {"units": 3}}
    nested = {"class_name": "Sequential", "config": {"layers": [inner]}}
    start = {"class_name": "InputLayer", "config": {}}
    facts = Facts.of(Net(compiled=compiled, layers=(start, nested, inner)))
    assert (facts.loss, facts.from_logits) == (loss, from_logits)
    assert facts.layers == (("Dense", {"units": 3}),) * 2 and facts.has("Dense")
    assert facts.parameters == 2 and not facts.has("Conv")


def test_a_model_that_cannot_tell_its_layers_may_still_be_right():
    net = Net()
    net.get_config = net.get_compile_config = lambda: 1 / 0
    M.check(net)


# --- functions that train ------------------------------------------------------------

X, Y = np.arange(40) % 8 * 10.0, np.arange(40) % 8 // 2


class Learned(Net):
    """Tells for a number the label of the nearest one that it was given."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def predict(self, x, verbose):
        return self.y[np.abs(self.x - x[:, np.newaxis]).argmin(axis=1)]


def look_at_labels(facts, lesson):
    return facts.predict(lesson.x_test), lesson


T = TrainingQuestion(
    id="q9",
    title="Learning",
    points=1,
    name="learn(x, y)",
    lesson=lambda rng: Lesson.renumbered(rng, (X, Y), (X + 1, Y)),
    look=look_at_labels,
    judge=lambda s: "" if np.array_equal(s[0], s[1].y_test) else "It does not learn.",
    praise=lambda seen: "It learns.",
    hints=HINTS,
    misconceptions=(
        Fault(
            "old numbers",
            lambda x, y: Learned(X, Y),
            "These are the old numbers.",
            lambda s: np.array_equal(s[0], s[1].classes[s[1].y_test]),
        ),
        Fault("rank", lambda x, y: 1 / 0, "There is no rank.", raised="has no rank"),
    ),
)


def keeps_nothing(x, y):
    x[:], y[:] = 0, 0
    return Learned(x, y)


def raises_far_down(x, y):
    raise ValueError("Exception encountered\n\n\x1b[1mit has no rank\x1b[0m")


class History:
    """What `fit` returns."""


def test_what_is_learned_from_the_lesson_is_right(capfd):
    def learn(x, y):
        print("Epoch 1/1")
        warnings.warn("careful", stacklevel=1)
        net = Learned(x.copy(), y)
        x[:] = 0
        return net

    for seed in (0, 7, 2024):
        assert T.check(learn, seed=seed) is None
    assert capfd.readouterr() == ("q9: right. It learns.\n" * 3, "")
    assert sorted(T.taught.lesson.x) == sorted(X)  # it got a copy
    T.check(Learned)  # a class that is called gives a network too


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, y: Learned(X, Y), "These are the old numbers."),
        (lambda x, y: Learned(x, Y), "It does not learn."),
        (lambda x, y: Learned(X, y), "It does not learn."),
        (keeps_nothing, "It does not learn."),
        (raises_far_down, "There is no rank. learn(x, y) raises ValueError: it has no"),
        (lambda x, y: exit(), "learn(x, y) raises SystemExit"),
        (
            lambda x, y: [][1],
            "raises IndexError: list index out of range (in the line `",
        ),
        (lambda x, y: History(), "returns what `fit` returns"),
        (lambda x, y: (Learned(x, y), 1), "returns a tuple of 2 things"),
        (lambda x, y: Learned, "returns a class"),
        (lambda x, y: 0.97, "returns a float. Return the trained network."),
        (lambda x: x, "It cannot be called as learn(x, y): too many positional"),
        (Learned(X, Y), "The function learn(x, y) is wanted, and a network came."),
        (7, "The function learn(x, y) is wanted, and a int came."),
    ],
)
def test_wrong_training(function, words):
    text = verdict(function, question=T)
    assert words in " ".join(text.split()) and text.endswith("Stuck? q9.hint(1)")


def test_nothing_that_comes_back_is_no_attempt():
    for gap in (..., None):
        assert "Write the function learn(x, y)" in verdict(
            gap, NotAttempted, question=T
        )
    text = verdict(lambda x, y: None, NotAttempted, question=T)
    assert "gives back nothing. Is its body written" in text


def test_each_check_trains_once_and_what_follows_looks_at_the_same_network():
    called = []

    def learn(x, y):
        called.append(x)
        return Learned(x, y)

    T.check(learn)
    net = T.taught.network
    assert T.trained(learn).network is net and len(called) == 1
    T.check(learn)  # what it calls may have changed
    assert T.taught.network is not net and len(called) == 2
    assert T.trained(learn, seed=1).seed == 1 and len(called) == 3
    assert not np.array_equal(called[2], called[1])  # another order
    verdict(lambda x, y: History(), question=T)
    assert T.taught is None  # nothing to look at
    assert T.trained(learn).network and len(called) == 4


@pytest.mark.parametrize("seed", range(20))
def test_no_class_keeps_its_number(seed):
    made = Lesson.renumbered(np.random.default_rng(seed), (X, Y), (X + 1, Y))
    assert not np.any(made.y_test == Y) and sorted(made.x) == sorted(X)
    assert np.array_equal(made.classes[made.y], made.x // 20)
    assert np.array_equal(made.classes[made.y_test], Y)


# --- the sentences -------------------------------------------------------------------

SQUARE = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]])
PHOTO = np.random.default_rng(5).normal(size=(6, 7))
FRAME = np.pad(np.zeros((4, 5)), 1, constant_values=1)
LINE = np.array([1.0, 5.0, -2.0, 7.0, 4.0, 9.0])


@pytest.mark.parametrize(
    ("got", "truth", "words"),
    [
        (SQUARE.T, SQUARE, "Rows and columns are swapped"),
        (SQUARE[:2].T, SQUARE[:2], "Rows and columns are swapped"),
        (SQUARE[:2], SQUARE, "has the shape (2, 3); that is too few rows. The others"),
        (SQUARE[:2], SQUARE, "right; missing: 1 at the bottom."),
        (
            np.pad(SQUARE, ((1, 0), (2, 1))),
            SQUARE,
            "too many rows and too many columns. The others are right; too many: 1 at "
            "the top, 2 at the left, 1 at the right.",
        ),
        (SQUARE[:2, :2], SQUARE[:, :1], "too few rows and too many columns."),
        (np.ones((2, 3)), np.ones((3, 2)) * 7, "height and width are swapped"),
        (np.ones((2, 3, 4)), np.ones((2, 3, 5)), "(2, 3, 4); that is not right"),
        (np.flipud(SQUARE), SQUARE, "it stands on its head"),
        (np.fliplr(SQUARE), SQUARE, "left and right are swapped"),
        (np.flip(SQUARE), SQUARE, "in reversed order in both axes"),
        (PHOTO + FRAME, PHOTO, "The middle is right, the border is not"),
        (PHOTO + 9 * (1 - FRAME), PHOTO, "The border is right, the inside is not"),
        (PHOTO + FRAME[0], PHOTO, "Entry 0, 0 of the result is"),
        (SQUARE[0], SQUARE, "The result has the shape (3,); 2 axes are"),
        (np.roll(SQUARE, 1, 0), SQUARE, "1 place too late along axis 0"),
        (np.roll(LINE, 2), LINE, "2 places too late"),
        (np.roll(LINE, -1), LINE, "1 place too early"),
        (LINE + [1, 0, 0, 0, 0, 2], LINE, "The middle is right, the border is not"),
        (LINE + [0, 0, 3, 1, 0, 0], LINE, "The two ends are right, the inside is not"),
        (
            LINE + [0, 0, 0, 0, 0, 3],
            LINE,
            "One entry is wrong: number 5, counted from 0",
        ),
        (LINE[:2] + [0, 1], LINE[:2], "Entry 1 of the result is 6, which is too large"),
        (LINE + [1, 1, 3, 0, 0, 2], LINE, "Entry 0 of the result is 2, which is too"),
        (LINE + 1j, LINE, "Entry 0 of the result is 1+1j, which is not right"),
    ],
)
def test_what_differs(got, truth, words):
    assert words in describe([(got, truth)])


def test_a_relation_has_to_hold_everywhere():
    wide = (np.ones((5, 4)), np.zeros((4, 5)))
    assert "height and width are swapped" in describe([wide])
    assert "swapped" not in describe([wide, (np.ones((3, 6)), np.zeros((4, 5)))])
    for change, word in ((np.negative, "signs"), (np.flip, "reversed")):
        pairs = [(change(LINE), LINE), (LINE[:4] + 1, LINE[:4])]
        assert word in describe(pairs[:1])
        assert word not in describe(pairs) + describe(pairs[::-1])


def test_the_answer_is_not_told():
    text = describe([(LINE + [0, 0, 1, 0, 0, 0], LINE)], "z")
    assert "z[2] is -1, which is too large" in text and "-2" not in text
    for got in (LINE[:4], np.append(LINE, 0), LINE + [0, 1, 0, 1, 0, 1]):
        text = describe([(got, LINE)])
        assert "wanted" not in text and "and 5 is" not in text and "6 entr" not in text


def test_no_function_is_told_the_right_number():
    text = verdict(usual(lambda x, a: honest(x, a) + 11 * (np.arange(len(x)) == 1)))
    assert "Entry 1 of the result is 17" in text and "6" not in text


def test_a_question_may_have_a_name_for_its_result():
    question = FunctionQuestion(**{**vars(Q), "result": "z"})
    text = verdict(usual(lambda x, a: honest(x, a)[:0]), question=question)
    assert "z has 0 entries; that is too few." in text
    text = verdict(usual(lambda x, a: honest(x, a) + (x > 1)), question=question)
    assert "z[1] is 7, which is too large. Before it, z[0] is 2 (right)." in text


def test_one_wrong_entry_is_counted_only_in_a_single_list():
    wrong = (LINE + [0, 0, 0, 0, 0, 3], LINE)
    assert "One entry" not in describe([wrong, wrong])
    assert "One entry" not in describe([(LINE + [0, 0, 0, 0, 2, 3], LINE)])


def test_what_is_close_enough_is_not_called_wrong():
    got = LINE + [0.01, 0, 0, 0, 3, 0.01]
    text = describe([(got, LINE)], "z", tol=0.05)
    assert text.startswith("One entry is wrong: number 4") and "wrong too" not in text


def test_sizes_of_what_may_differ():
    big = np.array([1e6, 1.0])
    assert agree(big * (1 + 1e-12), big)
    assert agree(big * (1 + 1e-7), big)  # summed in float32 on the way
    assert not agree(big * (1 + 5e-6), big)
    assert agree((big * (1 + 5e-6)).astype(np.float32), big)
    assert not agree((big * (1 + 5e-5)).astype(np.float32), big)
    assert not agree(np.float16([110.9]), np.array([110]))
    assert not agree(np.array([10**15 + 1]), np.array([10**15]))
    assert not agree(np.array([1.0, np.nan]), np.array([1.0, 2.0]))
    assert agree(np.array([1.2]), np.array([1.0]), tol=0.2 + 1e-12)


def test_infinity_agrees_with_itself_only():
    infinite = np.array([-np.inf, 1.0])
    assert agree(infinite, infinite.copy())
    assert not agree(np.array([3.0, 1.0]), infinite)
    assert not agree(np.array([-np.inf, 2.0]), infinite)


def test_numbers_gives_a_copy():
    x = np.arange(3.0)
    assert not np.shares_memory(numbers(x), x)
    assert numbers([True, False]).tolist() == [1, 0]
    assert numbers(np.array([1 + 0j])).dtype == float
    with pytest.raises(NotNumbers):
        numbers(np.array(["a"]))
    with pytest.raises(NotNumbers):
        numbers(np.array(["2020-01-01"], dtype="datetime64[D]"))
    with pytest.raises(NotNumbers):
        numbers(np.array(["1.0", "2.0"], dtype=object))


def test_what_does_not_fit_into_memory_is_not_called_rows():
    with pytest.raises(NotNumbers, match="more entries than there is memory for"):
        numbers(range(10**15))


def test_texts_are_seen_before_an_array_gives_each_entry_their_length():
    """Half a gigabyte of NumPy's for a message of less than 1 MB."""
    many = [""] * 200_000 + ["x" * 600]
    for answer in (many, tuple(many), [many, many]):
        tracemalloc.start()
        with pytest.raises(NotNumbers, match="not all its entries are numbers"):
            numbers(answer)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


def test_several_things_are_not_called_rows():
    with pytest.raises(NotNumbers, match="a tuple of 2 things, not one array"):
        numbers((np.ones(3), np.ones((2, 2))))
    with pytest.raises(NotNumbers, match="rows have different lengths"):
        numbers([[1, 2], [3]])


def test_what_a_module_loads_late_is_watched(monkeypatch):
    late = ModuleType("late")
    late.__getattr__ = lambda name: honest if name == "sums" else None
    monkeypatch.setitem(sys.modules, "late", late)
    with watch(len, ["late.sums"]) as used:
        late.sums(np.array([1, 2]), 3)
    assert used == ["late.sums"] and late.sums is honest


def test_masked_entries_hold_no_number():
    assert numbers(np.ma.array([1, 2])).tolist() == [1, 2]
    with pytest.raises(NotNumbers, match="masked"):
        numbers(np.ma.array([1, 2], mask=True))


@pytest.mark.parametrize(
    "answer", [np.array([1, 2, 3.1416]), np.float16([1, 2, np.pi])]
)
def test_missing_digits_are_called_so(answer):
    assert "only the last digits differ" in describe(
        [(answer, np.array([1, 2, np.pi]))]
    )


def test_counted_numbers_are_not_called_rounded():
    text = describe([(np.array(2192554), np.array(2192650))], "parameters")
    assert text == "parameters is 2,192,554, which is too small."
    assert "digits" in describe([(np.array(2192554.5), np.array(2192554.4))])


def test_large_whole_numbers_keep_their_digits():
    few = np.array([2556200.0, 3])
    text = describe([(few, few + [1e6, 7])])
    assert "Entry 0 of the result is 2,556,200, which is too small" in text
    assert "is 2.5562e+06" in describe([(few + 0.25, few + [2e6, 9])])


def test_entries_may_have_names():
    names = {"flips": lambda value: str(bool(value)), "row": "{:g}".format}
    pairs = [(np.array([1, 4]), np.array([0, 4]))]
    assert describe(pairs, entries=names) == "flips is True (wrong), row is 4 (right)."
    table = [(np.array([[1, 4], [0, 2]]), np.array([[1, 4], [0, 3]]))]
    told = describe(table, entries=names)
    assert told == "Row 1, counted from 0: flips False (right), row 2 (wrong)."
    long = [(np.array([1, 4, 2]), np.array([0, 4, 3]))]
    assert "Entry 0 of the result" in describe(long, entries=names)


def test_the_case_that_the_words_speak_of_is_shown():
    def hole(x, a):  # nan in the second wrong case, not in the first
        y = honest(x, a) + np.arange(len(x)) ** 2
        return y * np.nan if len(x) > 3 else y

    text = verdict(usual(hole))
    shown = text.partition("First wrong case")[2]
    assert "There is nan at index 0" in text and "nan" in shown


def test_nan_in_one_case_hides_no_misconception():
    text = verdict(usual(lambda x, a: a * x * (np.nan if a == 0.5 else 1)))
    assert "You scale, but never add." in text
    assert 'In the case "halves" there is nan as well.' in text


def test_a_slightly_wrong_number_is_not_called_rounded():
    years = np.array([1816.0, 1829.9])
    assert "digits" not in describe([(years + [1, 0], years)])


# --- silence -------------------------------------------------------------------------

HELD = logging.getLogger("held")


def noisy(x, a):
    print("one line")
    print("to stderr", file=sys.stderr)
    sys.__stderr__.write("without a newline")
    os.write(1, b"descriptor one\n")
    os.write(2, b"descriptor two\n")
    warnings.warn("a warning", stacklevel=1)
    HELD.warning("logged")
    subprocess.run([sys.executable, "-c", "print('a child')"], check=True)
    with np.errstate(divide="warn"):
        np.array([1.0]) / 0
    return honest(x, a)


def test_nothing_reaches_stderr(capfd):
    handler = logging.StreamHandler()  # holds the stderr of now
    HELD.addHandler(handler)
    try:
        Q.check(noisy)
    finally:
        HELD.removeHandler(handler)
    out, err = capfd.readouterr()
    assert err == ""
    for words in ("one line", "to stderr", "without a newline", "descriptor one"):
        assert words in out
    for words in ("descriptor two", "logged", "a child", "UserWarning: a warning"):
        assert words in out
    assert "RuntimeWarning: divide by zero" in out and out.endswith("cases agree.\n")


def test_what_is_printed_is_capped(capfd):
    Q.check(usual(lambda x, a: (print("z" * 10**6), honest(x, a))[1]))
    out, err = capfd.readouterr()
    assert err == "" and out.count("z") <= LIMIT and "\n...\n" in out


def test_many_lines_are_capped_and_warnings_are_not(capfd):
    def chatters(x, a):
        print(*range(100), sep="\n")
        warnings.warn("careful", stacklevel=1)
        return honest(x, a)

    Q.check(chatters)
    out = capfd.readouterr().out
    assert len(out.splitlines()) < 20 and "UserWarning: careful\n" in out


def test_what_is_printed_is_shown_before_a_failure(capsys):
    verdict(usual(lambda x, a: (print("step 1"), x)[1]))
    assert capsys.readouterr().out.startswith("Your code printed:\nstep 1\n")


def test_an_interrupt_goes_through_and_all_is_put_back(capfd):
    before = sys.stdout, sys.stderr, np.cumsum

    def stopped(x, a):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Q.check(stopped)
    assert (sys.stdout, sys.stderr, np.cumsum) == before
    os.write(2, b"there again\n")
    assert capfd.readouterr().err == "there again\n"


def test_a_full_disk_or_a_shut_one_does_no_harm(monkeypatch, capfd):
    def shut():
        raise OSError("no space")

    monkeypatch.setattr("tempfile.TemporaryFile", shut)
    Q.check(noisy)
    assert capfd.readouterr().err == ""


def test_quiet_may_be_nested(capfd):
    with quiet() as outer, quiet() as inner:
        print("inside")
    print("outside")
    assert inner.text == "inside" and outer.text == ""
    assert capfd.readouterr().out == "outside\n"


def test_rules_for_numbers_that_a_learner_set_do_not_disturb():
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        text = verdict(usual(lambda x, a: np.full(len(x), np.inf)))
    assert "There is inf" in text


# --- form ----------------------------------------------------------------------------


def test_hints(capsys):
    Q.hint()
    Q.hint(3)
    Q.hint(4)
    assert capsys.readouterr().out.splitlines() == [
        "q7, hint 1 of 3: Look.",
        "q7, hint 3 of 3: Think of sums.",
        "q7 has three hints: q7.hint(1) to q7.hint(3).",
    ]


@pytest.mark.parametrize("hints", [("a", "b"), "abc"])
def test_three_hints_are_asked_for(hints):
    with pytest.raises(ValueError, match="three texts"):
        ValueQuestion(id="q1", title="T", points=1, parts={}, hints=hints)


def test_a_notebook_shows_the_text_and_no_traceback():
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell()
    shell.user_ns.update(question=Q, answer=lambda x, a: x)
    with quiet() as said:
        result = shell.run_cell("question.check(answer)")
    assert isinstance(result.error_in_exec, CheckFailed)
    assert said.text.startswith("q7, Scaled sums: not right yet.")
    assert "Traceback" not in said.text and "File" not in said.text


def test_exit_in_a_notebook_does_not_end_it():
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell.instance()
    try:
        shell.user_ns["question"] = Q
        leaving = "def leaving(x, a):\n    exit()\nquestion.check(leaving)"
        with quiet():
            result = shell.run_cell(leaving)
        assert "raises SystemExit: exit() was called" in str(result.error_in_exec)
        assert "ask_exit" not in vars(shell) and not shell.exit_now
    finally:
        interactive.InteractiveShell.clear_instance()


def test_the_room_is_light():
    code = (
        "import sys\n"
        "from convcourse.checks import ch01, ch02, ch04\n"
        "heavy = {'scipy', 'matplotlib', 'tensorflow', 'IPython', 'convcourse.ops'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
