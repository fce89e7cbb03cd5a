"""nbgrader's gradebook, written through nbgrader: what formgrader and export read."""

import contextlib
import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from alembic.script import ScriptDirectory
from nbgrader import api
from nbgrader import preprocessors as steps
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import is_solution, parse_utc
from sqlalchemy import func
from sqlalchemy.orm import undefer
from traitlets.config import PyFileConfigLoader

from . import autograded
from .core import Limits
from .files import place, put
from .people import shown
from .release import entries, prepared, released
from .submission import Unreadable, contents

SETTINGS = "nbgrader_config.py"
ROOT = Path(__file__).resolve().parents[3]
SECRET = "submission_secret.txt"  # names the page in nbgrader's exchange
STAMP = "timestamp.txt"
NO_ANSWER = "No response."  # as nbgrader says it


@dataclass(frozen=True)
class Marks:
    """What the gradebook says of one submission.

    Attributes
    ----------
    scores : dict
        {grade_id: points that count}: given by hand before given by tests.
    by_hand : tuple of str
        The grade_ids whose points were given by hand.
    waiting : tuple of str
        The grade_ids that a person has still to look at.
    comments : dict
        {grade_id: what a person has written}
    late : float
        Seconds.
    penalty : float
        Points taken off for that.
    """

    scores: dict = field(default_factory=dict)
    by_hand: tuple = ()
    waiting: tuple = ()
    comments: dict = field(default_factory=dict)
    late: float = 0.0
    penalty: float = 0.0

    @property
    def score(self):
        """All points together, less the penalty."""
        return max(0.0, sum(self.scores.values()) - self.penalty)


@dataclass(frozen=True)
class _Known:
    """What the book knows of an assignment while it is open."""

    notebook: str
    id: str  # of the notebook in the database
    release: dict  # what was handed out
    blanks: dict  # {grade_id: an answer as it was handed out}
    names: dict  # {id of a cell in the database: grade_id}
    graded: frozenset  # ids of cells with points
    told: frozenset  # ids of cells with comments


class Book:
    """The gradebook of a class; a context manager. One process writes at a time.

    Parameters
    ----------
    room : str or Path
        The class folder.
    config : traitlets.config.Config, optional
        nbgrader's settings; `settings` of the room, otherwise.
    """

    def __init__(self, room, config=None):
        self.room = Path(room)
        self.room.mkdir(parents=True, exist_ok=True)
        self.config = settings(self.room) if config is None else config
        address = f"sqlite:///{self.room / 'gradebook.db'}"
        course = self.config.CourseDirectory.course_id
        with patch.object(api, "get_alembic_version", _newest):
            self.gradebook = Gradebook(address, course)
        self.db = self.gradebook.db
        self.known, self.said, self.secrets = {}, {}, {}
        late = steps.AssignLatePenalties(config=self.config)
        late.init_plugin()
        self.late = late.plugin_inst

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the database."""
        self.gradebook.close()

    # What is asked.

    def assignment(self, name, assignment, due=None):
        """Enter an assignment, as `nbgrader generate_assignment` does.

        Where submissions are in already, their points stay: cells that are new are
        added to them, cells that are gone are taken away.

        Parameters
        ----------
        name : str
        assignment : Assignment
            Read from a file: that is read once more, with what nbgrader needs.
        due : datetime, optional
            With its zone. The gradebook's stays where it is None.

        Raises
        ------
        ValueError
            If it was not read from a file.
        """
        if not assignment.path:
            raise ValueError(
                f"assignment {name!r} was made without a file: use Assignment.read."
            )
        source = prepared(assignment.path, self.config)
        book = self.gradebook
        book.update_or_create_assignment(name, **({"duedate": due} if due else {}))
        kernel = json.dumps(source.metadata.get("kernelspec", {}))
        notebook = book.update_or_create_notebook(
            assignment.name, name, kernelspec=kernel
        )
        self._write_cells(source, notebook, name)
        graded = frozenset(c.id for c in notebook.grade_cells + notebook.task_cells)
        told = frozenset(c.id for c in notebook.solution_cells + notebook.task_cells)
        names = {cell.id: cell.name for cell in notebook._base_cells}
        release = released(source, self.config)
        blanks = {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in release.cells
            if is_solution(cell)
        }
        known = _Known(
            assignment.name, notebook.id, release, blanks, names, graded, told
        )
        self.known[name] = known

    def student(self, student, **facts):
        """Enter a student.

        Parameters
        ----------
        student : str
            The id, which is a name of a folder too.
        **facts
            ``first_name``, ``last_name``, ``email``.

        Raises
        ------
        ValueError
            If no folder can have that name.
        """
        _safe(student)
        self.gradebook.update_or_create_student(student, **facts)

    def add(self, submission, result, assignment):
        """Enter what one submission has got; write the notebook that formgrader shows.

        To do so twice changes nothing. Marks given by hand stay; where the answer has
        changed since, they are to be looked at again, as nbgrader has it.

        Parameters
        ----------
        submission : Submission
        result : Result
        assignment : Assignment

        Returns
        -------
        Marks
        """
        student, name = _safe(submission.student), _safe(submission.assignment)
        if name not in self.known:
            self.assignment(name, assignment)
        try:
            return self._add(submission, result, assignment, student, name)
        except BaseException:
            self.db.rollback()
            raise

    def marks(self, student, assignment):
        """Return the `Marks` of a submission.

        Raises
        ------
        nbgrader.api.MissingEntry
            If there is none.
        """
        row = self.gradebook.find_submission(assignment, student)
        grades = {grade.name: grade for work in row.notebooks for grade in work.grades}
        told = {one.name: one for work in row.notebooks for one in work.comments}
        return _marks(row, grades, told, row.late_submission_penalty)

    def table(self):
        """Return a row for each student and assignment, also where nothing came in.

        Returns
        -------
        list of dict
            student, name, assignment, score, max, late (seconds), penalty, manual
            (points given by hand; None where there are none), needs_manual, status
            ("graded", "failed", or "missing": nothing handed in), reason.
        """
        by_hand = self._by_hand()
        rows = []
        for assignment in self.gradebook.assignments:
            came = {one.student_id: one for one in self._submissions(assignment)}
            for student in self.gradebook.students:
                row = {
                    "student": student.id,
                    "name": " ".join(
                        filter(None, [student.first_name, student.last_name])
                    ),
                    "assignment": assignment.name,
                    "max": assignment.max_score,
                }
                one = came.get(student.id)
                rows.append(row | self._row(one, by_hand, student, assignment))
        return rows

    # How it is done.

    def _submissions(self, assignment):
        """Return the submissions of an assignment, with their sums, in one query."""
        sums = ("score", "needs_manual_grade", "late_submission_penalty")
        return (
            self.db.query(SubmittedAssignment)
            .filter(SubmittedAssignment.assignment_id == assignment.id)
            .options(*[undefer(getattr(SubmittedAssignment, name)) for name in sums])
            .populate_existing()
            .all()
        )

    def _by_hand(self):
        """Return the points given by hand: {id of the submission: points}."""
        points = func.sum(Grade.manual_score + func.coalesce(Grade.extra_credit, 0.0))
        rows = self.db.query(SubmittedNotebook.assignment_id, points)
        rows = rows.join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        return dict(rows.group_by(SubmittedNotebook.assignment_id).all())

    def _row(self, one, by_hand, student, assignment):
        """Return the part of a row that says what came in."""
        if one is None:
            return {
                "score": 0.0,
                "late": 0.0,
                "penalty": 0.0,
                "manual": None,
                "needs_manual": False,
                "status": "missing",
                "reason": "Nothing was handed in.",
            }
        status, reason = self.said.get((student.id, assignment.name), ("graded", ""))
        penalty = one.late_submission_penalty
        return {
            "score": max(0.0, one.score - penalty),
            "late": _late(one),
            "penalty": penalty,
            "manual": by_hand.get(one.id),
            "needs_manual": bool(one.needs_manual_grade),
            "status": status,
            "reason": reason,
        }

    def _write_cells(self, source, notebook, name):
        """Make the database's cells those of the source."""
        book, wanted = self.gradebook, {}
        for cell in source.cells:
            facts = cell.metadata.get("nbgrader", {})
            for kind, where, more in entries(cell):
                wanted[kind, facts["grade_id"]] = where, more
        kinds = ("grade", "solution", "task", "source")
        there = {
            (kind, cell.name): cell
            for kind in kinds
            for cell in getattr(notebook, f"{kind}_cells")
        }
        for (kind, grade_id), cell in there.items():
            if (kind, grade_id) not in wanted:
                for row in (
                    *getattr(cell, "grades", ()),
                    *getattr(cell, "comments", ()),
                ):
                    self.db.delete(row)
                self.db.delete(cell)
        self.db.commit()
        with self._one_commit():
            for (kind, grade_id), (write, facts) in wanted.items():
                cell = there.get((kind, grade_id))
                if cell is None or any(getattr(cell, k) != v for k, v in facts.items()):
                    getattr(book, write)(grade_id, notebook.name, name, **facts)
        self.db.refresh(notebook)

    @contextlib.contextmanager
    def _one_commit(self):
        """Commit once what nbgrader commits cell by cell: each time waits for the disk."""
        with patch.object(self.db, "commit", self.db.flush):
            yield
        self.db.commit()

    def _add(self, submission, result, assignment, student, name):
        known = self.known[name]
        try:
            content = contents(submission.path, Limits().notebook)
        except Unreadable:
            content = b""
        handed_in, work = self._handed_in(submission, known)
        grades, comments = self._rows_of(work, known)
        copy = place(self.room, "autograded", student, name)
        copy = copy / f"{known.notebook}.ipynb"
        digests = _digests(result, content)
        changed = _changed(autograded.answers_before(copy), digests)
        _give_points(grades, known, result, assignment, changed)
        _give_comments(comments, known, result, assignment)
        self.db.flush()
        marks = _marks(handed_in, grades, comments, 0.0)
        work.late_submission_penalty = self._penalty(student, marks)
        self.db.commit()
        self.said[student, name] = result.status, result.reason
        text = autograded.notebook(known.release, assignment, result, content, digests)
        put(copy, text.encode())
        self._keep(submission, known.notebook, content)
        return replace(marks, penalty=work.late_submission_penalty or 0.0)

    def _handed_in(self, submission, known):
        """Return the database's rows of a submission and its notebook, made if need be.

        As nbgrader's `add_submission` makes them, but all of it in one transaction: a
        commit is what takes time.
        """
        student, name = submission.student, submission.assignment
        when = parse_utc(submission.submitted)
        try:
            row = self.gradebook.find_submission(name, student)
        except MissingEntry:
            who = self.db.get(Student, student) or _named(student, submission.name)
            assignment = self.gradebook.find_assignment(name)
            row = SubmittedAssignment(assignment=assignment, student=who)
            self.db.add(row)
        row.timestamp = when
        works = [n for n in row.notebooks if n.notebook_id == known.id]
        if not works:
            notebook = self.gradebook.find_notebook(known.notebook, name)
            works = [SubmittedNotebook(notebook=notebook, assignment=row)]
            self.db.add(works[0])
            self.db.flush()
        return row, works[0]

    def _rows_of(self, work, known):
        """Return {grade_id: grade} and {grade_id: comment}, with rows of new cells."""
        found = []
        for kind, wanted in ((Grade, known.graded), (Comment, known.told)):
            rows = {r.cell_id: r for r in getattr(work, f"{kind.__tablename__}s")}
            for cell in wanted - set(rows):
                rows[cell] = kind(cell_id=cell, notebook_id=work.id)
                self.db.add(rows[cell])
            found.append({known.names[i]: row for i, row in rows.items()})
        return found

    def _penalty(self, student, marks):
        """Return what nbgrader's plugin takes off, never more than there is."""
        if not marks.late:
            return None
        total = sum(marks.scores.values())
        penalty = self.late.late_submission_penalty(student, total, marks.late)
        return None if penalty is None else min(max(float(penalty), 0.0), total)

    def _secret(self, student, folders):
        """Return the secret in the first folder that has one, or else a new one.

        Two students with one secret would see one page.
        """
        for secret in filter(None, map(_secret, folders)):
            if self.secrets.setdefault(secret, student) == student:
                return secret
        return secrets.token_hex(64)

    def _keep(self, submission, notebook, content):
        """Copy what was collected elsewhere to where nbgrader looks for it."""
        came, names = submission.path, (submission.student, submission.assignment)
        submitted, copies, pages = (
            place(self.room, step, *names)
            for step in ("submitted", "autograded", "feedback")
        )
        kept = submitted / f"{notebook}.ipynb"
        elsewhere = came.resolve() != kept.resolve()
        if elsewhere and content:
            put(kept, content)
        when = parse_utc(submission.submitted)
        stamp = when.strftime("%Y-%m-%d %H:%M:%S.%f UTC") if when else ""
        for folder in (submitted, copies):
            if stamp:
                put(folder / STAMP, stamp.encode())
            elif elsewhere:
                (folder / STAMP).unlink(missing_ok=True)
        secret = self._secret(submission.student, (came.parent, submitted, pages))
        for folder in (submitted, pages):
            put(folder / SECRET, secret.encode())
        put(pages / STAMP, stamp.encode())  # `release_feedback` wants one


def _newest():
    """Return the version of nbgrader's tables, for a new database.

    It is what nbgrader asks of `alembic heads`, a program that takes seconds.
    """
    folder = Path(api.__file__).parent / "alembic"
    return ScriptDirectory(str(folder)).get_current_head()


def settings(room):
    """Return nbgrader's settings: the course's, and those of the class folder over them.

    Parameters
    ----------
    room : Path
        Its own `nbgrader_config.py`, where there is one, has the last word: penalties
        for late work, for example.
    """
    config = PyFileConfigLoader(SETTINGS, path=str(ROOT)).load_config()
    if (room / SETTINGS).exists():
        config.merge(PyFileConfigLoader(SETTINGS, path=str(room)).load_config())
    return config


def _safe(name):
    """Return a name if a folder can have it, and nothing else is meant by it."""
    bad = set(name) & set("/\\\0") or name in ("", ".", "..") or name != name.strip()
    if bad or len(os.fsencode(name)) > 200:
        raise ValueError(f"{name!r} can be no folder's name. Give it another id.")
    return name


def _secret(folder):
    """Return the secret that nbgrader's `submit` has put beside a notebook, or ""."""
    try:
        text = contents(folder / SECRET, 4096).decode("ascii").strip()
    except (Unreadable, UnicodeDecodeError):
        return ""
    return text if text.isalnum() else ""


# --- one submission ------------------------------------------------------------------


def _digests(result, content):
    """Return {grade_id: digest} of the answers; "" stands for the notebook as a whole."""
    texts = {
        name: text.encode(errors="replace") for name, text in result.answers.items()
    }
    texts[""] = content
    return {n: hashlib.sha256(text).hexdigest()[:16] for n, text in texts.items()}


def _changed(before, now):
    """Return the grade_ids of the answers that are not those of before."""
    if not before:  # there was none
        return set()
    return {n for n in {*before, *now} if before.get(n) != now.get(n)}


def _blank(known, result, grade_id):
    """Return True if an answer is as it was handed out, or not there at all."""
    if grade_id not in known.blanks:  # a task: it has no cell for the answer
        return result.status == "failed"
    answer = result.answers.get(grade_id, "").strip()
    return answer in ("", known.blanks[grade_id].strip())


def _give_points(grades, known, result, assignment, changed):
    """Enter the points of tests, and what waits for a person."""
    manual = {cell.grade_id for cell in assignment.manual}
    for name, grade in grades.items():
        by_hand, waits = grade.manual_score is not None, False
        if name in manual:
            grade.auto_score = 0.0 if _blank(known, result, name) else None
            waits = grade.auto_score is None and not by_hand
        else:
            cell = result.cells.get(name)
            grade.auto_score = cell.points if cell else 0.0
        answer = name if name in known.blanks else assignment.answer_of(name)
        answer = "" if answer is None or name in manual - set(known.blanks) else answer
        again = by_hand and (answer in changed or bool(grade.needs_manual_grade))
        grade.needs_manual_grade = waits or again


def _give_comments(comments, known, result, assignment):
    """Enter what the tests of each answer say, as markdown that does nothing."""
    said = {name: [] for name in comments}
    for test in assignment.tests:
        cell = result.cells.get(test.grade_id)
        answer = assignment.answer_of(test.grade_id)
        if cell and cell.message and answer in said:
            if cell.message not in said[answer]:
                said[answer].append(cell.message)
    for name, comment in comments.items():
        if not said[name] and _blank(known, result, name):
            said[name] = [NO_ANSWER]
        comment.auto_comment = autograded.disarm("\n\n".join(said[name])) or None


def _late(handed_in):
    """Return by how many seconds a submission is late, the extension counted."""
    if handed_in.assignment.duedate is None:  # nbgrader adds the extension to it
        return 0.0
    return float(handed_in.total_seconds_late)


def _marks(handed_in, grades, comments, penalty):
    """Return the `Marks` in some rows of the database, each with its grade_id."""
    told = {name: comment.manual_comment for name, comment in comments.items()}
    return Marks(
        scores={name: _points(grade) for name, grade in grades.items()},
        by_hand=tuple(n for n, g in grades.items() if g.manual_score is not None),
        waiting=tuple(n for n, g in grades.items() if g.needs_manual_grade),
        comments={name: text for name, text in told.items() if text},
        late=_late(handed_in),
        penalty=penalty,
    )


def _named(student, name):
    """Return a new student, with the name that the platform gave.

    nbgrader's export writes names as they are: none begins as a spreadsheet's formula.
    """
    parts = shown(name, 100).strip().rpartition(" ")
    first, last = (part.lstrip("=+-@ ") for part in (parts[0], parts[2]))
    return Student(id=student, first_name=first or None, last_name=last or None)


def _points(grade):
    """Return the points that count, as nbgrader adds them up."""
    points = grade.auto_score if grade.manual_score is None else grade.manual_score
    if points is None:
        return 0.0
    return points + (grade.extra_credit or 0.0)
