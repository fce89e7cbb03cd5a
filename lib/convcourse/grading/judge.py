"""The trusted process: it runs the instructor's tests, unchanged, and gives points.

The learner's names in a test are stand-ins: values have come as plain data, functions
and other things stay where they are, in the learner's process, and are asked from
here. Nothing that the learner's process says is run or believed; at worst it is a wrong
answer.
"""

import ast
import builtins
import contextlib
import functools
import inspect
import io
import json
import keyword
import math
import os
import re
import signal
import socket
import symtable
import sys
import time
import traceback
import warnings

import numpy as np

from . import codec
from .assignment import Assignment, Cell
from .channel import Channel, Late, Lost
from .codec import Described, Rubbish

REASONS = {  # why there is no learner's process any more
    "dead": "Your code ended the process in which it ran.",
    "late": "Your code did not stop when its time was over.",
    "memory": "Your code used up its memory.",
    "rubbish": "Your code disturbed the line to the tests.",
}
GRACE = 1.5  # seconds in which the learner's process may stop by itself
MESSAGE = 3000  # characters of a message
UNPRINTABLE = re.compile(
    r"\x1b\[[0-9;]*[A-Za-z]|[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]"
)


class Ended(BaseException):
    """The learner's process is over, or its time is; tests do not catch this."""


def clean(text, limit=MESSAGE):
    """Return a learner's text without control characters, and not too long."""
    text = UNPRINTABLE.sub("", str(text)[: limit + 1])
    return text if len(text) <= limit else text[:limit] + " ..."


# --- stand-ins -----------------------------------------------------------------------


class Elsewhere:
    """Something in the learner's process. Its attributes are asked from there."""

    def __init__(self, judge, facts):
        self._judge, self._facts = judge, facts
        self._watched, self._used = (), []

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        reply = self._judge.ask("attribute", thing=self._facts["thing"], name=name)
        return reply["result"]

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"<{type(self).__name__}>"


class Callable(Elsewhere):
    """A function, a class or another callable in the learner's process."""

    def __call__(self, *args, **kwargs):
        """Call it there; changes of the arguments are made here too."""
        judge, thing = self._judge, self._facts["thing"]
        said = {"args": list(args), "kwargs": kwargs, "watched": list(self._watched)}
        try:
            if judge.coming and judge.coming[0] is self:
                reply = judge.next()
            else:
                reply = judge.ask("call", thing=thing, **said)
        except Answered as answer:
            self._note(answer.reply, args)
            raise answer.error from None
        self._note(reply, args)
        return reply["result"]

    def _note(self, reply, args):
        """See what a call printed, used and changed."""
        if reply.get("printed"):
            print(reply["printed"], end="")
        try:
            self._used += [n for n in self._watched if n in reply.get("used", ())]
            for i, value in dict(reply.get("changed", {})).items():
                _write_back(args[i], value)
        except (LookupError, TypeError, ValueError):
            self._judge.lose("rubbish")

    @property
    def __name__(self):
        """Its name, as the learner's process tells it."""
        return self._facts["name"]

    @property
    def __signature__(self):
        """Its parameters; ValueError if it tells none, as `inspect` has it."""
        return _signature(self._facts["signature"])

    def _ahead_(self, many, names):
        """Ask for the calls that will be made next, in this order, all at once.

        It saves waiting; `checks.functions` asks for this. What is asked for in between
        makes the rest be called one by one.
        """
        said = {"thing": self._facts["thing"], "watched": list(names)}
        with contextlib.suppress(ValueError):  # too much to send at once
            self._judge.ask("calls", many=[list(args) for args in many], **said)
            self._judge.coming = [self] * len(many)

    @contextlib.contextmanager
    def _watch_(self, names):
        """Watch there for the use of functions; `checks.guard.watch` asks for this."""
        self._watched, self._used = tuple(names), []
        try:
            yield self._used
        finally:
            self._watched = ()


class Answered(Exception):
    """The learner's function raised: what it raised, and the rest of the reply."""

    def __init__(self, error, reply):
        super().__init__()
        self.error, self.reply = error, reply


def _signature(parameters):
    """Return the signature of a function; ValueError if it tells none."""
    if parameters is None:
        raise ValueError("no signature")
    made = []
    for name, kind, optional in parameters:
        default = None if optional else inspect.Parameter.empty
        kind = inspect._ParameterKind(kind)
        made.append(inspect.Parameter(name, kind, default=default))
    return inspect.Signature(made)


def _write_back(given, now):
    """Make a change of an argument in the trusted copy, to be seen by the test."""
    with contextlib.suppress(Exception):
        if isinstance(given, np.ndarray) and isinstance(now, np.ndarray):
            if given.shape == now.shape and given.dtype == now.dtype:
                given[...] = now
            else:
                given.fill(0)
        elif isinstance(given, list) and isinstance(now, list):
            given[:] = now
        elif isinstance(given, dict) and isinstance(now, dict):
            given.clear()
            given.update(now)


# Exceptions that come as what they are; others as a class of that name derived from
# one of these.
KNOWN = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, BaseException)
    and not issubclass(kind, (UnicodeError, BaseExceptionGroup))
}
KNOWN["LinAlgError"] = np.linalg.LinAlgError


def _error(facts):
    """Return an exception like the one in the learner's process."""
    names = [name for name in facts["types"] if isinstance(name, str)]
    base = next((KNOWN[name] for name in names if name in KNOWN), Exception)
    text = clean(facts["text"], 300)
    kind = base
    if not names or names[0] not in KNOWN:
        name = re.sub(r"\W", "_", names[0])[:60] if names else "Exception"
        kind = type(name, (base,), {"__str__": lambda self: text})
    try:
        args = facts["args"]
        error = kind(*(args if isinstance(args, list) else [text]))
    except Exception:
        error = kind()
    error.of_answer, error.in_line = True, clean(facts["line"], 120)
    error.besides = _besides(f"{names[:1]} {text}")
    return error


# What a notebook meets only here: signs of it in an exception, and what is said.
ONLY_HERE = {
    "EOF when reading a line": "nobody answers input()",
    "Operation not permitted|Permission denied": "other programs and processes, the "
    "network and files outside the notebook's own folder are out of reach",
    "ModuleNotFoundError": "there are the packages of the course, and no files beside "
    "the notebook",
    "FileNotFoundError|File .* not found": "there are no files beside the notebook",
}


def _besides(text):
    """Return what is to be said of an exception besides, or an empty text."""
    found = (said for sign, said in ONLY_HERE.items() if re.search(sign, text))
    return next((f"; where work is graded, {said}" for said in found), "")


# --- one submission ------------------------------------------------------------------


class Judge:
    """Runs the steps of one submission.

    Parameters
    ----------
    assignment : Assignment
    channel : Channel
        To the learner's process.
    limits : dict
        "cell" and "submission", in seconds.
    tell : callable
        ``tell(**facts)`` reports to the grader, as soon as something is known.
    renew : callable
        ``renew(how)`` ends the learner's process, and returns why it was lost, in
        words, and a channel to a new one, or None.
    """

    def __init__(self, assignment, channel, limits, tell, renew):
        self.assignment, self.channel, self.tell = assignment, channel, tell
        self.renew, self.fresh, self.skipped = renew, None, set()
        self.cell_seconds = limits["cell"]
        self.end = time.monotonic() + limits["submission"]
        self.cell_end = self.end
        self.things, self.callbacks, self.asking = {}, [], False
        self.coming = []  # whose replies come without being asked for any more
        self.space = {"__name__": "__main__"}  # what the trusted cells have made
        self.plain = {}  # the learner's values that have come as plain data
        self.errors = {}  # answer cell: how it ended
        self.lost = ""  # why there is no learner's process any more
        self.own = _bound_by_answers(assignment.cells)
        self.library = {}  # functions of `checks` that the notebook hands to learners

    # The line to the learner's process.

    def ask(self, do, **request):
        """Ask the learner's process for something.

        Raises
        ------
        Ended
            If it is over, or out of time.
        Answered, Exception
            What the learner's code raised.
        """
        if self.asking:
            raise RuntimeError("a function given to an answer called that answer")
        while self.coming:  # nobody wants them any more
            with contextlib.suppress(Exception, Ended):
                self.next()
        return self._exchange(do, request)

    def next(self):
        """Return the next reply to "calls"; it raises as `ask` does."""
        self.coming.pop()
        return self._exchange("call", None)

    def _exchange(self, do, request):
        """Send a request, if there is one, and wait for a reply, if there will be one."""
        if self.lost:
            raise Ended(self.lost)
        left = min(self.cell_end, self.end) - time.monotonic()
        if left <= 0 and request:
            raise Ended(self._late())
        self.channel.until(max(left, 0) + GRACE)
        self.asking = True
        try:
            if request:
                self._send({"do": do, "seconds": left, **request})
            reply = {} if do == "calls" else self._answer()
        except Ended as error:  # in a function that the answer called back
            self.lose("late", str(error))
        except Lost:
            self.lose("dead")
        except Late:
            self.lose("late")
        except codec.TooMuch as error:
            raise ValueError(f"too much to send: {error}") from None
        except (Rubbish, LookupError, TypeError, ValueError, AttributeError):
            self.lose("rubbish")
        finally:
            self.asking = False
        return self._look(do, reply)

    def _look(self, do, reply):
        """Return a reply; raise what it says was raised."""
        if "toomuch" in reply:
            text = clean(reply["toomuch"], 200)
            error = ValueError(f"the result cannot be handed over: {text}")
            error.of_answer, error.in_line = True, ""
            raise error
        if reply.get("short") is True:
            self.lose("memory")
        if "raised" in reply:
            if reply["raised"].get("late"):
                self.coming = []
                raise Ended(self._late())
            error = _error(reply["raised"])
            raise Answered(error, reply) if do in ("call", "run") else error
        return reply

    def _send(self, value):
        self.channel.send(value, self.describe)

    def _answer(self):
        """Wait for the reply; run what the learner's code calls back meanwhile."""
        while True:
            reply = self.channel.receive(self.meet)
            if not isinstance(reply, dict):
                raise Rubbish("no dictionary")
            if "callback" not in reply and "library" not in reply:
                reply["printed"] = str(reply.get("printed", ""))
                if "raised" in reply:
                    facts = reply["raised"]
                    facts = {
                        k: facts[k] for k in ("types", "text", "args", "line", "late")
                    }
                    reply["raised"] = facts
                return reply
            try:
                if "library" in reply:
                    function = self.library[reply["library"]]
                else:
                    function = self.callbacks[reply["callback"]]
                result = function(*reply["args"], **reply["kwargs"])
                self._send({"result": result})
            except Exception as error:
                from convcourse.checks.functions import essence

                self._send({"raised": [type(error).__name__, essence(error)]})

    def _late(self):
        """Say which time limit is over."""
        if time.monotonic() >= self.end - 0.05:
            return "The notebook as a whole took too long."
        return f"Stopped after {self.cell_seconds:g} seconds: does a loop never end?"

    def lose(self, how, why=""):
        """Give the learner's process up."""
        self.channel.close()
        self.coming = []
        self.lost, self.fresh = self.renew(how)
        self.lost = why or self.lost or REASONS[how]
        raise Ended(self.lost)

    def describe(self, thing):
        """Describe for the learner's process what is no plain data."""
        if isinstance(thing, Elsewhere):
            return Described(thing=thing._facts["thing"])
        if callable(thing):
            self.callbacks.append(thing)
            return Described(callback=len(self.callbacks) - 1)
        raise codec.TooMuch(f"a {type(thing).__name__} cannot be sent")

    def meet(self, facts):
        """Return the stand-in for something in the learner's process."""
        number = facts["thing"]
        if type(number) is not int:
            raise Rubbish("no number")
        if number not in self.things:
            base = Callable if facts["callable"] is True else Elsewhere
            name = re.sub(r"\W", "_", str(facts["type"]))[:60]
            facts["name"] = clean(facts["name"], 100)
            self.things[number] = type(name, (base,), {})(self, facts)
        return self.things[number]

    # The steps.

    def run(self, steps):
        """Run the steps: ("run", grade_id or "", source) and ("test", grade_id)."""
        for i, (kind, name, *source) in enumerate(steps):
            self.cell_end = time.monotonic() + self.cell_seconds
            if kind == "test":
                self._test(self.assignment.cell(name))
            else:
                if kind == "setup":
                    self._set_up(*source)
                if not self._run(name, *source):
                    self.skipped.add(i)  # not to be run again in a new process
            if self.lost and i + 1 < len(steps):
                self._again(steps[: i + 1])
        self.tell(done=True)

    def _run(self, name, source):
        """Have a cell run in the learner's process; return True if that ended well."""
        said, well = "", True
        try:
            said = self.ask("run", source=source)["printed"]
        except Ended as error:
            self.errors[name], well = str(error), False
        except Answered as answer:
            said = answer.reply["printed"]
            self.errors[name] = _in_words(answer.error)
        except Exception as error:
            self.errors[name] = _in_words(error)
        text = "\n".join(filter(None, [clean(said), self.errors.get(name, "")]))
        if name and text:
            self.tell(printed={name: text})
        return well

    def _again(self, steps):
        """Run the cells so far in a new process, without what ended the last one."""
        if self.fresh is None:
            return
        self.channel, self.fresh, self.lost = self.fresh, None, ""
        self.things = {}
        for i, (kind, _, *source) in enumerate(steps):
            if kind != "test" and i not in self.skipped and not self.lost:
                self.cell_end = time.monotonic() + self.cell_seconds
                with contextlib.suppress(Exception, Ended):
                    self.ask("run", source=source[0])

    def _set_up(self, source):
        """Run a locked cell without points, among the trusted names."""
        try:
            with _quiet():
                exec(compile(_plain(source), "setup", "exec"), self.space)
        except Exception as error:
            self.tell(note=f"A setup cell raises {type(error).__name__}: {error}")
        for name in _lent(source):
            if callable(self.space.get(name)):
                self.library[name] = self.space[name]

    def _test(self, cell):
        """Run a test cell, and report its points."""
        start = time.monotonic()
        self.tell(begin=cell.grade_id)
        try:
            with _quiet(), _alarm(1.5 * self.cell_seconds + GRACE):
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                value = self._execute(cell)
            points, message = self._points(cell, value)
        except BaseException as error:
            points, message = 0.0, self._message(cell, error)
        seconds = round(time.monotonic() - start, 4)
        message = clean(message)
        self.tell(cell=cell.grade_id, points=points, message=message, seconds=seconds)

    def _execute(self, cell):
        """Run a test on the learner's names; return the value of its last line."""
        space = {**self.space, **self._names(cell)}
        theirs = dict(space)
        value = _value_of(cell, space)
        for name, made in space.items():  # helpers for the tests after it
            if name not in theirs and not isinstance(made, Elsewhere):
                self.space[name] = made
        return value

    def _names(self, cell):
        """Fetch the learner's names that a test asks for."""
        wanted = [
            name
            for name in needed(cell.source)
            if name in self.own or not (name in self.space or hasattr(builtins, name))
        ]
        if not wanted:
            return {}
        try:
            values = self.ask("fetch", names=wanted)["values"]
        except Ended:
            if all(name in self.plain for name in wanted):
                return {name: self.plain[name] for name in wanted}
            raise
        found = {name: _real(values[name]) for name in wanted if name in values}
        plain = {n: v for n, v in found.items() if not isinstance(v, Elsewhere)}
        self.plain.update(plain)
        return found

    def _points(self, cell, value):
        """Return the points of a test that raised nothing, and a message."""
        if value is None or value is True:
            return cell.points, ""
        try:
            score = 0.0 if value is False else float(_number(value))
        except TypeError:
            kind = type(value).__name__
            self.tell(note=f"{cell.grade_id} ends in a {kind}, which is no score.")
            return 0.0, "This test gave no score. Tell your instructor."
        if not 0 <= score <= cell.points:
            self.tell(note=f"{cell.grade_id} gives {score}, not 0 to {cell.points}.")
            score = min(max(score, 0.0), cell.points) if math.isfinite(score) else 0.0
        if score < cell.points:
            return score, f"{score:g} of {cell.points:g} points: partly right."
        return score, ""

    # The words.

    def _message(self, cell, error):
        """Say why a test is not passed; of a hidden one, nothing of its source."""
        answer = self.assignment.answer_of(cell.grade_id)
        if isinstance(error, Ended):
            return self._with(answer, str(error))
        if _is_verdict(error):
            return str(error)
        if isinstance(error, Answered):
            error = error.error
        if getattr(error, "of_answer", False):
            return f"Your code raises {_in_words(error)}."
        if isinstance(error, NameError) and error.name and not cell.hidden:
            return self._with(answer, f"There is no `{error.name}` in your notebook.")
        if isinstance(error, NameError) and error.name in self.own:
            return self._with(answer, f"There is no `{error.name}` in your notebook.")
        if cell.hidden:
            return "A further test, which is not shown, is not passed."
        return _in_words(error)

    def _with(self, answer, text):
        """Add how the answer's own cell ended."""
        ended = self.errors.get(answer, "")
        if not ended or ended in text:
            return text
        return f"{text} The cell of your answer ended so: {ended}"


# The grader imports this file too, and needs no checks: they are loaded where they are
# used, in the process of the tests.


def _is_verdict(error):
    """Return True if an exception is a check's own message."""
    from convcourse.checks import CheckFailed

    return isinstance(error, CheckFailed)


def _in_words(error):
    """Return an exception in one line, with the learner's line that raised it."""
    from convcourse.checks.functions import in_words

    return in_words(error)


def _real(value):
    """Return complex numbers without imaginary part as real ones, as the checks do.

    Of others a test that wants real numbers would see half: there that is an error.
    """
    from convcourse.checks.diagnosis import agree

    numbers = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "c"
    return value.real if numbers and agree(value, value.real) else value


def _number(value):
    """Return a number of Python or NumPy; TypeError for anything else."""
    if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0:
        value = value.item()
    if isinstance(value, (int, float)):
        return value
    raise TypeError


@contextlib.contextmanager
def _quiet():
    """Keep what trusted code prints to itself, and undo what it may have set."""
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _alarm(seconds):
    """End a test that takes too long on this side."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number, frame):
        raise Ended("The test took too long on your results.")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


# --- reading a test ------------------------------------------------------------------


def _plain(source):
    """Return a cell as plain Python: magics are turned into calls, as IPython does."""
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(source)
    return source


@functools.cache
def _compiled(cell):
    """Return the code of a test without its last line, and of that if it has a value."""
    source, last = _plain(cell.source), None
    tree = ast.parse(source)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        if not source.rstrip().endswith(";"):
            line = ast.Expression(tree.body.pop().value)
            last = compile(line, cell.grade_id, "eval")
    return compile(tree, cell.grade_id, "exec"), last


def _value_of(cell, space):
    """Run a test; return the value of its last line, or None."""
    body, last = _compiled(cell)
    exec(body, space)
    return eval(last, space) if last else None


@functools.cache
def needed(source):
    """Return the global names that some code reads, in their order of the alphabet.

    Examples
    --------
    >>> needed("def more(): return f(y) + sum(z)" + chr(10) + "more()")
    ['f', 'more', 'sum', 'y', 'z']
    """
    names, tables = set(), [symtable.symtable(_plain(source), "test", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                names.add(symbol.get_name())
        tables += table.get_children()
    return sorted(names)


def _lent(source):
    """Return what a setup cell imports from the questions besides the questions."""
    tree = ast.parse(_plain(source))
    found = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module]
    theirs = [n for n in found if n.module.startswith("convcourse.checks.ch")]
    names = [alias.asname or alias.name for node in theirs for alias in node.names]
    return [name for name in names if not re.fullmatch(r"q\d+", name)]


@functools.cache
def _bound_by_answers(cells):
    """Return the names that the answers are asked to make: always the learner's."""
    names = set()
    for cell in cells:
        if cell.kind not in ("answer", "manual"):
            continue
        with contextlib.suppress(SyntaxError):
            table = symtable.symtable(_plain(cell.source), "answer", "exec")
            symbols = table.get_symbols()
            names |= {
                s.get_name() for s in symbols if s.is_assigned() and not s.is_imported()
            }
            names |= {child.get_name() for child in table.get_children()}
    return {
        name for name in names if name.isidentifier() and not keyword.iskeyword(name)
    }


# --- the process ---------------------------------------------------------------------


REHEARSAL = 60  # seconds
TENSORFLOW = ("tensorflow", "keras", "convcourse.tf")  # a copy of it does not run


def rehearse(cells):
    """Run the tests once on the instructor's own answers, before processes are copied.

    The questions keep the cases of a seed, what is right in them and what their
    misconceptions give: the copies have it then. It is done as on a machine without
    TensorFlow, which cannot be copied once it has run.

    Parameters
    ----------
    cells : tuple of Cell
    """
    space = {"__name__": "__main__"}
    _bound_by_answers(cells)
    with contextlib.suppress(Ended), _quiet(), _alarm(REHEARSAL), _without(TENSORFLOW):
        for cell in cells:
            with contextlib.suppress(Exception):
                _try_out(cell, space)
        for thing in space.values():
            if hasattr(type(thing), "prepare"):
                with contextlib.suppress(Exception):
                    thing.prepare()


def _try_out(cell, space):
    """Run a cell; where a test lacks an answer, a function that gives None stands in."""
    if cell.kind in ("setup", "answer"):
        exec(compile(_plain(cell.source), cell.grade_id, "exec"), space)
    elif cell.kind == "test":
        names = [name for name in needed(cell.source) if not hasattr(builtins, name)]
        nothing = dict.fromkeys(names, lambda *args, **options: None)
        _value_of(cell, {**nothing, **space})


@contextlib.contextmanager
def _without(names):
    """Let the import of some modules fail."""
    loaded = [n for n in sys.modules if n.startswith(names)]
    before = {name: sys.modules.get(name) for name in (*names, *loaded)}
    sys.modules.update(dict.fromkeys(before))
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def serve(line, report):
    """Judge one submission: the job comes over `report`, and so do the points.

    Parameters
    ----------
    line : socket.socket
        To the learner's process.
    report : socket.socket
        To the grader.
    """
    stream = report.makefile("rwb")
    job = json.loads(stream.readline())
    cells = tuple(Cell(*cell) for cell in job["cells"])

    def tell(**facts):
        stream.write(json.dumps(facts).encode() + b"\n")
        stream.flush()

    tell(pid=os.getpid())

    def renew(how):
        tell(lost=how)
        said, numbers, *_ = socket.recv_fds(report, 1 << 12, 1)
        fresh = Channel(socket.socket(fileno=numbers[0])) if numbers else None
        return json.loads(said)["why"], fresh

    try:
        assignment = Assignment(job["name"], cells)
        judge = Judge(assignment, Channel(line), job["limits"], tell, renew)
        judge.run(job["steps"])
    except BaseException:
        tell(failed=traceback.format_exc()[-2000:])
