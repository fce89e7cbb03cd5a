"""Chapter 07 without TensorFlow: the NumPy half runs, and the rest says why not."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "notebooks" / "07_transposed_convolutions.ipynb"
BLOCK = "import sys; sys.modules['tensorflow'] = None"


@pytest.mark.slow
def test_without_tensorflow_every_cell_runs_and_one_sentence_is_shown():
    notebook = nbformat.read(CHAPTER, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(BLOCK))
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(cwd=str(CHAPTER.parent))  # raises where a cell raises
    (cell,) = [c for c in notebook.cells if "from convcourse.tf" in c.source]
    shown = "".join(o.get("text", "") for o in cell.outputs)
    assert shown.startswith("No TensorFlow here")
    loud = [c for c in notebook.cells if c.cell_type == "code" and c.outputs]
    assert len(loud) > 25
