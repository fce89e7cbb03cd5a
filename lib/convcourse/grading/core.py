"""Grade one submission, or one after another: the only door that others need."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .isolation import Refused, inside, probe
from .judge import REASONS
from .submission import Unreadable, contents, understood

NOT_RUN = "Not run: the work was stopped before."
NO_SANDBOX = "the sandbox could not be made"  # as the keeper says it
SILENT = f"{NO_SANDBOX}: its process was not started, or the system ended it"
AGAIN = 4  # new processes for one submission, where the learner's code ends its own
PATIENCE = 5.0  # seconds in which the keeper of a dead process says why it died
START_SECONDS = 300  # in which a prepared process has loaded its modules
ALONE = "import sys; from convcourse.grading.zygote import alone; alone(*sys.argv[1:])"
START = "import sys; from convcourse.grading.zygote import main; main(int(sys.argv[1]))"


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell : float
        Seconds for a cell of the learner, and for a test cell.
    submission : float
        Seconds for all of it.
    memory : int
        Bytes, of all processes of its code together. What the tests make of its
        results has a limit of its own (`zygote.TESTS_MEMORY`).
    output : int
        Characters of a cell's output that are kept; the rest is swallowed.
    file : int
        Bytes of one file that it writes, and of all together ten times as much.
    processes : int
        Processes at the same time.
    notebook : int
        Bytes of the file that is handed in.
    """

    cell: float = 30.0
    submission: float = 300.0
    memory: int = 2 << 30
    output: int = 10_000
    file: int = 32 << 20
    processes: int = 64
    notebook: int = 64 << 20


@dataclass
class CellResult:
    """What a test cell gave.

    Attributes
    ----------
    points, max_points : float
    message : str
        Why it is not full marks, in words for the learner; no hidden test in it.
        Empty where all is right.
    seconds : float
    """

    points: float
    max_points: float
    message: str = ""
    seconds: float = 0.0


@dataclass
class Result:
    """What grading one submission gave; plain data.

    Attributes
    ----------
    status : str
        "graded", or "failed" where it could not be read or run at all (no points then).
    reason : str
        In words, why it failed or was ended early; else empty.
    cells : dict
        {grade_id: CellResult} of every test cell of the assignment, in their order.
    answers : dict
        {grade_id: source} of the learner's answers (kinds "answer" and "manual").
    printed : dict
        {grade_id: text}: what answer cells printed, or the error they ended with.
    seconds : float
    isolation : str
        What was in force, in one line.
    notes : list of str
        What the instructor should know, such as a test cell that gives no number.
    """

    status: str
    reason: str = ""
    cells: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    printed: dict = field(default_factory=dict)
    seconds: float = 0.0
    isolation: str = ""
    notes: list = field(default_factory=list)

    @property
    def score(self):
        """The points of all test cells together."""
        return sum(cell.points for cell in self.cells.values())

    def to_dict(self):
        """Return it as dictionaries, lists, texts and numbers, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data):
        """Return the result that `to_dict` was called on."""
        cells = {name: CellResult(**cell) for name, cell in data["cells"].items()}
        return cls(**{**data, "cells": cells})


def _no_points(assignment, why):
    """Return the cells of what gets no points, for a reason."""
    return {c.grade_id: CellResult(0.0, c.points, why) for c in assignment.tests}


def failed(assignment, why):
    """Return the result of what could not be read or run, with the reason."""
    return Result("failed", why, _no_points(assignment, why))


class Grader:
    """Grades submissions of one assignment, one after another; a context manager.

    It keeps two prepared processes alive, which are copied for each submission: one
    for learners' code, one for the tests (`zygote`). Graders of the same assignment in
    one process share them, so that each thread can have a grader of its own.

    Parameters
    ----------
    assignment : Assignment
    limits : Limits
    isolation : str
        "auto" takes the best means that the platform has, "strict" refuses to start
        where they are not enough, "none" takes none.

    Attributes
    ----------
    isolation : isolation.Report
        What is in force; `str()` of it is one line.

    Raises
    ------
    isolation.Refused
        If the mode is "strict" and this machine has not got enough, or if the account
        has less memory than an answer may use.
    """

    def __init__(self, assignment, limits=None, isolation="auto"):
        self.assignment, self.limits = assignment, limits or Limits()
        if os.name != "posix":
            raise Refused(
                "Grade in WSL2 or in a container: Windows has no sandbox here."
            )
        _enough(self.limits.memory)
        self.isolation = probe().chosen(isolation)
        if self.isolation.landlock:
            for path, remedy in (
                (assignment.path, "Keep the tests elsewhere."),
                (tempfile.gettempdir(), "Set TMPDIR to another folder."),
            ):
                if path and inside(path):
                    raise Refused(
                        f"{path} lies in a folder that answers may read, as Python's "
                        f"own are. {remedy}"
                    )
        self.pair = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """End the processes, if nobody else uses them."""
        with Pair.lock:  # another thread may close it, to end what runs
            pair, self.pair = self.pair, None
        if pair:
            pair.give_back()

    @property
    def servers(self):
        """The prepared processes: {"learners" or "tests": Server}."""
        return self.pair.servers if self.pair else {}

    def grade(self, path):
        """Return the `Result` of one notebook file; it raises for no submission."""
        try:
            content = contents(path, self.limits.notebook)
        except Unreadable as why:
            failure = failed(self.assignment, str(why))
            return self._signed(failure, time.monotonic())
        return self.grade_bytes(content)

    def grade_bytes(self, content):
        """Return the `Result` of a notebook file's bytes; it raises for no submission."""
        start = time.monotonic()
        try:
            steps, answers = understood(content, self.assignment, self.limits.notebook)
        except Unreadable as why:
            result = failed(self.assignment, str(why))
        else:
            result = self._run(steps)
            result.answers = answers
        return self._signed(result, start)

    def _signed(self, result, start):
        """Note how long it took, and what was in force."""
        result.seconds = round(time.monotonic() - start, 4)
        result.isolation = str(self.isolation)
        return result

    def _run(self, steps):
        """Run a submission; once more if a prepared process was found dead."""
        for last in (False, True):
            try:
                return _Run(self, steps).result()
            except OSError as error:
                if pair := self.pair:
                    pair.forget()
                self.close()
                if last:
                    return failed(self.assignment, f"It could not be run: {error}")
        return None

    def server(self, role):
        """Return a prepared process: "learners" or "tests"."""
        pair = self.pair = self.pair or Pair.of(self.assignment, self.isolation)
        return pair.servers[role]


class Pair:
    """The two prepared processes of an assignment; both start at the same time.

    Parameters
    ----------
    assignment : Assignment
    report : isolation.Report
    """

    known, lock = {}, threading.Lock()

    def __init__(self, assignment, report):
        names = assignment.imports
        open_ones = [n for n in names if not n.startswith("convcourse.checks")]
        make = Server if report.fork else Spawner
        self.servers = {
            "learners": make("learners", open_ones, report),
            "tests": make("tests", names, report, _as_data(assignment)),
        }
        self.users = 0

    @classmethod
    def of(cls, assignment, report):
        """Return the pair of this process; to be given back."""
        key = (os.getpid(), assignment, report)
        with cls.lock:
            pair = cls.known.get(key) or cls.known.setdefault(
                key, cls(assignment, report)
            )
            pair.key = key
            pair.users += 1
        return pair

    def forget(self):
        """Let the next one who asks have a new pair: this one is dead."""
        with self.lock:
            if self.known.get(self.key) is self:
                del self.known[self.key]

    def give_back(self):
        """End the processes, if this was the last user."""
        with self.lock:
            self.users -= 1
            last = not self.users
            if last and self.known.get(self.key) is self:
                del self.known[self.key]
        if last:
            for server in self.servers.values():
                server.close()


class Server:
    """A prepared process, in which jobs are started.

    Parameters
    ----------
    role : str
        "learners" or "tests".
    imports : sequence of str
        Modules that it loads.
    report : isolation.Report
        What is to be put in force.
    cells : list of list
        Fields of the assignment's cells, for "tests": these are rehearsed.
    """

    def __init__(self, role, imports, report, cells=()):
        self.role, self.folder = role, tempfile.mkdtemp(prefix="convcourse-")
        task = {"role": role, "imports": list(imports), "isolation": vars(report)}
        task |= {"cells": list(cells), "folder": self.folder}
        self.door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-c", START, str(theirs.fileno())]
        self.said = Path(self.folder, "stderr")
        with (
            theirs,
            open(self.said, "wb") as said,
            tempfile.TemporaryFile("w+") as told,  # of any size, and without a name
        ):
            json.dump(task, told)
            told.seek(0)
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=_environment(self.folder),
                pass_fds=[theirs.fileno()],
                stdin=told,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        self.ready, self.lock = False, threading.Lock()

    def start(self, job, sockets):
        """Start a job with these sockets, which are closed here."""
        with self.lock:
            if not self.ready:
                self.door.settimeout(START_SECONDS)
                said = b""
                with contextlib.suppress(OSError):
                    said = self.door.recv(16)
                if said != b"ready":
                    said = self.said.read_text(errors="replace").strip().splitlines()
                    why = said[-1][:300] if said else "it says nothing"
                    raise OSError(f"a prepared process does not start ({why})")
                self.ready = True
        socket.send_fds(
            self.door, [json.dumps(job).encode()], [one.fileno() for one in sockets]
        )
        for one in sockets:
            one.close()

    def close(self):
        """End it."""
        self.door.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Spawner:
    """Starts a new Python for each job, where processes cannot be copied.

    Slow, and without a sandbox: for macOS, where it was not tried. Parameters as
    those of `Server`.
    """

    def __init__(self, role, imports, report, cells=()):
        self.folder = tempfile.mkdtemp(prefix="convcourse-")
        self.task = {"role": role, "imports": list(imports), "isolation": vars(report)}
        self.processes = []

    def start(self, job, sockets):
        """Start a job with these sockets, which are closed here."""
        self.processes = [p for p in self.processes if p.poll() is None]
        numbers = [one.fileno() for one in sockets]
        text = json.dumps({**self.task, "job": job})
        self.processes.append(
            subprocess.Popen(
                [sys.executable, "-c", ALONE, text, *map(str, numbers)],
                cwd=self.folder,
                env=_environment(self.folder),
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        for one in sockets:
            one.close()

    def close(self):
        """End what still runs."""
        for process in self.processes:
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sandbox:
    """One learner's process, as the grader sees it.

    Parameters
    ----------
    grader : Grader

    Attributes
    ----------
    line : socket.socket
        To the process; to be handed to the tests.
    """

    def __init__(self, grader):
        self.line, theirs = socket.socketpair()
        self.leash, held = socket.socketpair()
        self.kept = grader.isolation.fork  # by a keeper, which always says something
        job = {"limits": asdict(grader.limits)}
        grader.server("learners").start(job, [theirs, held])

    def end(self, patience=0.0):
        """End it, and return why it ended if it did so by itself.

        Parameters
        ----------
        patience : float
            Seconds to wait first, for a process that is said to have ended.
        """
        told = b""
        with self.leash:
            try:
                if patience:
                    self.leash.settimeout(patience)
                    with contextlib.suppress(TimeoutError):
                        told = self.leash.recv(1 << 12)
                if not told:
                    self.leash.settimeout(10)
                    self.leash.shutdown(socket.SHUT_WR)
                    told = self.leash.recv(1 << 12)
                return json.loads(told)["why"] if told else SILENT * self.kept
            except (OSError, ValueError):
                return "its sandbox did not end in time"


class _Run:
    """One submission on its way."""

    def __init__(self, grader, steps):
        self.grader, self.limits = grader, grader.limits
        self.made = Result("graded", cells=_no_points(grader.assignment, NOT_RUN))
        self.now, self.left, self.pid = None, AGAIN, 0
        self.report, told = socket.socketpair()
        tests = grader.server("tests")
        self.sandbox = Sandbox(grader)
        tests.start({}, [self.sandbox.line, told])
        task = {"name": grader.assignment.name, "steps": steps}
        task["cells"] = _as_data(grader.assignment)
        task["limits"] = asdict(grader.limits)
        self.task = json.dumps(task).encode() + b"\n"

    def result(self):
        """Return the result, when all is over."""
        with self.report:
            try:
                self._listen()
            finally:
                if self.sandbox:
                    self.sandbox.end()
        return self.made

    def _listen(self):
        """Hear from the tests until they are done, or much too late."""
        limits = self.limits
        end = time.monotonic() + limits.submission + 2 * limits.cell + 10
        self.report.settimeout(limits.submission)
        with contextlib.suppress(ConnectionError):  # it is gone, and nothing comes back
            self.report.sendall(self.task)
        text = b""
        while True:
            left = min(end - time.monotonic(), 3 * limits.cell + 10)
            self.report.settimeout(max(left, 0.01))
            try:
                part = self.report.recv(1 << 20)
            except TimeoutError:
                self._stopped("The test took too long on your results.")
                self._kill()
                return
            except ConnectionError:
                part = b""
            if not part and not self.pid:
                raise OSError("the machine has no room for one more process")
            if not part:
                self._stopped("The test came to no end on your results.")
                return
            *lines, text = (text + part).split(b"\n")
            for line in lines:
                if self._heard(json.loads(line)):
                    return

    def _heard(self, facts):
        """Take in what the tests say; return True if it was the last."""
        made = self.made
        if "cell" in facts:
            cell = made.cells[facts["cell"]]
            cell.points, cell.message = facts["points"], facts["message"]
            cell.seconds, self.now = facts["seconds"], None
        elif "pid" in facts:
            self.pid = facts["pid"]
        elif "begin" in facts:
            self.now = facts["begin"]
        elif "printed" in facts:
            made.printed.update(facts["printed"])
        elif "note" in facts:
            made.notes.append(facts["note"])
        elif "lost" in facts:
            self._renew(facts["lost"])
        elif "failed" in facts:
            made.notes.append(facts["failed"])
            self._stopped("The tests could not be run. Tell your instructor.")
        return self.made.status == "failed" or "done" in facts or "failed" in facts

    def _kill(self):
        """End the tests, which hear no signal while C code computes."""
        if self.pid:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)

    def _stopped(self, why):
        """Note that the tests have ended before their time."""
        if self.now:
            self.made.cells[self.now].message = why
        self.made.reason = why

    def _renew(self, how):
        """End the learner's process, say why it was lost, and start another one."""
        why = self.sandbox.end(PATIENCE if how == "dead" else 0.0)
        self.sandbox = None
        if why.startswith(NO_SANDBOX):
            self.made = failed(self.grader.assignment, f"It was not run: {why}.")
            return
        said = f"Stopped: {why}." if how == "dead" and why else REASONS[how]
        self.made.reason = self.made.reason or said
        sockets = []
        if self.left:
            self.left -= 1
            self.sandbox = Sandbox(self.grader)
            sockets.append(self.sandbox.line)
        numbers = [one.fileno() for one in sockets]
        socket.send_fds(self.report, [json.dumps({"why": said}).encode()], numbers)
        for one in sockets:
            one.close()


def _enough(memory):
    """Refuse to grade where the account may not use the memory that answers may.

    They would lose marks by it: TensorFlow's own memory comes to that of an answer.
    """
    import resource  # not on Windows

    for name, letter, more in (("AS", "v", 1 << 30), ("DATA", "d", 1 << 29)):
        most, _ = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
        if most != resource.RLIM_INFINITY and most < memory + more:
            raise Refused(
                f"This account may use {most >> 20} MB of memory, and grading wants "
                f"{memory + more >> 20} MB. Say `ulimit -{letter} unlimited` first, or "
                "ask who runs the machine."
            )


def _as_data(assignment):
    """Return the fields of an assignment's cells."""
    return [[c.grade_id, c.kind, c.source, c.points] for c in assignment.cells]


def _environment(folder):
    """Return the environment of a prepared process: nothing secret in it."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "MPLCONFIGDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    lib = str(Path(__file__).resolve().parents[2])
    return environment | {
        "IPYTHONDIR": folder,
        "MPLBACKEND": "agg",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CONVCOURSE_STATIC": "1",
        "PYTHONPATH": lib,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def grade(submission, assignment, limits=None, isolation="auto"):
    """Grade one submission.

    Parameters
    ----------
    submission : str or Path
        The notebook that was handed in.
    assignment : Assignment
    limits : Limits, optional
    isolation : str

    Returns
    -------
    Result
    """
    with Grader(assignment, limits, isolation) as grader:
        return grader.grade(submission)
