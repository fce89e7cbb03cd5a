"""How many submissions a minute: ours beside `nbgrader autograde`, in turns.

Run it by hand; it is no test::

    .venv/bin/python benchmarks/grading.py                   # chapters 05 and 04
    .venv/bin/python benchmarks/grading.py --chapter 03 --students 20 --rounds 3
    .venv/bin/python benchmarks/grading.py --bare            # ours without gradebook

Both grade the same honest class (right, wrong and blank work mixed) with their real
commands, on the same two cores, each in a class folder of its own, turn by turn. A call
with one student comes first, so that starting up can be told from grading. Ours is so
much faster that it gets each student ten times, under other names. The marks of both
are compared cell by cell.
"""

import argparse
import ast
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
KINDS = ("right", "wrong", "blank", "half")
COPIES = 10
TARGETS = {True: 50, False: 20}  # with TensorFlow, without

CONFIG = """
c = get_config()
load_subconfig({config!r})
c.CourseDirectory.root = {room!r}
c.CourseDirectory.db_url = "sqlite:///" + {room!r} + "/gradebook.db"
c.CourseDirectory.source_directory = "source"
c.Application.log_level = "ERROR"
"""
BARE = """
import sys
from pathlib import Path
from convcourse.grading import batch
from convcourse.grading.assignment import Assignment
from convcourse.grading.core import Limits
assignment = Assignment.read(sys.argv[2])
jobs = [
    batch.Job(path.parts[-3], path.read_bytes(), assignment, Limits(), "auto")
    for path in Path(sys.argv[1]).glob("*/*/*.ipynb")
]
for _ in batch.local(jobs, 2):
    pass
"""


# --- a class -------------------------------------------------------------------------


def load(kind, name):
    """Return a notebook of the course."""
    return json.loads((ROOT / kind / name / f"{name}.ipynb").read_text())


def grade_id(cell):
    """Return the grade_id of a cell, or an empty text."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def slip(source, rng):
    """Return an answer with one slip: twice a result, or a number that is one off."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    returns = [n for n in nodes if isinstance(n, ast.Return) and n.value is not None]
    numbers = [n for n in nodes if isinstance(n, ast.Constant) and type(n.value) is int]
    if returns:
        last = rng.choice(returns)
        last.value = ast.BinOp(ast.Constant(2), ast.Mult(), last.value)
    elif numbers:
        rng.choice(numbers).value += 1
    return ast.unparse(ast.fix_missing_locations(tree))


def work_of(name, kind, seed, without=()):
    """Return the notebook that a student hands in.

    Parameters
    ----------
    name : str
        Of the assignment.
    kind : {"right", "wrong", "blank", "half"}
    seed : int
        Of the slips, and of the questions that are left out.
    without : sequence of str
        Questions that nobody answers.
    """
    rng = random.Random(seed)
    answers = {
        grade_id(c): "".join(c["source"]) for c in load("solutions", name)["cells"]
    }
    notebook = load("exercises", name)
    for cell in notebook["cells"]:
        one = grade_id(cell)
        left = kind == "blank" or one.partition("-")[0] in without
        left = left or kind == "half" and rng.random() < 0.5
        if one.endswith("-answer") and not left:
            answer = answers[one]
            cell["source"] = slip(answer, rng) if kind == "wrong" else answer
    return json.dumps(notebook)


def hand_in(folder, name, students, without, copies=1):
    """Write the submissions of a class, as nbgrader lays them out."""
    shutil.rmtree(folder, ignore_errors=True)
    for number in range(students):
        text = work_of(name, KINDS[number % len(KINDS)], number, without)
        for copy in range(copies):
            path = folder / f"s{number:03}-{copy}" / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(text)


# --- both graders --------------------------------------------------------------------


def descendants(pid):
    """Return a process and all that descend from it."""
    found = [pid]
    for one in found:
        try:
            tasks = os.listdir(f"/proc/{one}/task")
            for task in tasks:
                text = Path(f"/proc/{one}/task/{task}/children").read_text()
                found += map(int, text.split())
        except OSError:
            continue
    return found


def memory_of(pid):
    """Return the bytes that a process and its descendants hold, shared ones once."""
    total = 0
    for one in descendants(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line[:4] == "Pss:")
    return total


def call(command, folder, watch=False):
    """Run a command; return its seconds, CPU seconds, and the most memory, in bytes."""
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(ROOT / "lib"),
    }
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    most, ended = [0], threading.Event()

    def look():
        while not ended.wait(1.0):
            most[0] = max(most[0], memory_of(process.pid))

    looking = threading.Thread(target=look)
    if watch:
        looking.start()
    said, _ = process.communicate()
    ended.set()
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if watch:
        looking.join()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{said[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, most[0]


class Nbgrader:
    """`nbgrader autograde`, as an instructor calls it."""

    label, copies = "nbgrader autograde", 1

    def __init__(self, folder, name, without):
        self.folder, self.name, self.without = folder, name, without
        source = folder / "source" / name
        source.mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / name / f"{name}.ipynb", source)
        config = CONFIG.format(
            config=str(ROOT / "nbgrader_config.py"), room=str(folder)
        )
        (folder / "nbgrader_config.py").write_text(config)
        call([SCRIPTS / "nbgrader", "generate_assignment", name, "--force"], folder)

    def grade(self, students, watch=False):
        """Grade a class anew."""
        hand_in(self.folder / "submitted", self.name, students, self.without)
        shutil.rmtree(self.folder / "autograded", ignore_errors=True)
        command = [SCRIPTS / "nbgrader", "autograde", self.name, "--force"]
        return call(command, self.folder, watch)

    def marks(self):
        """Return {student: {grade_id: points}} of the gradebook."""
        return marks_in(self.folder, self.name)


class Ours(Nbgrader):
    """`course.py grade`; or its grading alone, without gradebook and feedback."""

    copies = COPIES

    def __init__(self, folder, name, without, bare):
        self.folder, self.name, self.without = folder, name, without
        self.bare = bare
        self.label = "ours, bare" if bare else "ours, with gradebook and pages"
        folder.mkdir()

    def grade(self, students, watch=False):
        """Grade a class anew."""
        submitted = self.folder / "handed-in"
        hand_in(submitted, self.name, students, self.without, self.copies)
        shutil.rmtree(self.folder / "class", ignore_errors=True)
        solution = ROOT / "solutions" / self.name / f"{self.name}.ipynb"
        command = [sys.executable, "-c", BARE, submitted, solution]
        if not self.bare:
            command = [sys.executable, "-m", "convcourse.grading", submitted]
            command += ["--class", self.folder / "class", "--workers", "2"]
        return call(command, self.folder, watch)

    def marks(self):
        """Return {student: {grade_id: points}} of the gradebook."""
        return {} if self.bare else marks_in(self.folder / "class", self.name)


def marks_in(room, name):
    """Return {student: {grade_id: points}} of a gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{room / 'gradebook.db'}") as book:
        return {
            one.student.id: {
                g.name: g.auto_score for n in one.notebooks for g in n.grades
            }
            for one in book.assignment_submissions(name)
        }


# --- the comparison ------------------------------------------------------------------


def compare(name, students, rounds, without, bare):
    """Print how many submissions a minute both grade, and return the ratio."""
    keras = "convcourse.tf" in json.dumps(load("solutions", name))
    with tempfile.TemporaryDirectory(prefix="convcourse-speed-") as place:
        both = (
            Nbgrader(Path(place, "nbgrader"), name, without),
            Ours(Path(place, "ours"), name, without, bare),
        )
        ones = [grader.grade(1) for grader in both]
        runs = [[grader.grade(students) for grader in both] for _ in range(rounds)]
        alike = same_marks(both)
        most = [grader.grade(min(students, 4), watch=True)[2] for grader in both]
    left = f", without {', '.join(without)}" if without else ""
    print(f"{name}{left}: {students} students, {rounds} rounds; {alike}")
    rates = []
    for which, grader in enumerate(both):
        (start, start_cpu, _), copies = ones[which], grader.copies
        more = (students - 1) * copies
        each = [(run[which][0] - start) / more for run in runs]
        if min(each) <= 0:
            sys.exit(
                f"  {grader.label}: a class took no longer than one student. The machine "
                "has too much else to do; wait, or take more --students."
            )
        cpu = statistics.median((run[which][1] - start_cpu) / more for run in runs)
        rates.append([60 / seconds for seconds in each])
        whole = statistics.median(
            60 * students * copies / run[which][0] for run in runs
        )
        print(
            f"  {grader.label:<32} {statistics.median(rates[-1]):>7.1f} a minute "
            f"({whole:.1f} with its start, {start:.1f} s), {cpu:.3f} s of CPU each, "
            f"{most[which] / 1e6:.0f} MB"
        )
    ratios = [ours / theirs for theirs, ours in zip(*rates, strict=True)]
    ratio, target = statistics.median(ratios), TARGETS[keras]
    print(
        f"  ratio {ratio:.1f} ({min(ratios):.1f} to {max(ratios):.1f}), target {target}"
        f"{'' if ratio >= target else ': missed'}\n",
        flush=True,
    )
    return ratio


def same_marks(both):
    """Say whether both gave the same points to each student in each cell."""
    theirs, ours = (grader.marks() for grader in both)
    if not ours:
        return "marks not compared"
    wrong = [
        student
        for student, points in ours.items()
        if points != theirs[f"{student.partition('-')[0]}-0"]
    ]
    return f"MARKS DIFFER: {wrong}" if wrong else f"the same marks ({len(ours)} times)"


def main():
    """Compare chapter by chapter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chapter", action="append", help="such as 05; again for more")
    parser.add_argument("--students", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", default="", help="questions left blank: q8,q9")
    parser.add_argument("--bare", action="store_true", help="no gradebook, no pages")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-2:])
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    names = {path.name[:2]: path.name for path in (ROOT / "exercises").iterdir()}
    without = [name for name in options.without.split(",") if name]
    for number in options.chapter or ["05", "04"]:
        args = options.students, options.rounds, without, options.bare
        compare(names[number], *args)


if __name__ == "__main__":
    main()
