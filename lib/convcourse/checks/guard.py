"""Run somebody else's code so that it disturbs nothing.

`quiet` keeps away what the code prints or warns: nbgrader gives no marks to a test
cell that has anything on stderr, and a warning is not a wrong answer. `watch` notes
the use of a function that a question asks the learner to write.
"""

import contextlib
import functools
import inspect
import io
import os
import sys
import tempfile
import types
import warnings

LIMIT = 2000  # characters of the learner's output that are kept
LINES = 12  # and lines of it that are shown


def _beginning(text):
    """Return the first lines of a text, with a mark where it was cut off."""
    lines = text.rstrip().splitlines()
    cut = len(text) >= LIMIT or len(lines) > LINES
    return [*lines[:LINES], *["..."] * cut]


class _Said(io.StringIO):
    """Keep the first `LIMIT` characters that are written, and swallow the rest."""

    below = ""  # what came through the file descriptors
    warned = ()  # one line for each warning

    def write(self, text):
        """Write like a file; nothing raises when it is full."""
        super().write(text[: max(0, LIMIT - self.tell())])
        return len(text)

    def close(self):
        """Stay open: it is read after the block."""

    def fileno(self):
        """Return the descriptor of stdout, which `_descriptors` has redirected."""
        return 1

    @property
    def text(self):
        """What was said, in short."""
        spoken = _beginning(self.getvalue()) + _beginning(self.below)
        return "\n".join([*spoken, *self.warned])


@contextlib.contextmanager
def _replaced(thing, name, value):
    """Give one object another attribute while the block runs, where it lets us."""
    before = getattr(thing, "__dict__", {}).get(name)
    with contextlib.suppress(AttributeError, TypeError):
        setattr(thing, name, value)
    try:
        yield
    finally:
        with contextlib.suppress(AttributeError, TypeError):
            delattr(thing, name) if before is None else setattr(thing, name, before)


@contextlib.contextmanager
def _streams(said):
    """Send Python's stdout and stderr to `said`.

    The `write` of the old streams is replaced too: a logging handler that was made
    earlier holds the old stream itself.
    """
    old = sys.stdout, sys.stderr
    out, err = (_replaced(stream, "write", said.write) for stream in old)
    with out, err:
        sys.stdout = sys.stderr = said
        try:
            yield
        finally:
            sys.stdout, sys.stderr = old


def _flush():
    """Empty the buffers of the streams that Python started with."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()


def _scratch_file():
    """Return a file that is gone when it is closed; a sink where the disk is shut."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return open(os.devnull, "r+b")


@contextlib.contextmanager
def _descriptors(said):
    """Send the file descriptors 1 and 2, where C libraries write, to `said`."""
    _flush()
    with _scratch_file() as file, contextlib.ExitStack() as restore:
        for descriptor in (1, 2):
            with contextlib.suppress(OSError):
                copy = os.dup(descriptor)
                restore.callback(os.close, copy)
                restore.callback(os.dup2, copy, descriptor)
                os.dup2(file.fileno(), descriptor)
        try:
            yield
        finally:
            _flush()
            restore.close()
            file.seek(0)
            said.below = file.read(LIMIT).decode(errors="replace")


def _stay():
    """Turn the notebook's exit(), which would end the kernel, into SystemExit."""

    def leave(*args, **kwargs):
        raise SystemExit("exit() was called")

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return _replaced(shell, "ask_exit", leave) if shell else contextlib.nullcontext()


@contextlib.contextmanager
def quiet():
    """Run a block whose prints and warnings stay out of the cell's output.

    Everything is put back when the block ends, also after an exception.

    Yields
    ------
    io.StringIO
        Its attribute `text` holds, after the block, what was printed (by Python or by
        a C library) and one line for each warning; cut off after some lines.

    Examples
    --------
    >>> import warnings
    >>> with quiet() as said:
    ...     print("step 1")
    ...     warnings.warn("careful")
    >>> print(said.text)
    step 1
    UserWarning: careful
    """
    said = _Said()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            with _descriptors(said), _streams(said), _stay():
                yield said
        finally:
            lines = {f"{w.category.__name__}: {w.message}"[:200]: None for w in caught}
            said.warned = list(lines)[:4]


def _lookup(name):
    """Return (namespace, attribute, object) of a dotted name that is loaded."""
    path, attribute = name.rsplit(".", 1)
    module = sys.modules.get(path)
    # getattr, because scikit-image loads what it holds when it is asked for it
    found = getattr(module, attribute, None) if module else None
    return vars(module) if module else {}, attribute, found


def _wire(name, original, used):
    """Return `original` with a bell on it."""

    @functools.wraps(original)
    def wired(*args, **kwargs):
        used.append(name)
        return original(*args, **kwargs)

    return wired


def _door(*args, **kwargs):
    """Call a function whose place a text holds."""
    behind = "the function"
    return behind(*args, **kwargs)


def _rebuilt(name, function, used):
    """Hang a bell into a function of Python itself; return how to take it out again.

    It then rings under whatever name it is called: in a list, a default argument, a
    `functools.partial`.
    """
    code = function.__code__
    same = types.FunctionType(code, function.__globals__, function.__name__)
    same.__defaults__, same.__kwdefaults__ = (
        function.__defaults__,
        function.__kwdefaults__,
    )
    behind = {"the function": _wire(name, same, used)}
    door = _door.__code__
    parts = tuple(behind.get(part, part) for part in door.co_consts)
    function.__code__ = door.replace(co_consts=parts)
    return functools.partial(setattr, function, "__code__", code)


@contextlib.contextmanager
def watch(function, names):
    """Note which of the functions `names` are called while the block runs.

    They go on working; a learner's `try` cannot hide the call. A function of Python is
    found under any name; one of C, or a class, under its module's name and those in the
    globals of `function`. Who wants to can hide a call nevertheless: the code that is
    watched runs in the same process.
    A stand-in for a function that runs in another process (`grading.judge`) has a
    method `_watch_` of its own, which watches there.

    Parameters
    ----------
    function : callable
        The learner's function.
    names : iterable of str
        Dotted names, such as "numpy.convolve". Modules that are not loaded yet are
        left alone: nothing is imported.

    Yields
    ------
    list of str
        The names that were used, in the order of their use.

    Examples
    --------
    >>> import numpy as np
    >>> with watch(len, ["numpy.convolve"]) as used:
    ...     y = np.convolve([1, 2], [1, 1])
    >>> used
    ['numpy.convolve']
    """
    elsewhere = getattr(type(function), "_watch_", None)
    if elsewhere is not None:
        with elsewhere(function, names) as used:
            yield used
        return
    used, rebuilt = [], set()
    own = getattr(function, "__globals__", {})
    with contextlib.ExitStack() as restore:
        for name in names:
            namespace, attribute, original = _lookup(name)
            if original is None:
                continue
            inner = inspect.unwrap(original)
            if isinstance(inner, types.FunctionType) and not inner.__closure__:
                if inner not in rebuilt:  # some have two names
                    restore.callback(_rebuilt(name, inner, used))
                    rebuilt.add(inner)
                continue
            if function is original:
                used.append(name)
            places = [(own, key) for key, value in own.items() if value is original]
            wired = _wire(name, original, used)
            for place, key in [*places, (namespace, attribute)]:
                restore.callback(place.__setitem__, key, original)
                place[key] = wired
        yield used
