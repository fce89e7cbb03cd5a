"""Grading on a Dask cluster of two worker processes, against grading here."""

import copy
import dataclasses
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from unittest.mock import Mock

import psutil
import pytest
from convcourse.grading import cluster
from convcourse.grading.assignment import Assignment, Cell
from convcourse.grading.batch import Job
from convcourse.grading.cluster import Unavailable
from convcourse.grading.core import Grader, Limits, Result
from convcourse.grading.isolation import Report, probe
from distributed import Client, LocalCluster

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as the sandbox")
ROOT = Path(__file__).resolve().parents[1]
NAME = "01_convolution_1d"
SOLUTION = ROOT / "solutions" / NAME / f"{NAME}.ipynb"
EXERCISE = ROOT / "exercises" / NAME / f"{NAME}.ipynb"
LIMITS = Limits(cell=5)
PROCESSES = {"processes": True, "threads_per_worker": 1, "memory_limit": 0}
PROCESSES |= {"dashboard_address": "127.0.0.1:0"}


@pytest.fixture
def two():
    """Start a cluster of two workers, each a process: some tests kill one."""
    with LocalCluster(n_workers=2, **PROCESSES) as running:
        yield running


@pytest.fixture
def client(two):
    """Return a client of one's own, to look at the cluster and to harm it."""
    with Client(two.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


# --- a class --------------------------------------------------------------------------


def answered(answers):
    """Return chapter 01's exercise with these answers, {grade_id: source}, as bytes."""
    notebook = json.loads(EXERCISE.read_text())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, cell["source"])
    return json.dumps(notebook).encode()


def a_class():
    """Return {student: notebook}: right, partial, wrong, blank, broken and hostile."""
    assignment = Assignment.read(SOLUTION)
    right = {c.grade_id: c.source for c in assignment.cells if c.kind == "answer"}
    names = list(right)
    ends = right | {names[3]: "import os\nos._exit(1)"}
    noisy = right | {names[0]: right[names[0]] + "\nprint('x' * 100_000)"}
    return {
        "all": answered(right),
        "zoë 李": answered(right),
        "noisy": answered(noisy),
        "blank": EXERCISE.read_bytes(),
        "wrong": answered({name: "import numpy as np\ny = 0" for name in names}),
        "ends": answered(ends),
        "cut": answered(right)[:5000],
        "empty": b"",
        **{f"only {n}": answered({n: right[n]}) for n in names[:4]},
    }


def jobs_of(students, assignment, limits=LIMITS):
    """Return a job for each student."""
    return [
        Job(f"{assignment.name}/{student}", content, assignment, limits, "auto")
        for student, content in students.items()
    ]


def marks(result):
    """Return what must not depend on where it was graded."""
    cells = {n: (c.points, c.max_points, c.message) for n, c in result.cells.items()}
    return result.status, result.reason, cells, result.answers, result.printed


def test_a_class_gets_the_same_marks_as_here(two):
    assignment = Assignment.read(SOLUTION)
    jobs, said = jobs_of(a_class(), assignment), []
    given = list(cluster.run(jobs, two.scheduler_address, say=said.append))
    results = dict(given)
    assert len(given) == len(results) == len(jobs) == 12
    with Grader(assignment, LIMITS) as grader:
        for job in jobs:
            here = grader.grade_bytes(job.content)
            assert marks(results[job.key]) == marks(here), job.key
    assert said == [f"2 workers: {probe().chosen('auto')}."]
    scores = {name.partition("/")[2]: r.score for name, r in results.items()}
    assert scores["all"] == scores["zoë 李"] == assignment.max_score
    assert scores["blank"] == scores["cut"] == 0 < scores["only q1-answer"]
    assert results[f"{NAME}/cut"].status == "failed"


# --- small submissions, whose behaviour is chosen ---------------------------------------


def small(test="assert y == 1", name="small"):
    """Return an assignment with one answer and one test."""
    cells = Cell("a", "answer", "y = 1"), Cell("t", "test", test, 1.0)
    return Assignment(name, cells)


def handed_in(answer):
    """Return the notebook of a learner of `small`, as bytes."""
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "a"}}}
    return json.dumps({"cells": [{**cell, "source": answer}]}).encode()


def many(number, answer="y = 1", assignment=None):
    """Return jobs with the same answer."""
    students = {f"s{i}": handed_in(answer) for i in range(number)}
    return jobs_of(students, assignment or small())


def until(holds):
    """Wait until something holds, for a minute at most; return it."""
    end = time.monotonic() + 60
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def alive(pid):
    """Return True if a process is there, and not only its remains."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running(client):
    """Return the addresses of the workers that grade in this moment."""

    def tasks(dask_worker):
        return len(dask_worker.state.executing)

    return [address for address, count in client.run(tasks).items() if count]


def children(client):
    """Return the processes that each worker has started itself, {address: pids}."""

    def pids():
        import psutil

        return [child.pid for child in psutil.Process().children()]

    return client.run(pids)


def test_a_worker_killed_in_mid_run_loses_nothing(two, client):
    jobs = many(8, "import time\ntime.sleep(1)\ny = 1")
    coming = cluster.run(jobs, two.scheduler_address)
    given = [next(coming)]
    before = client.run(os.getpid)
    address = until(lambda: running(client))[0]
    orphans = children(client)[address]
    os.kill(before[address], signal.SIGKILL)
    given += coming
    assert sorted(key for key, _ in given) == sorted(job.key for job in jobs)
    assert all(result.score == 1 for _, result in given)
    assert len(orphans) == 2
    until(lambda: not any(map(alive, orphans)))


def test_a_submission_whose_workers_all_die_has_failed_and_the_others_have_not(
    two, client, monkeypatch
):
    monkeypatch.setattr(two.scheduler, "allowed_failures", 0)
    doomed = many(1, "import time\ntime.sleep(30)")
    coming = cluster.run(doomed, two.scheduler_address)
    pids = client.run(os.getpid)

    def kill():
        address = until(lambda: running(client))[0]
        os.kill(pids[address], signal.SIGKILL)

    killer = Thread(target=kill)
    killer.start()
    ((_, result),) = coming
    killer.join()
    assert result.status == "failed" and result.score == 0
    assert "1 workers in a row were lost" in result.reason
    assert [r.score for _, r in cluster.run(many(3), two.scheduler_address)] == [1] * 3


def test_few_are_on_their_way_and_nothing_is_left_behind(two, client):
    """5000 submissions must not lie in the scheduler, nor graders on the workers."""
    taken = []
    jobs = (taken.append(job) or job for job in many(200))
    coming = cluster.run(jobs, two.scheduler_address)
    for _ in itertools.islice(coming, 3):
        pass
    assert 3 <= len(taken) <= 3 + 2 * 2 + 2
    pids = itertools.chain(*children(client).values())
    folders = [Path(psutil.Process(pid).cwd()) for pid in pids]
    assert folders
    coming.close()
    until(lambda: not any(children(client).values()) and not two.scheduler.tasks)
    until(lambda: not any(folder.exists() for folder in folders))
    assert cluster.NAME not in two.scheduler.worker_plugins


def test_a_worker_keeps_one_grader_for_a_thread(two, client):
    """With TensorFlow each holds a gigabyte: another assignment takes its place."""
    other = small("assert y == 1 and True", name="other")
    jobs = many(6) + many(6, assignment=other)
    seen = []
    for _, result in cluster.run(jobs, two.scheduler_address):
        assert result.score == 1
        seen += map(len, children(client).values())
    assert max(seen) == 2  # one for learners' code and one for the tests


# --- clusters that cannot grade ---------------------------------------------------------


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{}", "127.0.0.1", "x://y", ""])
def test_no_scheduler_is_said(address):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = address.format(silent.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(Unavailable, match="No Dask scheduler answers at"):
            list(cluster.run(many(1), address, patience=1))
        assert time.monotonic() - began < 20
    assert list(cluster.run([], address)) == []


def test_names_of_learners_and_folders_stay_here():
    """The scheduler and its pages know no names."""
    (job,) = jobs_of({"zoë": handed_in("y = 1")}, small())
    job = dataclasses.replace(job, assignment=Assignment("small", (), (), "/home/me"))
    client = Mock()
    cluster._submit(client, job, {})
    (sent,) = client.submit.mock_calls
    assert "zo" not in repr(sent) and "/home/me" not in repr(sent)
    assert repr(job.content) in repr(sent)


def test_no_workers_is_said():
    with LocalCluster(n_workers=0, **PROCESSES) as empty:
        with pytest.raises(Unavailable, match="it has no workers"):
            list(cluster.run(many(1), empty.scheduler_address, patience=1))


def worker(address, **environment):
    """Start a worker without a nanny, as one does by hand."""
    command = [sys.executable, "-m", "dask", "worker", address, "--no-nanny"]
    command += ["--nthreads", "1", "--no-dashboard"]
    return subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def changed_course(folder):
    """Copy the library there with another check in it; return the worker's variables."""
    shutil.copytree(ROOT / "lib/convcourse", folder / "convcourse")
    with open(folder / "convcourse/checks/ch01.py", "a") as file:
        file.write("\n")
    return {"PYTHONPATH": str(folder)}


def no_course(folder):
    """Hide the library from a worker."""
    (folder / "convcourse").mkdir()
    (folder / "convcourse/__init__.py").touch()
    return {"PYTHONPATH": str(folder)}


OTHERS = {
    "course [0-9a-f]{12}, here [0-9a-f]{12}": changed_course,
    "No module named .*'convcourse.grading": no_course,
}


@pytest.mark.parametrize("words", OTHERS)
def test_a_worker_with_another_course_is_refused(tmp_path, words):
    """It would give other marks."""
    with LocalCluster(n_workers=0, **PROCESSES) as empty:
        process = worker(empty.scheduler_address, **OTHERS[words](tmp_path))
        try:
            with pytest.raises(Unavailable, match=words):
                list(cluster.run(many(1), empty.scheduler_address))
        finally:
            process.terminate()
            process.wait(20)


def test_a_worker_with_another_course_that_comes_later_is_refused_too(tmp_path):
    with LocalCluster(n_workers=1, **PROCESSES) as one:
        jobs = many(200, "import time\ntime.sleep(0.5)\ny = 1")
        coming = cluster.run(jobs, one.scheduler_address)
        assert next(coming)[1].score == 1
        process = worker(one.scheduler_address, **changed_course(tmp_path))
        try:
            with pytest.raises(Unavailable, match="has not got this version"):
                for _, result in coming:
                    assert result.score == 1
        finally:
            process.terminate()
            process.wait(20)


def test_a_worker_without_isolation_is_refused_where_it_is_strict(monkeypatch):
    monkeypatch.setattr(cluster, "probe", lambda: Report(landlock=7))
    (job,) = many(1)
    inside = {**PROCESSES, "processes": False}  # a thread here, which sees the change
    with LocalCluster(n_workers=1, **inside) as one:
        strict = dataclasses.replace(job, isolation="strict")
        with pytest.raises(Unavailable, match="network, processes would not be"):
            list(cluster.run([strict], one.scheduler_address))


def test_workers_that_vanish_for_good_end_the_run_in_words():
    with LocalCluster(n_workers=0, **PROCESSES) as empty:
        process = worker(empty.scheduler_address)
        with Client(empty.scheduler_address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
        jobs = many(6, "import time\ntime.sleep(0.3)\ny = 1")
        coming = cluster.run(jobs, empty.scheduler_address, patience=3)
        try:
            assert next(coming)[1].score == 1
        finally:
            process.kill()
            process.wait()
        with pytest.raises(Unavailable, match="All workers are gone"):
            list(coming)


def test_a_scheduler_that_vanishes_ends_the_run_in_words(tmp_path):
    """Both are started by the commands that INSTRUCTORS.md tells."""
    told = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1"]
    command += ["--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(command, **nowhere)
    until(told.exists)
    address = json.loads(told.read_text())["address"]
    process = worker(address)
    try:
        jobs = many(6, "import time\ntime.sleep(0.3)\ny = 1")
        coming = cluster.run(jobs, address, patience=20)
        assert next(coming)[1].score == 1
        scheduler.kill()
        with pytest.raises(Unavailable, match="connection to the scheduler was lost"):
            list(coming)
    finally:
        for one in (scheduler, process):
            one.kill()
            one.wait()


# --- what a worker sends ---------------------------------------------------------------


def changed(change):
    """Return a good result for `small` as JSON, after a change of its facts."""
    cell = {"points": 1.0, "max_points": 1.0, "message": "", "seconds": 0.1}
    facts = Result("graded").to_dict() | {"cells": {"t": cell}}
    facts = copy.deepcopy(facts)
    change(facts)
    return json.dumps(facts)


FORGED = {
    "more points than there are": lambda f: f["cells"]["t"].update(points=2.0),
    "less than none": lambda f: f["cells"]["t"].update(points=-1),
    "no number": lambda f: f["cells"]["t"].update(points=float("nan")),
    "points as text": lambda f: f["cells"]["t"].update(points="1"),
    "points as truth": lambda f: f["cells"]["t"].update(points=True),
    "other maximum": lambda f: f["cells"]["t"].update(points=9, max_points=9),
    "another test": lambda f: f["cells"].update(u=f["cells"]["t"]),
    "no test": lambda f: f["cells"].clear(),
    "another status": lambda f: f.update(status="excellent"),
    "a reason that is no text": lambda f: f.update(reason={"a": 1}),
    "an answer that is no text": lambda f: f.update(answers={"a": ["y"]}),
    "answers that are no table": lambda f: f.update(answers="y"),
    "a note that is no text": lambda f: f.update(notes=[3]),
    "a field too many": lambda f: f.update(bonus=1),
    "a field too few": lambda f: f.pop("cells"),
}


def test_a_good_result_is_taken():
    result = cluster._received(changed(lambda facts: None), small())
    assert result.status == "graded" and result.score == 1


@pytest.mark.parametrize("name", FORGED)
def test_what_is_no_result_has_failed(name):
    result = cluster._received(changed(FORGED[name]), small())
    assert result.status == "failed" and result.score == 0
    assert list(result.cells) == ["t"] and "sent no result" in result.reason


@pytest.mark.parametrize("text", [b"{}", "{", "[]", "null", 3, None, "[" * 100_000])
def test_what_is_no_json_has_failed(text):
    assert cluster._received(text, small()).status == "failed"
