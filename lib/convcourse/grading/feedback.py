"""The page that a student gets back: what was right, what was not, and why."""

import base64
import hashlib
import html
import re
from datetime import UTC
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .autograded import cut
from .files import place, put

HERE = Path(__file__).resolve().parent
STYLE = (HERE / "feedback.css").read_text(encoding="utf-8")
# The page's own style, and nothing else, may be used in it: no script, no request.
DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
LEXER, FORMATTER = PythonLexer(), HtmlFormatter(nowrap=True)
PAGE = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("feedback.html.j2")
SIGNS = {"right": "✓", "partly": "◐", "wrong": "✗", "waiting": "…"}
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.M)
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def write(room, submission, result, assignment, marks=None):
    """Write the page of one submission, and return its path.

    Parameters
    ----------
    room : str or Path
        The class folder.
    submission : Submission
    result : Result
    assignment : Assignment
    marks : gradebook.Marks, optional
        What the gradebook says: points given by hand, comments, lateness.

    Returns
    -------
    Path
        ``feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html``, where nbgrader's
        ``release_feedback`` looks for it.
    """
    folder = place(room, "feedback", submission.student, submission.assignment)
    path = folder / f"{assignment.name}.html"
    put(path, page(submission, result, assignment, marks).encode())
    return path


def page(submission, result, assignment, marks=None):
    """Return the page of one submission, as HTML in one piece; parameters as `write`."""
    scores = {name: cell.points for name, cell in result.cells.items()}
    scores |= marks.scores if marks else {}
    questions = _questions(assignment, result, marks, scores)
    total = marks.score if marks else sum(scores.values())
    when = submission.submitted
    return PAGE.render(
        digest=DIGEST,
        style=Markup(STYLE),
        title=_title(assignment),
        name=cut(submission.name or submission.student, 200),
        student=cut(submission.student, 200),
        score=f"{total:g}",
        most=f"{assignment.max_score:g}",
        submitted=f"{when.astimezone(UTC):%d %B %Y, %H:%M} UTC" if when else "",
        late=span(marks.late) if marks and marks.late else "",
        penalty=_points(marks.penalty) if marks and marks.penalty else "",
        waiting=bool(marks and marks.waiting),
        failed=result.status == "failed",
        reason=cut(result.reason),
        file=f"{assignment.name}.ipynb",
        questions=questions,
        marks=SIGNS,
    )


def span(seconds):
    """Return a time in its two largest units.

    Examples
    --------
    >>> span(90061), span(59.6), span(3600)
    ('1 day 1 hour', '60 seconds', '1 hour')
    """
    left, parts = max(1, round(seconds)), []
    if left <= 60:
        return f"{left} second" + "s" * (left != 1)
    for name, size in UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {name}" + "s" * (number != 1))
    return " ".join(parts[:2])


def _points(number):
    return f"{number:g} point" + "s" * (number != 1)


def _title(assignment):
    """Return the heading of the exercise, or its name."""
    for cell in assignment.cells:
        found = HEADING.search(cell.source) if cell.kind == "text" else None
        if found:
            return _plain(found[2])
    return assignment.name


def _plain(text):
    """Return a heading without markdown's marks."""
    return re.sub(r"[*`$\\]", "", text)


def _questions(assignment, result, marks, scores):
    """Return what the page says of each question, in their order."""
    groups, heading, first = [], "", True
    for cell in assignment.cells:
        if cell.kind == "text":
            found = HEADING.search(cell.source)
            if found and not (first and len(found[1]) == 1):  # the title of it all
                heading = _plain(found[2])
            first = False
        elif cell.kind in ("answer", "manual"):
            groups.append((heading or f"Question {len(groups) + 1}", cell, []))
            heading = ""
        elif cell.kind == "test":
            if not groups:
                groups.append(("Tests", None, []))
            groups[-1][2].append(cell)
    return [_question(*group, result, marks, scores) for group in groups]


def _question(heading, answer, tests, result, marks, scores):
    """Return what the page says of one question."""
    name = answer.grade_id if answer else ""
    graded = [cell for cell in (answer, *tests) if cell and cell.points]
    names = {cell.grade_id for cell in graded}
    points = sum(scores.get(each, 0.0) for each in names)
    most = sum(cell.points for cell in graded)
    waiting = bool(names & set(marks.waiting if marks else ()))
    waiting = waiting or (not marks and bool(answer) and answer.kind == "manual")
    return {
        "heading": heading,
        "points": f"{points:g}",
        "most": f"{most:g}",
        "state": _state(points, most, waiting),
        "by_hand": bool(names & set(marks.by_hand if marks else ())),
        "waiting": waiting,
        "comment": cut(marks.comments.get(name, "")) if marks else "",
        "tests": _said(tests, result),
        "answer": _shown(answer, result),
        "printed": cut(result.printed.get(name, "")).rstrip(),
    }


def _state(points, most, waiting):
    """Return the word for how it went: a key of `SIGNS`."""
    if waiting:
        return "waiting"
    if points >= most:
        return "right"
    return "partly" if points > 0 else "wrong"


def _said(tests, result):
    """Return what each test said, where not all are passed; the same words only once."""
    got = [
        (cell, result.cells[cell.grade_id])
        for cell in tests
        if cell.grade_id in result.cells
    ]
    if result.status == "failed" or all(one.points >= one.max_points for _, one in got):
        return []
    said, before = [], None
    for cell, one in got:
        message = cut(one.message).strip()
        words = "Right." if one.points >= one.max_points else "Not right."
        if message:
            words = "For the same reason." if message == before else message
        before = message
        label = "A further test, not shown" if cell.hidden else "The check"
        points, most = f"{one.points:g}", f"{one.max_points:g}"
        said.append({"label": label, "points": points, "most": most, "message": words})
    return said


def _shown(answer, result):
    """Return an answer as safe HTML: code in colours, prose as it is; "" for none."""
    if answer is None:
        return None
    text = cut(result.answers.get(answer.grade_id, "")).rstrip()
    if not text.strip():
        return Markup("")
    if answer.kind == "manual":
        return Markup(html.escape(text))
    return Markup(highlight(text, LEXER, FORMATTER))
