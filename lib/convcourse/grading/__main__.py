"""The command: `python3 course.py grade SUBMISSIONS`."""

import argparse
import csv
import errno
import functools
import io
import os
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from . import batch, collect, people
from .assignment import Assignment
from .core import Limits
from .files import put
from .isolation import MODES, Refused, inside, probe
from .people import shown

COURSE = collect.COURSE
DONE, WRONG, STOPPED = 0, 2, 130
COLUMNS = {  # of grades.csv: the name of each in the gradebook's rows
    "student": "student",
    "name": "name",
    "assignment": "assignment",
    "score": "score",
    "max_score": "max",
    "late_seconds": "late",
    "penalty": "penalty",
    "manual_score": "manual",
    "needs_manual_grade": "needs_manual",
    "status": "status",
    "reason": "reason",
}


class Stop(Exception):
    """Nothing can be graded; the text says why, and what to do."""


def say(text=""):
    """Print a line at once."""
    print(text, flush=True)


def options(arguments):
    """Return what was asked for."""
    room = os.environ.get("CONVCOURSE_CLASS", Path.home() / "convolution-class")
    parser = argparse.ArgumentParser(
        prog="course.py grade",
        description="Grade what a class has handed in: into nbgrader's gradebook, a CSV "
        "file, and a page of feedback for each student. Call it again after Ctrl-C, or "
        "when more has come in: what is graded is not graded again.",
    )
    add = parser.add_argument
    add(
        "submissions",
        type=Path,
        help="folder or zip archive: nbgrader's submitted/ or inbound/, a download of "
        "Moodle or Canvas, clones of GitHub Classroom, a folder for each student, or "
        "files STUDENT_ASSIGNMENT.ipynb",
    )
    add(
        "--assignment",
        metavar="NAME",
        help="grade this one only, and take notebooks that do not say theirs for it",
    )
    add(
        "--class",
        dest="room",
        type=Path,
        default=Path(room),
        metavar="FOLDER",
        help="gradebook, results and feedback, outside this repository "
        "(default: $CONVCOURSE_CLASS, or ~/convolution-class)",
    )
    add(
        "--tests",
        type=Path,
        default=os.environ.get("CONVCOURSE_TESTS"),
        metavar="FOLDER",
        help="your own solution notebooks, with hidden tests that are not public; "
        "solutions/ for what it has not got (default: $CONVCOURSE_TESTS, or solutions/)",
    )
    add(
        "--isolation",
        choices=MODES,
        default="auto",
        help="auto: the best that this machine has; strict: refuse where something "
        "would not be protected; none: for work that you trust",
    )
    add("--again", action="store_true", help="grade also what is graded already")
    add(
        "--workers",
        type=_number,
        default=batch.cores(),
        metavar="N",
        help="how many submissions at the same time (default: the cores, %(default)s)",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="grade on a Dask cluster: tcp://HOST:8786",
    )
    add(
        "--due",
        type=_when,
        metavar="WHEN",
        help="when the work was due, as 2026-05-04T23:59 (your time) or with a zone; "
        "what is later is late in the gradebook",
    )
    add(
        "--students",
        type=Path,
        metavar="FILE.csv",
        help="the list of the class, with the columns id, first_name, last_name, email",
    )
    return parser.parse_args(arguments)


def _number(text):
    """Return a number of workers."""
    number = int(text)
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError(f"{number} is not between 1 and 256")
    return number


def _when(text):
    """Return a time with its zone."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; write it as 2026-05-04T23:59"
        ) from None


# --- before --------------------------------------------------------------------------


def assignments(tests=None):
    """Return the assignments by name: the course's, and the instructor's own over them.

    Parameters
    ----------
    tests : Path, optional
        With NAME/NAME.ipynb, or NAME.ipynb.

    Raises
    ------
    Stop
    """
    paths = _solutions(COURSE / "solutions")
    if tests:
        own = _solutions(tests)
        if not own:
            raise Stop(
                f"--tests {shown(tests)}: there is no solution notebook in it, neither "
                "NAME/NAME.ipynb nor NAME.ipynb."
            )
        if inside(tests):
            raise Stop(
                f"--tests {shown(tests)}: answers may read that folder, as they may read "
                "Python's. Move it elsewhere, such as to your home folder."
            )
        paths |= own
    try:
        return {name: Assignment.read(path) for name, path in paths.items()}
    except (OSError, ValueError) as error:
        raise Stop(f"An assignment cannot be read: {shown(error)}") from None


def _solutions(folder):
    """Return the solution notebooks of a folder by name."""
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    for path in sorted(folder.glob("*/*.ipynb")):
        if path.stem == path.parent.name:
            found[path.stem] = path
    return found


def prepared(room, submissions):
    """Make the class folder, where it may be; return its path.

    Raises
    ------
    Stop
    """
    room = room.expanduser().absolute()
    real = room.resolve()
    if real == COURSE or COURSE in real.parents:
        raise Stop(
            f"The class folder {shown(room)} lies in the course's repository, where marks "
            "could be published by mistake. Say --class FOLDER, or set $CONVCOURSE_CLASS."
        )
    if inside(real):
        raise Stop(
            f"The class folder {shown(room)} lies where answers may read. Say --class "
            "FOLDER with another one, such as in your home folder."
        )
    if submissions.resolve() in real.parents:
        raise Stop(
            f"The class folder {shown(room)} lies among the submissions, and would be "
            "taken for one. Say --class FOLDER, or give a folder beside it."
        )
    try:
        room.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=room):
            pass
    except OSError as error:
        raise Stop(
            f"Cannot write in the class folder {shown(room)}: {error.strerror}. Say "
            "--class FOLDER with another one."
        ) from None
    return room


def in_force(asked, scheduler):
    """Say which isolation is in force, with a warning where something is missing."""
    if scheduler:
        say(f"On the Dask cluster at {shown(scheduler)}, isolation {asked}.")
        return
    report = probe().chosen(asked)
    say(f"{report}"[:1].upper() + f"{report}"[1:] + ".")
    if report.missing:
        say(
            f"WARNING: {', '.join(report.missing)}: not protected from what a learner's "
            "code does. Grade only work that you trust, or see INSTRUCTORS.md."
        )


# --- the flow ------------------------------------------------------------------------


def grade(asked):
    """Do what was asked; return the exit code."""
    if os.name != "posix":
        raise Stop("Grade in WSL2 or in a container: Windows has no sandbox here.")
    known = assignments(asked.tests)
    if asked.assignment and asked.assignment not in known:
        raise Stop(
            f"There is no assignment {shown(asked.assignment)!r}. There are: "
            f"{', '.join(known)}."
        )
    if not asked.submissions.exists():
        raise Stop(f"There is nothing at {shown(asked.submissions)}.")
    students = _students(asked.students)
    room = prepared(asked.room, asked.submissions)
    with (
        batch.alone(room),
        tempfile.TemporaryDirectory(prefix="convcourse-") as scratch,
    ):
        records = batch.Records(room)
        found, told = _found(asked, known, students, records, Path(scratch))
        names = {one.assignment for one in found}
        names |= {asked.assignment} if asked.assignment else set()
        if asked.due and len(names) > 1:
            raise Stop("--due is for one assignment: say --assignment NAME too.")
        used = {name: known[name] for name in sorted(names)}
        for line in told + _untimed(found) * bool(asked.due):
            say(f"  {line}")
        run = _graded(asked, used, records, found)
        if run.stopped:
            return STOPPED
        say("Writing gradebook, pages and grades.csv.")
        rows, lost = enter(room, used, records, found, students, asked.due)
        summary(room, used, found, rows, students, records)
    for line in lost:
        say(f"NOT in the gradebook: {shown(line, 500)}")
    return WRONG if lost else DONE


def _students(path):
    """Return the list of the class, if there is one."""
    try:
        return people.roster(path) if path else {}
    except (OSError, ValueError) as error:
        raise Stop(f"--students {shown(error)}") from None


def _found(asked, known, students, records, scratch):
    """Return the submissions, and what is to be told of them."""
    numbers = {
        (name, student): record.submission.number
        for name in known
        for student, record in records.of(name).items()
    }
    try:
        found, told = collect.find(
            asked.submissions, known, asked.assignment, scratch, students, numbers
        )
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise Stop(
            f"Cannot read {shown(asked.submissions)}: {error.strerror or error}."
        ) from None
    if not found:
        lines = "".join(f"\n  {line}" for line in told)
        raise Stop(
            f"No submission was found in {shown(asked.submissions)}.{lines}\n"
            "Put each student's notebook in a folder of the student's name, or name the "
            "files STUDENT_ASSIGNMENT.ipynb."
        )
    return found, told


def _untimed(found):
    """Return a line for those whom no due time makes late."""
    count = sum(one.submitted is None for one in found)
    text = (
        f"--due: when {count} of {len(found)} were handed in is not known, and they are "
        "not late. nbgrader's exchange says it; other collections do not."
    )
    return [text] * bool(count)


def _graded(asked, used, records, found):
    """Grade what is due; return the batch."""
    run = batch.Batch(used, records, Limits(), asked.isolation)
    todo = batch.plan(found, used, records, asked.again)
    say(f"{_count(len(found), 'submission')}: {len(todo.due)} to grade.")
    for why, text in {
        "tests": "graded again, because their tests have changed since",
        "changed": "graded again, because something else was handed in",
        "retried": "tried again, because the machine failed, not they",
    }.items():
        if todo.why[why]:
            say(f"  {todo.why[why]} {text}.")
    if not todo.due:
        return run
    in_force(asked.isolation, asked.scheduler)
    done, progress = 0, batch.Progress(len(todo.due), sys.stdout)
    with batch.gently(run):
        try:
            for one, result in run.run(todo.due, _engine(asked)):
                progress.done(one, result)
                done += 1
        except KeyboardInterrupt:
            run.stopped = True
        finally:
            progress.close()
    run.stopped = done < len(todo.due)
    if run.stopped:
        say(
            f"Stopped after {done} of {len(todo.due)}. What is graded is kept; the same "
            "command goes on with the rest, and then writes gradebook and feedback."
        )
    return run


def _engine(asked):
    """Return what grades jobs: this machine, or a cluster."""
    if asked.scheduler:
        return functools.partial(_on_cluster, address=asked.scheduler)
    return functools.partial(batch.local, workers=asked.workers)


def _on_cluster(jobs, address):
    """Grade on a Dask cluster; what it cannot do is said in words."""
    from . import cluster

    try:
        yield from cluster.run(jobs, address, say=say)
    except cluster.Unavailable as why:
        raise Stop(str(why)) from None


def enter(room, used, records, found, students, due=None):
    """Bring gradebook, feedback and the CSV file up to date; return rows, and faults."""
    from . import feedback
    from .gradebook import Book

    lost = []
    now = {(one.assignment, one.student): one for one in found}
    with Book(room) as book:
        for student in students.values():
            facts = {k: v or None for k, v in vars(student).items() if k != "id"}
            book.student(people.safe(student.id), **facts)
        for name, assignment in used.items():
            book.assignment(name, assignment, due)
            for student, record in records.of(name).items():
                one = now.get((name, student)) or _kept(room, record.submission)
                try:
                    marks = book.add(one, record.result, assignment)
                    feedback.write(room, one, record.result, assignment, marks)
                except Exception as error:  # one must not stop the rest
                    _full(error)
                    lost.append(f"{batch.key_of(one)}: {type(error).__name__}: {error}")
        for name, student, result in records.all():  # of other assignments too
            book.said[student, name] = result.status, result.reason
        rows = book.table()
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_harmless(row[key]) for key in COLUMNS.values()])
    put(Path(room) / "grades.csv", text.getvalue().encode())
    return rows, lost


def _full(error):
    """Raise an error on, if the disk is full: then nothing else will go well either."""
    text = str(error)
    if getattr(error, "errno", 0) == errno.ENOSPC or "disk is full" in text:
        raise OSError(errno.ENOSPC, text) from error


def _kept(room, submission):
    """Return a submission of an earlier call, at the place where it was kept."""
    folder = Path(room) / "submitted" / submission.student / submission.assignment
    kept = folder / f"{submission.assignment}.ipynb"
    return replace(submission, path=kept) if kept.is_file() else submission


def _harmless(value):
    """Return a value that no spreadsheet takes for a formula."""
    if isinstance(value, str):
        value = shown(value, 1000)
        return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value
    return "" if value is None else value


# --- at the end ----------------------------------------------------------------------


def summary(room, used, found, rows, students, records):
    """Say in words what has come of it."""
    say()
    for name, assignment in used.items():
        mine = [row for row in rows if row["assignment"] == name]
        there = [row for row in mine if row["status"] != "missing"]
        scores = [row["score"] for row in there if row["status"] == "graded"]
        bad = [row for row in there if row["status"] == "failed"]
        say(
            f"{name}: {_count(len(scores), 'submission')} graded{_middle(scores, mine)}."
        )
        for row in bad:
            say(f"  failed: {shown(row['student'])}: {shown(row['reason'])}")
        waiting = sum(bool(row["needs_manual"]) for row in there)
        if waiting:
            say(f"  {waiting} with answers to be graded by hand: in formgrader.")
        if students:
            gone = [shown(row["student"]) for row in mine if row["status"] == "missing"]
            if gone:
                say(f"  nothing handed in: {', '.join(gone)}")
        _notes(name, assignment, records)
    strange = {one.student for one in found} - set(students)
    if students and strange:
        say(f"Not in the list of the class: {', '.join(map(shown, sorted(strange)))}")
    say(f"Marks: {room / 'grades.csv'} and gradebook.db. Pages: {room / 'feedback'}")


def _middle(scores, rows):
    """Return the middle of some scores, in words."""
    if not scores:
        return ""
    middle = statistics.median(scores)
    return f", median {middle:g} of {rows[0]['max']:g} points"


def _notes(name, assignment, records):
    """Say what the tests told the instructor."""
    notes = Counter(
        note for record in records.of(name).values() for note in record.result.notes
    )
    for note, count in notes.most_common(10):
        say(f"  note ({count} ×): {shown(note)}")


def _count(number, noun):
    """Return a number with its noun."""
    return f"{number} {noun}{'s' * (number != 1)}"


def main(arguments=None):
    """Run the command; return its exit code."""
    sys.stdout.reconfigure(errors="backslashreplace")
    asked = options(arguments)
    try:
        return grade(asked)
    except (Stop, Refused, batch.Busy) as why:
        print(f"\ncourse.py grade: {why}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. What is graded is kept; call it again.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # who reads along has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python's last flush
        print("\nStopped: nobody reads what is said. Call it again.", file=sys.stderr)
        return STOPPED
    except OSError as error:
        full = "The disk is full: free some space" * (error.errno == errno.ENOSPC)
        why = full or f"{shown(error)}: see to that"
        print(
            f"\ncourse.py grade: {why}, then call again. What is graded is kept.",
            file=sys.stderr,
        )
    return WRONG


if __name__ == "__main__":
    sys.exit(main())
