"""Finding submissions: each layout, names, and archives that mean harm."""

import io
import json
import os
import stat
import struct
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from convcourse.grading import archives, people
from convcourse.grading.assignment import Assignment
from convcourse.grading.collect import COURSE, find

ROOT = Path(__file__).resolve().parents[1]
ONE, TWO = "01_convolution_1d", "02_image_kernels"


@pytest.fixture(scope="module")
def assignments():
    paths = {n: ROOT / "solutions" / n / f"{n}.ipynb" for n in (ONE, TWO)}
    return {name: Assignment.read(path) for name, path in paths.items()}


def exercise(name=ONE, answer="# anna"):
    """Return an exercise in which somebody has worked."""
    path = ROOT / "exercises" / name / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "source": answer}
    notebook["cells"].append({**extra, "execution_count": None, "id": "extra"})
    return json.dumps(notebook).encode()


def lay(folder, *paths, content=None):
    """Write exercises at some paths; the name says which, chapter 01 otherwise."""
    for path in paths:
        path = folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        name = TWO if TWO[:8] in str(path).lower().replace("-", "_") else ONE
        path.write_bytes(exercise(name, str(path)) if content is None else content)


def zipped(*names, **contents):
    """Return an archive with exercises of these names; or of other content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            name, content = name if isinstance(name, tuple) else (name, exercise())
            file.writestr(name, content)
    return made.getvalue()


def who_what(found):
    return [(one.student, one.assignment) for one in found]


LAYOUTS = {
    "nbgrader": [f"anna/{ONE}/{ONE}.ipynb", f"ben/{ONE}/other name.ipynb"],
    "assignment first": [f"{ONE}/anna/work.ipynb", f"{ONE}/ben.ipynb"],
    "a folder each": ["anna/homework/week 1/my work.ipynb", "ben/x.ipynb"],
    "flat": [f"anna_{ONE}.ipynb", f"{ONE}-ben.ipynb"],
    "flat, other spelling": ["anna-01-Convolution-1D (2).ipynb", f"ben_{ONE}.IPYNB"],
    "flat, student only": ["anna.ipynb", "ben.ipynb"],
    "as browsers save": [f"anna/{ONE}.ipynb.txt", f"ben/{ONE}.ipynb.json"],
    "copies of JupyterLab": [f"anna/{ONE}-Copy1.ipynb", f"ben/{ONE} (1).ipynb"],
    "mixed": [f"anna/{ONE}/{ONE}.ipynb", "ben.ipynb"],
    "a wrapper": ["submissions/anna/x.ipynb", "submissions/ben/x.ipynb"],
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(tmp_path, assignments, name):
    lay(tmp_path, *LAYOUTS[name])
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE), ("ben", ONE)] and not told
    assert all(one.path.is_file() and len(one.digest) == 64 for one in found)
    assert all(not one.problem and one.submitted is None for one in found)


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_in_an_archive(tmp_path, assignments, name):
    """A class may come as one archive, in a folder of its own or not."""
    for top in ("", "class of 2026/"):
        archive = tmp_path / "all.zip"
        archive.write_bytes(zipped(*[top + path for path in LAYOUTS[name]]))
        for given in (archive, tmp_path):
            found, told = find(given, assignments)
            assert who_what(found) == [("anna", ONE), ("ben", ONE)] and not told


def test_the_exchange(tmp_path, assignments):
    """nbgrader's inbound: the newest counts, by the time in its name or its file."""
    folders = {
        f"anna+{ONE}+2026-05-01 10:00:00.000000 UTC+a1": "old",
        f"anna+{ONE}+2026-05-02 10:00:00.000000 UTC+b2": "new",
        f"a+b@x.org+{ONE}+2026-05-01 12:00:00 CEST": "at sign",
    }
    for folder, text in folders.items():
        lay(tmp_path, f"{folder}/{ONE}.ipynb", content=exercise(answer=text))
    stamp = tmp_path / list(folders)[2] / "timestamp.txt"
    stamp.write_text("2026-05-01 09:30:00.5 UTC\n")
    found, told = find(tmp_path, assignments)
    other, anna = found
    assert anna.student == "anna" and b"new" in anna.path.read_bytes()
    assert anna.submitted == datetime(2026, 5, 2, 10, tzinfo=UTC)
    assert other.student.startswith("a_b@x.org~")
    assert other.submitted == datetime(2026, 5, 1, 9, 30, 0, 500000, tzinfo=UTC)
    assert len(told) == 1 and "2 notebooks; the newest counts" in told[0]


def test_moodle(tmp_path, assignments):
    """Folders and the flat form; two people of one name stay two."""
    lay(
        tmp_path,
        "Berg Anna_123_assignsubmission_file_/solution.ipynb",
        f"Özil Mesut_77_assignsubmission_file_{ONE}.ipynb",
        "Kim Lee_5_assignsubmission_file/a.ipynb",
        "Kim Lee_6_assignsubmission_file/a.ipynb",
    )
    lay(tmp_path, "Berg Anna_123_assignsubmission_onlinetext_/online.html", content=b"")
    found, told = find(tmp_path, assignments)
    ids = [one.student for one in found]
    assert ids == ["Berg Anna", "Kim Lee_5", "Kim Lee_6", "Özil Mesut"]
    assert [one.name for one in found] == [
        "Berg Anna",
        "Kim Lee",
        "Kim Lee",
        "Özil Mesut",
    ]
    assert len(told) == 2 and "more than one person has this name" in told[0]


def test_a_namesake_who_comes_later_is_another_person(tmp_path, assignments):
    lay(tmp_path, "Kim Lee_6_assignsubmission_file/a.ipynb")
    found, told = find(tmp_path, assignments, known={(ONE, "Kim Lee"): "5"})
    assert found[0].student == "Kim Lee_6" and len(told) == 1
    found, told = find(tmp_path, assignments, known={(ONE, "Kim Lee"): "6"})
    assert found[0].student == "Kim Lee" and not told


def test_canvas(tmp_path, assignments):
    lay(
        tmp_path,
        f"berganna_41_9001_{ONE}-1.ipynb",
        f"leekim_LATE_42_9002_{ONE}.ipynb",
        f"leekim_43_9003_{TWO}.ipynb",
    )
    (tmp_path / "xu_44_9004_work.zip").write_bytes(zipped("deep/in/it.ipynb"))
    (tmp_path / "yi_45_9005_essay.docx").write_bytes(b"PK")
    found, told = find(tmp_path, assignments, ONE)
    assert who_what(found) == [
        ("berganna_41", ONE), ("leekim_42", ONE), ("xu_44", ONE), ("yi_45", ONE)
    ]  # fmt: skip
    assert "only: " in found[3].problem and "essay.docx" in found[3].problem
    assert len(told) == 1 and "late, says the platform" in told[0]


def clone(folder, *worked_on):
    """Lay a clone of the course."""
    for name in (ONE, TWO):
        exercise_path = f"exercises/{name}/{name}.ipynb"
        fresh = (ROOT / exercise_path).read_bytes()
        content = exercise(name) if name in worked_on else fresh
        lay(folder, exercise_path, content=content)
        for kind in (f"notebooks/{name}.ipynb", f"solutions/{name}/{name}.ipynb"):
            lay(folder, kind, content=(ROOT / kind).read_bytes())
    lay(folder, "course.py", ".git/config", "lib/x.ipynb", content=b"")


def test_clones(tmp_path, assignments):
    """Of a clone, what its owner has worked on; never the lectures and solutions."""
    clone(tmp_path / "conv-anna", ONE, TWO)
    clone(tmp_path / "conv-ben-k", TWO)
    clone(tmp_path / "conv-carl")
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [
        ("conv-anna", ONE), ("conv-anna", TWO), ("conv-ben-k", TWO)
    ]  # fmt: skip
    assert told == ["conv-carl: no exercise was worked on."]
    students = {name: people.Student(name) for name in ("anna", "k", "ben-k", "carl")}
    found, told = find(tmp_path, assignments, ONE, students=students)
    assert who_what(found) == [("anna", ONE), ("ben-k", ONE), ("carl", ONE)]


def test_the_class_folder_itself(tmp_path, assignments):
    lay(tmp_path, f"submitted/anna/{ONE}/x.ipynb", f"autograded/anna/{ONE}/x.ipynb")
    lay(tmp_path, f"release/{ONE}/{ONE}.ipynb")
    for name in ("graded", "feedback", "source", ".ipynb_checkpoints"):
        (tmp_path / name).mkdir()
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE)] and not told
    assert "submitted" in found[0].path.parts
    lay(tmp_path, f"ben/{ONE}.ipynb")
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE)]
    (said,) = told
    assert "only its submitted/ is looked at, not ben" in said


def test_a_name_of_the_courses_own_is_not_called_empty(tmp_path, assignments):
    lay(tmp_path, f"lib/{ONE}/{ONE}.ipynb", f"exercises/{ONE}/{ONE}.ipynb")
    found, _ = find(tmp_path, assignments)
    (lib,) = [one for one in found if one.student == "lib"]
    assert "or holds only what the course itself has (lib," in lib.problem


def test_several_chapters_of_one_student(tmp_path, assignments):
    lay(tmp_path, f"anna/{ONE}.ipynb", "anna/b.ipynb")
    lay(tmp_path, "anna/a.ipynb", content=exercise(TWO))
    os.utime(tmp_path / f"anna/{ONE}.ipynb", (2e9, 2e9))
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE), ("anna", TWO)]
    assert found[0].path.name == f"{ONE}.ipynb" and "Left out: anna/b.ipynb" in told[0]
    assert who_what(find(tmp_path, assignments, TWO)[0]) == [("anna", TWO)]


def test_the_content_says_which_assignment(tmp_path, assignments):
    """Without its name, by what it imports; else by --assignment; else it is told."""
    lay(tmp_path, "anna/x.ipynb", content=exercise(TWO))
    bare = json.dumps({"cells": [], "nbformat": 4, "nbformat_minor": 4, "metadata": {}})
    lay(tmp_path, "ben/x.ipynb", content=bare.encode())
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", TWO)]
    assert len(told) == 1 and told[0].startswith("ben/x.ipynb: neither its name nor")
    found, told = find(tmp_path, assignments, TWO)
    assert who_what(found) == [("anna", TWO), ("ben", TWO)] and not told


def test_a_time_is_nbgraders_or_none(tmp_path, assignments):
    """What a learner packs does not say when it was handed in."""
    moodle = f"ben_7_assignsubmission_file_/{ONE}"
    lay(tmp_path, f"anna/{ONE}/{ONE}.ipynb", f"{moodle}/x.ipynb")
    stamp = b"2026-05-01 09:30:00 UTC"
    lay(tmp_path, f"anna/{ONE}/timestamp.txt", content=stamp)
    lay(tmp_path, f"{moodle}/timestamp.txt", content=stamp)
    packed = zipped(f"{ONE}/{ONE}.ipynb", (f"{ONE}/timestamp.txt", stamp))
    (tmp_path / "carl.zip").write_bytes(packed)
    for text in (b"soon", b"\xff" * 2000, b"0001-01-01", b"9" * 900):
        lay(tmp_path, f"dora/{ONE}/{ONE}.ipynb")
        lay(tmp_path, f"dora/{ONE}/timestamp.txt", content=text)
        anna, ben, carl, dora = find(tmp_path, assignments)[0]
        assert anna.submitted == datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
        assert ben.submitted is carl.submitted is dora.submitted is None


def test_the_newest_of_several(tmp_path, assignments):
    lay(tmp_path, "anna/x.ipynb", "anna/y.ipynb")
    for newest, other in (("x", "y"), ("y", "x")):
        os.utime(tmp_path / f"anna/{newest}.ipynb", (2e9, 2e9))
        os.utime(tmp_path / f"anna/{other}.ipynb", (1e9, 1e9))
        found, _ = find(tmp_path, assignments)
        assert [one.path.stem for one in found] == [newest]


# --- what is no notebook -------------------------------------------------------------


def test_wrong_things_in_a_right_place_are_submissions_that_fail(tmp_path, assignments):
    lay(tmp_path, f"anna/{ONE}/{ONE}.ipynb", content=b"%PDF-1.4")
    lay(tmp_path, f"ben/{ONE}/{ONE}.ipynb", content=b"")
    lay(tmp_path, f"carl/{ONE}/essay.pdf", content=b"%PDF-1.4")
    (tmp_path / f"dora/{ONE}").mkdir(parents=True)
    (tmp_path / "emil").mkdir()
    lay(tmp_path, f"flora_{ONE}.pdf", "readme.txt", "grades.csv", content=b"")
    lecture = (ROOT / f"notebooks/{ONE}.ipynb").read_bytes()
    lay(tmp_path, f"gert/{ONE}/{ONE}.ipynb", content=lecture)
    found, told = find(tmp_path, assignments)
    names = ["anna", "ben", "carl", "dora", "emil", "flora", "gert"]
    assert [one.student for one in found] == names and not told
    assert all(one.assignment == ONE for one in found)
    problems = {one.student: one.problem for one in found}
    assert problems["anna"] == problems["ben"] == ""  # the grader says why
    assert "only: essay.pdf" in problems["carl"]
    assert "folder is empty" in problems["dora"] and "empty" in problems["emil"]
    assert f"only: flora_{ONE}.pdf" in problems["flora"]
    assert f"only: {ONE}.ipynb" in problems["gert"]


def test_what_systems_leave_behind_is_ignored(tmp_path, assignments):
    lay(
        tmp_path,
        "anna/x.ipynb",
        "anna/.ipynb_checkpoints/x-checkpoint.ipynb",
        "__MACOSX/anna/._x.ipynb",
        "anna/._x.ipynb",
        ".hidden/x.ipynb",
    )
    lecture = (ROOT / f"notebooks/{TWO}.ipynb").read_bytes()
    lay(tmp_path, f"anna/{TWO}.ipynb", content=lecture)
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE)] and not told


def test_whose_it_is_must_be_said(tmp_path, assignments):
    lay(tmp_path, f"{ONE}.ipynb", "anna.ipynb")
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE)]
    assert len(told) == 1 and "does not say whose it is" in told[0]


def test_links_are_not_followed(tmp_path, assignments):
    solution = ROOT / "solutions" / ONE / f"{ONE}.ipynb"
    there = tmp_path / "there"
    lay(there, f"anna/{ONE}/x.ipynb", f"ben/{ONE}/{ONE}.ipynb")
    (there / f"ben/{ONE}/new.ipynb").symlink_to(solution)
    for student, target in {"carl": solution, "dora": there / "anna"}.items():
        (there / student).mkdir()
        (there / student / ONE).symlink_to(target)
    (there / "emil").symlink_to(there / "anna")
    os.mkfifo(there / "anna" / "pipe.ipynb")
    found, told = find(there, assignments)
    good = {one.student for one in found if not one.problem}
    assert good == {"anna", "ben"} and len(found) == 4
    assert all("link" in one.problem for one in found if one.student not in good)
    assert sum("which is not followed" in line for line in told) == 4
    assert any("no ordinary file" in line for line in told)


def test_a_folder_that_cannot_be_read(tmp_path, assignments):
    with pytest.raises(OSError):
        find(tmp_path / "none", assignments)


# --- names ---------------------------------------------------------------------------


def test_names_are_safe_and_two_people_stay_two(tmp_path, assignments):
    names = [
        "Zoë Ångström", "Anna", "anna", "李小龙", "a:b", "a*b", "a_b", "x" * 200,
        "x" * 199 + "y", "\x1b[2Jevil", "na\u202eme", "-rf", "dot.", "...",
    ]  # fmt: skip
    for name in names:
        lay(tmp_path, f"{name}/x.ipynb")
    found, told = find(tmp_path, assignments)
    ids = [one.student for one in found]
    assert len(set(ids)) == len(names) - 1  # "..." is hidden, as all that begin so
    for id in ids:
        assert id == people.safe(id) == unicodedata.normalize("NFC", id)
        assert id.isprintable() and not set(id) & people.UNSAFE
        assert len(id.encode()) <= 200 and not id.startswith(".")
    assert {"Zoë Ångström", "Anna", "anna", "李小龙", "a_b", "-rf"} <= set(ids)
    assert any("Anna, anna: taken as different people" in line for line in told)


def test_one_name_in_two_forms_of_unicode_is_one_person(tmp_path, assignments):
    for form in ("NFC", "NFD"):
        lay(tmp_path, f"{unicodedata.normalize(form, 'Zoë')}/x.ipynb")
    found, told = find(tmp_path, assignments)
    assert [one.student for one in found] == ["Zoë"] and len(told) == 1


def test_what_is_told_cannot_steer_a_terminal(tmp_path, assignments):
    (tmp_path / "anna\x1b[2J\n").mkdir()
    (tmp_path / "anna\x1b[2J\n" / "x\r.ipynb").symlink_to("/etc/passwd")
    lay(tmp_path, "ben/x.ipynb")
    _, told = find(tmp_path, assignments)
    assert told and all(line.isprintable() for line in told)


def test_whole_classes_side_by_side_are_not_one_person(tmp_path, assignments):
    for week in ("week 1", "week 2"):
        for name in ("Berg Anna_1", "Kim Lee_2"):
            lay(tmp_path, f"{week}/{name}_assignsubmission_file_/x.ipynb")
        for name in ("anna", "ben"):
            lay(tmp_path, f"group of {week}/{name}/{ONE}/{ONE}.ipynb")
    lay(tmp_path, f"carl/work/{ONE}/{ONE}.ipynb", f"carl/work/{TWO}/{TWO}.ipynb")
    sure = "dora_3_assignsubmission_file_"
    lay(tmp_path, f"{sure}/a/{ONE}/{ONE}.ipynb", f"{sure}/b/{ONE}/{ONE}.ipynb")
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("carl", ONE), ("dora", ONE), ("carl", TWO)]
    assert len(told) == 5
    assert all("several people's work" in line for line in told[:4])
    assert "2 notebooks; the newest counts" in told[4]


def test_nobody_hands_in_for_another_one(tmp_path, assignments):
    """A learner's folders are not read as the names of platforms."""
    inbound = f"ben+{ONE}+2030-01-01 00:00:00 UTC"
    moodle = "ben_9_assignsubmission_file_"
    lay(tmp_path, "ben/x.ipynb", f"anna/{inbound}/x.ipynb", f"carl/{moodle}/x.ipynb")
    packed = zipped(f"{moodle}/x.ipynb", f"../ben/{ONE}/x.ipynb", f"/ben/{ONE}.ipynb")
    (tmp_path / "dora.zip").write_bytes(packed)
    found, _ = find(tmp_path, assignments)
    assert [one.student for one in found] == ["anna", "ben", "carl", "dora"]
    assert found[1].path == tmp_path / "ben" / "x.ipynb"


def test_a_files_own_name_says_nothing_of_people():
    """What a platform puts before it does; a learner chooses only what comes after."""
    moodle = "Anna_1_assignsubmission_file_Ben_2_assignsubmission_file_x.ipynb"
    who, rest, _ = people.of_platform(moodle)
    assert (who.raw, who.number) == ("Anna", "1") and rest.startswith("Ben_2")
    who, rest, _ = people.of_platform("anna_41_9001_ben_42_9002_x.ipynb")
    assert (who.raw, who.number) == ("anna", "41") and rest.startswith("ben_42")


ROSTER = """id,first_name,last_name,email
ab1,Anna,Berg,anna@x.org
kl1,Kim,Lee,
kl2,Kim,Lee,
moe,Mesut,Özil,mesut@x.org
"""


def test_the_list_of_the_class(tmp_path, assignments):
    """Names become ids where they are one person's; others keep what they have."""
    list_ = tmp_path / "list.csv"
    list_.write_text("\ufeff" + ROSTER, encoding="utf-8")
    students = people.roster(list_)
    assert students["moe"].name == "Mesut Özil"
    lay(
        tmp_path / "in",
        "Berg Anna_123_assignsubmission_file_/x.ipynb",
        "KL2/x.ipynb",
        f"özilmesut_7_8_{ONE}.ipynb",
        "Kim Lee_5_assignsubmission_file/x.ipynb",
        "stranger/x.ipynb",
    )
    (tmp_path / "in" / "anna@x.org").mkdir()  # empty, and no matter
    found, told = find(tmp_path / "in", assignments, students=students)
    ids = [one.student for one in found]
    assert ids == ["Kim Lee", "ab1", "kl2", "moe", "stranger"] and not told
    assert found[1].name == "Anna Berg"
    list_.write_text(ROSTER.replace(",", ";"), encoding="utf-8")
    assert people.roster(list_) == students


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,mail\na,b\n", "must name the columns"),
        ("id\nanna\nanna\n", "for the second time"),
        ("id\n\n../x\n", "file names cannot have"),
    ],
)
def test_a_list_that_is_wrong(tmp_path, text, why):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(ValueError, match=why):
        people.roster(tmp_path / "list.csv")
    (tmp_path / "list.csv").write_bytes("id,last_name\na,Özil\n".encode("latin-1"))
    with pytest.raises(ValueError, match="save it as UTF-8"):
        people.roster(tmp_path / "list.csv")


# --- archives that mean harm ---------------------------------------------------------


def files_of(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_archives_of_students(tmp_path, assignments):
    (tmp_path / "anna.zip").write_bytes(zipped(f"work/{ONE}.ipynb", f"{TWO}/a.ipynb"))
    inner = zipped("week 1/x.ipynb")
    (tmp_path / "ben.ZIP").write_bytes(zipped(("inner.zip", inner), ("a.txt", b"x")))
    (tmp_path / "carl.zip").write_bytes(zipped(("a.txt", b"x")))
    (tmp_path / "dora.zip").write_bytes(b"this is no archive")
    (tmp_path / "emil").mkdir()
    (tmp_path / "emil" / "work.7z").write_bytes(b"7z")
    before = files_of(tmp_path)
    found, told = find(tmp_path, assignments, ONE)
    assert files_of(tmp_path) == before
    assert [one.student for one in found] == ["anna", "ben", "carl", "dora", "emil"]
    assert "only: carl.zip, a.txt" in found[2].problem
    assert "The archive cannot be read" in found[3].problem and len(told) == 1
    assert "only: work.7z" in found[4].problem


OUT = ("../evil.ipynb", "/tmp/evil.ipynb", "a/../../evil.ipynb", "C:\\evil.ipynb",
       "..\\..\\evil.ipynb", "//server/evil.ipynb")  # fmt: skip


@pytest.mark.parametrize("name", OUT)
def test_no_path_of_an_archive_leads_anywhere(tmp_path, assignments, name):
    inside, scratch = tmp_path / "in", tmp_path / "scratch"
    lay(inside, "ben/x.ipynb")
    scratch.mkdir()
    (inside / "anna.zip").write_bytes(zipped(name, f"{ONE}.ipynb"))
    found, told = find(inside, assignments, scratch=scratch)
    assert who_what(found) == [("anna", ONE), ("ben", ONE)] and not found[0].problem
    assert len(told) == 1 and "names a place outside itself" in told[0]
    whole = tmp_path / "whole.zip"
    whole.write_bytes(zipped(("./", ""), name, f"./anna_{ONE}.ipynb", "ben.ipynb"))
    same, told = find(whole, assignments)
    assert who_what(same) == who_what(found) and len(told) == 1
    assert found[0].path.parent == scratch and not list(tmp_path.rglob("*evil*"))
    assert len(list(scratch.iterdir())) == 1


def test_a_thousand_bad_things_are_not_a_thousand_lines(tmp_path, assignments):
    (tmp_path / "anna.zip").write_bytes(zipped(*[f"../{i}.ipynb" for i in range(1000)]))
    lay(tmp_path, "ben/x.ipynb")
    found, told = find(tmp_path, assignments)
    assert who_what(found) == [("anna", ONE), ("ben", ONE)]
    assert len(told) == 6 and told[5] == "anna.zip: more of this kind is there."


def test_links_in_archives(tmp_path, assignments):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        link = zipfile.ZipInfo(f"{ONE}.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, str(ROOT / "solutions" / ONE / f"{ONE}.ipynb"))
    (tmp_path / "anna.zip").write_bytes(made.getvalue())
    lay(tmp_path, "ben/x.ipynb")
    found, told = find(tmp_path, assignments)
    assert "link in an archive" in found[0].problem and len(told) == 1


def test_bombs(tmp_path, assignments):
    """Size, number, density and depth are limited; the others are found all the same."""
    zeros = bytes(20 << 20)
    (tmp_path / "dense.zip").write_bytes(zipped((f"{ONE}.ipynb", zeros)))
    many = zipped(*[(f"{i}.txt", b"") for i in range(6000)])
    (tmp_path / "many.zip").write_bytes(many)
    deep = zipped(f"{ONE}.ipynb")
    for _ in range(6):
        deep = zipped(("a.zip", deep))
    (tmp_path / "deep.zip").write_bytes(deep)
    lying = bytearray(zipped((f"{ONE}.ipynb", b" " * (1 << 20))))
    at = lying.rindex(b"PK\1\2")
    lying[at + 24 : at + 28] = struct.pack("<I", 100)  # the size that it claims
    (tmp_path / "lying.zip").write_bytes(lying)
    secret = bytearray(zipped(f"{ONE}.ipynb"))
    secret[secret.rindex(b"PK\1\2") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(secret)
    lay(tmp_path, "ben/x.ipynb")
    found, told = find(tmp_path, assignments)
    problems = {one.student: one.problem for one in found}
    assert problems.pop("ben") == ""
    assert "densely" in problems["dense"] and "more than 5000" in problems["many"]
    assert "locked by a password" in problems["locked"] and "only" in problems["deep"]
    assert problems["lying"] and set(problems) == {
        "dense", "many", "deep", "lying", "locked"
    }  # fmt: skip


def test_what_is_packed_in_an_unusual_way_is_not_unpacked(tmp_path, assignments):
    """A kilobyte of bzip2 or LZMA is gigabytes in one read, whatever size it claims."""
    for kind in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / f"anna-{kind}.zip", "w", kind) as file:
            file.writestr(f"{ONE}.ipynb", exercise())
    found, _ = find(tmp_path, assignments)
    assert len(found) == 2
    assert all("unusual way" in one.problem for one in found)


def test_archives_in_an_archive_share_their_room(tmp_path, assignments, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    small = archives.Room(names=100, one=1 << 20, all=2 << 20)
    monkeypatch.setattr(archives, "Room", lambda: small)
    block = os.urandom(400_000)
    inner = [(f"{i}.zip", zipped(("x.ipynb", block))) for i in range(10)]
    lay(tmp_path / "in", "ben/x.ipynb")
    (tmp_path / "in" / "anna.zip").write_bytes(zipped(*inner))
    found, told = find(tmp_path / "in", assignments, ONE, scratch=scratch)
    assert [one.student for one in found] == ["anna", "ben"]
    assert sum(p.stat().st_size for p in scratch.iterdir()) <= small.all + small.one


def test_damaged_archives(tmp_path, assignments):
    """Whatever is changed in an archive, the others are found."""
    import random

    rng = random.Random(0)
    good = zipped(f"{ONE}.ipynb", ("a.txt", b"hello"))
    lay(tmp_path, "ben/x.ipynb")
    for _ in range(60):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 8)):
            bad[rng.randrange(len(bad) - 300, len(bad))] = rng.randrange(256)
        cut = rng.choice([len(bad), rng.randrange(len(bad))])
        (tmp_path / "anna.zip").write_bytes(bytes(bad[:cut]))
        found, _ = find(tmp_path, assignments)
        assert ("ben", ONE) in who_what(found)
        assert "anna" in {one.student for one in found}


def test_the_course_is_where_it_is_looked_for():
    assert COURSE == ROOT
