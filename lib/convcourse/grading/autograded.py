"""The notebook that an instructor sees in formgrader: safe to look at, and to mark."""

import json
import re

from .assignment import text_of
from .submission import Unreadable, cells_of

SHOWN = 20_000  # characters of one cell that are shown
EXTRAS = 200  # cells of a learner's own that are shown
SPACE = 200_000  # characters of these together: formgrader colours them, slowly
LARGEST = 20 << 20  # bytes of a notebook whose own cells are looked for
# `<` begins HTML only before these; a space after it changes no formula and no code.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
LINK = re.compile(r"\](?=[(:])")
# MathJax commands that make links, styles or scripts, or put such names together.
COMMAND = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|require|csname|bbox|data|includegraphics|"
    r"unicode|mmlToken)(?![A-Za-z]))"
)
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)


def cut(text, limit=SHOWN):
    """Return a text without control characters, and not too long.

    Examples
    --------
    >>> print(cut("abcdef", 3))
    abc
    ... (3 more characters are not shown)
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    more = len(text) - limit
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[:limit])
    return text + f"\n... ({more} more characters are not shown)" * (more > 0)


def disarm(text):
    """Return markdown that shows what a learner wrote, and does nothing.

    formgrader renders markdown as it is: with its HTML, its scripts, links that run
    scripts, pictures that call home. A space in the right places takes their meaning
    away; prose, code and formulas look as before.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> disarm("<script>f()</script> $a<b$ [x](javascript:f)")
    '< script>f()< /script> $a< b$ [x] (javascript:f)'
    """
    return COMMAND.sub(r"\\ ", LINK.sub("] ", TAG.sub("< ", cut(text))))


def notebook(release, assignment, result, content=b"", digests=None):
    """Return what is shown of one submission, as the text of a notebook.

    Parameters
    ----------
    release : dict
        The exercise as it was handed out: no solutions, no hidden tests.
    assignment : Assignment
    result : Result
    content : bytes
        What was handed in, for the cells that learners have added.
    digests : dict, optional
        {grade_id: digest} of the answers, to be kept in the notebook.
    """
    known = {cell.grade_id for cell in assignment.cells}
    own = _own_cells(content, known, _unmarked(release))
    cells = own.pop("", [])
    if result.reason:
        head = "Not graded." if result.status == "failed" else "Ended early."
        cells.insert(
            0, _cell("markdown", disarm(f"**{head}** {result.reason}"), "head")
        )
    for cell in release["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cells.append(_filled(cell, name, result))
        cells += own.pop(name, [])
    metadata = {**release["metadata"], "convcourse": {"answers": digests or {}}}
    shown = {**release, "cells": cells, "metadata": metadata}
    return json.dumps(shown, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def answers_before(path):
    """Return the digests of the answers that a notebook of ours was made of."""
    try:
        return dict(json.loads(path.read_bytes())["metadata"]["convcourse"]["answers"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _filled(cell, name, result):
    """Return a cell of the exercise with the learner's answer, or what a test said."""
    code, cell = cell["cell_type"] == "code", dict(cell)
    if name in result.answers:
        answer = result.answers[name]
        cell["source"] = cut(answer) if code else disarm(answer)
    said = cut(result.printed.get(name, ""))
    if name in result.cells:
        test = result.cells[name]
        said = f"{test.points:g} of {test.max_points:g} points\n{cut(test.message)}"
    if code and said:
        text = said.rstrip() + "\n"
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    return cell


def _unmarked(release):
    """Return the texts of the exercise's cells that nbgrader does not know."""
    cells = (c for c in release["cells"] if "nbgrader" not in c["metadata"])
    return {text_of(cell["source"]).strip() for cell in cells}


def _own_cells(content, known, handed_out):
    """Return cells that a learner has added: {grade_id of the cell before: cells}."""
    own, place, number, left = {}, "", 0, SPACE
    if not content or len(content) > LARGEST:
        return own
    try:
        cells = cells_of(content)
    except Unreadable:
        return own
    for kind, source, name in cells:
        if name in known:
            place = name
        elif source.strip() not in ("", *handed_out) and number < EXTRAS and left > 0:
            number += 1
            kind = kind if kind == "code" else "markdown"
            text = cut(source, min(SHOWN, left))
            left -= len(text)
            text = text if kind == "code" else disarm(text)
            own.setdefault(place, []).append(_cell(kind, text, f"own-{number}"))
    return own


def _cell(kind, source, name):
    """Return a cell that the exercise has not got."""
    cell = {
        "cell_type": kind,
        "id": f"learner-{name}",
        "metadata": {},
        "source": source,
    }
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})
