"""Read what a learner hands in, whatever state it is in, and plan what is run."""

import contextlib
import json
import os
import stat

from .assignment import text_of

KEPT = 200_000  # characters of an answer that are remembered; all of it is run


ENTRIES = 2_000_000  # texts, numbers, lists and dictionaries in a notebook


class Unreadable(Exception):
    """It is no notebook that can be run; the text says why, to the learner."""


def contents(path, limit):
    """Return the bytes of an ordinary file; links and devices are refused.

    Raises
    ------
    Unreadable
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if os.path.islink(path):
        raise Unreadable("It is a link to another file, not a notebook.")
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise Unreadable("There is no such file.") from None
    except OSError as error:
        raise Unreadable(f"It cannot be opened: {error.strerror}.") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise Unreadable("It is no file.")
    with open(descriptor, "rb") as file:
        if facts.st_size > limit:
            raise Unreadable(f"It is larger than {limit >> 20} MB.")
        return file.read(limit + 1)


def cells_of(content):
    """Return the cells of a notebook of format 3 or 4, each with a type and a source.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    list of (str, str, str)
        Type, source, grade_id or "".

    Raises
    ------
    Unreadable
    """
    if _entries(content) > ENTRIES:
        raise Unreadable(
            f"It has more than {ENTRIES} lines and entries. Clear its outputs, and hand "
            "it in again."
        )
    try:
        notebook = json.loads(content.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        raise Unreadable(
            "The file is no notebook: it cannot be read as JSON. Was it cut off, or "
            "renamed from another format?"
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict):  # format 3
        sheets = notebook.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        pages = [s.get("cells") for s in sheets if isinstance(s, dict)]
        cells = [c for page in pages if isinstance(page, list) for c in page] or None
    if not isinstance(cells, list):
        raise Unreadable("The file is no notebook: it has no cells.")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _entries(content):
    """Return how many values a JSON text has, or more: each costs 50 bytes and up."""
    quotes = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    if quotes.count(b'"') > 2 * ENTRIES:
        return quotes.count(b'"') // 2
    bare = b"".join(quotes.split(b'"')[::2])  # what stands between the texts
    return sum(map(bare.count, (b",", b"[", b"{")))


def _cell(cell):
    """Return type, source and grade_id of a cell of any format."""
    facts = cell.get("metadata")
    facts = facts.get("nbgrader") if isinstance(facts, dict) else None
    name = facts.get("grade_id") if isinstance(facts, dict) else None
    source = text_of(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    return (
        kind if isinstance(kind, str) else "",
        source.encode(errors="replace").decode(),
        name if isinstance(name, str) else "",
    )


def plan(cells, assignment):
    """Return what is run in which order, and the learner's answers.

    The learner's code cells run in the learner's order; in place of locked cells come
    the instructor's, each once: where it last stands, as nbgrader has it, or else after
    the cell that comes before it in the assignment. Tests that have lost their place
    come at the end.

    Parameters
    ----------
    cells : list of (str, str, str)
        As `cells_of` returns them.
    assignment : Assignment

    Returns
    -------
    steps : list of tuple
        ("run", grade_id or "", source), ("setup", grade_id, source), ("test", grade_id)
    answers : dict
        {grade_id: source}, as much of it as is kept.
    """
    known = {cell.grade_id: cell for cell in assignment.cells}
    last = {name: i for i, (_, _, name) in enumerate(cells) if name in known}
    steps, answers = [], {}
    for i, (kind, source, name) in enumerate(cells):
        cell = known.get(name) if last.get(name) == i else None
        if cell and cell.kind in ("answer", "manual"):
            answers[name] = source[:KEPT]
        if cell and cell.kind == "test":
            steps.append(("test", name))
        elif cell and cell.kind == "setup":
            steps.append(("setup", name, cell.source))
        elif kind == "code" and source.strip() and (not name or name not in known):
            steps.append(("run", "", source))
        elif kind == "code" and source.strip() and (not cell or cell.kind != "text"):
            steps.append(("run", name if cell else "", source))
    _put_back(
        steps, [c for c in assignment.cells if c.kind in ("test", "setup")], known
    )
    return steps, answers


def _put_back(steps, locked, known):
    """Insert the locked cells that are missing."""
    order = list(known)
    for cell in locked:
        places = {step[1]: i for i, step in enumerate(steps) if step[1]}
        if cell.grade_id in places:
            continue
        before = [n for n in order[: order.index(cell.grade_id)] if _runs(known[n])]
        if cell.kind == "setup" and (not before or before[-1] not in places):
            place = 0
        elif before and before[-1] in places:
            place = places[before[-1]] + 1
        else:
            place = len(steps)
        step = ("setup", cell.grade_id, cell.source)
        steps.insert(place, step if cell.kind == "setup" else ("test", cell.grade_id))


def _runs(cell):
    """Return True if a cell leaves a step behind."""
    return cell.kind in ("answer", "test", "setup")


def understood(content, assignment, limit):
    """Return the steps and answers of a file's content; see `plan`.

    Raises
    ------
    Unreadable
        If it is no notebook.
    """
    if len(content) > limit:
        raise Unreadable(f"It is larger than {limit >> 20} MB.")
    if not content.strip():
        raise Unreadable("The file is empty.")
    with contextlib.suppress(MemoryError):
        return plan(cells_of(content), assignment)
    raise Unreadable("It is too large to be read.")
