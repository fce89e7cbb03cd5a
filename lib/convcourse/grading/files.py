"""Write in the class folder, and nowhere else, whatever a learner has left there."""

import os
import tempfile
from pathlib import Path

from .submission import Unreadable, contents


def place(room, *names):
    """Return a folder of the class folder, made if need be.

    Parameters
    ----------
    room : str or Path
    *names : str
        "feedback", a student, an assignment.

    Raises
    ------
    ValueError
        If a folder on the way is a link: what is written could end up anywhere.
    """
    folder = Path(room)
    for name in names:
        folder = folder / name
        if folder.is_symlink():
            raise ValueError(f"{folder} is a link. Put a folder in its place.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def put(path, content):
    """Write a file whole or not at all, unless it says so already.

    Parameters
    ----------
    path : Path
        What is there is replaced; a link is, not what it points to.
    content : bytes
    """
    try:
        if contents(path, len(content)) == content:
            return
    except Unreadable:
        pass
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise
