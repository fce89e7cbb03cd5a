"""The process of a learner's code: it runs cells, and answers the trusted process.

Nothing here is trusted. The code that runs in this process can reach everything in it,
so that all it can do is to give other answers. The verdict is made elsewhere.
"""

import builtins
import contextlib
import functools
import importlib
import importlib.util
import inspect
import io
import os
import re
import signal
import sys
import sysconfig
import time
import traceback
import types
import warnings

from .channel import Channel, Late, Lost
from .codec import PLAIN, Described, Rubbish, TooMuch, encode

# Code in these folders is not the learner's.
OTHERS = (
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
)
TEXT = 300  # characters of an exception that are sent
AT_ONCE = 4096  # examples that a model takes in one go


class TimeUp(BaseException):
    """The time for a cell, or for a call, is over."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise `TimeUp` in the main thread when the time is over, and again after it."""
    if not hasattr(signal, "setitimer"):
        yield  # Windows: the trusted side ends this process
        return

    def ring(number, frame):
        raise TimeUp

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01), 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Said(io.TextIOBase):
    """Keeps the beginning of what is written, and swallows the rest."""

    def __init__(self, limit):
        self.parts, self.left = [], limit

    def write(self, text):
        """Write like a file; nothing raises when it is full."""
        if self.left > 0:
            kept = str(text)[: self.left]
            self.parts.append(kept)
            self.left -= len(kept)
            if not self.left:
                self.parts.append("\n...")
        return len(text)

    def writable(self):
        """Return True."""
        return True

    def isatty(self):
        """Return False."""
        return False

    def fileno(self):
        """Return the descriptor of stdout, which leads nowhere."""
        return 1

    @property
    def text(self):
        """What was written, in short."""
        return "".join(self.parts)


# --- a notebook without a screen ---------------------------------------------------


def make_shell():
    """Return an IPython shell that shows nothing and remembers nothing."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.text import LSString, SList
    from traitlets.config import Config

    class Shell(InteractiveShell):
        """Magics work; tracebacks and pictures are not drawn."""

        def showtraceback(self, *args, **kwargs):
            """Leave the exception to `run_cell`'s result."""

        showsyntaxerror = showindentationerror = showtraceback

        def enable_gui(self, gui=None):
            """Do without windows."""

        def system(self, cmd):
            """Do without other programs: `!pip install` must not end its cell."""
            print(f"(not run where work is graded: {cmd})")
            self.user_ns["_exit_code"] = 127  # as of a program that is not there

        def getoutput(self, cmd, split=True, depth=0):
            """Return what such a program prints: nothing."""
            self.system(cmd)
            return SList() if split else LSString()

        def ask_exit(self):
            """Leave the cell, not the process."""
            raise SystemExit("exit() was called")

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryAccessor.enabled = False
    shell = Shell.instance(config=config)
    shell.display_formatter.active_types = ["text/plain"]
    shell.display_trap.hook = _show
    shell.display_pub.publish = _publish
    shell.atexit_operations = lambda: None
    shell.db = {}  # of %cd and %bookmark; else a folder that is out of reach
    return shell


def _show(value):
    """Print the value of a cell's last line, as a notebook does."""
    if value is not None:
        print(repr(value)[:2000])


def _publish(data, *args, **kwargs):
    """Print what is displayed, where it has a text."""
    print(str(data.get("text/plain", ""))[:2000])


def _no_pictures():
    """Let the course's figures be made and not drawn: nobody will look at them."""
    plots = sys.modules.get("convcourse.plots")
    if plots is not None:
        plots.png = lambda fig: b""
        plots.plt.close(plots.panels()[0])  # the first figure takes long


def _no_graphs():
    """Let models predict without tracing a graph, which most of the time goes into.

    The numbers are the same; a graph pays only where it is used many times.
    """
    keras = sys.modules.get("keras")
    if keras is None:
        return
    import numpy as np

    usual = keras.Model.predict

    @functools.wraps(usual)
    def predict(self, x, *args, **kwargs):
        if not isinstance(x, np.ndarray) or len(x) > AT_ONCE:
            return usual(self, x, *args, **kwargs)
        return keras.tree.map_structure(np.asarray, self(x, training=False))

    keras.Model.predict = predict


class Mute:
    """In place of a question: a learner's own calls of it say nothing here."""

    taught = None  # the network that a check has trained, to be looked at

    def check(self, *answers, **options):
        """Say nothing: the check is made where the learner's code cannot reach it."""

    hint = trained = check


class NoAnswers:
    """Finds the modules with the questions of a chapter, and gives mute ones.

    The true ones hold the right answers, and are for the trusted process. A function
    of theirs that the instructor's notebook hands to learners is asked from there.
    """

    PREFIX = "convcourse.checks.ch"

    def __init__(self):
        self.agent = None  # who asks the trusted process

    def find_spec(self, name, path=None, target=None):
        """Find `convcourse.checks.chNN`; leave the rest to others."""
        if name.startswith(self.PREFIX):
            return importlib.util.spec_from_loader(name, self)
        return None

    def create_module(self, spec):
        """Let Python make the module."""

    def exec_module(self, module):
        """Give it every name that somebody asks for."""
        things = {}

        def get(name):
            if name.startswith("_"):
                raise AttributeError(name)
            made = Mute() if re.fullmatch(r"q\d+", name) else self._function(name)
            return things.setdefault(name, made)

        module.__getattr__ = get

    def _function(self, name):
        """Return a function that the trusted process runs."""

        def given(*args, **kwargs):
            return self.agent.ask({"library": name, "args": args, "kwargs": kwargs})

        return given


NO_ANSWERS = NoAnswers()


def preload(imports):
    """Import what a notebook will need; what cannot be imported is left to its cells.

    Importing is all: a TensorFlow that has run one operation does not survive a fork.
    """
    sys.meta_path.insert(0, NO_ANSWERS)
    for name in ("numpy", "convcourse.checks.guard", *imports):
        if name.startswith(NoAnswers.PREFIX):
            continue
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
    _no_pictures()
    _no_graphs()
    return make_shell()


# --- what the trusted process asks for --------------------------------------------


def _signature(function):
    """Return the parameters of a function as data, or None."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]


def _simple(args):
    """Return the arguments of an exception, if they are short texts and numbers."""
    plain = all(type(arg) in (str, int, float, bool, type(None)) for arg in args)
    return list(args) if plain and len(str(args)) < TEXT else None


def exception(error):
    """Return an exception as data: its types, its text, the learner's line."""
    from convcourse.checks.functions import essence

    frames = traceback.extract_tb(error.__traceback__, limit=-40)
    lines = [f.line for f in frames if f.line and not f.filename.startswith(OTHERS)]
    try:
        text = essence(error)
    except Exception:
        text = ""
    if isinstance(error, SyntaxError):
        text, lines = str(error.msg), [str(error.text or "").strip()]
    return {
        "types": [kind.__name__ for kind in type(error).__mro__],
        "text": text[:TEXT],
        "args": _simple(error.args),
        "line": lines[-1][:TEXT] if lines else "",
        "late": isinstance(error, TimeUp),
    }


def _short_of_memory():
    """Return True if what follows would fail for want of memory."""
    try:
        bytearray(64 << 20)
    except MemoryError:
        return True
    return False


class Agent:
    """Carries out what the trusted process asks for.

    Parameters
    ----------
    channel : Channel
    shell : IPython.core.interactiveshell.InteractiveShell
    output : int
        Characters that are kept of what a cell or a call prints.
    """

    def __init__(self, channel, shell, output):
        self.channel, self.shell, self.output = channel, shell, output
        self.space = shell.user_ns
        self.things, self.numbers = [], {}
        NO_ANSWERS.agent = self

    def serve(self):
        """Answer until the other side hangs up."""
        while True:
            request = self.channel.receive(self.meet)
            if request["do"] != "calls":
                self._serve(request)
                continue
            end = time.monotonic() + request["seconds"]
            one = {"do": "call", "kwargs": {}, "thing": request["thing"]}
            for args in request["many"]:  # none after one that was late
                one |= {"args": args, "seconds": end - time.monotonic()}
                if self._serve({**one, "watched": request["watched"]}):
                    break

    def _serve(self, request):
        """Answer a request; return True if its time was over."""
        said = Said(self.output)
        sys.stdout = sys.stderr = said
        reply = self._reply(request)
        reply["printed"] = said.text
        self._send(reply)
        if os.getpid() != self.channel.pid:
            os._exit(0)
        return reply.get("raised", {}).get("late", False)

    def _reply(self, request):
        """Do what is asked for; every exception is part of the reply."""
        do = getattr(self, f"do_{request.pop('do')}")
        try:
            with time_limit(request.pop("seconds")):
                reply = do(**request)
        except BaseException as error:
            reply = {"raised": exception(error)}
        if "MemoryError" in reply.get("raised", {}).get("types", ()):
            reply["short"] = _short_of_memory()
        return reply

    def _send(self, reply):
        """Send a reply; say so if it is too large."""
        try:
            with time_limit(20):
                self.channel.send(reply, self.describe)
        except (Lost, Late):
            raise
        except BaseException as error:
            text = str(error)[:TEXT] or type(error).__name__
            self.channel.send({"toomuch": text, "printed": ""})

    def describe(self, thing):
        """Describe what is no plain data, and keep it for later questions."""
        number = self.numbers.setdefault(id(thing), len(self.things))
        if number == len(self.things):
            self.things.append(thing)
        called = getattr(thing, "__name__", "")
        return Described(
            thing=number,
            type=type(thing).__name__,
            name=called if isinstance(called, str) else "",
            callable=callable(thing),
            signature=_signature(thing) if callable(thing) else None,
        )

    def meet(self, facts):
        """Return what a description of the trusted side stands for."""
        if "thing" in facts:
            return self.things[facts["thing"]]
        return self._callback(facts["callback"])

    def _callback(self, number):
        """Return a function that the trusted side runs."""

        def given(*args, **kwargs):
            return self.ask({"callback": number, "args": args, "kwargs": kwargs})

        return given

    def ask(self, request):
        """Have the trusted side, which waits for a reply, run something first."""
        self.channel.send(request, self.describe)
        reply = self.channel.receive(self.meet)
        if "raised" in reply:
            name, text = reply["raised"]
            raise getattr(builtins, name, RuntimeError)(text)
        return reply["result"]

    def do_run(self, source):
        """Run a cell."""
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            done = self.shell.run_cell(source)
        error = done.error_before_exec or done.error_in_exec
        return {"raised": exception(error)} if error is not None else {}

    def do_fetch(self, names):
        """Return the values of the names that there are."""
        return {"values": {n: self.space[n] for n in names if n in self.space}}

    def do_attribute(self, thing, name):
        """Return an attribute."""
        return {"result": getattr(self.things[thing], name)}

    def do_call(self, thing, args, kwargs, watched):
        """Call a function; say what it gave, what it changed, what it used."""
        from convcourse.checks.guard import watch

        function = self.things[thing]
        before = [self._bytes(arg) for arg in args]
        with warnings.catch_warnings(), watch(function, watched) as used:
            warnings.simplefilter("ignore")
            try:
                reply = {"result": function(*args, **kwargs)}
            except BaseException as error:
                reply = {"raised": exception(error)}
        after = [self._bytes(arg) for arg in args]
        differ = [i for i, old in enumerate(before) if old != after[i]]
        reply["changed"] = {i: args[i] for i in differ}
        reply["used"] = list(used)
        return reply

    def _bytes(self, arg):
        """Return an argument as bytes, to see whether a call changes it."""
        if isinstance(arg, types.FunctionType) or type(arg) in PLAIN:
            return b""  # nothing that a call could change
        try:
            return encode(arg, lambda thing: Described(id=id(thing)))
        except (TooMuch, TypeError):
            return b"?"


def serve(sock, shell, output):
    """Answer the trusted process until it hangs up.

    Parameters
    ----------
    sock : socket.socket
    shell : InteractiveShell
        As `preload` returns it.
    output : int
        Characters that are kept of what a cell prints.
    """
    os.environ.setdefault("USER", "learner")  # a name, for who asks for one
    shell.user_ns["_dh"][:] = [os.getcwd()]  # where `%cd -` leads back to
    with contextlib.suppress(Lost, Late, Rubbish):
        Agent(Channel(sock), shell, output).serve()
