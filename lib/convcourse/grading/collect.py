"""Find what a class has handed in, however it was collected.

Each layout says who (the folder at the top, or the file's name) and what (a name on the
way, or what is in the notebook). People and names: `people`; folders and archives:
`archives`.
"""

import hashlib
import json
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from .archives import MEGABYTE, STAMP, is_notebook, listing, stem
from .assignment import text_of
from .people import Register, Who, of_platform, shown
from .submission import Unreadable, cells_of, contents

COURSE = Path(__file__).resolve().parents[3]
SAME = r"(?:\s*\(\d{1,2}\)|-Copy\d*)*"  # what browsers and JupyterLab add to a copy
CLASS = ("gradebook.db", "graded", "autograded", "release")  # in a class folder
WRAPPERS = ("submitted", "submissions", "inbound", "collected")
COURSES = ("notebooks", "solutions", "lib", "sources", "tests", "book", "data", "tools")
CHAPTER = re.compile(r"convcourse\.checks(?:\.|\s+import\s+)(ch\d+)")
FEW = 5  # bad entries of one student that are told
LOOKED_AT = 30 * MEGABYTE  # a larger file is not looked into here; its name must do


@dataclass(frozen=True)
class Submission:
    """One notebook that one student handed in for one assignment.

    Attributes
    ----------
    student : str
        nbgrader's student id; any Unicode text that is a safe file name.
    assignment : str
        Such as "01_convolution_1d".
    path : Path
        The notebook as it lies there, or what lies in its place.
    submitted : datetime or None
        With its zone, UTC; None where it is not known.
    name : str
        The name to show, where the platform or the list of the class gave one.
    digest : str
        sha256 of the file's bytes; "" if it cannot be read.
    problem : str
        Why it cannot be graded, where that is seen already; "" else.
    number : str
        The platform's number of this person, where names alone are not enough.
    """

    student: str
    assignment: str
    path: Path
    submitted: datetime | None = None
    name: str = ""
    digest: str = ""
    problem: str = ""
    number: str = ""


@dataclass(frozen=True)
class _Place:
    """What the names on the way to an entry say."""

    who: Who
    inside: tuple  # names below the person's own
    hint: str = ""  # an assignment that a name says
    inbound: datetime | None = None  # when nbgrader's exchange took it
    late: bool = False


@dataclass(frozen=True)
class _Found:
    """A notebook, with all that is known of it."""

    entry: object
    place: _Place
    digest: str
    ids: frozenset  # grade_ids
    when: datetime | None

    @property
    def rank(self):
        """What counts among several: exercises before other notebooks, then newest."""
        when = self.when.timestamp() if self.when else self.entry.changed
        return bool(self.ids), when, self.entry.parts


def find(folder, assignments, only=None, scratch=None, students=None, known=None):
    """Return the submissions in a folder or archive, and what is to be told, in words.

    Parameters
    ----------
    folder : str or Path
    assignments : dict of str to Assignment
    only : str, optional
        The assignment that counts; and that of notebooks that do not say theirs.
    scratch : Path, optional
        Where archives are unpacked; a folder that goes when Python ends, otherwise.
    students : dict of str to people.Student, optional
        The list of the class.
    known : dict of (str, str) to str, optional
        Numbers of those who are there from earlier calls, by assignment and student.

    Returns
    -------
    list of Submission
        One for each student and assignment, sorted.
    list of str
        Ready to be printed.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    search = _Search(assignments, only, students or {}, known or {})
    top = Path(folder)
    if (top / "submitted").is_dir() and any((top / name).exists() for name in CLASS):
        search.told += _beside(top)
        top = top / "submitted"  # the class folder itself was given
    search.look(listing(top, Path(scratch or _scratch())), packed=top.is_file())
    return search.submissions(), [shown(line, 1000) for line in search.told]


def _beside(room):
    """Tell of folders in a class folder that nobody puts there."""
    known = (*CLASS, "submitted", "feedback", "source")
    names = [p.name for p in sorted(room.iterdir()) if p.is_dir()]
    names = [name for name in names if name not in known and name[0] not in "._"]
    if not names:
        return []
    few = ", ".join(names[:5]) + ", …" * (len(names) > 5)
    return [
        f"It is taken for a class folder: only its submitted/ is looked at, not {few}"
    ]


@cache
def _scratch():
    """Return a folder that goes when Python ends."""
    holder = tempfile.TemporaryDirectory(prefix="convcourse-")
    _scratch.holder = holder
    return holder.name


class _Search:
    """What was found, bit by bit."""

    def __init__(self, assignments, only, students, known):
        self.assignments, self.only, self.known = assignments, only, known
        self.register, self.told = Register(students), []
        self.bad = Counter()  # how many bad entries there are of each at the top
        self.found = defaultdict(list)  # (who, assignment): notebooks
        self.seen = defaultdict(list)  # who: (place, entry) of all that is theirs
        self.untouched, self.unclear = set(), set()  # who: nothing stands in for those

    # --- looking ---------------------------------------------------------------------

    def look(self, entries, packed=False):
        """Take in what was found; `packed` where it was an archive."""
        entries = self._unwrapped(entries, packed)
        self.entries = {entry.parts: entry for entry in entries}
        self.prefixes = {e.parts[:i] for e in entries for i in range(len(e.parts) + 1)}
        whole = self._whole_classes(entries)
        for entry in entries:
            path = "/".join(entry.parts) or entry.path.name
            if entry.kind == "bad":
                self._tell_bad(path, entry)
            if not entry.parts or entry.parts[0] in whole or self._of_course(entry):
                continue
            place = self._place(entry)
            if place is None:
                continue
            self.seen[place.who].append((place, entry))
            if place.late:
                self.told.append(
                    f"{path}: late, says the platform; by how much, it does not say."
                )
            if entry.kind == "file" and is_notebook(entry.parts[-1]):
                self._take(place, entry)

    def _tell_bad(self, path, entry):
        """Tell what is wrong with an entry; no more than a few of one student's."""
        self.bad[entry.parts[:1]] += 1
        if self.bad[entry.parts[:1]] <= FEW:
            self.told.append(f"{path}: {entry.problem}")
        elif self.bad[entry.parts[:1]] == FEW + 1:
            self.told.append(f"{entry.parts[0]}: more of this kind is there.")

    def _unwrapped(self, entries, packed):
        """Leave out a folder or archive at the top that holds a whole class."""
        while self._wraps(entries, packed):
            packed = packed or entries[0].kind == "archive"
            entries = _below(entries)
        return entries

    def _wraps(self, entries, packed):
        """Return True if the only thing at the top holds a class, not one's work."""
        archive = bool(entries) and entries[0].kind == "archive"
        archive = archive and len(entries[0].parts) == 1
        tops = {e.parts[0] for e in entries[archive:] if e.parts}
        inside = _below(entries)
        names = {e.parts[0] for e in inside}
        if len(tops) != 1 or not names:
            return False
        (top,) = tops
        if of_platform(top) or self.assignment_in(top)[0] or self._inbound((top,)):
            return False
        if top.lower() in WRAPPERS:
            return True
        several = len({stem(name) for name in names}) > 1
        packed = packed or archive
        if any(of_platform(name) or self._inbound((name,)) for name in names):
            return several or packed
        if not packed or {"exercises", "course.py"} & names:
            return False
        if any(map(self._means, names)):
            return self._many(_below(inside))
        return several or self._wraps(inside, True)

    def _many(self, entries):
        """Return True if several people's folders and notebooks are at the top."""
        names = {
            stem(e.parts[0])
            for e in entries
            if len(e.parts) > 1 or is_notebook(e.parts[0])
        }
        return len([name for name in names if not self._means(name)]) > 1

    def _means(self, name):
        """Return True if a name is that of an assignment, and no more."""
        found, rest = self.assignment_in(stem(name))
        return bool(found) and not rest

    def _of_course(self, entry):
        """Return True for what is the course's own in a learner's copy of it."""
        for i, part in enumerate(entry.parts[:-1]):
            if part in COURSES and (*entry.parts[:i], "exercises") in self.prefixes:
                return True
        return False

    def _whole_classes(self, entries):
        """Return the folders at the top that hold several people's work each."""
        people = defaultdict(set)  # (top, assignment or ""): who is below it
        for entry in entries:
            top, *below = entry.parts or ("",)
            if self.assignment_in(top)[0] or of_platform(top) or self._of_course(entry):
                continue
            if below and of_platform(below[0]):
                people[top, ""].add(of_platform(below[0])[0])
            elif len(below) != 3 or below[0] == "exercises":
                continue
            elif is_notebook(below[2]) and self._means(below[1]):
                people[top, self.assignment_in(below[1])[0]].add(below[0])
        whole = {top for (top, _), who in people.items() if len(who) > 1}
        for top in sorted(whole):
            self.told.append(
                f"{top}: holds several people's work, or one's several times. Nothing of "
                "it was taken: give this folder or archive by itself, or leave one."
            )
        return whole

    def _place(self, entry):
        """Return what the names on the way say, or None for nobody's."""
        parts, hint = entry.parts, ""
        if len(parts) > 1 or entry.kind == "folder":
            named, rest = self.assignment_in(parts[0])
            if named and not rest:
                parts, hint = parts[1:], named
        if not parts:
            return None
        platform = of_platform(parts[0])
        if platform:
            who, rest, late = platform
            inside = parts[1:] or ((rest,) if rest else ())
            hint = self._hint(entry, inside) or hint
            return _Place(who, inside, hint, late=late and entry.kind == "file")
        return self._inbound(parts) or self._plain(parts, hint, entry)

    def _inbound(self, parts):
        """Return the place in nbgrader's exchange: student+assignment+time+random."""
        names = parts[0].split("+")
        for i in range(1, len(names) - 1):
            when = _time(names[i + 1]) if names[i] in self.assignments else None
            if when:
                return _Place(Who("+".join(names[:i])), parts[1:], names[i], when)
        return None

    def _plain(self, parts, hint, entry):
        """Return the place of a student's folder, or of a file at the top."""
        top, alone = parts[0], len(parts) == 1 and entry.kind != "folder"
        if alone and not is_notebook(top) and not top.lower().endswith(".zip"):
            if not (hint or self.assignment_in(stem(top))[0]):
                return None
        named, rest = self.assignment_in(stem(top) if alone else top)
        if named and not rest:
            if alone and is_notebook(top):
                self.told.append(
                    f"{'/'.join(entry.parts)}: the name does not say whose it is. Name it "
                    f"STUDENT_{named}.ipynb, or put it in a folder of that name."
                )
            return None
        inside = parts if alone else parts[1:]
        raw = rest if named else stem(top) if alone else top
        return _Place(Who(raw), inside, self._hint(entry, inside) or named or hint)

    def _hint(self, entry, names):
        """Return the assignment that names say; a notebook's own name says it later."""
        own = entry.kind == "file" and is_notebook(entry.parts[-1])
        for name in reversed(names[:-1] if own else names):
            if found := self.assignment_in(name)[0]:
                return found
        return ""

    def assignment_in(self, name):
        """Return the assignment that a name holds, or "", and the rest of the name."""
        text = unicodedata.normalize("NFC", name)
        for assignment in sorted(self.assignments, key=len, reverse=True):
            if match := _pattern(assignment).search(text):
                before, after = text[: match.start()], text[match.end() :]
                rest = [part.strip(" _-.") for part in (before, after)]
                return assignment, "_".join(part for part in rest if part)
        return "", text

    # --- notebooks -------------------------------------------------------------------

    def _take(self, place, entry):
        """Take in a notebook, if it is an exercise or stands in the place of one."""
        cells, digest = _read(entry.path)
        name = self.assignment_in(stem(place.inside[-1]))[0] or place.hint
        ids = frozenset(grade_id for _, _, grade_id in cells if grade_id)
        assignment = name or self._by_content(cells, ids) or self.only
        if cells and not ids and _first(cells) in _lectures():
            return
        if self._untouched(place, entry, assignment, cells):
            self.untouched.add(place.who)
            return
        if not assignment and len(self.assignments) == 1:
            assignment = next(iter(self.assignments))
        if not assignment:
            self.unclear.add(place.who)
            self.told.append(
                f"{'/'.join(entry.parts)}: neither its name nor what is in it says which "
                "assignment it is. Say --assignment NAME, or give it that name."
            )
            return
        when = self._stamp(place, entry) or place.inbound
        found = _Found(entry, place, digest, ids, when)
        self.found[place.who, assignment].append(found)

    def _by_content(self, cells, ids):
        """Return the only assignment that the cells fit, or ""."""
        named = set()
        for kind, source, _ in cells:
            if kind == "code":
                named.update(CHAPTER.findall(source))
        fits = [
            name
            for name, assignment in self.assignments.items()
            if named & {n.rpartition(".")[2] for n in assignment.imports}
        ]
        if not named and ids:
            fits = [
                name
                for name, assignment in self.assignments.items()
                if ids <= {cell.grade_id for cell in assignment.cells}
            ]
        return fits[0] if len(fits) == 1 else ""

    def _untouched(self, place, entry, assignment, cells):
        """Return True for a chapter that the owner of a clone has not worked on."""
        top = entry.parts[: len(entry.parts) - len(place.inside)]
        if self.only or (*top, "course.py") not in self.entries:
            return False
        return bool(cells) and cells == _handed_out(assignment)

    def _stamp(self, place, entry):
        """Return the time of nbgrader's timestamp.txt; a learner's own is none."""
        beside = self.entries.get((*entry.parts[:-1], STAMP))
        if not beside or beside.kind != "file" or beside.packed or place.who.platform:
            return None
        above = entry.parts[-2] if len(entry.parts) > 1 else ""
        if not place.inbound and above not in self.assignments:
            return None
        try:
            return _time(contents(beside.path, 1000).decode("utf-8", "replace"))
        except Unreadable:
            return None

    # --- the end ---------------------------------------------------------------------

    def submissions(self):
        """Return one submission for each student and assignment."""
        self._fill_in()
        groups, made = defaultdict(list), []
        for assignment in sorted({name for _, name in self.found}):
            people = [who for who, name in self.found if name == assignment]
            known = {s: n for (a, s), n in self.known.items() if a == assignment}
            ids, told = self.register.ids(people, known)
            self.told += told
            for who in people:
                groups[assignment, ids[who]] += self.found[who, assignment]
        for (assignment, student), found in sorted(groups.items()):
            if not self.only or assignment == self.only:
                made.append(self._newest(assignment, student, found))
        self._alike({one.student for one in made})
        return made

    def _newest(self, assignment, student, found):
        """Return the submission that counts; tell of the others."""
        found = [one for one in found if one.entry.kind != "bad"] or found
        *others, best = sorted(found, key=lambda one: one.rank)
        if others:
            paths = ", ".join("/".join(one.entry.parts) for one in others[:5])
            self.told.append(
                f"{student}, {assignment}: {len(found)} notebooks; the newest counts, "
                f"{'/'.join(best.entry.parts)}. Left out: {paths}"
                + ", …"
                * (len(others) > 5)
            )
        who, listed = best.place.who, self.register.students.get(student)
        name = listed.name if listed else who.raw if who.platform else ""
        problem = best.entry.problem if best.entry.kind == "bad" else ""
        return Submission(
            student,
            assignment,
            best.entry.path,
            best.when,
            shown(name),
            best.digest,
            problem,
            who.number,
        )

    def _fill_in(self):
        """Add what stands in the place of a notebook that is not there."""
        sure = {name for _, name in self.found}
        sole = sure if len(sure) == 1 else set(self.assignments)
        sole = {self.only} if self.only else sole if len(sole) == 1 else set()
        for who, seen in self.seen.items():
            has = {name for owner, name in self.found if owner == who}
            hints = {place.hint for place, _ in seen if place.hint}
            if who in self.untouched | self.unclear:
                if not has and who not in self.unclear:
                    self.told.append(f"{who.raw}: no exercise was worked on.")
                continue
            if not (hints or has or sole):
                self.told.append(
                    f"{who.raw}: {_instead(seen)} With --assignment NAME, this counts "
                    "as handed in for it."
                )
            for name in (hints if has or hints else sole) - has:
                self.found[who, name].append(_missing(who, name, seen))

    def _alike(self, students):
        """Tell of ids that differ in case only."""
        folded = defaultdict(list)
        for student in students:
            folded[student.casefold()].append(student)
        for alike in folded.values():
            if len(alike) > 1:
                self.told.append(
                    f"{', '.join(sorted(alike))}: taken as different people."
                )


def _missing(who, name, seen):
    """Return what stands in for a notebook that is not there."""
    mine = [(p, e) for p, e in seen if p.hint in ("", name)] or seen
    bad = [entry for _, entry in mine if entry.kind == "bad"]
    place, entry = mine[0]
    reason = bad[0].problem if bad else _instead(mine)
    entry = replace(bad[0] if bad else entry, kind="bad", problem=reason)
    return _Found(entry, place, "", frozenset(), place.inbound)


def _instead(seen):
    """Say what is there in place of a notebook."""
    names = [
        shown(entry.parts[-1], 60)
        for _, entry in seen
        if entry.kind in ("file", "left", "archive") and entry.parts[-1] != STAMP
    ]
    if not names:
        return (
            "There is no exercise (.ipynb) here: the folder is empty, or holds only what "
            "the course itself has (lib, notebooks, solutions)."
        )
    few = ", ".join(names[:5]) + ", …" * (len(names) > 5)
    return f"There is no exercise (.ipynb) here, only: {few}."


def _below(entries):
    """Return what lies below the top, as if it lay there."""
    return [replace(e, parts=e.parts[1:]) for e in entries if len(e.parts) > 1]


@cache
def _pattern(assignment):
    """Return a pattern that finds an assignment's name within another one."""
    words = re.split(r"[\W_]+", assignment)
    middle = r"[\W_]+".join(map(re.escape, words))
    return re.compile(rf"(?:(?<=[\W_])|^){middle}{SAME}(?=[\W_]|$)", re.IGNORECASE)


def _time(text):
    """Return the time that a text gives, UTC, or None.

    Examples
    --------
    >>> print(_time("2026-05-04 21:30:00.250000 UTC"), _time("soon"))
    2026-05-04 21:30:00.250000+00:00 None
    """
    from dateutil import parser

    try:
        found = parser.parse(
            text.strip()[:60],
            default=datetime(1, 1, 1),
            tzinfos=lambda name, offset: (
                offset
            ),  # other zones by name: UTC, as nbgrader
        )
        if found.year < 1990:
            return None
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None


def _read(path):
    """Return the cells of a notebook, none if it is not one, and its digest."""
    try:
        content = contents(path, 100 * MEGABYTE)
    except Unreadable:
        return [], ""
    digest = hashlib.sha256(content).hexdigest()
    try:
        return cells_of(content) if len(content) < LOOKED_AT else [], digest
    except (Unreadable, MemoryError):
        return [], digest


def _first(cells):
    """Return the source of the first cell."""
    return cells[0][1].strip()


@cache
def _lectures():
    """Return how the chapters begin."""
    begins = set()
    for path in (COURSE / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        begins.add(text_of(cells[0]["source"]).strip())
    return begins


@cache
def _handed_out(assignment):
    """Return the cells of an exercise as learners get it, or None."""
    path = COURSE / "exercises" / str(assignment) / f"{assignment}.ipynb"
    return _read(path)[0] or None
