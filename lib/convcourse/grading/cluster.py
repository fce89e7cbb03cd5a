"""Grade on a Dask cluster: notebooks travel there as bytes, results back as JSON.

The scheduler and the workers run from this course's environment, each with the same
files of `convcourse` (compared before anything is graded). They need no shared disk.
Dask trusts whoever can reach its scheduler: give it a private network, or TLS.
"""

import asyncio
import contextlib
import hashlib
import itertools
import json
import math
import platform
import queue
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

import dask
from distributed import Client, KilledWorker, Security, WorkerPlugin, get_worker
from distributed.comm import connect

from .core import Grader, Result, failed
from .isolation import PACKAGE, Refused, probe

PATIENCE = 30.0  # seconds for the scheduler to answer, and for a worker to be there
NAME = f"convcourse-{uuid.getnode():x}"  # a second run from here replaces the first
GATHER = 10.0  # seconds to fetch a result; its worker may just have been lost
LOST = (
    "It was not graded: {count} workers in a row were lost while they had it. Look at "
    "their memory and their logs, then grade it again."
)


class Unavailable(Refused):
    """The cluster cannot grade at all; the text says why. What is done is not lost."""


def run(jobs, address, patience=PATIENCE, say=None):
    """Grade on a cluster.

    Parameters
    ----------
    jobs : iterable of batch.Job
        Taken as the workers get through them: a few for each thread are on their way.
    address : str
        Of the scheduler, as "tcp://HOST:8786"; with "tls://" the certificates are
        those of Dask's own settings.
    patience : float
        Seconds to wait for the scheduler, and for a first or another worker.
    say : callable, optional
        Told, in a line of words, which isolation is in force on how many workers.

    Yields
    ------
    key : str
        Of the job.
    result : Result
        In the order in which they are done, each job once. A job whose worker is lost
        is done again by another one; if that happens too often it has failed.

    Raises
    ------
    Unavailable
        If the scheduler does not answer, if there are no workers, or if a worker has
        other files than this machine, or less isolation than is asked for.
    """
    jobs = iter(jobs)
    first = next(jobs, None)
    if first is None:
        return
    with _connected(address, patience) as client:
        try:
            for line, count in _compare(client, first.isolation, patience).items():
                if say:
                    say(f"{count} worker{'s' * (count != 1)}: {line}.")
            with _graders(client):
                yield from _results(client, itertools.chain([first], jobs), patience)
        except (OSError, CancelledError):  # closed, refused, or nothing for too long
            raise Unavailable(
                "The connection to the scheduler was lost. What is graded is kept: call "
                "again when it is back."
            ) from None


@contextlib.contextmanager
def _connected(address, patience):
    """Hold a client of the scheduler at an address."""
    quiet = {"distributed.admin.large-graph-warning-threshold": "4 GiB"}
    with dask.config.set(quiet):
        try:
            # aside, for this thread may run a loop of its own, as Jupyter's does
            with ThreadPoolExecutor(1) as aside:
                aside.submit(asyncio.run, _knock(address, patience)).result()
            client = Client(address, timeout=patience, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            why = str(error) or f"it says nothing for {patience:g} s"
            raise Unavailable(
                f"No Dask scheduler answers at {address!r} ({why}). Is it running, and "
                "is the address the one that it printed, such as tcp://HOST:8786?"
            ) from None
        with client:
            yield client


async def _knock(address, patience):
    """Connect and hang up: a `Client` waits for ever where nothing is said."""
    arguments = Security().get_connection_args("client")
    knock = connect(address, timeout=patience, **arguments)
    comm = await asyncio.wait_for(knock, patience)
    await comm.close()


@contextlib.contextmanager
def _graders(client):
    """Let every worker have graders for a while, also those that come later."""
    client.register_plugin(_Graders(), NAME)
    try:
        yield
    finally:
        if client.status == "running":
            with contextlib.suppress(OSError):  # it is lost in this moment
                client.unregister_worker_plugin(NAME)


# --- which workers there are -----------------------------------------------------------


def versions():
    """Return what marks depend on: {"course": digest of its files, "Python": …}."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        digest.update(
            f"{path.relative_to(PACKAGE).as_posix()} {len(content)} ".encode()
        )
        digest.update(content)
    found = {"course": digest.hexdigest()[:12], "Python": platform.python_version()[:4]}
    for package in ("numpy", "scipy", "tensorflow-cpu", "tensorflow"):
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _look(isolation):
    """Return a worker's versions, what is in force there, and why it refuses, or ""."""
    try:
        return versions(), str(probe().chosen(isolation)), ""
    except Refused as why:
        return versions(), "", str(why)


def _compare(client, isolation, patience):
    """Return {isolation in force: number of workers}, if all grade as we do here.

    Raises
    ------
    Unavailable
    """
    _wait(client, patience)
    ours, held = versions(), Counter()
    try:
        scheduler = client.run_on_scheduler(versions)
    except Exception as error:  # what another environment raises is not known
        scheduler = error
    told = {"The scheduler": (scheduler, "", "")}
    for where, facts in client.run(_look, isolation, on_error="return").items():
        told[f"The worker {where}"] = facts
    for where, facts in told.items():
        facts, line, refused = facts if isinstance(facts, tuple) else (facts, "", "")
        if facts != ours:
            raise Unavailable(_difference(where, facts, ours))
        if refused:
            raise Unavailable(f"{where} says: {refused}")
        held[line] += bool(line)
    return +held


def _wait(client, patience):
    """Wait for a first worker."""
    end = time.monotonic() + patience
    while not client.nthreads():
        if time.monotonic() > end:
            raise Unavailable(
                "The scheduler answers, but it has no workers. Start some with "
                "`dask worker ADDRESS --nthreads 1`."
            )
        time.sleep(0.2)


def _difference(where, facts, ours):
    """Say what is not the same there."""
    if isinstance(facts, dict):
        names = [n for n in {**ours, **facts} if ours.get(n) != facts.get(n)]
        said = [f"{n} {facts.get(n, 'missing')}, here {ours.get(n)}" for n in names]
    else:
        said = [str(facts)]
    return (
        f"{where} has not got this version of the course ({'; '.join(said)}). Bring it "
        "to the same commit and the same packages, and start it anew."
    )


# --- on a worker -----------------------------------------------------------------------


class _Graders(WorkerPlugin):
    """A worker's graders: at most one for each of its threads, kept between jobs."""

    def setup(self, worker):
        """Begin with none."""
        self.lock, self.idle, self.closed = threading.Lock(), [], False

    def teardown(self, worker):
        """End those that rest; those at work end with their job."""
        with self.lock:
            self.closed, idle = True, self.idle
        for _, grader in idle:
            grader.close()

    def grade(self, job):
        """Return the result of a job, as JSON."""
        kind = (job.assignment, job.limits, job.isolation)
        grader = self._take(kind)
        try:
            return json.dumps(grader.grade_bytes(job.content).to_dict())
        finally:
            with self.lock:
                if not self.closed:
                    self.idle.append((kind, grader))
                    grader = None
            if grader:
                grader.close()

    def _take(self, kind):
        """Return a grader of this kind; a new one takes the place of another kind's."""
        with self.lock:
            same = [pair for pair in self.idle if pair[0] == kind]
            found = (same or self.idle or [None])[0]
            if found:
                self.idle.remove(found)
        if same:
            return found[1]
        if found:
            found[1].close()
        return Grader(*kind)


def _grade(name, ours, job):
    """Grade a job: the task that the workers run. `name` is that of the plugin."""
    graders = get_worker().plugins[name]
    where = f"The worker {get_worker().address}"
    if not graders.idle and (found := versions()) != ours:  # it came later, perhaps
        raise Unavailable(_difference(where, found, ours))
    try:
        return graders.grade(job)
    except Refused as why:
        raise Unavailable(f"{where} says: {why}") from None


# --- on this side ----------------------------------------------------------------------


def _results(client, jobs, patience):
    """Yield (key, result) while jobs are handed to the workers, not all at once."""
    ours, pending, done = versions(), {}, queue.SimpleQueue()
    try:
        while True:
            room = 2 * sum(client.nthreads().values()) + 2 - len(pending)
            for job in itertools.islice(jobs, max(room, 0)):
                future = _submit(client, job, ours)
                pending[future.key] = job, future
                future.add_done_callback(done.put)
            if not pending:
                return
            future = _next(done, client, patience)
            job, _ = pending[future.key]
            result = _result(future, job)
            if result is None:  # its worker was lost with it, and it is done again
                future.add_done_callback(done.put)
                continue
            del pending[future.key]
            yield job.key, result
    finally:
        left = [future for _, future in pending.values()]
        if left and client.status == "running":
            with contextlib.suppress(OSError):  # it is lost in this moment
                client.cancel(left, force=True)


def _submit(client, job, ours):
    """Send a job away; names of learners and folders of this machine stay here."""
    assignment = replace(job.assignment, path="")
    task = f"grade-{uuid.uuid4().hex}"
    sent = replace(job, key=task, assignment=assignment)
    return client.submit(_grade, NAME, ours, sent, key=task, pure=False)


def _next(done, client, patience):
    """Wait for the next task that has come to its end."""
    seen = time.monotonic()
    while True:
        with contextlib.suppress(queue.Empty):
            return done.get(timeout=1)
        if client.nthreads():
            seen = time.monotonic()
        elif time.monotonic() - seen > patience:
            raise Unavailable(
                "All workers are gone, and none has come back. What is graded is kept: "
                "start workers, and call again."
            )


def _result(future, job):
    """Return the result of a task that has ended; None if it could not be fetched."""
    try:
        if future.status == "finished":
            return _received(future.result(timeout=GATHER), job.assignment)
        error = future.exception(timeout=GATHER)
    except TimeoutError:
        return None
    if isinstance(error, Unavailable):
        raise error
    if isinstance(error, KilledWorker):
        return failed(job.assignment, LOST.format(count=error.allowed_failures + 1))
    return failed(job.assignment, f"It could not be graded: {error!r}"[:500])


def _received(text, assignment):
    """Return the result that a worker sends, if it is one of this assignment."""
    try:
        result = Result.from_dict(json.loads(text))
        _verify(result, {c.grade_id: c.points for c in assignment.tests})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return failed(assignment, f"A worker sent no result of it: {error!r}"[:500])
    return result


def _verify(result, points):
    """Raise ValueError if a result is not what grading an assignment can give.

    Parameters
    ----------
    result : Result
    points : dict
        {grade_id: float}: the most that each test gives.
    """
    cells = result.cells.values()
    texts = [
        result.reason,
        result.isolation,
        *result.notes,
        *(c.message for c in cells),
    ]
    for pairs in (result.answers, result.printed):
        texts += [*pairs, *pairs.values()]
    numbers = [result.seconds, *(c.seconds for c in cells), *(c.points for c in cells)]
    if result.status not in ("graded", "failed"):
        raise ValueError(f"its status is {result.status!r}")
    if {name: cell.max_points for name, cell in result.cells.items()} != points:
        raise ValueError("its tests are not those of the assignment")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("something in it is no text")
    if not all(type(n) in (int, float) and 0 <= n < math.inf for n in numbers):
        raise ValueError("something in it is no number")
    if any(cell.points > cell.max_points for cell in cells):
        raise ValueError("it has more points than there are")
