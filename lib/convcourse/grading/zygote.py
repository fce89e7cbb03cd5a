"""Prepared processes: import once, and copy the process for each submission.

There are two: one for learners' code, which never sees a test, and one for the tests,
which never runs a learner's code. Both only *import*: TensorFlow survives a fork as
long as it has not run anything.
"""

import array
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

from . import isolation
from .assignment import Cell
from .isolation import Report

try:
    import resource
except ImportError:  # Windows
    resource = None

GOING = 0.2  # seconds for a process to end by itself: its CPU time is then counted
POLL = 0.05  # seconds between two looks at a learner's processes
TESTS_MEMORY = 1 << 30  # bytes that the tests of one submission may use
CORE_THREADS = 8  # threads that TensorFlow may start for each core, with room to spare
FEW = 16  # descriptors that a job may bring
DISK, FILES = 10, 4096  # all files together are as large as so many, and as numerous


def main(descriptor):
    """Prepare, then take jobs over a socket until the other side hangs up.

    Parameters
    ----------
    descriptor : int
        Of the socket: each message is a job with two sockets. What to prepare is read
        from stdin.
    """
    door = socket.socket(fileno=descriptor)
    task = json.load(sys.stdin)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    report = Report(
        **{**task["isolation"], "spaces": tuple(task["isolation"]["spaces"])}
    )
    work = PREPARE[task["role"]](task)
    door.send(b"ready")
    gc.collect()
    gc.freeze()  # copies then share the pages of what is loaded
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's business
    while True:
        job, sockets = _receive(door)
        _reap()
        if job is None:  # a grader that was killed has not cleaned up
            shutil.rmtree(task["folder"], ignore_errors=True)
            return
        if _copied() == 0:
            door.close()
            _leave(lambda job=job, sockets=sockets: work(job, sockets, report))
        for one in sockets:  # where no copy could be made, the grader hears nothing
            one.close()


def _receive(door):
    """Return the next message and the sockets that come with it; None at the end."""
    try:
        message, ancillary, _, _ = door.recvmsg(1 << 16, socket.CMSG_SPACE(4 * FEW))
    except OSError:
        return None, []
    numbers = array.array("i")
    for _, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            numbers.frombytes(data[: len(data) - len(data) % 4])
    sockets = [socket.socket(fileno=number) for number in numbers]
    return (json.loads(message) if message else None), sockets


def _copied():
    """Copy this process, as `os.fork` does; -1 if the machine has no room for it."""
    for pause in (0.1, 0.5, 2):
        with contextlib.suppress(OSError):
            return os.fork()
        time.sleep(pause)  # others may end meanwhile
        _reap()
    return -1


def _reap():
    """Take leave of the copies that have ended; their CPU time is then counted."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _leave(work):
    """Do the work of a copied process, and end it."""
    code = 1
    with contextlib.suppress(BaseException):
        work()
        code = 0
    os._exit(code)


def _sink(keep=()):
    """Close all descriptors but these; 0, 1 and 2 lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    start = 3
    for number in sorted(keep):
        os.closerange(start, number)
        start = number + 1
    os.closerange(start, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


# --- tests ---------------------------------------------------------------------------


def _prepare_tests(task):
    """Load what the tests need."""
    import importlib
    import warnings

    from . import judge

    for name in task["imports"]:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
    judge.rehearse(tuple(Cell(*cell) for cell in task.get("cells", ())))

    def work(job, sockets, report):
        line, told = sockets
        most = _status("/proc/self/status").get("VmData", 0) << 10
        _lower("DATA", most + TESTS_MEMORY)
        if report.fork:
            from . import _linux

            _linux.die_with_parent()
            _linux.hide_memory()
            _sink([line.fileno(), told.fileno()])
        judge.serve(line, told)

    return work


# --- learners' code ------------------------------------------------------------------


def _prepare_learners(task):
    """Load what the notebook needs, and a shell."""
    from . import learner

    shell = learner.preload(task["imports"])

    def work(job, sockets, report):
        line, leash = sockets
        if not report.fork:
            _unkept(job["limits"], leash)
            learner.serve(line, shell, job["limits"]["output"])
            return
        keeper = Keeper(job["limits"], report, leash)
        keeper.keep(lambda: learner.serve(line, shell, job["limits"]["output"]), line)

    return work


def alone(text, *descriptors):
    """Do one job in a Python of its own, where processes cannot be copied (macOS).

    Parameters
    ----------
    text : str
        What to prepare and what to do, as JSON.
    *descriptors : int
        Of the two sockets of the job.
    """
    task = json.loads(text)
    report = Report(**{**task["isolation"], "spaces": ()})
    work = PREPARE[task["role"]](task)
    sockets = [socket.socket(fileno=int(number)) for number in descriptors]
    _leave(lambda: work(task["job"], sockets, report))


def _unkept(limits, leash):
    """Set the limits of a learner's process without a keeper; end with the grader."""
    _limit(limits)

    def wait():
        with contextlib.suppress(OSError):
            leash.recv(1)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


class Keeper:
    """Starts a learner's process in its sandbox, watches it, and clears up after it.

    Parameters
    ----------
    limits : dict
        As `core.Limits`.
    report : isolation.Report
        What is to be put in force.
    leash : socket.socket
        To the grader. When the grader hangs up or says so, all is ended. The keeper
        says there why the learner's process ended.
    """

    def __init__(self, limits, report, leash):
        self.limits, self.report, self.leash = limits, report, leash
        self.why, self.folder, self.first = "", "", 0

    def keep(self, work, line):
        """Run `work` in a sandbox until it ends or is ended.

        The steps: a folder, namespaces, and the learner's process as the first in them.
        """
        from . import _linux

        self.linux, self.number = _linux, os.getpid()
        self.loaded = _resident("self")  # what is there before the learner's code
        os.setsid()
        _linux.adopt_orphans()
        _sink([line.fileno(), self.leash.fileno()])
        try:
            self._make()
            self.first = self._start(work, line)
            line.close()
            self._watch()
        except Exception as error:
            self.why = f"the sandbox could not be made: {error}"
        finally:
            self._end()
            with contextlib.suppress(OSError):
                self.leash.send(json.dumps({"why": self.why}).encode())
            self._clear()

    def _make(self):
        """Make the folder, and move to namespaces."""
        linux, report = self.linux, self.report
        self.folder = tempfile.mkdtemp(prefix="convcourse-")
        if report.spaces:
            linux.unshare(report.spaces, report.user)
        linux.hide_memory()  # later than the user map, which is then out of reach
        if "mount" in report.spaces:
            linux.mount_scratch(self.folder, DISK * self.limits["file"], FILES)

    def _clear(self):
        """Remove the folder."""
        with contextlib.suppress(OSError):
            self.linux.unmount(self.folder)
        _remove(self.folder)

    def _start(self, work, line):
        """Start the learner's process; a pid namespace ends with it."""
        heard, told = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(heard)
            self.leash.close()
            _leave(lambda: self._begin(work, told))
        os.close(told)
        with open(heard, "rb") as file:  # until the sandbox is shut, or cannot be
            why = file.read().decode(errors="replace")
        if why:
            raise OSError(why)
        return first

    def _begin(self, work, told):
        """Run the learner's code in the sandbox; tell why, if there is none."""
        try:
            self._shut()
        except BaseException as error:
            os.write(told, (str(error) or type(error).__name__).encode()[:1000])
            raise
        os.close(told)
        work()

    def _shut(self):
        """Give up every right that is not needed."""
        os.setsid()  # signals to its group do not reach the keeper
        os.chdir(self.folder)
        os.environ.pop("MPLCONFIGDIR", None)  # the rest is nobody's (`core`)
        os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR"), self.folder))
        tempfile.tempdir = None
        linux, report = self.linux, self.report
        alone = report.uid and isolation.become_nobody(self.number, self.folder)
        linux.die_with_parent()
        _limit(self.limits)
        # A limit of processes counts all of the user's: a desktop has hundreds, and
        # TensorFlow ends where it gets no thread. Seccomp does without, and the keeper.
        if alone or not report.seccomp:
            there = 0 if alone else _tasks_of(os.getuid())
            _lower("NPROC", there + _most_tasks(self.limits))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if report.mode != "none":
            linux.give_up_rights()
        if report.landlock:
            linux.landlock(isolation.readable(), [*isolation.DEVICES, self.folder])
        if report.seccomp:
            linux.seccomp(report.spaces)

    def _watch(self):
        """Wait for the end of the learner's process, or end it."""
        process = os.pidfd_open(self.first)
        waiting = select.poll()
        waiting.register(process, select.POLLIN)
        waiting.register(self.leash, select.POLLIN)
        while True:
            ready = [number for number, _ in waiting.poll(POLL * 1000)]
            if process in ready:
                code = os.waitstatus_to_exitcode(os.waitpid(self.first, 0)[1])
                self.why, self.first = _ended(code), 0
                return
            if ready:  # the grader is done with it, and it goes
                select.select([process], [], [], GOING)
                return
            self.why = self._too_much()
            if self.why:
                return

    def _too_much(self):
        """Return which limit all processes together are over, or an empty text."""
        processes = _descendants(self.first, self.limits["processes"] + 1)
        if len(processes) - 1 > self.limits["processes"]:
            return f"your code started more than {self.limits['processes']} processes"
        if sum(map(_tasks, processes)) > _most_tasks(self.limits):
            return f"your code started more than {_most_tasks(self.limits)} threads"
        # later than the limit of one process, which gives it a MemoryError
        most = self.loaded + self.limits["memory"] * 5 // 4
        memory = sum(map(_resident, processes))
        if memory > most:  # pages may have been counted twice
            memory = sum(map(_share, processes))
        if memory > most:
            return (
                f"your code used more than {self.limits['memory'] >> 20} MB of memory"
            )
        if "mount" not in self.report.spaces:
            return _written(self.folder, DISK * self.limits["file"])
        return ""

    def _end(self):
        """End all processes, also those that have left their parents.

        With the first process of a pid namespace the kernel ends all in it.
        """
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for pid in [self.first, *_descendants(os.getpid(), 1000)[1:]]:
                if pid:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
            self.first = 0
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.001)


def _limit(limits):
    """Set the limits of this process; the keeper sees to those of all together."""
    data = _status("/proc/self/status").get("VmData", 0) << 10
    for name, value in (
        ("CORE", 0),
        ("CPU", int(2 * limits["submission"]) + 5),
        ("DATA", data + limits["memory"]),
        ("FSIZE", limits["file"]),
        ("NOFILE", 256),
        ("MSGQUEUE", 0),
        ("MEMLOCK", 0),
    ):
        _lower(name, value)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write gives an error


def _lower(name, value):
    """Set a limit of this process, where there is such a limit and none lower."""
    number = getattr(resource, f"RLIMIT_{name}", None)
    if number is not None:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(number, (value, value))


def _most_tasks(limits):
    """Return how many threads all processes of a submission may have together."""
    return 4 * limits["processes"] + CORE_THREADS * (os.cpu_count() or 1)


def _ended(code):
    """Say how the learner's process ended."""
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            return f"the system ended the process of your code ({name})"
    return "your code ended its own process"


def _status(path):
    """Return the sizes, in kB, of a status file in /proc."""
    sizes = {}
    with contextlib.suppress(OSError), open(path) as file:
        for line in file:
            name, _, value = line.partition(":")
            if value.endswith("kB\n"):
                sizes[name] = int(value[:-3])
    return sizes


def _tasks(pid):
    """Return how many threads a process has."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/task"))
    return 0


def _tasks_of(user):
    """Return how many threads all processes of a user have."""
    there = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with (
            contextlib.suppress(OSError, KeyError),
            open(f"/proc/{pid}/status") as file,
        ):
            facts = dict(line.split(":", 1) for line in file if ":" in line)
            if int(facts["Uid"].split()[0]) == user:
                there += int(facts["Threads"])
    return there


def _descendants(pid, most):
    """Return a process and those that descend from it, not many more than `most`.

    A bomb of processes grows faster than anybody can count.
    """
    found = [pid]
    for one in found:
        if len(found) > most:
            break
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as file:
                    found += map(int, file.read().split())
    return found


def _resident(pid):
    """Return the bytes of memory that a process uses, shared ones too."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _share(pid):
    """Return the same, where a page shared by two processes counts half for each."""
    share = _status(f"/proc/{pid}/smaps_rollup").get("Pss")
    return _resident(pid) if share is None else share << 10


def _written(folder, most):
    """Return why what is in a folder is too much, or an empty text."""
    size, folders, files = 0, [folder], 0
    for one in folders:
        try:
            for entry in os.scandir(one):
                size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                files += 1
                if files > FILES:
                    return f"your code made more than {FILES} files"
        except FileNotFoundError:  # it has gone meanwhile
            continue
        except OSError:  # it is shut, or its path is too long
            return "your code made a folder that cannot be looked into"
    return f"your code wrote more than {most >> 20} MB" if size > most else ""


def _remove(folder):
    """Remove a folder, also one that is shut to its owner, or too deep for a path.

    What is a folder in it is moved to its side first. All its processes are dead.
    """
    folders = [folder]
    for one in folders:
        with contextlib.suppress(OSError):
            for entry in list(os.scandir(one)):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)
                    folders.append(f"{folder}-{len(folders)}")
                    os.rename(entry.path, folders[-1])
                else:
                    os.unlink(entry.path)
            os.rmdir(one)


PREPARE = {"tests": _prepare_tests, "learners": _prepare_learners}

if __name__ == "__main__":
    main(int(sys.argv[1]))
