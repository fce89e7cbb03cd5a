"""Build notebooks/, solutions/ and exercises/ from sources/.

    python3 course.py build            every chapter
    python3 course.py build 01         one chapter
    python3 course.py build --lock     requirements.lock, from pyproject.toml

A source is a jupytext percent file. The built notebook has stable cell ids, is
executed in a fresh kernel, and keeps a stored output wherever the fresh one says the
same, so that building an unchanged source changes no byte.
"""

import argparse
import base64
import copy
import hashlib
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
import numpy as np
from nbclient import NotebookClient
from nbval.plugin import coalesce_streams
from PIL import Image

ROOT = COURSE = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "sources"
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
KEPT_METADATA = ("nbgrader", "tags", "slideshow", "deletable", "editable")
PICTURE_RMS = 1.0  # levels out of 255; one changed digit gives over 1, a new seed 8


def targets(source):
    """Return the paths built from `source`: one notebook, or solution and exercise."""
    name = source.stem
    if source.parent.name == "notebooks":
        return [ROOT / "notebooks" / f"{name}.ipynb"]
    return [ROOT / kind / name / f"{name}.ipynb" for kind in ("solutions", "exercises")]


def sources(chapters=()):
    """Return the source files: all, or those of the chapters named."""
    found = sorted(SOURCES.glob("*/*.py"))
    for chapter in chapters:
        if not any(path.stem.startswith(chapter) for path in found):
            names = ", ".join(sorted({path.stem for path in found}))
            sys.exit(f"build: no source starts with {chapter!r}. There are: {names}")
    return [p for p in found if not chapters or p.stem.startswith(tuple(chapters))]


def read_source(source):
    """Return the notebook of a percent file: stable ids, only the metadata we mean."""
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = copy.deepcopy(METADATA)
    seen = {}
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in KEPT_METADATA}
        digest = hashlib.sha256((cell.cell_type + cell.source).encode()).hexdigest()
        wanted = cell.metadata.get("nbgrader", {}).get("grade_id", digest[:12])
        seen[wanted] = seen.get(wanted, 0) + 1
        cell.id = wanted if seen[wanted] == 1 else f"{wanted}-{seen[wanted]}"
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return nbformat.from_dict(notebook)


def release(solution):
    """Return the exercise of a solution notebook, by nbgrader's own preprocessors."""
    from nbgrader import preprocessors as steps
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE)).load_config()
    notebook, resources = copy.deepcopy(solution), {}
    for step in (  # GenerateAssignment's list, less what writes to its database
        steps.LockCells, steps.ClearSolutions, steps.ClearOutput, steps.CheckCellMetadata,
        steps.ClearHiddenTests, steps.ClearMarkScheme, steps.ComputeChecksums,
        steps.CheckCellMetadata,
    ):  # fmt: skip
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook


def execute(notebook, folder):
    """Run all cells of a notebook in a fresh kernel, as nbval will."""
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    notebook.metadata = copy.deepcopy(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":  # how a stream is cut into pieces is chance
            cell.outputs = coalesce_streams(cell.outputs)


def same_picture(one, other):
    """Return True when two base64 PNGs have one size and nearly the same colours."""
    if one == other:
        return True
    try:
        a, b = (
            np.asarray(
                Image.open(io.BytesIO(base64.b64decode(p))).convert("RGB"), float
            )
            for p in (one, other)
        )
    except Exception:  # not a picture at all
        return False
    return a.shape == b.shape and np.sqrt(np.mean((a - b) ** 2)) <= PICTURE_RMS


def same_outputs(one, other):
    """Return True when two lists of cell outputs say the same to a reader."""
    if len(one) != len(other):
        return False
    for a, b in zip(one, other, strict=True):
        a, b = copy.deepcopy(dict(a)), copy.deepcopy(dict(b))
        pictures = [dict(o.get("data", {})).pop("image/png", "") for o in (a, b)]
        for output in (a, b):
            output.pop("execution_count", None)
            output.get("data", {}).pop("image/png", None)
        if a != b or not same_picture(*pictures):
            return False
    return True


def keep_outputs(notebook, stored):
    """Put the stored output back wherever the fresh one says the same."""
    before = {cell.id: cell for cell in stored.cells}
    for cell in notebook.cells:
        old = before.get(cell.id)
        if cell.cell_type != "code" or old is None or old.source != cell.source:
            continue
        free = "nbval-ignore-output" in cell.metadata.get("tags", [])
        kinds = [o.output_type for o in old.get("outputs", [])]
        if (free and kinds == [o.output_type for o in cell.outputs]) or same_outputs(
            old.get("outputs", []), cell.outputs
        ):
            cell.outputs = old.outputs


def write(notebook, path):
    """Write a notebook when its bytes differ; return True when they did."""
    text = nbformat.writes(notebook) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def build(source):
    """Build what one source makes and say what changed."""
    first, *rest = targets(source)
    notebook = read_source(source)
    exercise = release(notebook) if rest else None
    first.parent.mkdir(parents=True, exist_ok=True)
    execute(notebook, first.parent)
    if first.exists():
        keep_outputs(notebook, nbformat.read(first, as_version=4))
    built = [(notebook, first)] + [(exercise, path) for path in rest]
    for result, path in built:
        state = "written" if write(result, path) else "unchanged"
        print(f"  {path.relative_to(ROOT)}: {state}", flush=True)


def lock():
    """Write requirements.lock: every version and hash, no address."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml"]
    command += ["--universal", "--generate-hashes", "--fork-strategy", "fewest"]
    command += ["--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]
    command += ["--python-version", "3.11", "--output-file", "requirements.lock"]
    subprocess.run(command, cwd=ROOT, check=True)
    print("requirements.lock is made. Run all tests, and read what changed.")


def main():
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(prog="course.py build")
    parser.add_argument("chapters", nargs="*", metavar="NN")
    parser.add_argument("--lock", action="store_true", help="make requirements.lock")
    arguments = parser.parse_args()
    if arguments.lock:
        return lock()
    # As under pytest: the kernel then stores what nbval will see, pictures not widgets.
    os.environ["PYTEST_CURRENT_TEST"] = "build"
    os.environ["CONVCOURSE_STATIC"] = "1"
    # ... and the course without Fashion-MNIST, whoever has it in the cache
    os.environ["KERAS_HOME"] = os.path.join(tempfile.gettempdir(), "convcourse-no-data")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for source in sources(arguments.chapters):
        print(source.relative_to(ROOT), flush=True)
        try:
            build(source)
        except Exception as error:
            sys.exit(
                f"build: {source.relative_to(ROOT)} failed and nothing of it was "
                f"written.\n{error}"
            )


if __name__ == "__main__":
    main()
