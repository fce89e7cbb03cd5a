"""Find, verify and read files. NumPy and Pillow only."""

import hashlib
import importlib.util
import io
import os
from pathlib import Path

import numpy as np

SHIPPED = Path(__file__).resolve().parents[3] / "data"
MAKE = ".venv/bin/python tools/make_data.py"


def folders():
    """Return the folders to look in: `$CONVCOURSE_DATA` first, then `data/`."""
    own = os.environ.get("CONVCOURSE_DATA")
    return [Path(own).expanduser(), SHIPPED] if own else [SHIPPED]


def find(file):
    """Return the path of a file of `data/`, or None."""
    paths = (folder / file for folder in folders())
    return next((path for path in paths if path.is_file()), None)


def wheel_file(entry):
    """Return the path of a file in the installed scikit-image, or None.

    The package is not imported: that would take a third of a second.
    """
    spec = importlib.util.find_spec("skimage")
    if spec is None:
        return None
    path = Path(spec.submodule_search_locations[0]) / entry.member
    return path if path.is_file() else None


def read(entry):
    """Return the bytes of an entry's file, verified, and their sha256."""
    if entry.where == "scikit-image":
        path = wheel_file(entry)
    else:
        path = find(entry.file)
    if path is None:
        raise FileNotFoundError(missing(entry))
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if entry.sha256 and found != entry.sha256:
        raise ValueError(changed(entry, path, found))
    return content, found


def missing(entry):
    """Return what to say when the file of an entry is not there."""
    if entry.where == "scikit-image":
        where = f"{entry.member} is not in an installed scikit-image"
        remedy = "Install what requirements.lock names: python3 course.py lab"
    else:
        looked = ", ".join(str(folder) for folder in folders())
        where = f"{entry.file} is not in {looked}. It comes from {entry.source}"
        remedy = (
            f"Bring it back with `git checkout data/{entry.file}`, make it with "
            f"`{MAKE} {entry.file}`, or set CONVCOURSE_DATA to the folder that holds it"
        )
    instead = (
        f" Offline substitute: datasets.{entry.instead}()." if entry.instead else ""
    )
    return f"{where}. {remedy}.{instead}"


def changed(entry, path, found):
    """Return what to say when a file is not the one that the course was made with."""
    return (
        f"data/{entry.file} was changed ({path}): its sha256 begins with {found[:12]}, "
        f"recorded is {entry.sha256[:12]}. Bring it back with "
        f"`git checkout data/{entry.file}`, or make it with `{MAKE} {entry.file}`."
    )


def image(content):
    """Return the pixels of a PNG, (H, W) or (H, W, 3), uint8."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        return np.array(picture)


def table(content):
    """Return the numbers of a csv file with a head line; NaN where one is missing."""
    return np.genfromtxt(io.BytesIO(content), delimiter=",", skip_header=1)


def arrays(content):
    """Return {name: array} of an npz file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
