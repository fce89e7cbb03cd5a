"""Careless and hostile submissions: each gets the score that it deserves, every time.

All are made of exercise 01. The base has right answers to questions 1 (2 points) and 4
(3 points), and leaves the others untouched: 5 points. What a hostile answer to
question 4 is worth is 2 points, unless it is right after all. The whole table is graded
three times in three orders, at the same time, with a good submission last.

``python tests/test_grading_hostile.py`` prints the table: expected against given.

No verdict hangs on how fast the machine is: what is to be stopped by the clock never
ends by itself, and has a short time; all else has so much that it never runs out. Where
two guards watch the same thing, the words of both are accepted.
"""

import contextlib
import copy
import json
import os
import random
import re
import sqlite3
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
]
ROOT = Path(__file__).resolve().parents[1]
NAME = "01_convolution_1d"
SOLUTION = ROOT / "solutions" / NAME / f"{NAME}.ipynb"
EXERCISE = ROOT / "exercises" / NAME / f"{NAME}.ipynb"
SHORT = 1.5  # seconds for a cell that would never end
MINUTE = 98765  # seconds that a process left behind would sleep: its mark
RUNS = 3


@dataclass
class Case:
    """One submission: how it is made, its score, and words that must be told."""

    name: str
    make: object
    score: float
    words: str = ""  # a regular expression
    odd: bool = False  # `make` takes the path of the file, not a notebook
    seconds: float = 20  # for a cell


# --- how notebooks are made ----------------------------------------------------------


def right(name):
    """Return the right answer of a question."""
    cells = json.loads(SOLUTION.read_text())["cells"]
    found = [c for c in cells if grade_id(c) == f"{name}-answer"]
    return "".join(found[0]["source"])


def grade_id(cell):
    """Return the grade_id of a cell, or an empty text."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def base():
    """Return the exercise with right answers to questions 1 and 4."""
    notebook = json.loads(EXERCISE.read_text())
    for name in ("q1", "q4"):
        set_source(notebook, f"{name}-answer", right(name))
    return notebook


def cell_of(notebook, name):
    """Return a cell by its grade_id."""
    return next(c for c in notebook["cells"] if grade_id(c) == name)


def set_source(notebook, name, source):
    """Give a cell another source."""
    cell_of(notebook, name)["source"] = source


def code(source):
    """Return a code cell as a learner adds it."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def first(source):
    """Add a cell after the setup cell, before all answers."""

    def make(notebook):
        at = notebook["cells"].index(cell_of(notebook, "setup"))
        notebook["cells"].insert(at + 1, code(source))

    return make


def body(source):
    """Answer question 4 with a function that has this body."""
    lines = "\n".join(f"    {line}" for line in source.splitlines())
    return answer(f"def convolve_full(x, w):\n{lines}")


def answer(source):
    """Answer question 4 with this cell."""
    return lambda notebook: set_source(notebook, "q4-answer", source)


def steal(source):
    """Answer question 4 with a function that is found by foul means, if it is."""
    text = f"def convolve_full(x, w):\n    return 0 * x\n{source}"
    return answer(text)


def each_cell(change):
    """Change all cells."""

    def make(notebook):
        for cell in notebook["cells"]:
            change(cell)

    return make


def in_tests(change):
    """Change the metadata of all test cells."""

    def one(cell):
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            change(cell)

    return each_cell(one)


def facts(**changes):
    """Change what the metadata of test cells say."""
    return in_tests(lambda cell: cell["metadata"]["nbgrader"].update(changes))


def without_tests(notebook):
    """Delete all test cells."""
    cells = notebook["cells"]
    kept = [c for c in cells if not c["metadata"].get("nbgrader", {}).get("grade")]
    notebook["cells"] = kept


def duplicated(name):
    """Copy a cell, as an accident in the editor does."""

    def make(notebook):
        cell = cell_of(notebook, name)
        at = notebook["cells"].index(cell)
        notebook["cells"].insert(at, copy.deepcopy(cell))

    return make


def forged_tests(notebook):
    """Leave question 4 out, and make its tests trivial, with many points."""
    set_source(notebook, "q4-answer", "pass")
    for name in ("q4-check", "q4-hidden"):
        cell_of(notebook, name)["metadata"]["nbgrader"]["points"] = 100
        set_source(notebook, name, "100.0")


def swapped(notebook):
    """Put the tests of question 4 before its answer."""
    cells = notebook["cells"]
    answer = cells.pop(cells.index(cell_of(notebook, "q4-answer")))
    cells.insert(cells.index(cell_of(notebook, "q4-hidden")) + 1, answer)


def old_format(notebook):
    """Turn it into format 3."""
    cells = notebook.pop("cells")
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    notebook["worksheets"] = [{"cells": cells, "metadata": {}}]
    notebook.update(nbformat=3, nbformat_minor=0)


def format_4_4(notebook):
    """Turn it into format 4.4, which has no ids."""
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell.pop("id", None)


def other_kernel(notebook):
    """Ask for R."""
    notebook["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R"}


def ids(notebook):
    """Give cells ids that are not allowed: spaces, and the same one twice."""
    for cell in notebook["cells"]:
        cell["id"] = "not an id"


def stored_output(notebook):
    """Store an output of 20 MB."""
    notebook["cells"].insert(0, code("1"))
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * (20 << 20)}
    notebook["cells"][0]["outputs"] = [stream]


def lists_of_lines(notebook):
    """Store sources as lists of lines, as JupyterLab does, and one as a number."""
    for cell in notebook["cells"]:
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].splitlines(keepends=True)
    notebook["cells"].append({**code("1"), "source": 7})
    notebook["cells"].append("no cell at all")


def file(content):
    """Hand in a file with this content, which is no notebook."""
    return lambda path: path.write_bytes(content)


def link(path):
    """Hand in a link to the solutions."""
    path.symlink_to(SOLUTION)


def folder(path):
    """Hand in a folder."""
    path.mkdir()


def fifo(path):
    """Hand in a pipe, which hangs whoever opens it."""
    os.mkfifo(path)


FIND_TESTS = """
import gc, os, sys
found = []
for top in ("/", "/work", os.path.expanduser("~"), "..", "/proc", "/tmp"):
    for place, folders, files in os.walk(top):
        folders[:] = [f for f in folders if f not in ("usr", "lib", ".venv", "sys")][:40]
        for name in files[:60]:
            try:
                with open(os.path.join(place, name), errors="replace") as file:
                    text = file.read(200000)
            except Exception:
                continue
            if "20401" in text or "more_tests" in text:
                found.append(place)
texts = [o for o in gc.get_objects() if isinstance(o, dict) and "more_tests" in o]
if found or texts:
    convolve_full = np.convolve
    print("FOUND", found)
"""
PATCH = """
import builtins, numpy.testing
from convcourse.checks import FunctionQuestion, core, functions
def yes(*args, **kwargs):
    return True
for name in ("assert_allclose", "assert_array_equal", "assert_equal"):
    setattr(numpy.testing, name, yes)
np.allclose = np.array_equal = np.array_equiv = yes
FunctionQuestion.check = core.Question._fail = functions.agree = yes
AssertionError.__init__ = yes if False else AssertionError.__init__
builtins.len = builtins.all = yes
"""
ALWAYS = """
class Always(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __ne__(self, other): return np.zeros(self.shape, bool)
    def __array_function__(self, *args): return True
    def __array_ufunc__(self, *args, **kwargs): return np.zeros(self.shape, bool)
def convolve_full(x, w):
    return np.zeros(len(x) + len(w) - 1).view(Always)
"""
NICE = """
class Nice:
    dtype, shape, ndim, size = float, (4,), 1, 4
    def __eq__(self, other): return True
    def __getattr__(self, name): return Nice()
    def __call__(self, *args): return Nice()
    def __array__(self, *args, **kwargs): raise SystemExit
    __class__ = np.ndarray
def convolve_full(x, w):
    return Nice()
"""
PICKLE = """
class Bomb:
    def __reduce__(self): return (eval, ("open('{there}/PWNED', 'w')",))
def convolve_full(x, w):
    return Bomb()
"""
FORGE = """
import gc, json
from convcourse.grading import learner
def convolve_full(x, w):
    for thing in gc.get_objects():
        if isinstance(thing, learner.Agent):
            good = {"cell": "q4-check", "points": 1, "message": "", "seconds": 0}
            thing.channel.send(good)
            thing.channel.sock.send(json.dumps(good).encode() + b"\\n")
    return 0 * x
"""
TRANSFORM = """
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])
"""
AST = """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
get_ipython().ast_transformers.append(NoAsserts())
"""
DAEMON = f"""
import os, subprocess
subprocess.Popen(["sleep", "{MINUTE}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{MINUTE}"])
    os._exit(0)
"""
STUBBORN = """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
while True:
    try:
        while True: pass
    except BaseException:
        pass
"""
SQL = """
import sqlite3
base = sqlite3.connect("{there}/gradebook.db")
base.execute("update grade set points = 99")
base.commit()
"""
OUTSIDE = """
import os, pathlib
for place in ("{there}", "{root}", "/tmp", "/var/tmp", "/dev/shm", "/root", "/etc", "/"):
    try:
        pathlib.Path(place, "PWNED").write_text("x")
    except OSError:
        pass
for name in ("{root}/solutions", "{there}"):
    try:
        os.rename(name, name + "-gone")
    except OSError:
        pass
"""
LINK_OUT = """
import os, json
os.symlink("{solution}", "here.ipynb")
text = open("here.ipynb").read()
exec([c for c in json.loads(text)["cells"] if "convolve_full" in str(c)][1]["source"])
"""
SOLVE = """
import json
for cell in json.load(open("{solution}"))["cells"]:
    if cell["metadata"].get("nbgrader", {{}}).get("grade_id") == "q4-answer":
        exec("".join(cell["source"]))
"""
CHECKS = """
import importlib.util
path = "{root}/lib/convcourse/checks/ch01.py"
spec = importlib.util.spec_from_file_location("stolen", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
convolve_full = module.q4.reference
"""
PROC = """
import os
for pid in [p for p in os.listdir("/proc") if p.isdigit()]:
    for name in ("environ", "mem", "cmdline", "root/etc/passwd"):
        open(f"/proc/{pid}/{name}", "rb").read(10)
"""
RUBBISH = """
import os
for number in range(3, 60):
    try:
        os.write(number, b"\\x05\\0\\0\\0\\x05\\0\\0\\0 rubbish of all sorts")
    except OSError:
        pass
return 0 * x
"""
ENDLESS = """
import os
while True:
    for number in range(3, 60):
        try:
            os.write(number, b"\\xff" * 4096)
        except OSError:
            pass
"""
DEEP = "y = []\nfor _ in range(100000): y = [y]\nreturn y"
CYCLE = "y = []\ny.append(y)\nreturn y"
FILL = """
for i in range(1000):
    with open(f"big{i}", "wb") as file:
        for _ in range(100):
            file.write(bytes(1 << 20))
"""
MANY = "for i in range(200000):\n    open(str(i), 'w').close()"
MAPPED = """
import mmap
for flags in (mmap.MAP_SHARED, mmap.MAP_PRIVATE):
    try:
        mmap.mmap(-1, 2 << 30, flags=flags)
    except OSError as error:
        print(error)
    else:
        raise SystemExit("there is memory")
with open("/dev/zero", "r+b") as zero:
    mmap.mmap(zero.fileno(), 2 << 30)
"""
NOISE = """
import logging, os, sys, warnings
def convolve_full(x, w):
    print("a step")
    print("to stderr", file=sys.stderr)
    os.write(2, b"from a C library")
    warnings.warn("careful")
    logging.warning("logged")
    if len(x) == 0 or len(w) == 0:
        raise ValueError
    return sum(np.pad(w[k] * x, (k, len(w) - 1 - k)) for k in range(len(w)))
"""
THREADS = """
import threading, time
stop = [threading.Thread(target=time.sleep, args=(1000,)) for _ in range({n})]
for one in stop:
    one.start()
"""
SCRIPT = "raise ValueError('<script>alert(1)</script> \\x1b[31mred\\x00')"
LATE = "does a loop never end|did not stop when its time was over"
SPEAK = "from IPython.display import HTML, display\n"

CASES = [
    # loops
    Case("loop in a cell", first("while True: pass"), 5, seconds=SHORT),
    Case("loop in a function", body("while True: pass"), 2, LATE, seconds=SHORT),
    Case("loop, all ignored", body(STUBBORN), 2, "did not stop", seconds=SHORT),
    Case(
        "loop, all ignored, in a cell",
        first(STUBBORN),
        5,
        "did not stop",
        seconds=SHORT,
    ),
    Case("sleep", body("import time\ntime.sleep(1e6)"), 2, LATE, seconds=SHORT),
    Case(
        "loop in C", body("return sum(range(10**15))"), 2, "did not stop", seconds=SHORT
    ),
    Case("recursion", body("return convolve_full(x, w)"), 2, "RecursionError"),
    Case(
        "deep C recursion",
        body(
            "import sys\nsys.setrecursionlimit(10**9)\n"
            "f = lambda n: f(n + 1) + sorted([1, 2], key=lambda i: f(n))[0]\nreturn f(0)"
        ),
        2,
        seconds=SHORT,
    ),
    # memory and disk
    Case("memory", first("a = np.ones(4 << 27)"), 5),
    Case(
        "memory, in small parts",
        first("a = []\nwhile True: a.append(bytearray(1 << 24))"),
        5,
    ),
    Case("memory, in a function", body("return np.ones(10**11)"), 2, "MemoryError"),
    Case("memory, mapped", body(MAPPED), 2, "PermissionError: .*/dev/zero"),
    Case("disk", first(FILL), 5),
    Case("many files", first(MANY), 5),
    Case(
        "huge result",
        body("return np.zeros(1 << 28, np.int8)"),
        2,
        "handed over",
    ),
    Case("deep result", body(DEEP), 2, "nested too deep"),
    Case("result in itself", body(CYCLE), 2, "nested too deep"),
    Case("huge integer", body("return [1 << 100000]"), 2, "thousand digits"),
    # the end of the process
    Case(
        "exit of the system in a cell",
        first("import os\nos._exit(0)"),
        5,
        "ended its own process",
    ),
    Case(
        "exit of the system", body("import os\nos._exit(0)"), 2, "ended its own process"
    ),
    Case("exit()", first("exit()"), 5),
    Case("quit() in a function", body("quit()"), 2, "SystemExit"),
    Case("sys.exit in a function", body("import sys\nsys.exit(1)"), 2, "SystemExit"),
    Case("interrupt", body("raise KeyboardInterrupt"), 2, "KeyboardInterrupt"),
    # the first process of a namespace cannot send itself a deadly signal
    Case(
        "kill itself",
        body("import os\nos.kill(os.getpid(), 9)"),
        2,
        "SIGKILL|gives back nothing",
    ),
    Case("abort", body("import os\nos.abort()"), 2, "the system ended the process"),
    Case(
        "segmentation fault", body("import ctypes\nctypes.string_at(0)"), 2, "SIGSEGV"
    ),
    Case("kill the parent", first("import os\nos.kill(os.getppid(), 9)"), 5),
    Case("kill the group", first("import os, signal\nos.kill(0, signal.SIGTERM)"), 5),
    Case("kill everybody", first("import os\nos.kill(-1, 9)"), 5),
    Case(
        "hang up", body("import os\nos.closerange(3, 256)"), 2, "ended its own process"
    ),
    # processes
    Case("fork bomb", first("import os\nfor _ in range(9): os.fork()"), 5),
    Case("fork and go on", first("import os\nos.fork()"), 5),
    Case("orphans", first(DAEMON), 5),
    Case("many threads", first(THREADS.format(n=100)), 5),
    # the network
    Case(
        "socket",
        first("import socket\nsocket.create_connection(('127.0.0.1', {port}))"),
        5,
    ),
    Case(
        "socket of the system",
        steal(
            "import socket\ns = socket.socket(socket.AF_UNIX)\n"
            "convolve_full = np.correlate"
        ),
        2,
    ),
    Case(
        "download",
        first("import urllib.request as u\nu.urlopen('http://127.0.0.1:{port}/')"),
        5,
    ),
    # files
    Case("run the solution", steal(SOLVE), 2),
    Case("link to the solution", steal(LINK_OUT), 2),
    Case("search the tests", steal(FIND_TESTS), 2),
    Case("answers in the checks", steal(CHECKS), 2),
    Case(
        "answers of the question",
        steal("from convcourse.checks.ch01 import q4\nconvolve_full = q4.reference"),
        2,
    ),
    Case(
        "answers of the tests",
        steal(
            "import sys\nsys.path.append('{root}/tests')\n"
            "from answers.right_01 import *\nconvolve_full = FUNCTIONS['q4'][0]"
        ),
        2,
    ),
    Case(
        "a shell",
        steal(
            "text = !cat {solution}\nif 'cells' in str(text): "
            "convolve_full = np.convolve"
        ),
        2,
    ),
    Case("memory of others", first(PROC), 5),
    Case("gradebook", first(SQL), 5),
    Case("write elsewhere", first(OUTSIDE), 5),
    # forging
    Case("patched NumPy", lambda nb: (first(PATCH)(nb), body("return 0 * x")(nb)), 2),
    Case("always equal", answer(ALWAYS), 2),
    Case("agrees to everything", answer(NICE), 2),
    Case("pickle", answer(PICKLE), 2, "it is a Bomb"),
    Case("forged verdict", answer(FORGE), 2, "disturbed the line"),
    Case("rubbish on the line", body(RUBBISH), 2, "disturbed the line"),
    Case("endless rubbish", body(ENDLESS), 2, "disturbed the line"),
    Case("input transformer", steal(TRANSFORM), 2),
    Case("AST transformer", steal(AST), 2),
    Case("nan", body("return np.nan"), 2),
    Case("no numbers", body("return 'nan'"), 2),
    Case("rebinds np", first("np = None\ndel get_ipython"), 2, "NoneType"),
    Case(
        "a check of one's own",
        steal(
            "class Q:\n    def check(self, *a, **k): pass\n"
            "q4 = Q()\nmore_tests = lambda: None"
        ),
        2,
    ),
    # cells
    Case("tests deleted", without_tests, 5),
    Case("tests forged", forged_tests, 2),
    Case("metadata stripped", each_cell(lambda c: c.update(metadata={})), 5),
    Case("test twice", duplicated("q4-check"), 5),
    Case("answer twice", duplicated("q4-answer"), 5),
    Case("setup twice", duplicated("setup"), 5),
    Case("setup deleted", lambda nb: nb["cells"].remove(cell_of(nb, "setup")), 5),
    Case("setup forged", lambda nb: set_source(nb, "setup", "raise SystemExit"), 5),
    Case("tests as raw text", in_tests(lambda c: c.update(cell_type="raw")), 5),
    Case("tests as answers", facts(solution=True, grade=False, locked=False), 5),
    Case("no points", in_tests(lambda c: c["metadata"]["nbgrader"].pop("points")), 5),
    Case("another schema", facts(schema_version=99), 5),
    Case("first schema", facts(schema_version=1, points="many"), 5),
    Case("metadata of another type", each_cell(lambda c: c.update(metadata=[1])), 5),
    Case("test before the answer", swapped, 2, "There is no `convolve_full`"),
    Case("ids", ids, 5),
    Case("all cells empty", each_cell(lambda c: c.update(source="")), 0),
    Case("only text", each_cell(lambda c: c.update(cell_type="markdown")), 0),
    # output
    Case("100 MB in a line", first("print('x' * 10**8)"), 5),
    Case("many lines", first("for i in range(30000): print('x' * 100)"), 5),
    Case(
        "100 MB below Python",
        first("import os\nfor i in range(100): os.write(1, bytes(10**6))"),
        5,
    ),
    Case(
        "HTML", first(SPEAK + "display(HTML('<script>alert(1)</script>' * 10**6))"), 5
    ),
    Case("script in an error", body(SCRIPT), 2, r"alert\(1\)</script> red"),
    Case("noise", answer(NOISE), 5),
    Case(
        "output closed", first("import sys\nsys.stdout.close()\nsys.stdout = None"), 5
    ),
    Case(
        "error without a text",
        body("class E(Exception):\n    def __str__(self): raise self\nraise E"),
        2,
    ),
    Case("question to the reader", first("input('your name? ')"), 5),
    Case("stored output", stored_output, 5),
    # files that are no notebook, or an odd one
    Case("format 3", old_format, 5),
    Case("format 4.4", format_4_4, 5),
    Case("other kernel", other_kernel, 5),
    Case("lists of lines", lists_of_lines, 5),
    Case("unicode", first("größe, π = 'ä', 3.14\nprint('日本', größe, '\\ud800')"), 5),
    Case("a half character", first("s = '\ud800'"), 5),
    Case("a null byte", first("x = 1\0"), 5),
    Case("await", first("import asyncio\nawait asyncio.sleep(0.01)"), 5),
    Case("magics", first("%matplotlib inline\n%time 1 + 1\n%%nonsense"), 5),
    Case("corrupt", file(b'{"cells": [{"cell_type": "co'), 0, "no notebook", odd=True),
    Case("PDF", file(b"%PDF-1.7\n\xff\xfe binary"), 0, "no notebook", odd=True),
    Case("empty", file(b""), 0, "empty", odd=True),
    Case("list", file(b"[1, 2, 3]"), 0, "no cells", odd=True),
    Case(
        "cells of another type", file(b'{"cells": {"a": 1}}'), 0, "no cells", odd=True
    ),
    Case("nested", file(b"[" * 200000), 0, "no notebook", odd=True),
    Case("UTF-16", file('{"cells": []}'.encode("utf-16")), 0, "no notebook", odd=True),
    Case("too large", file(b" " * (41 << 20)), 0, "larger than 40 MB", odd=True),
    Case("link", link, 0, "link", odd=True),
    Case("folder", folder, 0, "no file", odd=True),
    Case("pipe", fifo, 0, "no file", odd=True),
    Case("missing", lambda path: None, 0, "no such file", odd=True),
]
GOOD = "good, at last"


def written(case, path, fill):
    """Write the file of a case."""
    if case.odd:
        case.make(path)
        return path
    notebook = base()
    case.make(notebook)
    text = json.dumps(notebook)
    for name, value in fill.items():
        text = text.replace("{" + name + "}", str(value))
    path.write_text(text)
    return path


def grade_all(there):
    """Grade the whole table three times at once: {name: [Result, Result, Result]}.

    Parameters
    ----------
    there : Path
        An empty folder: a class's, with a gradebook that the answers attack.
    """
    from convcourse.grading.assignment import Assignment
    from convcourse.grading.core import Grader, Limits

    with contextlib.closing(sqlite3.connect(there / "gradebook.db")) as book:
        book.execute("create table grade (points real)")
        book.execute("insert into grade values (1)")
        book.commit()
    for name in ("work", "tmp"):
        (there / name).mkdir()
    fill = {"there": there, "root": ROOT, "solution": SOLUTION, "port": 9}
    files = {
        c.name: written(c, there / "work" / f"{i}.ipynb", fill)
        for i, c in enumerate(CASES)
    }
    seconds = {case.name: case.seconds for case in CASES}
    assignment = Assignment.read(SOLUTION)
    limits = Limits(submission=300, memory=400 << 20, file=4 << 20, notebook=40 << 20)
    results = {name: [None] * RUNS for name in [*files, GOOD]}

    def run(number):
        names = list(files)
        random.Random(number).shuffle(names)
        with Grader(assignment, limits) as grader:
            for name in names:
                grader.limits = replace(limits, cell=seconds[name])
                results[name][number] = grader.grade(files[name])
            results[GOOD][number] = grader.grade(SOLUTION)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(RUNS)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(there / "tmp"))
        patch.setattr(tempfile, "tempdir", None)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade the whole table; return the results and the class's folder."""
    from convcourse.grading.isolation import probe

    if probe().missing:  # a machine cannot be made to have it
        pytest.skip(f"this machine cannot isolate {', '.join(probe().missing)}")
    there = tmp_path_factory.mktemp("class")
    return grade_all(there), there


def told(result):
    """Return all that a result says to the learner."""
    messages = [cell.message for cell in result.cells.values()]
    return "\n".join([result.reason, *messages, *result.printed.values()])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_gets_its_score_every_time(graded, case):
    results, _ = graded
    runs = results[case.name]
    assert [run.score for run in runs] == [case.score] * RUNS, told(runs[0])
    for run in runs:
        assert re.search(case.words, " ".join(told(run).split())), told(run)
        assert run.status == ("failed" if case.score == 0 and run.reason else "graded")
        assert len(json.dumps(run.to_dict())) < 200_000  # output is capped


def test_the_good_one_gets_full_marks_after_all_of_them(graded):
    for run in graded[0][GOOD]:
        assert run.score == 20 and run.reason == "", told(run)


def test_points_are_alike_cell_by_cell(graded):
    for name, runs in graded[0].items():
        points = [{k: c.points for k, c in run.cells.items()} for run in runs]
        assert points[0] == points[1] == points[2], name


def test_nothing_is_left_behind(graded):
    """No process, no file: neither in the class's folder nor in others."""
    for number in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            assert (
                str(MINUTE).encode() not in Path(f"/proc/{number}/cmdline").read_bytes()
            )
    _, there = graded
    for place in (
        there,
        ROOT,
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        Path.home(),
        "/etc",
        "/",
    ):
        assert not Path(place, "PWNED").exists()
    assert SOLUTION.exists() and os.listdir(there / "tmp") == []
    with contextlib.closing(sqlite3.connect(there / "gradebook.db")) as book:
        assert book.execute("select points from grade").fetchall() == [(1,)]


def test_no_hidden_test_is_told(graded):
    for runs in graded[0].values():
        for secret in ("more_tests", "20401", "HIDDEN", "testing", "DESIRED", "FOUND"):
            assert secret not in told(runs[0])


def main():
    """Print the table: the score that is expected, and those that were given."""
    with tempfile.TemporaryDirectory() as folder:
        results = grade_all(Path(folder))
    print("expected  given        submission, and what is told of it")
    for case in CASES:
        runs = results[case.name]
        given = " ".join(f"{run.score:g}" for run in runs)
        words = " ".join((runs[0].reason or told(runs[0])).split())[:60]
        alike = all(run.score == case.score for run in runs)
        mark = "  " if alike else "! "
        print(f"{mark}{case.score:>6g}  {given:<12} {case.name}: {words}".rstrip())
    print(
        "at the end", *(f"{run.score:g}" for run in results[GOOD]), "of 20 for the good"
    )


if __name__ == "__main__":
    main()
