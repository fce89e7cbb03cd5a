"""Say who handed something in: names of platforms, safe ids, the list of a class."""

import csv
import hashlib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass

UNSAFE = set('<>:"|?*[]+/\\')  # for file systems, or for nbgrader's patterns
JOINERS = "\u200c\u200d"  # Persian and Indic names need them
LONG = 190  # bytes of an id; file systems take 255, and endings are added

MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(_(?P<rest>.*))?"
)
CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_(?P<rest>.+)", re.DOTALL
)


@dataclass(frozen=True)
class Who:
    """A person, as a folder or file names them.

    Attributes
    ----------
    raw : str
        The name or id.
    number : str
        The platform's number, "" where there is none. Moodle counts anew for each
        assignment, Canvas keeps one number for a person.
    platform : str
        "moodle", "canvas" or "".
    """

    raw: str
    number: str = ""
    platform: str = ""

    @property
    def id(self):
        """The id without more knowledge."""
        return self.numbered if self.platform == "canvas" else safe(self.raw)

    @property
    def numbered(self):
        """The id that tells two people of one name apart."""
        return safe(f"{self.raw}_{self.number}" if self.number else self.raw)


def safe(name):
    """Return an id that is a safe file name; different names give different ids.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        In Unicode's form C. A name that is not safe as it is gets a digest at its end.

    Examples
    --------
    >>> safe("Zoë Ångström"), safe("..")
    ('Zoë Ångström', '_~5ec1f7e7')
    """
    text = unicodedata.normalize("NFC", name)
    good = "".join(c if _plain(c) else "_" for c in text).strip(" ").rstrip(".")
    good = "_" + good.lstrip(".") if good.startswith(".") or not good else good
    if len(good.encode(errors="replace")) > LONG:
        good = good.encode(errors="replace")[: LONG - 9].decode(errors="ignore")
    if good == text:
        return good
    digest = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"{good}~{digest[:8]}"


def _plain(character):
    """Return True if a character may stand in an id."""
    printable = character.isprintable() or character in JOINERS
    return printable and character not in UNSAFE


def shown(text, most=300):
    r"""Return a text as it can be printed: one line, nothing that steers a terminal.

    Examples
    --------
    >>> print(shown("anna" + chr(27) + "[2J"))
    anna\x1b[2J
    """
    text = str(text)
    text = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(
        c if c.isprintable() or c in JOINERS else ascii(c)[1:-1] for c in text
    )


def of_platform(name):
    """Return who a platform's file or folder name speaks of, else None.

    Returns
    -------
    who : Who
    rest : str
        What is left of the name: the file's own one.
    late : bool
        Whether the platform says that it is late.

    Examples
    --------
    >>> of_platform("Berg Anna_77_assignsubmission_file_")[0]
    Who(raw='Berg Anna', number='77', platform='moodle')
    >>> of_platform("berganna_LATE_7_123_work-1.ipynb")[1:]
    ('work-1.ipynb', True)
    """
    if match := MOODLE.fullmatch(name):
        who = Who(match["name"], match["number"], "moodle")
        return who, match["rest"] or "", False
    if match := CANVAS.fullmatch(name):
        who = Who(match["name"], match["number"], "canvas")
        return who, match["rest"], bool(match["late"])
    return None


@dataclass(frozen=True)
class Student:
    """A line of the list of the class."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    @property
    def name(self):
        """The name to show."""
        return f"{self.first_name} {self.last_name}".strip()


def roster(path):
    """Read the list of a class: a CSV file with id, first_name, last_name, email.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict of str to Student

    Raises
    ------
    ValueError
        If a column is missing, or an id is empty, not safe, or there twice.
    """
    students = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            first = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter=";" if ";" in first else ",")
            if "id" not in (rows.fieldnames or ()):
                raise ValueError(
                    "the first line must name the columns: id, and if you have them "
                    "first_name, last_name and email."
                )
            for row in rows:
                where = f"in line {rows.line_num} the id"
                _enter(students, row, where)
        except UnicodeDecodeError:
            raise ValueError(f"{shown(path)}: save it as UTF-8.") from None
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{shown(path)}: {error}") from None
    return students


def _enter(students, row, where):
    """Add a line of the list."""
    fields = {k: (row.get(k) or "").strip() for k in Student.__annotations__}
    student = Student(**fields)
    if safe(student.id) != unicodedata.normalize("NFC", student.id):
        raise ValueError(
            f"{where} {student.id!r} is empty, too long, or has a character that file "
            "names cannot have."
        )
    if safe(student.id) in students:
        raise ValueError(f"{where} {student.id!r} is there for the second time.")
    students[safe(student.id)] = student


class Register:
    """Turns people into ids, so that two never become one.

    Parameters
    ----------
    students : dict of str to Student
        The list of the class; may be empty.
    """

    def __init__(self, students):
        self.students, self.by_name = students, defaultdict(set)
        for id, student in students.items():
            first, last = _key(student.first_name), _key(student.last_name)
            for key in (first + last, last + first, _key(student.email)):
                self.by_name[key].add(id)
        self.folded = defaultdict(set)
        for id in students:
            self.folded[id.casefold()].add(id)

    def listed(self, who):
        """Return the id of a person in the list of the class, or None."""
        options = [safe(who.raw)] + [who.number] * (who.platform == "canvas")
        for text in options:
            if text in self.students:
                return text
            if len(self.folded.get(text.casefold(), ())) == 1:
                return next(iter(self.folded[text.casefold()]))
        found = self.by_name.get(_key(who.raw), ())
        if _key(who.raw) and len(found) == 1:
            return next(iter(found))
        raw = unicodedata.normalize("NFC", who.raw)
        ends = [s for s in self.students if raw.casefold().endswith("-" + s.casefold())]
        return max(ends, key=len) if ends and not who.platform else None

    def ids(self, people, known=None):
        """Return the id of each person of one assignment, and what is to be told.

        Parameters
        ----------
        people : iterable of Who
        known : dict of str to str
            The platform's number of those who are there from an earlier call, by id.

        Returns
        -------
        dict of Who to str
        list of str
        """
        ids = {who: self.listed(who) or who.id for who in people}
        numbers, told = defaultdict(set), []
        for who, id in ids.items():
            numbers[id].add((who.platform, who.number))
        for who, id in list(ids.items()):
            others = {
                n for n in numbers[id] if n[1] and n != (who.platform, who.number)
            }
            earlier = (known or {}).get(id, "")
            if who.number and (others or earlier not in ("", who.number)):
                if earlier == who.number:
                    continue  # was here first under this id
                ids[who] = who.numbered
                told.append(
                    f"{shown(who.raw)}: more than one person has this name. This one, "
                    f"{who.number}, is {shown(who.numbered)}; --students FILE.csv with "
                    "ids tells who is who."
                )
        return ids, told


def _key(name):
    """Return a name without case, spaces and signs, to be compared."""
    text = unicodedata.normalize("NFC", name).casefold()
    return "".join(c for c in text if c.isalnum() or c == "@")
