"""An assignment as nbgrader sees it, made by nbgrader's own steps."""

import nbformat
from nbgrader import preprocessors as steps
from nbgrader.utils import is_grade, is_locked, is_solution, is_task


def _through(notebook, config, *names):
    """Return a notebook after some of nbgrader's preprocessors."""
    resources = {}
    for name in names:
        notebook, resources = getattr(steps, name)(config=config).preprocess(
            notebook, resources
        )
    return notebook


def prepared(path, config):
    """Return the notebook that `generate_assignment` enters in the database.

    Parameters
    ----------
    path : str or Path
        The instructor's.
    config : traitlets.config.Config
        nbgrader's settings.
    """
    notebook = nbformat.read(path, as_version=4)
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
    notebook.nbformat_minor = 5
    return _through(
        notebook,
        config,
        "LockCells",
        "ClearSolutions",
        "ClearOutput",
        "CheckCellMetadata",
        "ComputeChecksums",
    )


def released(source, config):
    """Return what is handed out of it: hidden tests and mark schemes are cut."""
    return _through(source, config, "ClearHiddenTests", "ClearMarkScheme")


def entries(cell):
    """Yield (kind, method of the gradebook, facts) for a cell."""
    graded, solution, task = is_grade(cell), is_solution(cell), is_task(cell)
    if graded or task:
        points = float(cell.metadata.nbgrader["points"])
        kind = "task" if task else "grade"
        facts = {"max_score": points, "cell_type": cell.cell_type}
        yield kind, f"update_or_create_{kind}_cell", facts
    if solution:
        yield "solution", "update_or_create_solution_cell", {}
    if graded or solution or task or is_locked(cell):
        yield (
            "source",
            "update_or_create_source_cell",
            {
                "cell_type": cell.cell_type,
                "locked": is_locked(cell),
                "source": cell.source,
                "checksum": cell.metadata.nbgrader.get("checksum"),
            },
        )
