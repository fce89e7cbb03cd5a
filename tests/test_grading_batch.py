"""Grading a class: what is due, interrupted and resumed, and the command."""

import csv
import errno
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from convcourse.grading import __main__ as command
from convcourse.grading import batch, cluster, core, feedback, isolation
from convcourse.grading.assignment import Assignment, Cell
from convcourse.grading.collect import Submission
from convcourse.grading.core import CellResult, Limits, Result

ROOT = Path(__file__).resolve().parents[1]
NAME = "99_small"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="grading wants POSIX")

ANSWER = """
import os, time
with open({log!r}, "a") as log:
    log.write({who!r} + "\\n")
time.sleep({seconds})
y = {y}
"""


def cell(grade_id, source, **facts):
    known = {"grade": False, "solution": False, "locked": True, "task": False}
    known |= {"grade_id": grade_id, "schema_version": 3, **facts}
    plain = {"cell_type": "code", "execution_count": None, "outputs": []}
    return plain | {"id": grade_id, "metadata": {"nbgrader": known}, "source": source}


def notebook(answer, test="assert y == 1"):
    """Return a notebook of one answer and one test, which tells all points."""
    cells = [
        cell("a", answer, solution=True, locked=False),
        cell("t", test, grade=True, points=2),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    facts = {"metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps({"cells": cells, **facts})


class Class:
    """A class in a folder, with an assignment of its own."""

    def __init__(self, folder):
        self.folder, self.log = folder, folder / "log"
        self.submissions, self.room = folder / "in", folder / "room"
        self.tests = folder / "tests"
        self.solution()

    def solution(self, test="assert y == 1", name=NAME):
        path = self.tests / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook("### BEGIN SOLUTION\ny = 1\n### END SOLUTION", test))

    def hand_in(self, *students, y=1, seconds=0.0, name=NAME):
        for who in students:
            path = self.submissions / who / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            facts = {"log": str(self.log), "who": who, "seconds": seconds, "y": y}
            path.write_text(notebook(ANSWER.format(**facts)))

    def arguments(self, *more):
        """Without isolation, so that an answer can count its runs in a file."""
        folders = ["--class", self.room, "--tests", self.tests]
        given = [self.submissions, *folders, "--isolation", "none", *more]
        return [str(one) for one in given]

    def grade(self, *more):
        return command.main(self.arguments(*more))

    def start(self, *more):
        """Start it as a process, in a group of its own, as from a terminal."""
        return subprocess.Popen(
            [sys.executable, "-m", "convcourse.grading", *self.arguments(*more)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def runs(self):
        """Return who was graded, each time once."""
        return sorted(self.log.read_text().splitlines()) if self.log.exists() else []

    def scores(self):
        found = batch.Records(self.room).of(NAME)
        return {who: record.result.score for who, record in found.items()}

    def rows(self):
        with open(self.room / "grades.csv", encoding="utf-8", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture
def klass(tmp_path):
    return Class(tmp_path)


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


# --- what is due ---------------------------------------------------------------------


def small(test="assert y == 1"):
    cells = Cell("a", "answer", "y = 1"), Cell("t", "test", test, 2.0)
    return Assignment(NAME, cells)


def job(key, answer="y = 1", assignment=None):
    assignment = assignment or small()
    return batch.Job(key, notebook(answer).encode(), assignment, Limits(), "auto")


def test_records_come_back_as_they_went(tmp_path):
    records = batch.Records(tmp_path)
    result = Result("graded", "", {"t": CellResult(1.0, 2.0, "näh")}, {"a": "y = 1"})
    one = Submission("Zoë", NAME, tmp_path / "x", digest="d", name="Z", number="7")
    record = batch.Record(one, "v", True, result)
    records.save(record)
    assert records.load(NAME, "Zoë") == record == records.of(NAME)["Zoë"]
    assert list(records.all()) == [(NAME, "Zoë", result)]
    path = tmp_path / "graded" / NAME / "Zoë.json"
    for damage in ("", "{", "[]", '{"submission": 3}', '{"submission": {}}'):
        path.write_text(damage)
        assert records.load(NAME, "Zoë") is None and records.of(NAME) == {}


def test_a_record_is_whole_or_not_there(tmp_path, monkeypatch):
    records = batch.Records(tmp_path)
    one = Submission("anna", NAME, tmp_path / "x")
    records.save(batch.Record(one, "old", True, Result("graded")))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        records.save(batch.Record(one, "new", True, Result("graded")))
    assert records.load(NAME, "anna").tests == "old"
    assert len(list((tmp_path / "graded" / NAME).iterdir())) == 1


def test_what_is_due(tmp_path):
    assignments = {NAME: small()}
    records = batch.Records(tmp_path)
    one = Submission("anna", NAME, tmp_path / "x", digest="d")

    def due(submission=one, assignments=assignments, again=False):
        return dict(batch.plan([submission], assignments, records, again).why)

    assert due() == {"new": 1}
    version = batch.version_of(assignments[NAME])
    records.save(batch.Record(one, version, True, Result("graded")))
    assert due() == {} and due(again=True) == {"again": 1}
    assert due(Submission("anna", NAME, tmp_path / "y", digest="d")) == {}
    assert due(Submission("anna", NAME, tmp_path / "x", digest="e")) == {"changed": 1}
    assert due(assignments={NAME: small("assert y == 2")}) == {"tests": 1}
    records.save(batch.Record(one, version, False, Result("failed")))
    assert due() == {"retried": 1}


def test_the_version_follows_what_marks_depend_on(tmp_path, monkeypatch):
    """A changed check, judge or data set is a changed test; a page or a figure is not."""
    package = tmp_path / "lib" / "convcourse"
    behind = "checks/core.py", "checks/ch01.py", "grading/judge.py", "grading/codec.py"
    behind += "datasets/shipped.py", "kernels.py", "../../data/a.png", "../../b.lock"
    apart = "checks/ch02.py", "grading/feedback.py", "figures/kit.py", "plots.py"
    for name in (*behind, *apart):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name)
    monkeypatch.setattr(batch, "PACKAGE", package)
    one = Assignment(NAME, (), ("convcourse.checks.ch01",))
    seen = [batch.version_of(one)]
    for name in (*behind, *apart):
        (package / name).write_text("changed")
        changed = batch.version_of(one) != seen[-1]
        assert changed == (name in behind), name
        seen.append(batch.version_of(one))


def test_what_runs_a_submission_is_among_it():
    """Every part of the grader that the prepared processes load."""
    code = "import sys; from convcourse.grading import judge, learner, zygote, core"
    code += "; print(*(n for n in sys.modules if n.startswith('convcourse.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = {n.rpartition(".")[2] for n in done.stdout.split() if "grading." in n}
    paths = {path.stem for path in batch._behind(small())}
    assert {"judge", "learner", "channel"} < loaded <= paths


# --- on this machine -----------------------------------------------------------------


def test_local_workers_grade_each_once():
    other = Assignment("other", small("assert y == 2").cells)
    jobs = [job(f"{i}", f"y = {i}") for i in range(6)]
    jobs += [job(f"o{i}", f"y = {i}", other) for i in range(6)]
    given = list(batch.local(iter(jobs), 3))
    assert len(given) == 12
    scores = {key: result.score for key, result in given}
    right = {"1", "o2"}
    assert scores == {one.key: 2.0 * (one.key in right) for one in jobs}


def test_two_workers_work_at_the_same_time(klass):
    """Each answer waits for what the other one does."""
    wait = """
import os, time
open({mine!r}, "w").close()
end = time.monotonic() + 20
while not os.path.exists({other!r}) and time.monotonic() < end:
    time.sleep(0.01)
y = int(os.path.exists({other!r}))
"""
    a, b = str(klass.folder / "a"), str(klass.folder / "b")
    jobs = [
        batch.Job(
            key, notebook(wait.format(**names)).encode(), small(), Limits(), "none"
        )
        for key, names in {
            "a": {"mine": a, "other": b},
            "b": {"mine": b, "other": a},
        }.items()
    ]
    scores = {key: result.score for key, result in batch.local(jobs, 2)}
    assert scores == {"a": 2.0, "b": 2.0}


def test_one_that_goes_wrong_does_not_stop_the_rest(monkeypatch):
    """Whatever the grader raises becomes a failed result with a reason."""
    real = core.Grader.grade_bytes

    def grade_bytes(self, content):
        if b"y = 3" in content:
            raise RuntimeError("\x1b[2J the machine\nburns")
        return real(self, content)

    monkeypatch.setattr(core.Grader, "grade_bytes", grade_bytes)
    jobs = [job(str(i), f"y = {i}") for i in (1, 3, 1)]
    results = [result for _, result in batch.local(jobs, 1)]
    assert [r.status for r in results] == ["graded", "failed", "graded"]
    assert [r.score for r in results] == [2, 0, 2]
    assert "the machine" in results[1].reason and results[1].reason.isprintable()
    assert results[1].cells["t"].message == results[1].reason


def test_what_stops_all_is_raised(monkeypatch):
    report = isolation.Report()
    monkeypatch.setattr(core, "probe", lambda: report)
    strict = batch.Job("a", b"{}", small(), Limits(), "strict")
    with pytest.raises(isolation.Refused):
        list(batch.local([strict], 2))


@pytest.mark.parametrize("room", [0, 1])
def test_a_machine_without_room_for_all_workers(monkeypatch, room):
    """The workers that there are do the work; without one, it is said."""
    start, left = threading.Thread.start, [room]

    def started(thread):
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    def graded(pool, number, one):
        return Result("graded")

    monkeypatch.setattr(batch._Pool, "_graded", graded)
    monkeypatch.setattr(threading.Thread, "start", started)
    jobs = [job(f"{NAME}/{who}") for who in "abc"]
    if room:
        assert sorted(key for key, _ in batch.local(jobs, 3)) == [j.key for j in jobs]
    else:
        with pytest.raises(OSError, match="can't start new thread"):
            list(batch.local(jobs, 3))


def test_what_is_not_taken_any_more_is_ended():
    jobs = [job(str(i), "import time\ntime.sleep(25)\ny = 1") for i in range(4)]
    given = batch.local([job("first"), *jobs], 2)
    assert next(given)[0] == "first"
    start = time.monotonic()
    given.close()
    assert time.monotonic() - start < 20
    with pytest.raises(StopIteration):
        next(given)


# --- the command ---------------------------------------------------------------------


def test_again_goes_on_where_it_was_stopped(klass, capsys, monkeypatch):
    """What was graded before that call does not count as done."""
    klass.hand_in("anna", "ben", "carl")
    assert klass.grade() == 0
    real = batch.local

    def local(jobs, workers):
        yield from itertools.islice(real(jobs, workers), 2)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batch, "local", local)
        assert klass.grade("--again", "--workers", "1") == 130
    assert "same command, without --again, goes on" in capsys.readouterr().out
    done = len(klass.runs())
    assert klass.grade() == 0
    said = capsys.readouterr().out
    assert "3 submissions: 1 to grade" in said and "1 graded again, as --again" in said
    assert len(klass.runs()) == done + 1 and done in (5, 6)
    assert klass.grade() == 0
    assert "0 to grade" in capsys.readouterr().out and len(klass.rows()) == 3


@pytest.mark.slow
def test_a_class_is_graded_once(klass, capsys):
    klass.hand_in("anna", "ben", "Zoë Ångström")
    klass.hand_in("carl", y=3)
    broken = klass.submissions / "dora" / NAME / f"{NAME}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"%PDF-1.4")
    (klass.submissions / "emil" / NAME).mkdir(parents=True)
    assert klass.grade("--workers", "2") == 0
    said = capsys.readouterr().out
    everybody = ["anna", "ben", "carl", "dora", "emil", "Zoë Ångström"]
    points = dict(zip(everybody, [2, 2, 0, 0, 0, 2], strict=True))
    assert klass.scores() == points
    lines = [line for line in said.splitlines() if line.startswith("[")]
    assert len(lines) == 6 and lines[0].startswith("[1/6] ")
    assert "NOT isolated: files, network, processes" in said and "WARNING" in said
    assert "failed: dora: The file is no notebook" in said
    assert "failed: emil: There is no exercise" in said
    rows = klass.rows()
    assert {who: float(row["score"]) for who, row in rows.items()} == points
    assert rows["dora"]["status"] == "failed" and "JSON" in rows["dora"]["reason"]
    for who in everybody:
        assert (klass.room / "feedback" / who / NAME / f"{NAME}.html").exists()
    first = klass.runs()
    assert first == ["Zoë Ångström", "anna", "ben", "carl"]

    assert klass.grade() == 0  # nothing is graded, all is still there
    said = capsys.readouterr().out
    assert "6 submissions: 0 to grade." in said and klass.runs() == first
    assert "failed: emil" in said and klass.rows() == rows

    klass.hand_in("ben", y=4)
    klass.hand_in("fritz")
    assert klass.grade() == 0
    assert "1 graded again, because something else was" in capsys.readouterr().out
    assert sorted(klass.runs()) == sorted([*first, "ben", "fritz"])
    assert klass.rows()["ben"]["score"] == "0.0"

    klass.solution("assert y == 4")
    assert klass.grade() == 0
    assert "7 graded again, because their tests have" in capsys.readouterr().out
    assert klass.rows()["ben"]["score"] == "2.0" and klass.scores()["anna"] == 0
    before = len(klass.runs())
    assert klass.grade("--again") == 0
    assert len(klass.runs()) == before + 5


def test_earlier_results_stay_where_less_comes_in(klass):
    """A second folder adds to the class; nobody is lost, the first one not needed."""
    klass.hand_in("anna", "ben")
    path = klass.submissions / "anna" / NAME / f"{NAME}.ipynb"
    work = json.loads(path.read_text())
    own = {"cell_type": "code", "execution_count": None, "outputs": [], "metadata": {}}
    work["cells"].insert(0, own | {"id": "own", "source": "mine = 1"})
    path.write_text(json.dumps(work))
    assert klass.grade() == 0
    copy = klass.room / "autograded" / "anna" / NAME / f"{NAME}.ipynb"
    assert "mine = 1" in (before := copy.read_text())
    shutil.rmtree(klass.submissions)
    klass.submissions = klass.folder / "more"
    klass.hand_in("carl")
    assert klass.grade() == 0
    assert copy.read_text() == before
    assert sorted(klass.rows()) == ["anna", "ben", "carl"]
    assert all(row["score"] == "2.0" for row in klass.rows().values())


def test_a_failure_stays_said_when_another_assignment_is_graded(klass):
    klass.solution(name="98_other")
    (klass.submissions / "anna" / NAME).mkdir(parents=True)
    klass.hand_in("anna", name="98_other")
    assert klass.grade("--assignment", NAME) == 0
    failed = klass.rows()["anna"]
    assert (failed["assignment"], failed["status"]) == (NAME, "failed")
    assert klass.grade("--assignment", "98_other") == 0
    with open(klass.room / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["assignment"]: row for row in csv.DictReader(file)}
    assert rows[NAME] == failed and rows["98_other"]["score"] == "2.0"


def test_the_machines_failures_are_tried_again(klass, monkeypatch, capsys):
    klass.hand_in("anna", "ben")
    real = core.Grader.grade_bytes

    def out_of_memory(self, content):
        if b"anna" in content:
            raise MemoryError
        return real(self, content)

    monkeypatch.setattr(core.Grader, "grade_bytes", out_of_memory)
    assert klass.grade() == 0
    assert klass.rows()["anna"]["status"] == "failed"
    monkeypatch.setattr(core.Grader, "grade_bytes", real)
    assert klass.grade() == 0
    assert "1 tried again" in capsys.readouterr().out
    assert klass.rows()["anna"]["score"] == "2.0" and klass.runs() == ["anna", "ben"]


def test_the_list_of_the_class_and_the_due_time(klass, capsys):
    klass.hand_in("anna", "stranger")
    stamp = klass.submissions / "anna" / NAME / "timestamp.txt"
    stamp.write_text("2026-05-04 13:00:00 UTC")
    list_ = klass.folder / "list.csv"
    list_.write_text("id,first_name,last_name\nanna,Anna,=1+1\nben,Ben,Berg\n")
    due = ["--due", "2026-05-04T12:00+00:00", "--students", str(list_)]
    assert klass.grade(*due) == 0
    said = capsys.readouterr().out
    assert "nothing handed in: ben" in said
    assert "Not in the list of the class: stranger" in said
    assert "--due: when 1 of 2 were handed in is not known" in said
    rows = klass.rows()
    assert rows["anna"]["name"] == "Anna =1+1" and rows["ben"]["status"] == "missing"
    assert float(rows["anna"]["late_seconds"]) == 3600
    assert float(rows["stranger"]["late_seconds"]) == 0


def test_private_tests_stand_in_for_the_courses(klass):
    """The folder's own chapters come first; the course's, where it has none."""
    found = command.assignments(klass.tests)
    assert found[NAME].path.startswith(str(klass.tests))
    assert found["01_convolution_1d"].path.startswith(str(ROOT / "solutions"))
    klass.solution(name="01_convolution_1d")
    found = command.assignments(klass.tests)
    assert found["01_convolution_1d"].path.startswith(str(klass.tests))
    assert len(found["01_convolution_1d"].cells) == 2


def test_a_spreadsheet_finds_no_formula():
    for text in ("=1+1", "+1", "-1", "@x"):
        assert command._harmless(text) == "'" + text
    assert command._harmless("a\tb\n") == "a\\tb\\n"
    assert [command._harmless(v) for v in (1.5, None, "anna")] == [1.5, "", "anna"]


# --- refusals ------------------------------------------------------------------------


def refusal(capsys, klass, *more):
    assert klass.grade(*more) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return " ".join(said.err.split())


def test_refusals_are_in_words_and_leave_nothing(klass, capsys, monkeypatch):
    klass.hand_in("anna")
    room = klass.room
    assert "There is no assignment '98'" in refusal(capsys, klass, "--assignment", "98")
    klass.room = ROOT / "work" / "class"
    assert "lies in the course's repository" in refusal(capsys, klass)
    assert not klass.room.exists()
    klass.room = klass.folder / "link"
    klass.room.symlink_to(ROOT / "work")
    assert "lies in the course's repository" in refusal(capsys, klass)
    klass.room = klass.folder / "file" / "room"
    (klass.folder / "file").write_text("")
    assert "Cannot write in the class folder" in refusal(capsys, klass)
    klass.room = room
    monkeypatch.setattr(command, "inside", lambda path: path == klass.tests)
    assert "answers may read that folder" in refusal(capsys, klass)
    monkeypatch.setattr(command, "inside", lambda path: path == room)
    assert "lies where answers may read" in refusal(capsys, klass)
    monkeypatch.undo()
    none = klass.folder / "none"
    assert "no solution notebook in it" in refusal(capsys, klass, "--tests", str(none))
    assert "No such file" in refusal(capsys, klass, "--students", str(none))
    (klass.tests / "bad.ipynb").write_text("{")
    assert "bad.ipynb is no notebook" in refusal(capsys, klass)
    (klass.tests / "bad.ipynb").unlink()
    monkeypatch.setattr(command, "probe", isolation.Report)
    assert "not to be had here" in refusal(capsys, klass, "--isolation", "strict")
    klass.room = klass.submissions / "room"
    assert "lies among the submissions" in refusal(capsys, klass)
    assert not klass.room.exists()
    klass.room = klass.folder / "in"
    assert "is that of the submissions" in refusal(capsys, klass)
    assert list(klass.room.iterdir()) == [klass.submissions / "anna"]
    klass.room = room
    klass.submissions = none
    assert "There is nothing at" in refusal(capsys, klass)
    none.mkdir()
    assert "No submission was found" in refusal(capsys, klass)
    assert klass.runs() == []
    for wrong in (["--due", "soon"], ["--workers", "0"], ["--isolation", "much"]):
        with pytest.raises(SystemExit) as error:
            klass.grade(*wrong)
        assert error.value.code == 2


def test_a_gradebook_that_cannot_be_used_is_said_and_loses_nothing(klass, capsys):
    """One that the superuser has made, or that is no gradebook."""
    klass.hand_in("anna")
    klass.room.mkdir()
    book = klass.room / "gradebook.db"
    book.write_bytes(b"no database" * 100)
    said = refusal(capsys, klass)
    assert "gradebook.db cannot be written: file is not a database" in said
    book.unlink()
    assert klass.grade() == 0
    assert list(klass.rows()) == klass.runs() == ["anna"]


def test_an_account_without_a_home_is_said(klass, capsys, monkeypatch):
    klass.hand_in("anna")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert "no home folder" in refusal(capsys, klass) and not klass.room.exists()


def test_a_class_folder_is_nobody_elses(klass):
    """Learners may have accounts on the same machine."""
    klass.hand_in("anna")
    before = os.umask(0)
    try:
        assert klass.grade() == 0
    finally:
        os.umask(before)
    assert klass.room.stat().st_mode & 0o777 == 0o700


def test_a_due_time_is_one_assignments(klass, capsys):
    klass.solution(name="98_other")
    klass.hand_in("anna")
    klass.hand_in("anna", name="98_other")
    due = ["--due", "2026-05-04T12:00"]
    assert "--due is for one assignment" in refusal(capsys, klass, *due)
    assert klass.grade(*due, "--assignment", NAME) == 0


def test_a_full_disk_loses_nothing(klass, capsys, monkeypatch):
    klass.hand_in("anna", "ben", "carl")
    saved, put = [], batch.put

    def full(path, content):
        if len(saved) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(path)
        put(path, content)

    monkeypatch.setattr(batch, "put", full)
    assert "The disk is full" in refusal(capsys, klass, "--workers", "1")
    assert len(klass.scores()) == 2
    monkeypatch.setattr(batch, "put", put)
    with monkeypatch.context() as patch:
        patch.setattr(feedback, "write", lambda *_: full(None, None))
        assert "The disk is full" in refusal(capsys, klass)
    assert klass.grade() == 0
    assert len(klass.rows()) == 3 and len(klass.runs()) <= 4


def test_one_that_cannot_be_entered_does_not_stop_the_rest(klass, capsys, monkeypatch):
    klass.hand_in("anna", "ben", "carl")
    real = feedback.write

    def write(room, submission, *more):
        if submission.student == "ben":
            raise ValueError("no page")
        return real(room, submission, *more)

    monkeypatch.setattr(feedback, "write", write)
    assert klass.grade() == 2
    said = capsys.readouterr().out
    assert f"NOT in the gradebook: {NAME}/ben: ValueError: no page" in said
    for who in ("anna", "carl"):
        assert (klass.room / "feedback" / who / NAME / f"{NAME}.html").exists()
    assert len(klass.rows()) == 3


def test_what_is_graded_is_entered_while_the_rest_is_graded(klass, monkeypatch):
    klass.hand_in("anna", "ben")
    real, entered, waited = feedback.write, threading.Event(), []

    def write(*args):
        entered.set()
        return real(*args)

    def local(jobs, workers):
        for number, job in enumerate(jobs):
            if number:
                waited.append(entered.wait(60))
            yield job.key, batch.failed(job.assignment, "not run")

    monkeypatch.setattr(feedback, "write", write)
    monkeypatch.setattr(batch, "local", local)
    assert klass.grade() == 0
    assert waited == [True] and len(klass.rows()) == 2


def test_a_result_that_comes_twice_counts_once(tmp_path):
    """As from a cluster that has lost a worker."""
    records = batch.Records(tmp_path)
    run = batch.Batch({NAME: small()}, records, Limits(), "auto")
    due = [Submission(who, NAME, tmp_path / who) for who in ("a", "b", "c")]
    for one in due:
        one.path.write_text(notebook("y = 1"))

    def cluster(jobs):
        for number, one in enumerate(jobs):
            yield one.key, graded(number)
            yield one.key, graded(9)
        yield f"{NAME}/nobody", graded(9)

    done = [(one.student, result.score) for one, result in run.run(due, cluster)]
    assert done == [("a", 0), ("b", 1), ("c", 2)]
    scores = {who: r.result.score for who, r in records.of(NAME).items()}
    assert scores == {"a": 0, "b": 1, "c": 2}


def test_a_cluster_stands_in_for_this_machine(klass, capsys, monkeypatch):
    """And what it cannot do is said; what it has done by then is kept."""
    klass.hand_in("anna", "ben")

    def run(jobs, address, say):
        assert address == "tcp://there:8786"
        yield from batch.local([next(jobs)], 1)
        raise cluster.Unavailable("The scheduler is gone.")

    monkeypatch.setattr(cluster, "run", run)
    said = refusal(capsys, klass, "--scheduler", "tcp://there:8786")
    assert "The scheduler is gone." in said and klass.scores() == {"anna": 2}
    assert klass.grade() == 0 and klass.runs() == ["anna", "ben"]


def test_two_calls_do_not_meet(klass, capsys):
    klass.hand_in("anna")
    klass.room.mkdir()
    with batch.alone(klass.room):
        assert "Another call is grading" in refusal(capsys, klass)
    assert klass.runs() == [] and klass.grade() == 0


# --- stopped and gone on -------------------------------------------------------------


def children_of(pid):
    """Return the processes below one, by their ids."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(facts[1])
    found, more = set(), {pid}
    while more:
        more = {one for one, parent in parents.items() if parent in more} - found
        found |= more
    return found


def alive(pid):
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_finishes_what_it_has_begun_and_goes_on(klass, number):
    """Ctrl-C goes to the whole group of processes, as from a terminal."""
    names = [f"s{i}" for i in range(6)]
    klass.hand_in(*names, seconds=1)
    run = klass.start("--workers", "2")
    wait_for(lambda: len(klass.runs()) >= 3)
    children = children_of(run.pid)
    os.killpg(run.pid, number) if number == signal.SIGINT else run.send_signal(number)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130 and "Traceback" not in err, err
    assert "what has begun is finished first" in err
    assert "the same command goes on with the rest" in out
    assert sorted(klass.scores()) == klass.runs() != names  # all that were begun
    assert all(score == 2 for score in klass.scores().values())
    wait_for(lambda: not any(map(alive, children)))
    assert klass.grade("--workers", "2") == 0
    assert klass.runs() == names and len(klass.rows()) == 6


@linux
@pytest.mark.slow
def test_a_second_ctrl_c_does_not_wait(klass):
    klass.hand_in("a")
    klass.hand_in("b", "c", seconds=25)
    run = klass.start("--workers", "1")
    wait_for(lambda: len(klass.runs()) == 2)
    children = children_of(run.pid)
    start = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130 and "Traceback" not in err, err
    assert time.monotonic() - start < 15
    assert klass.scores() == {"a": 2.0}  # nothing false is kept of what was cut off
    wait_for(lambda: not any(map(alive, children)))


@linux
@pytest.mark.slow
def test_a_killed_run_loses_what_was_in_flight_at_most(klass):
    names = [f"s{i}" for i in range(5)]
    klass.hand_in(*names, seconds=0.5)
    run = klass.start("--workers", "1")
    wait_for(lambda: len(klass.scores()) >= 2)
    children = children_of(run.pid)
    assert children
    run.kill()
    run.communicate()
    kept = klass.scores()
    wait_for(lambda: not any(map(alive, children)))
    assert klass.grade("--workers", "1") == 0
    twice = [name for name in names if klass.runs().count(name) > 1]
    assert len(twice) <= 1 and not set(twice) & set(kept)
    assert set(klass.runs()) == set(names) == set(klass.rows())


# --- what is said meanwhile ----------------------------------------------------------


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def graded(points, reason=""):
    status = "failed" if reason else "graded"
    return Result(status, reason, {"t": CellResult(points, 4.0)})


def test_progress_in_lines():
    now, out = [0.0], io.StringIO()
    progress = batch.Progress(10, out, lambda: now[0])
    for i in range(3):
        now[0] += 30
        progress.done(Submission(f"s{i}", NAME, Path("x")), graded(i))
    progress.done(Submission("\x1b[2J", NAME, Path("x")), graded(0, "\x07 broken"))
    progress.close()
    lines = out.getvalue().splitlines()
    assert lines[0] == "[ 1/10] s0, 99_small: 0 of 4  (2 a minute, 4 min left)"
    assert lines[2] == "[ 3/10] s2, 99_small: 2 of 4  (2 a minute, 4 min left)"
    assert "failed: \\x07 broken" in lines[3]
    assert all(line.isprintable() for line in lines)


def test_progress_on_a_terminal(monkeypatch):
    """One line that changes; what failed stays."""
    monkeypatch.setenv("COLUMNS", "60")
    out = Screen()
    progress = batch.Progress(3, out)
    long = Submission("x" * 50, NAME, Path("x"))
    for result in (graded(1), graded(0, "broken"), graded(2)):
        progress.done(long, result)
    progress.close()
    first, failed, last, end = out.getvalue().split("\r\x1b[K")[1:]
    assert len(first) == len(last) == 59 and end == ""
    assert failed.endswith("\n") and "failed: broken" in failed
    assert out.getvalue().count("\n") == 1


# --- course.py -----------------------------------------------------------------------


def test_course_py_hands_over_to_it(monkeypatch):
    """In place of itself, so that Ctrl-C reaches one process, not two."""
    monkeypatch.syspath_prepend(str(ROOT))
    import course

    called = []
    monkeypatch.setattr(course, "environment", lambda go_on: Path(sys.executable))
    monkeypatch.setattr(os, "execve", lambda *arguments: called.append(arguments))
    course.main(["grade", "in", "--again"])
    ((path, arguments, environment),) = called
    assert path == sys.executable
    assert arguments == [path, "-m", "convcourse.grading", "in", "--again"]
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert "course.py grade SUBMISSIONS" in course.__doc__


def test_help_tells_all(capsys):
    with pytest.raises(SystemExit) as error:
        command.main(["--help"])
    said = capsys.readouterr().out
    assert error.value.code == 0 and "course.py grade" in said
    for option in ("assignment", "class", "tests", "isolation", "again", "workers",
                   "scheduler", "due", "students"):  # fmt: skip
        assert f"--{option}" in said
