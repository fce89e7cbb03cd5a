"""What keeps a submission in, on this machine: tried at run time, and said.

Five things are to be kept apart from a learner's code: the files of the instructor,
the network, other processes, the memory and disk of the machine, and the account.
On Linux there are several means for each (`_linux`); which of them work depends on the
kernel, the container and the user, so each is tried in a process of its own.
"""

import contextlib
import functools
import json
import os
import site
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import partial
from pathlib import Path

LINUX = sys.platform == "linux"
PACKAGE = Path(__file__).resolve().parents[1]
MODES = ("auto", "strict", "none")


class Refused(RuntimeError):
    """Strict isolation was asked for, and this machine has not got it."""


@dataclass(frozen=True)
class Report:
    """The means that this machine has.

    Attributes
    ----------
    spaces : tuple of str
        Namespaces: "pid", "net", "ipc", "uts", "mount".
    user : bool
        Whether they need a user namespace.
    landlock : int
        Its version; 0 where there is none.
    seccomp : bool
    uid : bool
        Whether the learner's code can run as another user (the superuser only).
    fork : bool
        Whether prepared processes can be copied (Linux), or each starts anew.
    limits : bool
        Whether the system limits memory, files and time of a process.
    mode : str
        "auto", "strict" or "none".
    """

    spaces: tuple = ()
    user: bool = False
    landlock: int = 0
    seccomp: bool = False
    uid: bool = False
    fork: bool = LINUX
    limits: bool = os.name == "posix"
    mode: str = "auto"

    @property
    def means(self):
        """What protects the files, the network, other processes, and the machine."""
        pid = "pid namespace" * ("pid" in self.spaces)
        net = "network namespace" * ("net" in self.spaces)
        calls = "seccomp" * self.seccomp
        locked = f"Landlock {self.landlock}" * bool(self.landlock)
        # Landlock does not see rights, owners and times of files; seccomp refuses those
        both = f"{locked} and {calls}" if locked and calls else ""
        # Other processes of the same user can be reached by files: their memory, as
        # /proc/N/mem, and their sockets, such as a session bus that starts programs.
        apart = self.uid or (calls and (locked or self.user))
        return {
            "files": both,
            "network": " and ".join(filter(None, [net, calls])) if apart else "",
            "processes": (pid or calls) if apart else "",
            "resources": "limits" * self.limits,
        }

    @property
    def missing(self):
        """What is not protected, as a list of words."""
        return [name for name, means in self.means.items() if not means]

    def __str__(self):
        """Say in one line what is in force, and what is not."""
        held = [f"{name}: {means}" for name, means in self.means.items() if means]
        if self.uid:
            held.append("another user")
        text = "; ".join(held) or "nothing"
        if self.missing:
            text += f". NOT isolated: {', '.join(self.missing)}"
        return f"isolation {self.mode} ({text})"

    def chosen(self, mode):
        """Return the report for a mode: what will be in force.

        Raises
        ------
        ValueError
            If there is no such mode.
        Refused
            If the mode is "strict" and something would not be protected.
        """
        if mode not in MODES:
            raise ValueError(f"isolation must be one of {MODES}, got {mode!r}.")
        if mode == "none":
            return Report(fork=self.fork, limits=self.limits, mode="none")
        report = Report(**{**vars(self), "mode": mode})
        if mode == "strict" and report.missing:
            raise Refused(
                f"Strict isolation is not to be had here: {', '.join(report.missing)} "
                "would not be protected. Grade on Linux (WSL2 and most containers "
                "will do), or say isolation='auto' for work that you trust."
            )
        return report


# --- trying ------------------------------------------------------------------------


def _works(attempt):
    """Return True if a function ends without an exception, in a process of its own."""
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            attempt()
            code = 0
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _namespaces():
    """Return which namespaces can be had together, and if they need a user namespace."""
    from . import _linux

    def enter(spaces, user):
        _linux.unshare(spaces, user)
        if "mount" in spaces:
            _linux.mount_scratch("/tmp", 1 << 20, 16)
        if "pid" in spaces and not _works(lambda: None):
            raise OSError("no process starts in it")

    best = ((), False)
    for user in (False, True):
        spaces = [s for s in _linux.SPACES if _works(partial(enter, [s], user))]
        if len(spaces) > len(best[0]) and _works(partial(enter, spaces, user)):
            best = (tuple(spaces), user)
    return best


def _other_user():
    """Become a user without rights, and see that the course can be read."""
    become_nobody(os.getpid())
    for folder in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")):
        os.listdir(folder)
    for file in (os.__file__, Path(__file__).parent / "learner.py", sys.executable):
        with open(file, "rb") as opened:
            opened.read(1)


def become_nobody(number, folder=None):
    """Become a user that nobody else is, and own a folder, where there is room for it.

    It returns whether nobody else is this user: a container may know none but `nobody`.
    """
    for uid in (1_500_000_000 + number, 65534):
        with contextlib.suppress(OSError):
            if folder:
                os.chown(folder, uid, uid)
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            return uid != 65534
    raise OSError("no other user")


def _landlock():
    """Try Landlock: one folder can be read, another cannot."""
    from . import _linux

    _linux.give_up_rights()
    _linux.landlock([sysconfig.get_path("stdlib")], [])
    os.listdir(sysconfig.get_path("stdlib"))
    try:
        os.listdir("/")
    except PermissionError:
        return
    raise OSError("it holds nothing back")


def _seccomp():
    """Try seccomp: no socket can be made, a pair of them can."""
    import socket

    from . import _linux

    _linux.give_up_rights()
    _linux.seccomp(spaces=())
    socket.socketpair()
    os.kill(os.getpid(), 0)
    for forbidden in (socket.socket, os.fork, lambda: os.kill(os.getppid(), 0)):
        try:
            if forbidden() == 0:
                os._exit(0)  # the copy
        except PermissionError:
            continue
        raise OSError("it holds nothing back")


def probe_here():
    """Return what this machine has; to be called in a process without threads."""
    if not LINUX:
        return Report()
    from . import _linux

    spaces, user = _namespaces()
    return Report(
        spaces=spaces,
        user=user,
        landlock=_linux.landlock_version() if _works(_landlock) else 0,
        seccomp=_works(_seccomp),
        uid=os.geteuid() == 0 and not user and _works(_other_user),
    )


@functools.cache
def probe():
    """Return what this machine has, as a `Report`; tried once in a process of its own.

    Raises
    ------
    OSError
        If nothing can be tried, as where no process can be started.

    Examples
    --------
    >>> probe().chosen("none").missing
    ['files', 'network', 'processes']
    """
    if not LINUX:
        return Report()
    command = [sys.executable, "-I", "-c", PROBE, str(PACKAGE.parent)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        facts = json.loads(done.stdout)
    except (ValueError, subprocess.TimeoutExpired) as error:
        said = done.stderr if isinstance(error, ValueError) else str(error)
        last = (said.strip().splitlines() or ["no answer"])[-1]
        raise OSError(f"the means of isolation cannot be tried ({last})") from None
    return Report(**{**facts, "spaces": tuple(facts["spaces"])})


PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from convcourse.grading.isolation import probe_here
print(json.dumps(vars(probe_here())))
"""


# --- what a learner's code may read -----------------------------------------------


def readable():
    """Return the files and folders that a learner's code may read.

    Python and its packages, the course's library without the answers in `checks`, the
    course's data, and what the system says of the process itself (TensorFlow ends when
    it cannot read that). Not the rest of /etc, /proc or /home.
    """
    allowed = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime"]
    allowed += ["/etc/fonts", "/etc/alternatives", "/proc/self"]
    allowed += ["/proc/cpuinfo", "/proc/meminfo", "/proc/stat"]  # for who prints them
    allowed += [sys.prefix, sys.base_prefix, sys.exec_prefix]
    allowed += [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")]
    allowed += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    allowed += [str(path) for path in PACKAGE.iterdir() if path.name != "checks"]
    checks = [p for p in (PACKAGE / "checks").glob("*.py") if p.name[:2] != "ch"]
    allowed += [str(path) for path in checks]
    allowed += [str(PACKAGE.parents[1] / "data")]
    return allowed + [os.path.realpath(path) for path in allowed]


# Not /dev/zero: as a map it is memory that no limit of the system counts.
DEVICES = ("/dev/null", "/dev/full", "/dev/urandom", "/dev/random")


def inside(path):
    """Return True if a learner's code could read a path through `readable`."""
    path = Path(path).resolve()
    roots = [Path(root) for root in readable()]
    return any(root == path or root in path.parents for root in roots)
