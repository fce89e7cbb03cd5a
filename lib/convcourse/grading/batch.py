"""Grade many submissions, and remember each result at once."""

import contextlib
import errno
import hashlib
import json
import os
import queue
import shutil
import signal
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from .assignment import Assignment
from .collect import Submission
from .core import Grader, Limits, Result, failed
from .files import place, put
from .isolation import PACKAGE
from .people import shown
from .submission import Unreadable, contents, understood


@dataclass(frozen=True)
class Job:
    """One submission to be graded, as plain data that can travel.

    Attributes
    ----------
    key : str
        Of the submission: "assignment/student".
    content : bytes
        The notebook.
    assignment : Assignment
    limits : Limits
    isolation : str
        "auto", "strict" or "none".
    """

    key: str
    content: bytes
    assignment: Assignment
    limits: Limits
    isolation: str


class Busy(RuntimeError):
    """Another call works on this class folder."""


def key_of(submission):
    """Return the key of a submission: no student's id has a slash in it."""
    return f"{submission.assignment}/{submission.student}"


# --- what is remembered --------------------------------------------------------------


APART = ("figures", "plots.py", "environment.py")  # no mark depends on these
# What runs a submission; the rest of this room brings it here, and shows what came of it.
RUNS = "assignment channel codec core isolation judge learner submission zygote _linux"
AGAIN = "again"  # in place of a version: to be graded again, as was asked for


def version_of(assignment):
    """Return a digest of what marks depend on: the cells, and what is behind them."""
    digest = hashlib.sha256(json.dumps(asdict(assignment)["cells"]).encode())
    for path in _behind(assignment):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _behind(assignment):
    """Yield the course's files on which the marks of an assignment may depend.

    Checks, data, what runs a submission and what an answer may use; not figures, the
    gradebook and its pages, nor the checks of other chapters.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        room, name = path.relative_to(PACKAGE).parts[0], path.stem
        other = name.startswith("ch") and f"convcourse.checks.{name}"
        if room in APART or room == "grading" and name not in RUNS.split():
            continue
        if room != "checks" or not other or other in assignment.imports:
            yield path
    root = PACKAGE.parents[1]
    yield from sorted([*root.glob("*.lock"), *(root / "data").glob("*.*")])


@dataclass(frozen=True)
class Record:
    """What grading a submission gave, as it is remembered.

    Attributes
    ----------
    submission : Submission
    tests : str
        `version_of` the assignment at that time, or `AGAIN`.
    final : bool
        False where not the submission but the machine failed: it is tried again.
    result : Result
    """

    submission: Submission
    tests: str
    final: bool
    result: Result


class Records:
    """The records of a class: one file for each student and assignment.

    Parameters
    ----------
    room : str or Path
        The class folder; they are in its folder `graded`.
    """

    def __init__(self, room):
        self.room = Path(room)
        self.folder = self.room / "graded"

    def load(self, assignment, student):
        """Return a `Record`; None where there is none that can be read."""
        return _loaded(self.folder / assignment / f"{student}.json")

    def of(self, assignment):
        """Return all records of an assignment, by student."""
        found = map(_loaded, sorted((self.folder / assignment).glob("*.json")))
        return {one.submission.student: one for one in found if one}

    def all(self):
        """Yield (assignment, student, Result) of all records."""
        for folder in sorted(self.folder.glob("*/")):
            for student, record in self.of(folder.name).items():
                yield folder.name, student, record.result

    def save(self, record):
        """Write a record, whole or not at all."""
        one = record.submission
        facts = asdict(one) | {"path": str(one.path)}
        if one.submitted:
            facts["submitted"] = one.submitted.isoformat()
        data = {"key": key_of(one), "submission": facts, "digest": one.digest}
        data |= {"tests": record.tests, "final": record.final}
        data["result"] = record.result.to_dict()
        folder = place(self.room, "graded", one.assignment)
        put(folder / f"{one.student}.json", json.dumps(data).encode())

    def reopen(self, submissions):
        """Let submissions be graded once more, by this call or by a later one."""
        for one in submissions:
            if record := self.load(one.assignment, one.student):
                self.save(replace(record, tests=AGAIN))


def _loaded(path):
    """Return the record in a file, or None."""
    try:
        data = json.loads(path.read_bytes())
        facts = data["submission"]
        when = facts["submitted"]
        facts["submitted"] = datetime.fromisoformat(when) if when else None
        facts["path"] = Path(facts["path"])
        result = Result.from_dict(data["result"])
        return Record(Submission(**facts), data["tests"], data["final"], result)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@contextlib.contextmanager
def alone(room):
    """Hold a class folder: one call at a time. The system frees it when we end.

    Raises
    ------
    Busy
        If another call holds it.
    """
    import fcntl  # not on Windows, where nothing is graded

    with open(Path(room) / ".lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f"Another call is grading in {shown(room)}. Wait until it is done, or "
                "stop it with Ctrl-C: what it has graded is kept."
            ) from None
        yield


# --- what is to be done --------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What is to be graded.

    Attributes
    ----------
    due : list of Submission
    why : Counter
        How many of them are "new", "changed", have other "tests", are graded "again".
    kept : int
        How many are graded already.
    """

    due: list
    why: Counter
    kept: int


def plan(submissions, assignments, records, again=False):
    """Return the `Plan`: what was not graded as it is now, by tests as they are now."""
    versions = {name: version_of(one) for name, one in assignments.items()}
    due, why = [], Counter()
    for one in submissions:
        reason = _reason(one, records.load(one.assignment, one.student), versions)
        reason = reason or ("again" if again else "")
        if reason:
            due.append(one)
            why[reason] += 1
    return Plan(due, why, len(submissions) - len(due))


def _reason(submission, record, versions):
    """Return why a submission is to be graded, or ""."""
    if record is None:
        return "new"
    before = record.submission
    if (before.digest, before.problem) != (submission.digest, submission.problem):
        return "changed"
    if record.tests == AGAIN:
        return "again"
    if record.tests != versions[submission.assignment]:
        return "tests"
    return "" if record.final else "retried"


class Batch:
    """Grades what is due, and saves each record as it comes.

    Parameters
    ----------
    assignments : dict of str to Assignment
    records : Records
    limits : Limits
    isolation : str

    Attributes
    ----------
    stopped : bool
        Set it, and no further submission is begun.
    """

    def __init__(self, assignments, records, limits, isolation):
        self.assignments, self.records = assignments, records
        self.limits, self.isolation = limits, isolation
        self.stopped, self.unread = False, queue.SimpleQueue()

    def run(self, due, grade):
        """Grade, save and yield each submission with its result.

        Parameters
        ----------
        due : list of Submission
        grade : callable
            Given jobs, it returns an iterator of (key, Result): `local`, or that of a
            cluster.
        """
        waiting = {key_of(one): one for one in due}
        versions = {name: version_of(one) for name, one in self.assignments.items()}
        with contextlib.closing(grade(self._jobs(due))) as results:
            for key, result in self._all(results):
                one = waiting.pop(key, None)
                if one is None:
                    continue  # a cluster's second result of one job
                tests = versions[one.assignment]
                record = Record(one, tests, self._final(one, result), result)
                self.records.save(record)
                yield one, result

    def _all(self, results):
        """Yield results, and those of what cannot be read, when they come."""
        for found in results:
            yield from self._refused()
            yield found
        yield from self._refused()

    def _refused(self):
        """Yield the results of what could not be made a job."""
        while not self.unread.empty():
            yield self.unread.get()

    def _jobs(self, due):
        """Yield a job for each submission, read when its turn comes."""
        for one in sorted(due, key=key_of):
            if self.stopped:
                return
            assignment = self.assignments[one.assignment]
            try:
                if one.problem:
                    raise Unreadable(one.problem)
                content = contents(one.path, self.limits.notebook)
            except (Unreadable, OSError) as why:
                self.unread.put((key_of(one), failed(assignment, str(why))))
                continue
            key = key_of(one)
            yield Job(key, content, assignment, self.limits, self.isolation)

    def _final(self, submission, result):
        """Return whether grading it once more would give the same."""
        if result.status != "failed" or submission.problem:
            return True
        assignment = self.assignments[submission.assignment]
        try:
            content = contents(submission.path, self.limits.notebook)
            understood(content, assignment, self.limits.notebook)
        except Unreadable:
            return True
        return False


# --- on this machine -----------------------------------------------------------------


def cores():
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local(jobs, workers):
    """Grade on this machine.

    Parameters
    ----------
    jobs : iterable of Job
        Taken as there is room; best sorted by assignment.
    workers : int
        How many at the same time.

    Yields
    ------
    key : str
    result : Result
        In the order in which they are done.
    """
    pool = _Pool(jobs, workers)
    try:
        yield from pool.results()
    finally:
        pool.end()


class _Pool:
    """Threads that each have a grader, whose work is done by its subprocesses."""

    def __init__(self, jobs, workers):
        self.jobs, self.turn = iter(jobs), threading.Lock()
        self.done, self.ended = queue.SimpleQueue(), False
        self.graders = {}
        # daemons: a second Ctrl-C does not wait for a submission's time limit
        self.threads = [
            threading.Thread(target=self._work, args=(i,), daemon=True)
            for i in range(workers)
        ]

    def results(self):
        """Yield what is done, until all is."""
        working = self._begin()
        while working:
            key, result = self.done.get()
            if isinstance(result, BaseException):
                raise result
            if key is None:
                working -= 1
            else:
                yield key, result

    def _begin(self):
        """Start the threads, as many as the machine has room for; return their number."""
        for number, thread in enumerate(self.threads):
            try:
                thread.start()
            except RuntimeError as why:
                if number == 0:
                    raise OSError(errno.EAGAIN, str(why)) from None
                return number
        return len(self.threads)

    def end(self):
        """End the threads, and what they have begun."""
        self.ended = True
        while any(thread.is_alive() for thread in self.threads):
            for grader in list(self.graders.values()):
                with contextlib.suppress(Exception):  # its thread closes it too
                    grader.close()
            time.sleep(0.05)

    def _work(self, number):
        """Grade until nothing is left."""
        end = None
        try:
            while not self.ended and (job := self._next()):
                self.done.put((job.key, self._graded(number, job)))
        except BaseException as error:  # such as Refused: for all, not for one
            end = error
        finally:
            if grader := self.graders.pop(number, None):
                grader.close()
            self.done.put((None, end))

    def _next(self):
        """Return the next job, or None."""
        with self.turn:
            return next(self.jobs, None)

    def _graded(self, number, job):
        """Return the result of one job, whatever happens to it."""
        grader = self.graders.get(number)
        wanted = (job.assignment, job.limits)
        if grader is None or (grader.assignment, grader.limits) != wanted:
            if grader:
                grader.close()
            grader = Grader(job.assignment, job.limits, job.isolation)
            self.graders[number] = grader
        try:
            return grader.grade_bytes(job.content)
        except Exception as error:
            grader.close()
            said = shown(f"{type(error).__name__}: {error}")
            return failed(job.assignment, f"It could not be graded ({said}).")


# --- while it runs -------------------------------------------------------------------


@contextlib.contextmanager
def gently(batch):
    """Let the first Ctrl-C finish what has begun; the second one does not wait."""
    told = (
        b"\nStopping: what has begun is finished first. Ctrl-C again does not wait.\n"
    )

    def ask(number, frame):
        if batch.stopped:
            raise KeyboardInterrupt
        batch.stopped = True
        with contextlib.suppress(OSError):
            os.write(2, told)

    before = {n: signal.signal(n, ask) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Progress:
    """Says how far it is: a line that changes on a terminal, lines elsewhere.

    Parameters
    ----------
    total : int
    out : file
    clock : callable
        Seconds.
    """

    def __init__(self, total, out, clock=time.monotonic):
        self.total, self.out, self.clock = total, out, clock
        self.count, self.start = 0, clock()
        self.live = out.isatty()

    def done(self, submission, result):
        """Say that one is done."""
        self.count += 1
        width = len(str(self.total))
        points = f"{result.score:g} of {_most(result):g}"
        if result.status == "failed":
            points = f"failed: {shown(result.reason, 200)}"
        who = f"{shown(submission.student, 60)}, {submission.assignment}"
        line = f"[{self.count:{width}}/{self.total}] {who}: {points}{self._left()}"
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            stays = result.status == "failed"
            line = "\r\x1b[K" + (f"{line}\n" if stays else line[:width])
        print(line, end="" if self.live else "\n", file=self.out, flush=True)

    def _left(self):
        """Return the rate, and how long the rest will take."""
        seconds = self.clock() - self.start
        rate = self.count / max(seconds, 1e-3)
        left = (self.total - self.count) / rate
        rest = f", {_span(left)} left" * (self.count < self.total)
        return f"  ({60 * rate:.0f} a minute{rest})"

    def close(self):
        """Leave the line that changes."""
        if self.live and self.count:
            print("\r\x1b[K", end="", file=self.out, flush=True)


def _most(result):
    """Return the points that the tests could give."""
    return sum(cell.max_points for cell in result.cells.values())


def _span(seconds):
    """Return a time in words.

    Examples
    --------
    >>> _span(42), _span(200), _span(7300)
    ('42 s', '3 min', '2 h 2 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
