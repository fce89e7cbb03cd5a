"""A class of a dozen, from hand-out to feedback, with nbgrader's own tools around ours."""

import contextlib
import copy
import csv
import hashlib
import html.parser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import nbformat
import pytest
import sqlalchemy
from convcourse.grading import autograded, feedback
from convcourse.grading.assignment import Assignment
from convcourse.grading.collect import Submission
from convcourse.grading.core import CellResult, Result
from convcourse.grading.gradebook import Book, Marks, _named, settings
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import get_alembic_version

ROOT = Path(__file__).resolve().parents[1]
NAME = "01_convolution_1d"
TESTS = ROOT / "solutions"
SOLUTION = TESTS / NAME / f"{NAME}.ipynb"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
DUE = datetime(2030, 3, 1, 12, tzinfo=UTC)
IN_TIME, LATE = "2030-03-01 10:00:00.000000 UTC", "2030-03-02 14:30:00.000000 UTC"
SECRETS = ("HIDDEN TESTS", "more_tests", "MARK SCHEME", "flat spectrum")
ZOE = "zoë łukasz-李"
EVIL = (
    "<script>document.title='PWNED'</script> <img src=x onerror=alert(1)>\n\n"
    "[go](javascript:alert(2)) ![see](http://203.0.113.9/x.png) "
    "<http://203.0.113.9/auto>\n\n[ref]\n\n[ref]: javascript:alert(3)\n\n"
    "$\\href{javascript:alert(4)}{x}$ and ![a](attachment:none.png)\n\n"
    "```mermaid\n<svg onload=alert(5)>\n```\n\n<!-- <b> --> </div></body>"
)


# --- the assignment: chapter 1 and a question that a person marks ----------------------


def facts(name, **more):
    """Return nbgrader's metadata of a cell."""
    plain = {"grade": False, "locked": False, "solution": False, "task": False}
    return {"nbgrader": {"grade_id": name, "schema_version": 3, **plain, **more}}


def with_manual_question(notebook):
    """Return a notebook with a written question of three points at its end."""
    made = copy.deepcopy(notebook)
    made.cells += [
        new_markdown_cell(
            "## Question 9 · In your words\n\nWhat does a border do?",
            id="q9-text",
            metadata=facts("q9-text", locked=True),
        ),
        new_markdown_cell(
            "### BEGIN MARK SCHEME\nSays flat spectrum.\n### END MARK SCHEME",
            id="q9-essay",
            metadata=facts("q9-essay", grade=True, solution=True, points=3),
        ),
    ]
    return made


def known(one):
    """Return what nbgrader knows of a cell."""
    return one.metadata.get("nbgrader", {})


def cell(notebook, name):
    """Return the cell of a grade_id."""
    return next(c for c in notebook.cells if known(c).get("grade_id") == name)


def answered(exercise, solution, names, essay=None):
    """Return an exercise with the solution's answers to some questions."""
    made = copy.deepcopy(exercise)
    for name in names:
        cell(made, f"{name}-answer").source = cell(solution, f"{name}-answer").source
    if essay is not None:
        cell(made, "q9-essay").source = essay
    return made


ALL = [f"q{i}" for i in range(1, 9)]


def handed_in(exercise, solution):
    """Return {student: texts of notebooks, in the order in which they are handed in}."""
    right = answered(exercise, solution, ALL, "It *invents* samples.")
    wrong = copy.deepcopy(right)
    for name in ALL:
        wrong_one = cell(wrong, f"{name}-answer")
        wrong_one.source = wrong_one.source.split("### BEGIN")[0] + "\nraise ValueError"
    noisy = copy.deepcopy(right)
    for name in ALL:
        noise = "import sys, warnings\nprint('loud')\nwarnings.warn('careful')\n"
        noise += "print('to stderr', file=sys.stderr)\n"
        loud = cell(noisy, f"{name}-answer")
        loud.source = noise + loud.source
    doubled = copy.deepcopy(right)
    twin = copy.deepcopy(cell(doubled, "q1-check"))
    twin.source, twin.id = "99", "twin"
    doubled.cells.insert(3, twin)
    robbed = copy.deepcopy(right)
    robbed.cells = [c for c in robbed.cells if not known(c).get("grade")]
    hostile = answered(exercise, solution, ["q1"], EVIL)
    cell(hostile, "q1-answer").source += f"\nprint({EVIL!r})"
    cell(hostile, "q2-answer").source = "raise ValueError('<script>q2()</script>')"
    hostile.cells.insert(2, new_markdown_cell(EVIL, id="evil"))
    hostile.cells.insert(3, new_code_cell("'''</code><script>1</script>'''", id="c"))
    blank, right_text = nbformat.writes(exercise), nbformat.writes(right)
    return {
        "amal": [right_text],
        "berit": [nbformat.writes(wrong)],
        "chen": [nbformat.writes(answered(exercise, solution, ["q1", "q4"], ""))],
        "dora": [blank],
        "emil": [right_text],
        ZOE: [right_text],
        "fatou": [nbformat.writes(noisy)],
        "gus": [right_text[:2000]],
        "hana": [nbformat.writes(doubled)],
        "ivan": [blank, right_text],
        "juri": [nbformat.writes(hostile)],
        "lena": [nbformat.writes(robbed)],
    }


FULL = 20.0
POINTS = {  # given by tests; the essay has three more
    "amal": FULL,
    "berit": 0.0,
    "chen": 5.0,
    "dora": 0.0,
    "emil": FULL,
    ZOE: FULL,
    "fatou": FULL,
    "gus": 0.0,
    "hana": FULL,
    "ivan": FULL,
    "juri": 2.0,
    "lena": FULL,
}
WAITING = {"amal", "berit", "emil", ZOE, "fatou", "hana", "ivan", "juri"}


# --- the class ------------------------------------------------------------------------


class Class:
    """A class in a folder of its own, with nbgrader's exchange."""

    def __init__(self, folder):
        self.folder, self.room = folder, folder / "room"
        self.exchange = folder / "exchange"
        for place in (self.room, self.exchange):
            place.mkdir()
        self.exchange.chmod(0o777)  # as nbgrader wants it
        self.solution = with_manual_question(nbformat.read(SOLUTION, as_version=4))
        self.source = folder / "private" / NAME / f"{NAME}.ipynb"
        self.source.parent.mkdir(parents=True)
        nbformat.write(self.solution, self.source)
        self.assignment, self.apis = Assignment.read(self.source), {}

    def variables(self, patch):
        """Set the environment as INSTRUCTORS.md says."""
        patch.setenv("CONVCOURSE_CLASS", str(self.room))
        patch.setenv("CONVCOURSE_TESTS", str(self.folder / "private"))
        patch.setenv("CONVCOURSE_EXCHANGE", str(self.exchange))
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        patch.setenv("IPYTHONDIR", str(self.folder / "ipython"))

    def api(self, student=None):
        """Return nbgrader's own door; a student has a cache and a folder."""
        from nbgrader.apps.api import NbGraderAPI

        config = settings(self.room)
        config.Application.log_level = "ERROR"
        if student:
            home = self.folder / "homes" / student
            home.mkdir(parents=True, exist_ok=True)
            config.Exchange.cache = str(home / "cache")
            config.Exchange.assignment_dir = str(home)
            config.CourseDirectory.student_id = student
        config.CourseDirectory.assignment_id = NAME
        return NbGraderAPI(config=config)

    def home(self, student):
        return self.folder / "homes" / student / NAME / f"{NAME}.ipynb"

    def step(self, student, kind, when=None):
        """Have a student run one of nbgrader's commands of the exchange."""
        if student not in self.apis:
            self.apis[student] = self.api(student)
        api = self.apis[student]
        app = getattr(api.exchange, kind)(
            coursedir=api.coursedir, authenticator=api.authenticator, parent=api
        )
        if when:
            app.set_timestamp = lambda: setattr(app, "timestamp", when)
        app.start()

    def grade(self, *options):
        """Grade what was collected with the command; return what it says."""
        command = [sys.executable, "-m", "convcourse.grading", self.room / "submitted"]
        command += ["--class", self.room, "--tests", self.folder / "private"]
        command += ["--assignment", NAME, "--due", DUE.isoformat(), *options]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def graded(self):
        """Return {student: (Submission, Result)} of the records that it keeps."""
        found = {}
        for path in (self.room / "graded" / NAME).glob("*.json"):
            student = path.stem
            folder = self.room / "submitted" / student / NAME
            stamp = (folder / "timestamp.txt").read_text().removesuffix(" UTC")
            when = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
            result = Result.from_dict(json.loads(path.read_text("utf-8"))["result"])
            found[student] = (
                Submission(student, NAME, folder / f"{NAME}.ipynb", when),
                result,
            )
        return found


def done(answer):
    """See that one of nbgrader's commands went well."""
    assert answer["success"], answer.get("log", answer.get("error"))


def enter(room, assignment, results, due=DUE):
    """Write gradebook and pages, and return the table."""
    with Book(room) as book:
        book.assignment(NAME, assignment, due=due)
        for submission, result in results.values():
            marks = book.add(submission, result, assignment)
            feedback.write(room, submission, result, assignment, marks)
        return book.table()


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Set what nbgrader reads, for this file."""
    made = Class(tmp_path_factory.mktemp("class"))
    with pytest.MonkeyPatch.context() as patch:
        made.variables(patch)
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield made


@pytest.fixture(scope="module")
def klass(environment):
    """Hand out, fetch, answer, submit, collect and grade; the whole way, once."""
    made = environment
    api = made.api()
    done(api.generate_assignment(NAME))
    with api.gradebook as book:
        made.rows = rows(book)
    done(api.release_assignment(NAME))
    released = made.room / "release" / NAME / f"{NAME}.ipynb"
    made.exercise = nbformat.read(released, as_version=4)
    for student, texts in handed_in(made.exercise, made.solution).items():
        made.step(student, "FetchAssignment")
        assert made.home(student).read_bytes() == released.read_bytes()
        for number, text in enumerate(texts):
            made.home(student).write_text(text)
            when = LATE if student == "emil" else IN_TIME.replace("10:", f"1{number}:")
            made.step(student, "Submit", when)
    done(api.collect(NAME))
    made.said = made.grade()
    made.pages = {student: page_of(made.room, student) for student in POINTS}
    made.results = made.graded()
    with open(made.room / "grades.csv", newline="") as file:
        made.csv = list(csv.DictReader(file))
    made.table = enter(made.room, made.assignment, made.results)
    return made


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """Return a class folder with an empty gradebook: seconds, as nbgrader makes it."""
    room = tmp_path_factory.mktemp("empty")
    Book(room).close()
    return room


@pytest.fixture
def empty(gradebook, tmp_path):
    """Return a copy of that folder."""
    return Path(shutil.copytree(gradebook, tmp_path / "empty"))


@pytest.fixture
def room(klass, tmp_path):
    """Return a copy of the class folder, to be changed."""
    shutil.copytree(klass.room, tmp_path / "room")
    return tmp_path / "room"


def test_a_gradebook_changes_no_variable_of_the_process(tmp_path):
    before = dict(os.environ)
    Book(tmp_path / "class").close()
    assert dict(os.environ) == before and (tmp_path / "class/gradebook.db").exists()


def test_a_new_gradebook_is_of_the_version_that_nbgrader_gives_it(empty, monkeypatch):
    """It would ask the program `alembic`, which takes seconds."""
    places = Path(sys.executable).parent, os.environ["PATH"]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, places)))
    with contextlib.closing(sqlite3.connect(empty / "gradebook.db")) as base:
        rows = base.execute("select version_num from alembic_version").fetchall()
    assert rows == [(get_alembic_version(),)]


def test_an_assignment_is_entered_in_few_commits(klass, empty):
    """Each waits for the disk: nbgrader makes one for each cell."""
    with Book(empty) as book:
        commits = []
        sqlalchemy.event.listen(book.gradebook.engine, "commit", commits.append)
        book.assignment(NAME, klass.assignment)
    assert len(klass.assignment.cells) > 20 and 0 < len(commits) < 10


def page_of(room, student):
    return (room / "feedback" / student / NAME / f"{NAME}.html").read_text("utf-8")


def copy_of(room, student):
    return nbformat.read(
        room / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4
    )


class Seen(html.parser.HTMLParser):
    """What a page holds: its tags with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def harmful(page, allowed=()):
    """Return what could run, or ask for something unasked, in a page."""
    bad = []
    for tag, attributes in Seen(page).tags:
        runs = tag in ("script", "iframe", "object", "embed", "form", "base", "svg")
        runs |= tag in ("img", "link")
        links = [attributes.get(name) or "" for name in ("href", "src", "action")]
        runs |= any(re.match(r"\s*(javascript|data)", link) for link in links)
        runs |= any(name.startswith("on") for name in attributes)
        if runs and (tag, attributes) not in allowed:
            bad.append((tag, attributes))
    return bad


# --- scores ---------------------------------------------------------------------------


@pytest.mark.slow
def test_the_first_command_of_handing_out_makes_the_class_folder(tmp_path):
    """As INSTRUCTORS.md says it, by one who has no class folder yet."""
    room, scripts = tmp_path / "new" / "class", Path(sys.executable).parent
    paths = os.pathsep.join([str(scripts), os.environ["PATH"]])  # as in the environment
    changed = {"CONVCOURSE_CLASS": str(room), "CONVCOURSE_TESTS": str(TESTS)}
    ran = subprocess.run(
        [scripts / "nbgrader", "generate_assignment", NAME],
        cwd=ROOT,
        env={**os.environ, **changed, "PATH": paths},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    path = Path(NAME, f"{NAME}.ipynb")
    handed_out = (room / "release" / path).read_bytes()
    assert handed_out == (ROOT / "exercises" / path).read_bytes()
    assert room.stat().st_mode & 0o777 == 0o700


def test_who_only_reads_the_settings_makes_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVCOURSE_CLASS", str(tmp_path / "class"))
    settings(tmp_path)
    assert not (tmp_path / "class").exists()


@pytest.mark.slow
@LINUX
def test_what_is_handed_out_holds_no_answer(klass):
    text = nbformat.writes(klass.exercise)
    assert not [secret for secret in SECRETS if secret in text]
    assert "BEGIN SOLUTION" not in text
    assert cell(klass.exercise, "q9-essay").source == "YOUR ANSWER HERE"


@pytest.mark.slow
@LINUX
def test_everybody_gets_the_points_that_are_due(klass):
    assert {row["student"]: row["score"] for row in klass.table} == POINTS
    assert {row["student"] for row in klass.table if row["needs_manual"]} == WAITING
    assert {row["max"] for row in klass.table} == {FULL + 3}
    late = {row["student"]: row["late"] for row in klass.table if row["late"]}
    assert late == {"emil": 26.5 * 3600}
    failed = {r["student"]: r["reason"] for r in klass.table if r["status"] != "graded"}
    assert list(failed) == ["gus"] and "cannot be read as JSON" in failed["gus"]


@pytest.mark.slow
@LINUX
def test_the_command_has_written_what_its_parts_write(klass):
    """The command ran; then `Book` and `feedback` once more, here: nothing changed."""
    assert {row["student"]: float(row["score"]) for row in klass.csv} == POINTS
    assert {r["student"] for r in klass.csv if r["status"] == "failed"} == {"gus"}
    assert klass.pages == {student: page_of(klass.room, student) for student in POINTS}
    assert "12 submissions: 12 to grade." in klass.said
    assert f"{len(WAITING)} with answers to be graded by hand" in klass.said


@pytest.mark.slow
@LINUX
def test_nbgrader_reads_the_same(klass):
    with klass.api().gradebook as book:
        for student, points in POINTS.items():
            work = book.find_submission_notebook(NAME, NAME, student)
            assert (work.score, work.max_score) == (points, FULL + 3), student
            auto = {g.name: g.auto_score for g in work.grades}
            ours = klass.results[student][1].cells
            essay = auto.pop("q9-essay")
            assert auto == {name: one.points for name, one in ours.items()}
            assert essay == (None if student in WAITING else 0.0)
            assert work.needs_manual_grade == (student in WAITING)
        told = book.find_comment("q2-answer", NAME, NAME, "dora").auto_comment
        assert told.startswith("q2, How long is the result?: no answer yet.")
        assert (
            book.find_comment("q9-essay", NAME, NAME, "dora").comment == "No response."
        )
        assert book.find_comment("q1-answer", NAME, NAME, "amal").comment is None


@pytest.mark.slow
@LINUX
def test_the_rows_are_those_of_generate_assignment(klass, empty):
    """Ours on an empty gradebook, nbgrader's own in the class: the same cells."""
    with Book(empty) as ours:
        ours.assignment(NAME, klass.assignment)
        mine = rows(ours.gradebook)
    assert mine == klass.rows and len(mine) > 60


def rows(book):
    """Return all that a gradebook knows of the assignment's cells."""
    notebook = book.find_notebook(NAME, NAME)
    kinds = ("grade", "solution", "task", "source")
    kernel = {("notebook", "kernel"): notebook.kernelspec}
    return kernel | {
        (kind, one.name): {
            key: getattr(one, key, None)
            for key in ("max_score", "cell_type", "locked", "source", "checksum")
        }
        for kind in kinds
        for one in getattr(notebook, f"{kind}_cells")
    }


@pytest.mark.slow
@LINUX
def test_the_table_and_nbgraders_export_agree(klass, tmp_path):
    from nbgrader.plugins import CsvExportPlugin

    with klass.api().gradebook as book:
        book.add_student("nora")
        CsvExportPlugin(to=str(tmp_path / "grades.csv")).export(book)
    with Book(klass.room) as ours:
        table = ours.table()
        ours.gradebook.remove_student("nora")
    missing = next(row for row in table if row["student"] == "nora")
    assert (missing["status"], missing["score"]) == ("missing", 0.0)
    with open(tmp_path / "grades.csv", newline="") as file:
        exported = list(csv.DictReader(file))
    assert {
        row["student_id"]: (float(row["score"]), float(row["max_score"]))
        for row in exported
    } == {row["student"]: (row["score"], row["max"]) for row in table}


# --- marks given by hand, and grading once more ---------------------------------------


def mark(room, student, points, words, name="q9-essay"):
    """Mark an essay, as formgrader does."""
    with Book(room) as book:
        grade = book.gradebook.find_grade(name, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        comment = book.gradebook.find_comment("q9-essay", NAME, NAME, student)
        comment.manual_comment = words
        book.db.commit()


def row_of(table, student):
    return next(row for row in table if row["student"] == student)


@pytest.mark.slow
@LINUX
def test_a_mark_given_by_hand_counts_and_stays(klass, room):
    mark(room, "amal", 2.5, "Good, but <b>which</b> samples?")
    table = enter(room, klass.assignment, klass.results)
    amal = row_of(table, "amal")
    assert (amal["score"], amal["manual"], amal["needs_manual"]) == (22.5, 2.5, False)
    seen = Seen(page_of(room, "amal"))
    assert "22.5 of 23" in seen.text and "Good, but <b>which</b> samples?" in seen.text
    assert "given by your instructor" in seen.text
    others = {r["student"]: r["score"] for r in table if r["student"] != "amal"}
    assert others == {k: v for k, v in POINTS.items() if k != "amal"}


@pytest.mark.slow
@LINUX
def test_the_command_once_more_brings_marks_into_the_pages(klass, room):
    """And what was graded is not graded again."""
    mark(room, ZOE, 3.0, "Schön.")
    again = copy.copy(klass)
    again.room = room
    said = again.grade()
    assert "12 submissions: 0 to grade." in said
    seen = Seen(page_of(room, ZOE))
    assert "23 of 23" in seen.text and "Schön." in seen.text
    with open(room / "grades.csv", newline="") as file:
        (zoe,) = [row for row in csv.DictReader(file) if row["student"] == ZOE]
    assert (float(zoe["score"]), float(zoe["manual_score"])) == (23.0, 3.0)


@pytest.mark.slow
@LINUX
def test_another_answer_is_to_be_marked_again(klass, room):
    mark(room, "amal", 2.5, "Good.")
    mark(room, "fatou", 7.0, "Overridden.", name="q1-check")
    submission, result = klass.results["amal"]
    other = Result.from_dict(result.to_dict())
    other.answers["q9-essay"] = "It does nothing."
    changed = {**klass.results, "amal": (submission, other)}
    table = enter(room, klass.assignment, changed)
    amal = row_of(table, "amal")
    assert (amal["needs_manual"], amal["manual"]) == (True, 2.5)
    assert row_of(table, "fatou")["score"] == FULL + 6
    assert row_of(enter(room, klass.assignment, changed), "amal")["needs_manual"]


@pytest.mark.slow
@LINUX
def test_twice_is_the_same_as_once(klass, room):
    def files():
        found = sorted(p for p in room.rglob("*") if p.is_file())
        return {p.relative_to(room): p.read_bytes() for p in found if p.suffix != ".db"}

    before = files()
    assert enter(room, klass.assignment, klass.results) == klass.table
    assert files() == before


@pytest.mark.slow
@LINUX
def test_nbgraders_plugin_takes_off_for_late_work(klass, room):
    rule = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (room / "nbgrader_config.py").write_text(rule)
    emil = row_of(enter(room, klass.assignment, klass.results), "emil")
    assert (emil["score"], emil["penalty"]) == (0.0, FULL)
    seen = Seen(page_of(room, "emil"))
    assert "1 day 2 hours late" in seen.text and "20 points taken off" in seen.text
    (room / "nbgrader_config.py").unlink()
    emil = row_of(enter(room, klass.assignment, klass.results), "emil")
    assert (emil["score"], emil["penalty"]) == (FULL, 0.0)


@pytest.mark.slow
@LINUX
def test_an_assignment_may_change_while_work_is_in(klass, room, tmp_path):
    """More points, a new test, one that is gone: the other points stay."""
    mark(room, "amal", 3.0, "Good.")
    changed = copy.deepcopy(klass.solution)
    cell(changed, "q1-check").metadata.nbgrader.points = 4
    changed.cells = [
        c for c in changed.cells if known(c).get("grade_id") != "q2-hidden"
    ]
    new = new_code_cell(
        "assert y_full", metadata=facts("q1-more", grade=True, locked=True, points=2)
    )
    changed.cells.insert(5, new)
    path = tmp_path / "changed" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(changed, path)
    assignment = Assignment.read(path)
    results = copy.deepcopy(klass.results)
    for _, result in results.values():
        full = result.cells["q1-check"].points == 1
        del result.cells["q2-hidden"]
        result.cells["q1-check"] = CellResult(4.0 * full, 4.0)
        result.cells["q1-more"] = CellResult(2.0 * full, 2.0)
    table = enter(room, assignment, results)
    assert {row["max"] for row in table} == {FULL + 3 + 3 + 2 - 1}
    assert row_of(table, "amal")["score"] == FULL + 3 + 3 + 2 - 1
    assert row_of(table, "dora")["score"] == 0


# --- what formgrader shows ------------------------------------------------------------


def formgrader(path):
    """Return what formgrader shows of a notebook: its own template, without a server."""
    import nbgrader
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    extension = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(extension / "templates")]
    config.HTMLExporter.sanitize_html = True
    names = ("base_url", "student", "last_name", "first_name", "notebook_id")
    resources = dict.fromkeys((*names, "assignment_id", "submission_id"), "x")
    resources |= {"index": 0, "total": 1, "notebook_path": "x"}
    return HTMLExporter(config=config).from_filename(str(path), resources=resources)[0]


@pytest.mark.slow
@LINUX
def test_formgrader_runs_nothing_of_a_learner(klass):
    """What is in the hostile one's page is in a harmless one's too: formgrader's own."""
    places = {
        student: klass.room / "autograded" / student / NAME / f"{NAME}.ipynb"
        for student in ("amal", "juri")
    }
    own = [one for one in harmful(formgrader(places["amal"]))]
    assert own  # its own scripts: the parser does see such things
    shown = formgrader(places["juri"])
    assert harmful(shown, allowed=own) == []
    assert "PWNED" in Seen(shown).text and "$\\ href{" in Seen(shown).text
    submitted = klass.room / "submitted" / "juri" / NAME / f"{NAME}.ipynb"
    raw = nbformat.read(submitted, as_version=4)
    raw.cells = [c for c in raw.cells if "attachment" not in c.source]
    raw.cells.append(new_markdown_cell("<script>1</script>", id="x"))
    nbformat.write(raw, klass.folder / "raw.ipynb")
    assert harmful(formgrader(klass.folder / "raw.ipynb"), allowed=own)


@pytest.mark.slow
@LINUX
@pytest.mark.parametrize("student", POINTS)
def test_the_autograded_copy_is_a_sound_notebook(klass, student):
    shown = copy_of(klass.room, student)
    nbformat.validate(shown)
    text = json.dumps(shown, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text]
    for one in filter(known, klass.exercise.cells):  # each once, with nbgrader's facts
        (mine,) = [
            c for c in shown.cells if known(c).get("grade_id") == known(one).grade_id
        ]
        assert mine.metadata.nbgrader.get("points") == one.metadata.nbgrader.get(
            "points"
        )
        assert mine.cell_type == one.cell_type
    sources = [cell.source for cell in shown.cells]
    for one in klass.exercise.cells:  # also what nbgrader does not know, once
        assert known(one) or sources.count(one.source) == 1
    check = cell(shown, "q2-check").outputs[0].text
    points = klass.results[student][1].cells["q2-check"].points
    assert check.startswith(f"{points:g} of 1 points")


@pytest.mark.slow
@LINUX
def test_the_copy_shows_what_was_written_and_printed(klass):
    amal = copy_of(klass.room, "amal")
    assert cell(amal, "q9-essay").source == "It *invents* samples."
    loud = cell(copy_of(klass.room, "fatou"), "q3-answer")
    assert "loud" in loud.outputs[0].text and "warnings.warn" in loud.source
    juri = copy_of(klass.room, "juri")
    assert [c.source for c in juri.cells if c.id == "learner-own-2"] == [
        "'''</code><script>1</script>'''"
    ]
    gus = copy_of(klass.room, "gus").cells[0].source
    assert gus.startswith("**Not graded.** The file is no notebook")


# --- feedback -------------------------------------------------------------------------


@pytest.mark.slow
@LINUX
@pytest.mark.parametrize("student", POINTS)
def test_a_page_tells_its_student_and_nothing_else(klass, student):
    page = page_of(klass.room, student)
    seen = Seen(page)
    assert harmful(page) == []
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(a for _, a in seen.tags if a.get("http-equiv"))["content"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert not [secret for secret in SECRETS if secret in page]
    assert not [other for other in POINTS if other != student and other in seen.text]
    assert student in seen.text
    assert f"{POINTS[student]:g} of {FULL + 3:g}" in seen.text
    headings = [tag for tag, _ in seen.tags if tag == "h2"]
    assert len(headings) == 9 + (student == "gus")


@pytest.mark.slow
@LINUX
def test_a_page_says_why(klass):
    dora, gus = Seen(page_of(klass.room, "dora")), Seen(page_of(klass.room, "gus"))
    assert "n_full is still to be filled in." in dora.text
    assert "Question 2 · How long is the result?" in dora.text
    assert (
        "This could not be graded" in gus.text and "was it cut off" in gus.text.lower()
    )
    berit = Seen(page_of(klass.room, "berit")).text
    assert "raise ValueError" in berit and "ValueError" in berit
    juri = Seen(page_of(klass.room, "juri")).text
    assert "<script>q2()</script>" in juri and "[go](javascript:alert(2))" in juri
    assert "loud" in Seen(page_of(klass.room, "fatou")).text


@pytest.mark.slow
@LINUX
def test_feedback_comes_back_through_the_exchange(klass):
    api = klass.api()
    done(api.release_feedback(NAME))
    for student in POINTS:
        klass.step(student, "FetchFeedback")
        got = sorted((klass.home(student).parent / "feedback").rglob("*.html"))
        assert got and got[-1].read_text("utf-8") == page_of(klass.room, student)
    pages = list((klass.exchange / "convolution" / "feedback").glob("*.html"))
    assert len(pages) == len(POINTS)


@pytest.mark.slow
@LINUX
def test_two_students_never_share_a_secret(klass, room, tmp_path):
    """Who copies another's secret, to read the other's page, gets a new one."""
    amal, dora = (room / "submitted" / s / NAME for s in ("amal", "dora"))
    shutil.copy(amal / "submission_secret.txt", dora / "submission_secret.txt")
    moved = {
        student: (
            Submission(
                student, NAME, room / "submitted" / student / NAME / f"{NAME}.ipynb"
            ),
            result,
        )
        for student, (_, result) in klass.results.items()
    }
    enter(room, klass.assignment, moved)
    pages = sorted((room / "feedback").glob("*/*/submission_secret.txt"))
    assert len({page.read_text() for page in pages}) == len(POINTS)


@pytest.mark.slow
@LINUX
def test_feedback_of_work_collected_elsewhere_can_be_released(klass, room, monkeypatch):
    """A flat folder of a learning platform: no time, no secret."""
    (came := room.parent / "download").mkdir()
    path = came / "nora.ipynb"
    path.write_text(nbformat.writes(klass.exercise))
    _, result = klass.results["dora"]
    nora = Submission("nora", NAME, path, None, "Nora Ní Bhriain")
    table = enter(room, klass.assignment, {**klass.results, "nora": (nora, result)})
    assert row_of(table, "nora")["name"] == "Nora Ní Bhriain"
    kept = room / "submitted" / "nora" / NAME
    assert (kept / f"{NAME}.ipynb").read_bytes() == path.read_bytes()
    assert not (kept / "timestamp.txt").exists()
    (exchange := room.parent / "exchange").mkdir()
    exchange.chmod(0o777)
    pages = exchange / "convolution" / "feedback"
    monkeypatch.setenv("CONVCOURSE_EXCHANGE", str(exchange))
    monkeypatch.setenv("CONVCOURSE_CLASS", str(room))
    done(klass.api().release_feedback(NAME))
    released = {page.read_text("utf-8") for page in pages.glob("*.html")}
    assert page_of(room, "nora") in released and len(released) == len(POINTS) + 1


@pytest.mark.slow
@pytest.mark.browser
@LINUX
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("student", ["amal", "berit", "emil", "gus", "juri", ZOE])
def test_a_page_can_be_read_by_all_and_on_a_telephone(klass, browser, student, scheme):
    import axe_playwright_python

    axe = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    content = b64encode(page_of(klass.room, student).encode()).decode()
    page, said = browser.new_page(), []
    try:
        page.on("console", lambda message: said.append(message.text))
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"data:text/html;charset=utf-8;base64,{content}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert said == []
        page.evaluate(axe.read_text(encoding="utf-8"))
        found = page.evaluate(
            "() => axe.run(document, {resultTypes: ['violations'], preload: false})"
        )
        assert [one["id"] for one in found["violations"]] == []
        assert "PWNED" not in page.title()
    finally:
        page.close()


# --- stock nbgrader on the same class -------------------------------------------------


@pytest.mark.slow
@LINUX
def test_stock_autograde_is_a_fallback(klass, room, monkeypatch):
    """The same folder and settings, graded and written up by nbgrader alone."""
    monkeypatch.setenv("CONVCOURSE_CLASS", str(room))
    stock = copy.copy(klass)
    stock.room = room
    api = stock.api()
    for student in ("amal", "chen", ZOE):
        done(api.autograde(NAME, student))
    done(api.generate_feedback(NAME, "amal"))
    assert "Score: 20.0 / 23.0" in page_of(room, "amal")
    with api.gradebook as book:
        for student in ("amal", "chen", ZOE):
            work = book.find_submission_notebook(NAME, NAME, student)
            assert work.score == POINTS[student]


@pytest.mark.slow
@LINUX
def test_nbgraders_own_feedback_of_our_copies_is_harmless(klass, room, monkeypatch):
    """formgrader has a button for it: no script, no hidden test, our points."""
    monkeypatch.setenv("CONVCOURSE_CLASS", str(room))
    api = klass.api()
    for student in ("amal", "juri"):
        done(api.generate_feedback(NAME, student))
    amal, juri = page_of(room, "amal"), page_of(room, "juri")
    assert "Score: 2.0 / 23.0" in juri and "q2()" in Seen(juri).text
    assert harmful(juri, allowed=harmful(amal)) == []
    assert not [secret for secret in SECRETS if secret in amal + juri]


# --- small things, without a class ----------------------------------------------------


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "\0", " a", "x" * 300])
def test_no_student_is_a_path(empty, name):
    with Book(empty) as book:
        submission = Submission(name, NAME, empty / "none")
        with pytest.raises(ValueError, match="folder's name"):
            book.add(submission, Result("failed", "x"), Assignment.read(SOLUTION))
        assert book.table() == []
    assert not (empty / "autograded").exists()


def test_nothing_is_written_through_a_link(tmp_path, empty):
    (outside := tmp_path / "outside").mkdir()
    (outside / "precious").write_text("mine")
    (empty / "submitted" / "bo" / NAME).mkdir(parents=True)
    (empty / "submitted" / "bo" / NAME / "timestamp.txt").symlink_to(
        outside / "precious"
    )
    (empty / "feedback").mkdir()
    (empty / "feedback" / "cy").symlink_to(outside)
    assignment, result = Assignment.read(SOLUTION), Result("graded")
    bo, cy = (
        Submission(name, NAME, tmp_path / "none.ipynb", DUE) for name in ("bo", "cy")
    )
    with Book(empty) as book:
        book.add(bo, result, assignment)
        with pytest.raises(ValueError, match="is a link"):
            book.add(cy, result, assignment)
    with pytest.raises(ValueError, match="is a link"):
        feedback.write(empty, cy, result, assignment)
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert (outside / "precious").read_text() == "mine"


def test_an_assignment_without_a_file_is_refused(empty):
    with Book(empty) as book, pytest.raises(ValueError, match=r"Assignment\.read"):
        book.assignment("x", Assignment("x", ()))


def test_a_task_waits_for_a_person(tmp_path, empty):
    """nbgrader's tasks have points, and no cell for the answer."""
    task = new_markdown_cell(
        "Draw it.", metadata=facts("draw", task=True, locked=True, points=2)
    )
    path = tmp_path / "task.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[task]), path)
    assignment = Assignment.read(path)
    (tmp_path / "work.ipynb").write_text(path.read_text())
    submission = Submission("ann", "task", tmp_path / "work.ipynb")
    with Book(empty) as book:
        marks = book.add(
            submission, Result("graded", answers={"draw": "x"}), assignment
        )
        assert (marks.waiting, marks.score) == (("draw",), 0.0)
        grade = book.gradebook.find_grade("draw", "task", "task", "ann")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
        assert book.marks("ann", "task").score == 1.5
        graded = Result("graded", answers={"draw": "x"})
        assert book.add(submission, graded, assignment).waiting == ()
        submission.path.write_text(
            path.read_text() + " "
        )  # something else is handed in
        marks = book.add(submission, graded, assignment)
        assert (marks.waiting, marks.score, marks.by_hand) == (
            ("draw",),
            1.5,
            ("draw",),
        )
        failed = Submission("bo", "task", tmp_path / "none.ipynb")
        assert book.add(failed, Result("failed", "No."), assignment).waiting == ()


def test_nothing_is_read_through_a_link(tmp_path, empty):
    secret = tmp_path / "secret.txt"
    secret.write_text("0" * 64)
    came = tmp_path / "came"
    came.mkdir()
    (came / "work.ipynb").symlink_to(SOLUTION)
    (came / "submission_secret.txt").symlink_to(secret)
    with Book(empty) as book:
        result = Result("failed", "It is a link.")
        submission = Submission("ann", NAME, came / "work.ipynb")
        book.add(submission, result, Assignment.read(SOLUTION))
    kept = empty / "submitted" / "ann" / NAME
    assert [path.name for path in kept.iterdir()] == ["submission_secret.txt"]
    assert (kept / "submission_secret.txt").read_text() != "0" * 64
    text = (empty / "autograded/ann" / NAME / f"{NAME}.ipynb").read_text()
    assert "BEGIN SOLUTION" not in text


@pytest.mark.parametrize(
    "evil",
    [
        "<script>1</script>",
        "<SCRIPT\n>1</SCRIPT>",
        "</div><style>*{}</style>",
        "<img/src=x onerror=1>",
        "<!--><script>1</script>-->",
        "<?php ?><svg onload=1>",
        "<![CDATA[<script>1</script>]]>",
        "&lt;script&gt;<a href='javascript:1'>x</a>",
        "[x](javascript:1)",
        "[x](<javascript:1>)",
        "![x](http://203.0.113.9/a.png)",
        "[x][y]\n\n[y]: javascript:1",
        "[x]\n\n[x]:javascript:1",
        "<javascript:1>",
        "```mermaid\n<script>1</script>\n```",
        "~~~ mermaid\n<img src=x onerror=1>\n~~~",
        "$<script>1</script>$ $$<img src=x>$$",
        "\\begin{x}<script>1</script>\\end{x}",
        "| a |\n|---|\n| <script>1</script> |",
        "`<b>`<script>1</script>``",
        "<scr\0ipt>1</script>",
        "* <script>1</script>\n    <script>2</script>",
        "    [x](javascript:1)\n\n> [x](javascript:1)",
        "\\<script>1</script>\\[x](javascript:1)",
    ],
)
def test_markdown_is_disarmed(evil):
    from nbconvert.filters import markdown2html

    assert harmful(markdown2html(autograded.disarm(evil))) == []


PIECES = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "<script>",
    "[",
    "](",
    "]",
    "(",
    ")",
    "]:",
    "!",
]
PIECES += [
    "javascript:1",
    '"',
    "`",
    "```",
    "~~~",
    "\n",
    "\n\n",
    "    ",
    "> ",
    "* ",
    "1. ",
]
PIECES += [
    "|",
    "---",
    "$",
    "$$",
    "\\",
    "\\<",
    "\\[",
    "&lt;",
    "&#60;",
    "&#91;",
    "a",
    " ",
]
PIECES += [
    "<a href=",
    " onerror=1",
    "<img src=x ",
    "<svg/onload=1>",
    "\\begin{x}",
    "\t",
]
PIECES += ["\\end{x}", "mermaid", "[^1]", "[^1]:", "\0", "<\0script>", "\r", "<?", "**"]


@given(st.lists(st.sampled_from(PIECES), max_size=18).map("".join))
@hypothesis.settings(max_examples=400, deadline=None)
def test_no_mixture_of_markdown_is_harmful(text):
    from nbconvert.filters import markdown2html

    assert harmful(markdown2html(autograded.disarm(text))) == []


def test_disarmed_markdown_is_short_and_runs_in_one_direction():
    text = autograded.disarm("a\u202eb" + "x" * 30_000)
    assert "\u202e" not in text and len(text) < autograded.SHOWN + 100


def test_lines_of_windows_stay_lines():
    assert autograded.cut("a\r\nb\rc\x07") == "a\nb\nc\ufffd"


def test_disarmed_markdown_reads_as_before():
    kept = (
        "A *word*, `x[0]`, $a \\le b$, 3 < 4.\n\n- one\n- two\n\n```\nfor i in x:\n```"
    )
    assert autograded.disarm(kept) == kept
    assert (
        autograded.disarm("$\\HREF \\hrefs \\style{a}$")
        == "$\\HREF \\hrefs \\ style{a}$"
    )


@pytest.mark.parametrize(
    "text", ["'" * 20_000, 'f"{' * 6_000, "(" * 20_000, "\\" * 20_000]
)
def test_a_page_of_a_strange_answer_is_made_at_once(text):
    """Its colours are looked for in so much text only, and in no endless way."""
    assignment = Assignment.read(SOLUTION)
    result = Result("graded", answers={"q1-answer": text * 50})
    page = feedback.page(Submission("a", NAME, Path("x")), result, assignment)
    assert len(page) < 1_500_000
    assert "more characters are not shown" in Seen(page).text


def test_cells_of_a_learners_own_are_shown_up_to_a_size():
    """formgrader takes seconds to colour 20 000 stars, and answers nobody meanwhile."""
    one = {"cell_type": "code", "metadata": {}, "source": "**" * 30_000}
    content = json.dumps({"cells": [one] * 50}).encode()
    own = autograded._own_cells(content, set(), set())[""]
    assert len(own) > 5
    assert sum(len(c["source"]) for c in own) < autograded.SPACE + 100


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Anna von Berg", "Anna von", "Berg"),
        ("=HYPERLINK(x) =1+1", "HYPERLINK(x)", "1+1"),
        ("@cmd", None, "cmd"),
        ("A" * 300, None, "A" * 99 + "…"),
    ],
)
def test_a_name_of_a_platform_is_a_name(name, first, last):
    """nbgrader's export writes it as it is, and a table shows it in one line."""
    student = _named("id", name)
    assert (student.first_name, student.last_name) == (first, last)


def test_a_page_without_a_gradebook_has_the_points_of_the_tests():
    assignment = Assignment.read(SOLUTION)
    cells = {
        "q1-check": CellResult(1.0, 1.0),
        "q2-check": CellResult(0.5, 1.0, "Half."),
    }
    page = feedback.page(
        Submission("a", NAME, Path("x")), Result("graded", cells=cells), assignment
    )
    assert "1.5 of 20" in Seen(page).text and "Half." in page
    marks = Marks({"q1-check": 0.0}, by_hand=("q1-check",), penalty=9.0)
    page = feedback.page(
        Submission("a", NAME, Path("x")),
        Result("graded", cells=cells),
        assignment,
        marks,
    )
    assert "0 of 20" in Seen(page).text
