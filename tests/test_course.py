"""course.py: environment, failures, and a learner's own copies."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return course.py as a module, in a folder of its own."""
    monkeypatch.syspath_prepend(str(ROOT))
    import course

    for name, path in {"ROOT": tmp_path, "VENV": tmp_path / ".venv"}.items():
        monkeypatch.setattr(course, name, path)
    monkeypatch.setattr(course, "WORK", tmp_path / "work")
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    return course


def notebook(path, *sources, outputs=()):
    """Write a small notebook."""
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None}
    cells = [{**cell, "source": s, "outputs": list(outputs)} for s in sources]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(content))


def failing(*command):
    """Stand in for an installer without a network."""
    raise subprocess.CalledProcessError(1, [str(c) for c in command])


def test_a_copy_appears_follows_the_course_and_comes_back(course, tmp_path):
    shipped, copy = (
        tmp_path / "exercises/01/01.ipynb",
        tmp_path / "work/exercises/01/01.ipynb",
    )
    notebook(shipped, "version 1")
    course.prepare_work()
    assert copy.read_text() == shipped.read_text()
    notebook(shipped, "version 2")
    course.prepare_work()
    assert "version 2" in copy.read_text()
    copy.unlink()
    course.prepare_work()
    assert "version 2" in copy.read_text()


def test_running_a_copy_is_not_writing_in_it(course, tmp_path):
    shipped, copy = (
        tmp_path / "notebooks/00.ipynb",
        tmp_path / "work/notebooks/00.ipynb",
    )
    notebook(shipped, "print(1)")
    course.prepare_work()
    ran = {"output_type": "stream", "name": "stdout", "text": "1\n"}
    notebook(copy, "print(1)", outputs=[ran])
    notebook(shipped, "print(2)")
    course.prepare_work()
    assert copy.read_text() == shipped.read_text()


def test_an_answer_is_never_overwritten_or_merged(course, tmp_path, capsys):
    shipped, copy = (
        tmp_path / "exercises/01/01.ipynb",
        tmp_path / "work/exercises/01/01.ipynb",
    )
    notebook(shipped, "question 1")
    course.prepare_work()
    notebook(copy, "question 1", "my answer")
    answer = copy.read_bytes()
    course.prepare_work()  # nothing new in the course: nothing happens
    assert [p.name for p in copy.parent.iterdir()] == ["01.ipynb"]
    notebook(shipped, "question 1, clearer")
    course.prepare_work()
    assert copy.read_bytes() == answer
    (beside,) = copy.parent.glob("01.new-*.ipynb")
    assert beside.read_text() == shipped.read_text()
    assert "you have written in it" in capsys.readouterr().out
    notebook(beside, "my answer to the new version")
    theirs = beside.read_bytes()
    course.prepare_work()
    notebook(shipped, "question 1, clearer still")
    course.prepare_work()
    assert (copy.read_bytes(), beside.read_bytes()) == (answer, theirs)
    assert len(list(copy.parent.glob("01.new-*.ipynb"))) == 2


def test_a_copy_without_a_record_or_broken_is_a_learners(course, tmp_path):
    shipped, copy = (
        tmp_path / "exercises/01/01.ipynb",
        tmp_path / "work/exercises/01/01.ipynb",
    )
    notebook(shipped, "question")
    copy.parent.mkdir(parents=True)
    copy.write_text("{ broken")
    course.prepare_work()
    assert copy.read_text() == "{ broken"
    assert len(list(copy.parent.glob("01.new-*.ipynb"))) == 1


def test_what_is_written_beside_is_never_overwritten_either(course, tmp_path):
    shipped, copy = (
        tmp_path / "exercises/01/01.ipynb",
        tmp_path / "work/exercises/01/01.ipynb",
    )
    notebook(shipped, "version 1")
    course.prepare_work()
    notebook(copy, "version 1", "mine")
    notebook(shipped, "version 2")
    course.prepare_work()
    (beside,) = copy.parent.glob("01.new-*.ipynb")
    notebook(beside, "version 2", "mine too")
    theirs = copy.read_bytes(), beside.read_bytes()
    for text in ("version 3", "version 2"):  # forward, and back again
        notebook(shipped, text)
        course.prepare_work()
    (tmp_path / "work/.course.json").write_text("[1")  # cut off
    course.prepare_work()
    assert (copy.read_bytes(), beside.read_bytes()) == theirs
    assert len(list(copy.parent.glob("*.ipynb"))) == 4


def test_an_attachment_is_writing(course, tmp_path):
    shipped, copy = (
        tmp_path / "notebooks/00.ipynb",
        tmp_path / "work/notebooks/00.ipynb",
    )
    notebook(shipped, "text")
    course.prepare_work()
    content = json.loads(copy.read_text())
    content["cells"][0]["attachments"] = {"photo.png": {"image/png": "AAAA"}}
    copy.write_text(json.dumps(content))
    notebook(shipped, "new text")
    course.prepare_work()
    assert "photo.png" in copy.read_text()


def test_a_full_disk_leaves_whole_files(course, tmp_path, monkeypatch, capsys):
    shipped, copy = (
        tmp_path / "notebooks/00.ipynb",
        tmp_path / "work/notebooks/00.ipynb",
    )
    notebook(shipped, "version 1")
    course.prepare_work()
    notebook(shipped, "version 2")
    before = copy.read_bytes()
    write_bytes = Path.write_bytes

    def full(path, content):
        if path.name.startswith("00.ipynb"):
            write_bytes(path, content[:10])
            raise OSError(28, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    course.prepare_work()
    assert copy.read_bytes() == before
    assert [p.name for p in copy.parent.iterdir()] == ["00.ipynb"]
    assert "No space left" in capsys.readouterr().out


def test_a_foreign_venv_is_left_alone(course, tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/mine").write_text("precious")
    with pytest.raises(course.Stop, match="did not make it"):
        course.environment()
    assert (tmp_path / ".venv/mine").read_text() == "precious"


def test_a_failure_restores_the_environment_that_was_there(
    course, tmp_path, monkeypatch
):
    venv = tmp_path / ".venv"
    venv.mkdir()
    (venv / "course.json").write_text(json.dumps({"fingerprint": "an older lock"}))
    (venv / "old").write_text("")

    monkeypatch.setattr(course, "run", failing)
    with pytest.raises(course.Stop, match="still in place"):
        course.environment()
    assert (venv / "old").exists() and not (tmp_path / ".venv.old").exists()


@pytest.mark.parametrize(
    "error, words",
    [
        (subprocess.CalledProcessError(1, ["python", "-m", "pip"]), "no network"),
        (subprocess.CalledProcessError(1, ["python", "-m venv", "x"]), "python3-venv"),
        (OSError(28, "No space left on device"), "disk is full"),
        (PermissionError(13, "Permission denied"), "permissions"),
        (KeyboardInterrupt(), "Stopped"),
    ],
)
def test_each_failure_says_what_to_do_and_leaves_nothing(
    course, tmp_path, monkeypatch, error, words
):
    def failing(*command):
        raise error

    monkeypatch.setattr(course, "run", failing)
    with pytest.raises(course.Stop, match=words):
        course.environment()
    assert not (tmp_path / ".venv").exists()


def test_without_a_network_the_lab_goes_on_with_the_packages_of_before(
    course, tmp_path, monkeypatch, capsys
):
    python = course.python_of(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.write_text("")
    stamp = {"fingerprint": "an older lock", "root": str(tmp_path)}
    (tmp_path / ".venv/course.json").write_text(json.dumps(stamp))

    monkeypatch.setattr(course, "run", failing)
    assert course.environment(go_on=True) == python
    assert "Going on with the packages of before" in capsys.readouterr().out
    stamp["root"] = "/elsewhere"
    (tmp_path / ".venv/course.json").write_text(json.dumps(stamp))
    with pytest.raises(course.Stop):  # moved: its scripts point to the old place
        course.environment(go_on=True)


def test_two_installations_in_one_folder_do_not_meet(course, tmp_path):
    with course.alone(), pytest.raises(course.Stop, match="Another call"):
        course.environment()
    assert not (tmp_path / ".venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows hands on locks in another way")
def test_an_installer_that_outlives_its_caller_holds_the_lock(course):
    orphan = "import subprocess, sys; subprocess.Popen([sys.executable, '-c',"
    orphan += "'import time; time.sleep(2)'], close_fds=False)"
    with course.alone():
        course.run(sys.executable, "-c", orphan)
    with pytest.raises(course.Stop, match="Another call"), course.alone():
        pass
    time.sleep(3)
    with course.alone():
        pass


def test_the_path_of_the_library_is_kept_in_ascii(course, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "ROOT", tmp_path / "Über mich")
    site = tmp_path / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "_editable_impl_convcourse.pth").write_text("as the installer wrote it")
    monkeypatch.setattr(course, "run", lambda *command: None)
    course.finish(tmp_path)  # the settings of JupyterLab leave the path alone
    assert "installer" in (site / "_editable_impl_convcourse.pth").read_text()
    course.install_course(["pip"], tmp_path)
    line = (site / "_editable_impl_convcourse.pth").read_bytes()
    assert line.isascii()
    monkeypatch.setattr(sys, "path", [])
    exec(line)
    assert sys.path == [str(tmp_path / "Über mich" / "lib")]


def test_too_small_a_disk_is_told_before_anything_is_made(
    course, tmp_path, monkeypatch
):
    usage = type("usage", (), {"free": 1e9})
    monkeypatch.setattr(course.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(course.Stop, match="need about 4 GB"):
        course.environment()
    assert not (tmp_path / ".venv").exists()


def test_a_finished_environment_is_used_as_it_is(course, tmp_path, monkeypatch):
    python = course.python_of(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.write_text("")
    stamp = {"fingerprint": course.fingerprint()}
    (tmp_path / ".venv/course.json").write_text(json.dumps(stamp))
    monkeypatch.setattr(course, "install", lambda: pytest.fail("installed again"))
    assert course.environment() == python
    (tmp_path / "requirements.lock").write_text("changed==1")
    monkeypatch.setattr(course, "install", lambda: (tmp_path / ".venv").mkdir())
    course.environment()
    assert not python.exists()


def test_here_names_what_differs(course, monkeypatch):
    monkeypatch.setattr(course, "pins", lambda: {"numpy": "numpy==0.1 \\\n"})
    with pytest.raises(course.Stop, match=r"numpy: .* 0\.1 in requirements\.lock"):
        course.here()


def test_an_unsupported_python_is_told_what_to_do(course, monkeypatch):
    monkeypatch.setattr(course.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(course.shutil, "which", lambda _: None)
    assert "needs 3.11, 3.12 or 3.13" in course.main(["lab"])


def test_a_machine_that_cannot_talk_to_itself_is_told_so(course, monkeypatch):
    def refuse(*_, **__):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(course.socket, "create_connection", refuse)
    monkeypatch.setattr(course, "here", lambda: "python")
    assert "127.0.0.1, does not answer" in course.main(["test", "--here"])


def test_an_unknown_command_lists_the_known_ones(course):
    assert "lab, test, build, check" in course.main(["labs"])


@pytest.mark.parametrize("arguments, code", [(["--help"], 0), ([], 0), (["labs"], 1)])
def test_exit_codes(arguments, code):
    done = subprocess.run(
        [sys.executable, ROOT / "course.py", *arguments], capture_output=True
    )
    assert done.returncode == code
    assert b"course.py lab" in done.stdout


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare, on Linux")
def test_without_a_network_it_says_so_and_leaves_nothing(tmp_path):
    for name in ("course.py", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    offline = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*offline, "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let us take the network away")
    command = [*offline, sys.executable, "course.py", "test"]
    environment = {**os.environ, "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert not (tmp_path / ".venv").exists()


# --- lectures -------------------------------------------------------------------------


@pytest.fixture
def opened(course, tmp_path, monkeypatch):
    """Return what JupyterLab would be called with; nothing is started."""
    calls = []
    monkeypatch.setattr(course.os, "chdir", lambda folder: None)
    monkeypatch.setattr(
        course.os, "execve", lambda program, command, env: calls.append((command, env))
    )
    monkeypatch.setattr(
        course.subprocess, "call", lambda command, env: calls.append((command, env))
    )
    for name in ("00_start_here", "01_waves", "02_images"):
        notebook(tmp_path / f"notebooks/{name}.ipynb", "print(1)")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "lecture.css").write_text("body {}")
    return calls


def test_a_lecture_opens_its_chapter_as_slides(course, opened, tmp_path):
    course.lecture("python", ["02", "--no-browser"])
    (command, environment), room = opened[0], tmp_path / "work/.lecture"
    assert "--LabApp.default_url=/lab/tree/notebooks/02_images.ipynb" in command
    assert "--no-browser" in command
    deck = room / "lab/user-settings/jupyterlab-slideshow/plugin.jupyterlab-settings"
    assert json.loads(deck.read_text()) == {"active": True}
    assert environment["JUPYTER_CONFIG_DIR"] == str(room)
    assert environment["CONVCOURSE_SIZE"] == "lecture"
    assert (room / "custom/custom.css").read_text() == "body {}"


def test_a_lesson_alone_is_no_deck(course, opened):
    course.lab("python", [])
    command, environment = opened[0]
    assert "JUPYTER_CONFIG_DIR" not in environment or ".lecture" not in str(environment)
    assert environment["OPENBLAS_NUM_THREADS"] == "1"
    assert not any("custom_css" in part for part in command)


@pytest.mark.parametrize("options", [[], ["0"], ["09"]])
def test_a_lecture_without_a_chapter_names_the_chapters(course, opened, options):
    with pytest.raises(course.Stop, match="lecture 02[\\s\\S]*02_images"):
        course.lecture("python", options)
    assert opened == []


# --- a class folder -------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_a_class_folder_opens_in_formgrader(
    course, opened, tmp_path, monkeypatch, named
):
    room = tmp_path / "room"
    room.mkdir()
    (room / "gradebook.db").touch()
    monkeypatch.setenv("CONVCOURSE_CLASS", str(tmp_path if named else room))
    monkeypatch.setenv("JUPYTER_PATH", "mine")
    course.lab("python", ["--class", *[str(room)] * named, "--no-browser"])
    command, environment = opened[0]
    assert f"--ServerApp.root_dir={room}" in command and command[-1] == "--no-browser"
    assert environment["CONVCOURSE_CLASS"] == str(room)
    templates, mine = environment["JUPYTER_PATH"].split(os.pathsep)
    assert templates.endswith("formgrader") and mine == "mine"
    assert not (tmp_path / "work").exists()


def test_a_folder_without_a_gradebook_is_told_so(course, opened, tmp_path):
    with pytest.raises(course.Stop, match="no gradebook[\\s\\S]*course.py grade"):
        course.lab("python", ["--class", str(tmp_path)])
    assert opened == []
