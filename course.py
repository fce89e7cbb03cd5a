#!/usr/bin/env python3
"""The course's one command line. It needs Python 3.11, 3.12 or 3.13 and nothing else.

    python3 course.py lab      open the course in JupyterLab, on your own copies in work/
    python3 course.py test     run every test; --fast leaves out browser and slow notebooks
    python3 course.py build    make notebooks, solutions, exercises from sources/ [NN ...]
    python3 course.py check    lint, form, links, data: what needs no run
    python3 course.py lecture 02   open a chapter as slides in JupyterLab, its code alive
    python3 course.py book     build the web book and hand-outs of slides in book/_build/
    python3 course.py grade SUBMISSIONS   grade what a class has handed in; --help tells all

The first call makes .venv and installs the locked packages there; later calls do so only
when requirements.lock has changed. What a command does not know goes on to the program
behind it: `lab --no-browser --port 9000`, `test -k padding`.

    lab --edit     open the course itself, not copies: saving a notebook saves its source
    lab --class    open a class folder in formgrader: marks by hand, the gradebook
    --here         use the Python that runs this (conda) instead of .venv
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = "course.json"  # in .venv: what was installed, written last
WORK = ROOT / "work"
START = "notebooks/00_start_here.ipynb"
PYTHONS = ((3, 11), (3, 12), (3, 13))
DISK = 4e9  # bytes that an installation needs, with room to spare
PATIENCE = {"UV_HTTP_TIMEOUT": "20", "UV_HTTP_RETRIES": "1"}
DECK_SETTINGS = {
    "jupyterlab-slideshow/plugin": {"active": True},
    "@jupyterlab/notebook-extension/tracker": {"codeCellConfig": {"lineWrap": True}},
}
TESTING = {"OPENBLAS_NUM_THREADS": "1", "CONVCOURSE_STATIC": "1"}
PIP = ["--disable-pip-version-check", "--timeout", "20", "--retries", "1"]
LAB_SETTINGS = {  # no news pop-up over the page
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    }
}


class Stop(Exception):
    """A failure whose text says what happened and what to do."""


def say(text):
    """Print a line of progress at once."""
    print(text, flush=True)


# --- the environment -----------------------------------------------------------------


def python_of(venv):
    """Return the interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint():
    """Return what an installation depends on: the lock, and where the folder stands."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def state_of(venv):
    """Return "none", "foreign", "unfinished", or the fingerprint of a finished .venv."""
    if not venv.exists():
        return "none"
    try:
        if not any(venv.iterdir()):  # cut off before the stamp
            return "unfinished"
        return json.loads((venv / STAMP).read_text())["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        return "foreign"


def environment(go_on=False):
    """Return the Python to use; make or renew .venv when that is needed.

    With `go_on`, an installation that fails is no reason to stop where the packages of
    before still work: a learner without a network can open the course.
    """
    if state_of(VENV) == fingerprint() and python_of(VENV).exists():
        return python_of(VENV)
    with alone():
        state = state_of(VENV)
        if state == "foreign":
            raise Stop(
                ".venv is here, but course.py did not make it.\n"
                "Move it away or delete it, then call again."
            )
        free = shutil.disk_usage(str(ROOT)).free
        if free < DISK:
            raise Stop(
                f"The packages need about {DISK / 1e9:.0f} GB, and this disk\n"
                f"has {free / 1e9:.1f} GB. Free some space, then call again."
            )
        old = ROOT / ".venv.old"
        if state == "unfinished":
            say("An earlier installation was cut off; starting again.")
            remove(VENV)
        try:
            if state not in ("none", "unfinished"):
                say(
                    "The locked packages or this folder's place changed: installing anew."
                )
                remove(old)
                VENV.rename(old)
            install()
        except BaseException as error:  # Ctrl-C too: leave nothing half-made behind
            reason = explain(error)  # before the space is freed again
            kept = restore(old)
            if reason is None:
                raise
            if kept == "usable" and go_on and not isinstance(error, KeyboardInterrupt):
                say(f"\n{reason}\nGoing on with the packages of before.\n")
                return python_of(VENV)
            more = "\nThe environment of before is still in place." if kept else ""
            raise Stop(reason + more) from None
        remove(old)
    return python_of(VENV)


def restore(old):
    """Put the environment of before back, if there is one: "", "kept" or "usable"."""
    remove(VENV)
    if not old.exists():
        return ""
    old.rename(VENV)
    with contextlib.suppress(OSError, ValueError):
        stamp = json.loads((VENV / STAMP).read_text())
        if stamp.get("root") == str(ROOT) and python_of(VENV).exists():
            return "usable"
    return "kept"  # of another folder: its scripts point there


@contextlib.contextmanager
def alone():
    """Hold this folder's lock; the system frees it when its last process ends."""
    with open(str(ROOT / ".venv.lock"), "w") as file:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(
                "Another call of course.py is installing in this folder.\n"
                "Wait until it is done, then call again."
            ) from None
        os.set_inheritable(file.fileno(), True)
        yield


def install():
    """Make .venv and install the lock and convcourse; the stamp comes last."""
    began = time.time()
    say("Installing the course's packages into .venv, once. This takes about a minute")
    say("on a fast line: they are 0.6 GB to download and 2.5 GB on the disk.")
    say("[1/4] a virtual environment of Python " + sys.version.split()[0])
    VENV.mkdir()
    (VENV / STAMP).write_text(json.dumps({"fingerprint": "unfinished"}))
    run(sys.executable, "-m", "venv", VENV)
    python = python_of(VENV)
    say("[2/4] the installer")
    only_uv = VENV / "uv.txt"
    only_uv.write_text(pinned("uv"))
    pip = [python, "-m", "pip", "install", "--quiet", *PIP]
    run(*pip, "--require-hashes", "--no-deps", "-r", only_uv)
    say("[3/4] the locked packages, each checked against its hash")
    lock = ["--require-hashes", "-r", ROOT / "requirements.lock"]
    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    try:
        run(*uv, "--compile-bytecode", *lock)
    except subprocess.CalledProcessError:
        say(
            "The fast installer failed; trying pip, which knows your proxies. (Minutes.)"
        )
        run(*pip, *lock)
    say("[4/4] convcourse, from lib/")
    install_course(uv, VENV)
    finish(VENV)
    stamp = {"fingerprint": fingerprint(), "root": str(ROOT), "python": sys.version}
    (VENV / STAMP).write_text(json.dumps(stamp))
    say(f"Installed in {time.time() - began:.0f} s.\n")


def install_course(installer, prefix):
    """Install lib/convcourse so that an edit of it counts at once; needs no network."""
    run(*installer, "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    # Python 3.11 and 3.12 read .pth files in the locale's encoding: write it in ASCII.
    for pth in Path(prefix).rglob("site-packages/*convcourse*.pth"):
        pth.write_text(f"import sys; sys.path.append({ascii(str(ROOT / 'lib'))})\n")


def finish(prefix):
    """Write the settings that JupyterLab starts with."""
    settings = Path(prefix) / "share/jupyter/lab/settings/overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_SETTINGS, indent=2) + "\n")


def pins():
    """Return the blocks of requirements.lock by the name of their package."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = text.replace("\\\n", "\\\n\0").replace("\n\0", "\0").splitlines()
    return {b.split("==")[0]: b.replace("\0", "\n") for b in blocks if "==" in b}


def pinned(package):
    """Return one package's lines of requirements.lock."""
    return pins()[package] + "\n"


def here():
    """Return the running Python after checking that it holds the locked packages."""
    from importlib.metadata import PackageNotFoundError, version

    wrong = []
    for package, block in pins().items():
        first = block.split("\\\n")[0]
        if ";" in first:  # not for every platform
            continue
        wanted = first.split("==")[1].strip()
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            wrong.append(f"  {package}: {found} here, {wanted} in requirements.lock")
    if wrong:
        raise Stop(
            "This Python ({}) is not the course's environment:\n{}\n"
            "Under conda: conda env update -f environment.yml, then activate it.\n"
            "Otherwise leave out --here.".format(sys.executable, "\n".join(wrong[:8]))
        )
    if importlib.util.find_spec("convcourse") is None:
        install_course([sys.executable, "-m", "pip", "install", *PIP], sys.prefix)
    finish(sys.prefix)
    return Path(sys.executable)


def run(*command):
    """Run a command, its output on the screen; an error when it fails."""
    command = [str(c) for c in command]
    # what outlives us inherits the lock of `alone`, and holds it
    settings = {"cwd": str(ROOT), "env": variables(PATIENCE), "close_fds": False}
    subprocess.run(command, check=True, **settings)


def variables(more=()):
    """Return the environment for a child process."""
    result = {**os.environ, **dict(more)}
    for name in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"):  # .pyc: 6 s per TensorFlow
        result.pop(name, None)
    result["JUPYTER_PREFER_ENV_PATH"] = "1"  # our kernel, not a user's of the same name
    return result


def explain(error):
    """Say what a failed installation means and what to do; None for a fault of ours."""
    if isinstance(error, KeyboardInterrupt):
        return "Stopped. The half-made .venv is removed."
    if not isinstance(error, (OSError, subprocess.CalledProcessError)):
        return str(error) if isinstance(error, Stop) else None
    full = shutil.disk_usage(str(ROOT)).free < 5e8
    if full or getattr(error, "errno", 0) == 28:
        return "The disk is full. Free about 4 GB, then call again. Nothing is left behind."
    if isinstance(error, OSError):
        return f"Could not write here: {error}\nCheck the folder's permissions."
    step = " ".join(map(str, error.cmd))
    if "-m venv" in step:
        return (
            "Python could not make a virtual environment (see above).\n"
            "On Debian and Ubuntu: sudo apt install python3-venv"
        )
    return (
        "The packages could not be installed (see above).\n"
        "Most often there is no network: the first start needs one, later starts do not.\n"
        "Behind a proxy, set HTTPS_PROXY. Nothing is left behind; call again to retry."
    )


def remove(folder):
    """Delete a folder with all that is in it, if it is there."""
    for pause in (0, 1, 2):  # a process that is just ending may still write there
        if folder.exists():
            time.sleep(pause)
            shutil.rmtree(str(folder), ignore_errors=True)
    if folder.exists():
        raise Stop(f"Could not remove {folder}. Close what uses it, then call again.")


# --- a learner's own copies -------------------------------------------------------------


def essence(path):
    """Return a digest of what people put into a notebook: cells and their attachments.

    Outputs do not count: to run a notebook is not to write in it.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [
        (c["cell_type"], "".join(c["source"]), c.get("attachments", {})) for c in cells
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def prepare_work():
    """Copy the course's notebooks into work/; never touch what a learner has written.

    A copy that its owner has not changed follows the course. One that was changed stays;
    the course's new version is put beside it. A deleted copy comes back.
    """
    record_file = WORK / ".course.json"
    try:
        record = dict(json.loads(record_file.read_text()))
    except (OSError, ValueError, TypeError):  # then all that is there is a learner's
        record = {}
    WORK.mkdir(exist_ok=True)
    for kind in ("notebooks", "exercises", "solutions"):
        for shipped in sorted((ROOT / kind).rglob("*.ipynb")):
            if ".ipynb_checkpoints" not in shipped.parts:
                name = shipped.relative_to(ROOT).as_posix()
                try:
                    record[name] = follow(name, shipped, WORK / name, record.get(name))
                except (OSError, ValueError, KeyError, RecursionError) as error:
                    say(f"{name}: not brought up to date ({error}).")
    safely(record_file, json.dumps(record, indent=1, sort_keys=True).encode())


def follow(name, shipped, copy, recorded):
    """Bring one copy up to date, or put the new version beside it; return its essence."""
    new = essence(shipped)
    here = essence_or(copy)
    there = copy.exists() or copy.is_symlink()
    if there and (recorded == new or here == new):
        return new
    if there and (recorded is None or here != recorded):  # changed by its owner
        say(f"{name}: you have written in it, so it stays as it is.")
        number, beside = 1, copy.with_name(f"{copy.stem}.new-{new[:6]}.ipynb")
        while beside.exists() and essence_or(beside) != new:  # written in as well
            number += 1
            beside = copy.with_name(f"{copy.stem}.new-{new[:6]}-{number}.ipynb")
        say(f"  The course's new version is beside it: {beside.name}")
        copy = beside
        if beside.exists():
            return new
    copy.parent.mkdir(parents=True, exist_ok=True)
    safely(copy, shipped.read_bytes())
    return new


def safely(path, content):
    """Write a file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(content)
        os.replace(str(partial), str(path))
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def essence_or(path):
    """Return a notebook's essence, or None where it cannot be read."""
    try:
        return essence(path)
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        return None


def need_loopback():
    """Stop where a machine cannot talk to itself: notebooks would wait for ever."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        raise Stop(
            f"This machine's own address, 127.0.0.1, does not answer ({error}).\n"
            "JupyterLab and its kernels talk through it. In a container or sandbox,\n"
            "turn its loopback interface on: ip link set lo up"
        ) from None


# --- the commands -----------------------------------------------------------------------


def lab(python, options, first=START, more=()):
    """Open JupyterLab on a notebook: the first one, if nothing is said."""
    if "--class" in options:
        return formgrader(python, options)
    edit = "--edit" in options
    options = [o for o in options if o != "--edit"]
    if not edit:
        prepare_work()
    folder = ROOT if edit else WORK
    os.chdir(str(folder))
    return serve(python, folder, f"/lab/tree/{first}", options, more)


def formgrader(python, options):
    """Open a class folder in nbgrader's formgrader: `--class`, or `--class FOLDER`."""
    at = options.index("--class")
    named = [o for o in options[at + 1 : at + 2] if not o.startswith("-")]
    options = options[:at] + options[at + 1 + len(named) :]
    room = (named or [os.environ.get("CONVCOURSE_CLASS", "~/convolution-class")])[0]
    room = Path(room).expanduser().resolve()
    if not (room / "gradebook.db").is_file():
        raise Stop(
            f"There is no gradebook in {room}.\n"
            "`course.py grade SUBMISSIONS` makes one. Is your class folder another one?\n"
            "Say `course.py lab --class FOLDER`, or set $CONVCOURSE_CLASS."
        )
    # formulas stay as they are written: no script is fetched for them
    path = [str(ROOT / "lib/convcourse/grading/formgrader")]
    path += filter(None, [os.environ.get("JUPYTER_PATH")])
    more = {"CONVCOURSE_CLASS": str(room), "JUPYTER_PATH": os.pathsep.join(path)}
    more["PYTHONSAFEPATH"] = "1"  # a kernel runs no file that lies beside a submission
    os.chdir(str(ROOT))  # where nbgrader_config.py is
    return serve(python, room, "/formgrader/manage_assignments", options, more)


def serve(python, folder, page, options, more):
    """Start JupyterLab on a folder, and open a page of it."""
    command = [python, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command.append(f"--LabApp.default_url={page}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; Jupyter refuses root otherwise
    command = [str(c) for c in command] + options
    # small products on several threads are slower, and collapse on a busy machine
    environment = variables({"OPENBLAS_NUM_THREADS": "1", **dict(more)})
    if os.name != "nt":
        os.execve(command[0], command, environment)  # signals go straight to the server
    return subprocess.call(command, env=environment)


def lecture(python, options):
    """Open a chapter as slides; settings of its own, so that `lab` opens no deck."""
    number = options[0] if options else ""
    found = sorted((ROOT / "notebooks").glob(f"{number}*.ipynb")) if number else []
    if len(found) != 1:
        names = "\n  ".join(
            p.stem for p in sorted((ROOT / "notebooks").glob("*.ipynb"))
        )
        raise Stop(f"Say which chapter, such as `course.py lecture 02`:\n  {names}")
    room = WORK / ".lecture"
    for name, settings in DECK_SETTINGS.items():
        path = room / "lab" / "user-settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        safely(path, json.dumps(settings).encode())
    (room / "custom").mkdir(exist_ok=True)
    shutil.copyfile(
        str(ROOT / "book" / "lecture.css"), str(room / "custom" / "custom.css")
    )
    more = {"JUPYTER_CONFIG_DIR": str(room), "CONVCOURSE_SIZE": "lecture"}
    options = ["--LabApp.custom_css=True", *options[1:]]
    return lab(python, options, f"notebooks/{found[0].name}", more)


def test(python, options):
    """Check, then run pytest: everything, or what `--fast` leaves."""
    fast = ["-m", "not browser and not slow"] if "--fast" in options else []
    options = [o for o in options if o != "--fast"]
    failed = tool(python, "check.py", [])
    several = ["-n", str(processes())] if processes() > 1 else []
    command = [str(python), "-m", "pytest", *several, *fast, *options]
    return subprocess.call(command, cwd=str(ROOT), env=variables(TESTING)) or failed


def processes():
    """Return how many test processes to start: one for each core, four at most."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        cores = os.cpu_count() or 1
    return min(cores, 4)


def grade(python, options):
    """Grade a class: gradebook, marks and feedback, in a folder outside this one."""
    command = [str(python), "-m", "convcourse.grading", *options]
    environment = variables({"OPENBLAS_NUM_THREADS": "1"})
    if os.name != "nt":  # Ctrl-C goes straight to it, and it finishes what has begun
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)


def tool(python, script, options):
    """Run a script of tools/."""
    command = [str(python), str(ROOT / "tools" / script), *options]
    return subprocess.call(command, cwd=str(ROOT), env=variables(TESTING))


COMMANDS = {
    "lab": lab,
    "test": test,
    "build": lambda python, options: tool(python, "build.py", options),
    "check": lambda python, options: tool(python, "check.py", options),
    "lecture": lecture,
    "grade": grade,
    "book": lambda python, options: tool(python, "book.py", options),
}


def main(arguments):
    """Run one command; return its exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__)
        if not arguments or arguments[0] in ("-h", "--help", "help"):
            return 0
        return f"No command {arguments[0]!r}. There are: {', '.join(COMMANDS)}."
    this = "Python {}.{}".format(*sys.version_info[:2])
    if sys.version_info[:2] not in PYTHONS:
        for other in ("python3.13", "python3.12", "python3.11"):
            if shutil.which(other) and not subprocess.call([other, "-c", ""]):
                say(f"{this} is not supported; using {other}.")
                return subprocess.call([other, __file__, *arguments])
        return (
            f"This is {this}. The course needs 3.11, 3.12 or 3.13: install one, then\n"
            "call python3.12 course.py (Windows: py -3.12 course.py)."
        )
    command, options = arguments[0], arguments[1:]
    use_here = "--here" in options
    options = [o for o in options if o != "--here"]
    try:
        python = (
            here() if use_here else environment(go_on=command in ("lab", "lecture"))
        )
        if command not in ("check", "book", "grade"):
            need_loopback()
        return COMMANDS[command](python, options)
    except Stop as stop:
        return f"\ncourse.py: {stop}"
    except OSError as error:
        return f"\ncourse.py: {error}\nCheck the disk and the folder's permissions."
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
