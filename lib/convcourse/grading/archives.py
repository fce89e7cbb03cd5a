"""List what lies in a folder, with what is in its archives; follow and run nothing.

What a learner packed is never unpacked to a place that the archive names: each file
that is needed gets a name of ours. So no path in an archive can lead anywhere.
"""

import calendar
import os
import stat
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20
DEEP = 3  # archives in archives
NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")  # as browsers save them
STAMP = "timestamp.txt"
# Python unpacks these bit by bit; of others a read may give any number of bytes.
BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
OTHERS = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class Entry:
    """A file, folder or link that was found.

    Attributes
    ----------
    parts : tuple of str
        The names on the way to it; an archive is a folder.
    path : Path
        Where it lies; an archive's own path for what was not unpacked.
    kind : str
        "file", "folder", "archive", "left" (in an archive, not unpacked) or "bad".
    changed : float
        When it was changed, in seconds; in an archive, as that says.
    packed : bool
        Whether it was in an archive that a learner made.
    problem : str
        What is wrong with a bad one.
    """

    parts: tuple
    path: Path
    kind: str
    changed: float = 0.0
    packed: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Room:
    """What an archive may hold.

    Attributes
    ----------
    names : int
        Files and folders.
    one, all : int
        Bytes of a file, and of all that are unpacked.
    ratio : int
        How much smaller than its content a large file may be packed.
    """

    names: int = 5_000
    one: int = 100 * MEGABYTE
    all: int = 200 * MEGABYTE
    ratio: int = 300


WHOLE_CLASS = Room(names=200_000, all=8_000 * MEGABYTE)


def ignored(name):
    """Return True for what systems and editors leave behind."""
    return name.startswith((".", "__MACOSX")) or name in ("__pycache__", "Thumbs.db")


def is_notebook(name):
    """Return True if a name says that the file is a notebook.

    Examples
    --------
    >>> is_notebook("01.IPYNB"), is_notebook("01.ipynb.txt"), is_notebook("01.pdf")
    (True, True, False)
    """
    return name.lower().endswith(NOTEBOOKS)


def stem(name):
    """Return a name without the ending of a notebook or document.

    Examples
    --------
    >>> stem("01.ipynb.txt"), stem("anna.v2.ipynb"), stem("Dr. No")
    ('01', 'anna.v2', 'Dr. No')
    """
    for ending in (".ipynb.txt", ".ipynb.json", ".tar.gz"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    head, dot, tail = name.rpartition(".")
    return head if dot and head and tail.isalnum() and len(tail) <= 5 else name


def listing(top, scratch):
    """Return all that lies in a folder, or in one archive of a whole class.

    Parameters
    ----------
    top : Path
    scratch : Path
        Where files of archives are put.

    Returns
    -------
    list of Entry
    """
    if top.is_file():
        return _Unpacking(scratch, WHOLE_CLASS, False).of(Entry((), top, "archive"))
    found = []
    for folder, folders, files in os.walk(top, onerror=_unreadable(found, top)):
        here = Path(folder).relative_to(top).parts
        folders[:] = sorted(name for name in folders if not ignored(name))
        for name in folders + sorted(name for name in files if not ignored(name)):
            found.append(_entry(Path(folder, name), (*here, name)))
    return [one for entry in found for one in _opened(entry, found, scratch)]


def _unreadable(found, top):
    """Return what os.walk is to do with a folder that cannot be listed."""

    def note(error):
        path = Path(error.filename)
        if path == top:
            raise error
        why = f"The folder cannot be read: {error.strerror}."
        found.append(Entry(path.relative_to(top).parts, path, "bad", problem=why))

    return note


def _entry(path, parts):
    """Return what lies at a path; links are not followed."""
    try:
        facts = os.lstat(path)
    except OSError as error:
        why = f"It cannot be looked at: {error.strerror}."
        return Entry(parts, path, "bad", problem=why)
    mode, when = facts.st_mode, facts.st_mtime
    if stat.S_ISDIR(mode):
        return Entry(parts, path, "folder", when)
    if stat.S_ISREG(mode):
        zipped = path.suffix.lower() == ".zip"
        return Entry(parts, path, "archive" if zipped else "file", when)
    if stat.S_ISLNK(mode):
        why = "It is a link to another place, which is not followed."
    else:
        why = "It is no ordinary file."
    return Entry(parts, path, "bad", when, problem=why)


def _opened(entry, found, scratch):
    """Return an entry, with what it holds if it is an archive."""
    if entry.kind != "archive":
        return [entry]
    alone = len(entry.parts) == 1 and all(e.parts[:1] == entry.parts for e in found)
    room = WHOLE_CLASS if alone else Room()
    return [entry, *_Unpacking(scratch, room, not alone).of(entry)]


class _Unpacking:
    """Unpacks an archive, and those in it, which share the room that it has."""

    def __init__(self, scratch, room, packed):
        self.scratch, self.room, self.packed = scratch, room, packed
        self.names, self.left = room.names, room.all

    def of(self, archive, deep=1):
        """Return what an archive holds; its notebooks are written to `scratch`."""
        inside, found = archive.parts[:-1], []
        if archive.parts:
            inside += (stem(archive.parts[-1]),)
        try:
            for member, file in self._members(archive.path):
                parts = _place(member)
                if parts is None:  # nobody's: it is the archive that is wrong
                    why = (
                        f"The archive names a place outside itself, {member.filename}."
                    )
                    found.append(self._bad(archive, archive.parts, why))
                elif parts and not any(map(ignored, parts)):
                    place, why = (*inside, *parts), self._refused(member)
                    found += self._entries(archive, place, member, file, why, deep)
        except Broken as error:
            found.append(self._bad(archive, archive.parts, str(error)))
        return found

    def _bad(self, archive, place, why):
        """Return the entry of what is not unpacked."""
        when = archive.changed
        return Entry(place, archive.path, "bad", when, self.packed, why)

    def _entries(self, archive, place, member, file, why, deep):
        """Return the entries that a member becomes."""
        if why:
            return [self._bad(archive, place, why)]
        if member.is_dir() or not _wanted(member.filename):
            kind = "folder" if member.is_dir() else "left"
            return [Entry(place, archive.path, kind, 0.0, self.packed)]
        path = self.scratch / uuid.uuid4().hex
        self._write(file, member, path)
        kind = "archive" if place[-1].lower().endswith(".zip") else "file"
        entry = Entry(place, path, kind, _when(member), self.packed)
        if kind == "file" or deep == DEEP:
            return [entry]
        within = self if self.packed else _Unpacking(self.scratch, Room(), True)
        return [entry, *within.of(entry, deep + 1)]

    def _members(self, path):
        """Yield the members of an archive, each with the open archive."""
        many = f"The archive holds more than {self.room.names} files."
        try:
            with open(path, "rb") as file:
                end = zipfile._EndRecData(file)  # what ZipFile itself believes
            if end and end[5] > 1_000 * self.names:
                raise Broken(many)
            with zipfile.ZipFile(path) as file:
                members = file.infolist()
                self.names -= len(members)
                if self.names < 0:
                    raise Broken(many)
                for member in members:
                    yield member, file
        except (Broken, GeneratorExit):
            raise
        except Exception as error:  # made by who knows what
            raise Broken(f"The archive cannot be read: {_first(error)}") from None

    def _refused(self, member):
        """Return why a member is not unpacked, or ""."""
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind == stat.S_IFLNK:
            return "It is a link in an archive, which is not followed."
        if member.is_dir() or not _wanted(member.filename):
            return ""
        if member.flag_bits & 1:
            return "The archive is locked by a password."
        if member.compress_type not in BOUNDED:
            return "It is packed in an unusual way. Make an ordinary zip archive."
        size, large = member.file_size, member.file_size > 10 * MEGABYTE
        if large and size > self.room.ratio * max(member.compress_size, 1):
            return "It is packed so densely that it looks like an attack."
        most = min(self.room.one, self.left)
        return f"It is larger than {most // MEGABYTE} MB." if size > most else ""

    def _write(self, file, member, path):
        """Unpack a member; whatever it says of its size, no more than there is room."""
        most = min(self.room.one, self.left)
        with open(path, "xb") as out, _reading(file, member) as source:
            size = 0
            while part := _part(source):
                size += len(part)
                if size > most:
                    raise Broken(f"It is larger than {most // MEGABYTE} MB.")
                out.write(part)
        self.left -= size


class Broken(Exception):
    """An archive cannot be read on; the text says why, to the learner."""


def _place(member):
    """Return the names on the way to a member; None if they lead out of the archive."""
    name = member.filename.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    out = name.startswith("/") or ".." in parts or name[1:2] == ":"
    return None if out else parts


def _wanted(name):
    """Return True if a member is unpacked."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return is_notebook(last) or last == STAMP or last.lower().endswith(".zip")


def _reading(file, member):
    """Return a member of an archive, opened."""
    try:
        return file.open(member)
    except Exception as error:
        raise Broken(f"The archive cannot be read: {_first(error)}") from None


def _part(source):
    """Return the next bytes of a member."""
    try:
        return source.read(MEGABYTE)
    except Exception as error:
        raise Broken(f"The archive is damaged: {_first(error)}") from None


def _when(member):
    """Return when a member was changed, in seconds; 0 where it says nonsense."""
    year, month, day, hour, minute, second = member.date_time
    good = 1 <= month <= 12 and 1 <= day <= 31 and hour < 24
    return float(calendar.timegm((year, month, day, hour, minute, second))) * good


def _first(error):
    """Return the first line of an error, short."""
    said = str(error).strip().splitlines()
    return (said[0] if said else type(error).__name__)[:200]
