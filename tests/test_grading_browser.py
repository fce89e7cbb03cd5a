"""Grading in a headless Chromium: a learner presses Validate, an instructor marks."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from browser import ROOT, jupyter, run_all
from convcourse.checks import ch01

pytestmark = pytest.mark.browser
NAME = "01_convolution_1d"
SOLUTION = ROOT / "solutions" / NAME / f"{NAME}.ipynb"
EXERCISE = ROOT / "exercises" / NAME / f"{NAME}.ipynb"


def cells_of(path):
    """Return {grade_id: source} of a notebook."""
    cells = json.loads(path.read_text())["cells"]
    marked = [cell for cell in cells if "nbgrader" in cell["metadata"]]
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in marked
    }


def right():
    """Return {grade_id: source} of the answers in the solution."""
    return {n: s for n, s in cells_of(SOLUTION).items() if n.endswith("-answer")}


def wrong():
    """Return a wrong answer to question 1, {grade_id: source}, and what is said of it."""
    values = {part: ch01.q1.truth(part) for part in ch01.q1.parts}
    part = next(iter(values))
    misconception, value = ch01.q1.mistakes(part)[0]
    lines = [
        f"{p} = {[float(n) for n in v]}" for p, v in (values | {part: value}).items()
    ]
    return {"q1-answer": "\n".join(lines)}, misconception.message


# --- a learner -------------------------------------------------------------------------


@pytest.fixture
def exercise(course, open_notebook):
    """Return a function that opens an untouched copy of exercise 01."""
    copies = []

    def open_(name):
        copy = course / "work" / f"{name}.ipynb"
        copies.append(copy)
        copy.write_bytes(EXERCISE.read_bytes())
        return open_notebook(f"/lab/tree/{name}.ipynb?reset")

    yield open_
    for copy in copies:
        copy.unlink()


def answer(page, answers):
    """Type answers, {grade_id: source}, into the notebook that is open."""
    count = page.evaluate(
        """answers => [...window.jupyterapp.shell.currentWidget.content.model.cells]
        .filter(c => {
          const source = answers[c.getMetadata('nbgrader')?.grade_id];
          if (source) c.sharedModel.setSource(source);
          return source;
        }).length""",
        answers,
    )
    assert count == len(answers) > 0


def validated(page):
    """Press Validate; return what it says."""
    page.get_by_role("button", name="Validate").click()
    page.locator(".jp-Dialog").wait_for(timeout=180_000)
    return " ".join(page.locator(".jp-Dialog").inner_text().split())


def test_validate_says_what_the_check_says(exercise, browser):
    page = exercise("validate-wrong")
    answers, message = wrong()
    answer(page, right() | answers)
    said = validated(page)
    assert "failed" in said.lower() and " ".join(message.split()) in said
    assert page.said == [] and browser.foreign == []


def test_validate_praises_right_answers(exercise, browser):
    page = exercise("validate-right")
    answer(page, right())
    said = validated(page)
    assert "Success! Your notebook passes all the tests." in said
    assert page.said == [] and browser.foreign == []


def test_run_all_goes_on_past_a_wrong_answer(exercise):
    page = exercise("run-all")
    answers, message = wrong()
    answer(page, right() | answers)
    errors = run_all(page)
    assert len(errors) == 1 and " ".join(message.split()) in " ".join(errors[0].split())
    counts = page.evaluate(
        "() => [...window.jupyterapp.shell.currentWidget.content.model.cells]"
        ".filter(c => c.type === 'code').map(c => c.executionCount)"
    )
    assert counts == list(range(1, len(counts) + 1))


# --- an instructor ---------------------------------------------------------------------

HOSTILE = "I slide it. <script>window.pwned = 1</script><img src=x onerror='pwned = 2'>"
ESSAY = {"grade_id": "essay", "grade": True, "solution": True, "locked": False}
ESSAY |= {"points": 5, "schema_version": 3, "cell_type": "markdown", "task": False}


def with_essay(path, text, answers=()):
    """Return a notebook, as text, with a question that a person grades at its end."""
    notebook = json.loads(path.read_text())
    answers = dict(answers)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, cell["source"])
    question = {"cell_type": "markdown", "id": "ask", "metadata": {}}
    essay = {"cell_type": "markdown", "id": "essay", "metadata": {"nbgrader": ESSAY}}
    notebook["cells"] += [question | {"source": "Why flip?"}, essay | {"source": text}]
    return json.dumps(notebook)


class Class:
    """A class folder, graded by the command with tests of its own."""

    def __init__(self, folder):
        self.room, self.submissions = folder / "room", folder / "submissions"
        self.tests = folder / "tests"
        write(self.tests / NAME / f"{NAME}.ipynb", with_essay(SOLUTION, "Because."))
        self.students = {
            "right": with_essay(EXERCISE, HOSTILE, right()),
            "zoë 李": with_essay(EXERCISE, "It is a habit.", wrong()[0]),
            "blank": EXERCISE.read_text(),
        }
        for student, text in self.students.items():
            write(self.submissions / student / NAME / f"{NAME}.ipynb", text)
        self.grade()

    def grade(self):
        """Call the command; return the rows of grades.csv by student."""
        command = [sys.executable, "-m", "convcourse.grading", str(self.submissions)]
        command += ["--tests", str(self.tests), "--class", str(self.room)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        with open(self.room / "grades.csv", encoding="utf-8", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}


def write(path, text):
    """Write a file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def klass(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def formgrader(klass, course, tmp_path_factory):
    """Start `course.py lab --class`; return its address."""
    home = tmp_path_factory.mktemp("formgrader")
    with jupyter(course, home, "--class", str(klass.room)) as address:
        yield address


@pytest.fixture
def page(browser):
    """Return a page that remembers what goes wrong on it."""
    page = browser.new_page()
    page.said = []
    page.on(
        "console", lambda m: page.said.append(m.text) if m.type == "error" else None
    )
    page.on("pageerror", lambda e: page.said.append(str(e)))
    yield page
    page.close()


def rows_of(page, count):
    """Return the texts of a table in formgrader, when it has so many rows."""
    page.locator("tbody tr:has(td + td)").nth(count - 1).wait_for(timeout=30_000)
    rows = page.locator("tbody tr").all()
    return [
        [" ".join(t.split()) for t in r.locator("td").all_inner_texts()] for r in rows
    ]


def test_formgrader_lists_our_class(formgrader, page, browser, klass):
    page.goto(f"{formgrader}/formgrader/manage_assignments")
    ours = next(row for row in rows_of(page, 1) if row[0] == NAME)
    assert "3" in ours
    page.goto(f"{formgrader}/formgrader/manage_submissions/{NAME}")
    shown = {row[1]: row for row in rows_of(page, 3)}
    assert set(shown) == set(klass.students)
    for student, row in klass.grade().items():
        assert f"{float(row['score']):g} / 25" in shown[student]
    assert page.said == [] and browser.foreign == []


def test_a_mark_given_by_hand_arrives_everywhere(formgrader, page, browser, klass):
    """Typed in formgrader it is in the gradebook; with the next call on the page."""
    before = klass.grade()["right"]
    assert before["needs_manual_grade"] == "True" and before["manual_score"] == ""
    page.goto(f"{formgrader}/formgrader/manage_submissions/{NAME}")
    page.locator("tbody tr").filter(has_text="right").get_by_role("link").first.click()
    page.locator("tbody").get_by_role("link", name=NAME).click()
    page.locator("input.needs_manual_grade#essay").wait_for(timeout=30_000)
    page.wait_for_function(
        "() => formgrader.grades.loaded && formgrader.comments.loaded"
    )
    assert "I slide it." in page.locator("body").inner_text()
    typed = {"input.score#essay": "4", "#essay-comment": "Say what the flip *does*."}
    for place, text in typed.items():
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            page.locator(place).fill(text)
            page.keyboard.press("Tab")
    assert page.evaluate("() => window.pwned") is None
    after = klass.grade()["right"]
    assert after["needs_manual_grade"] == "False" and float(after["manual_score"]) == 4
    assert float(after["score"]) == float(before["score"]) + 4 == 24
    feedback = Path(klass.room, "feedback", "right", NAME, f"{NAME}.html").read_text()
    assert "Say what the flip" in feedback
    assert page.said == [] and browser.foreign == []


def test_to_open_a_submission_runs_nothing_of_it(formgrader, page, klass):
    """Who submits through the exchange may lay modules beside the notebook."""
    beside = klass.room / "submitted" / "right" / NAME
    ran = klass.room / "ran"
    trap = f"open({str(ran)!r}, 'a').write(__name__)\nraise ImportError\n"
    for name in ("ipykernel_launcher", "traitlets", "comm", "decorator"):
        write(beside / f"{name}.py", trap)
    page.goto(f"{formgrader}/lab/tree/submitted/right/{NAME}/{NAME}.ipynb?reset")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        "?.status === 'idle'",
        timeout=60_000,
    )
    assert not ran.exists()
