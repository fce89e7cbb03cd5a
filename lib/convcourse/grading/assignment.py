"""What the instructor's notebook says: which cells there are, and their points."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

HIDDEN = "### BEGIN HIDDEN TESTS"
KINDS = ("setup", "answer", "test", "manual", "text")


@dataclass(frozen=True)
class Cell:
    """One cell that nbgrader knows.

    Attributes
    ----------
    grade_id : str
    kind : str
        "setup" is locked code without points, "answer" is for the learner to fill in,
        "test" gives points by itself, "manual" is an answer that a person grades,
        "text" is locked text.
    source : str
        As the instructor wrote it, with solutions and hidden tests.
    points : float
        0 where there are none.
    """

    grade_id: str
    kind: str
    source: str
    points: float = 0.0

    @property
    def hidden(self):
        """Whether the learner does not see all of it."""
        return HIDDEN in self.source


def _kind(cell, facts):
    """Return the kind of a cell, of its nbgrader metadata."""
    code = cell.get("cell_type") == "code"
    if facts.get("task") or facts.get("grade") and facts.get("solution"):
        return "manual"
    if facts.get("grade"):
        return "test" if code else "manual"
    if facts.get("solution"):
        return "answer"
    return "setup" if code else "text"


def text_of(source):
    """Return the source of a cell as one text: files hold a text or a list of lines."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


@dataclass(frozen=True)
class Assignment:
    """The instructor's notebook.

    Attributes
    ----------
    name : str
        Of the file, without its ending.
    cells : tuple of Cell
        In their order; those without nbgrader metadata are left out.
    imports : tuple of str
        Modules that the notebook's code imports: what is worth to be loaded before.
    path : str
        Where it was read.

    Examples
    --------
    >>> one = Cell("q1-check", "test", "q1.check(y)", 2.0)
    >>> Assignment("01", (one, Cell("q1-answer", "answer", "y = 1"))).max_score
    2.0
    """

    name: str
    cells: tuple
    imports: tuple = ()
    path: str = ""

    @classmethod
    def read(cls, path):
        """Read a solution notebook, with its hidden tests.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        ValueError
            If it is no notebook, or if two cells have one grade_id.
        """
        path = Path(path)
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no notebook of format 4: {error}") from None
        found, code = {}, []
        for cell in cells:
            source = text_of(cell["source"])
            if cell["cell_type"] == "code":
                code.append(source)
            facts = cell.get("metadata", {}).get("nbgrader")
            if not facts:
                continue
            name = facts["grade_id"]
            if name in found:
                raise ValueError(f"{path}: two cells have the grade_id {name!r}.")
            kind = _kind(cell, facts)
            points = float(facts.get("points") or 0) if kind != "answer" else 0.0
            found[name] = Cell(name, kind, source, points)
        return cls(path.stem, tuple(found.values()), _imports(code), str(path))

    @property
    def tests(self):
        """The cells that are graded by themselves."""
        return tuple(cell for cell in self.cells if cell.kind == "test")

    @property
    def manual(self):
        """The cells that a person grades."""
        return tuple(cell for cell in self.cells if cell.kind == "manual")

    @property
    def max_score(self):
        """All points, those given by hand too."""
        return sum(cell.points for cell in self.cells)

    def cell(self, grade_id):
        """Return a cell by its grade_id.

        Raises
        ------
        KeyError
            If there is none.
        """
        for cell in self.cells:
            if cell.grade_id == grade_id:
                return cell
        raise KeyError(grade_id)

    def answer_of(self, test):
        """Return the grade_id of the answer that a test looks at: the one before it."""
        last = None
        for cell in self.cells:
            if cell.grade_id == test:
                return last
            last = cell.grade_id if cell.kind in ("answer", "manual") else last
        return None


def _imports(sources):
    """Return the modules that are imported somewhere in the code."""
    names = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue  # a magic, or a line with a question mark
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names[node.module] = None
                for alias in node.names:  # a module, perhaps
                    names[f"{node.module}.{alias.name}"] = None
    return tuple(names)
