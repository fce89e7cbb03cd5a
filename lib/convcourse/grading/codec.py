"""Plain data between two processes that do not trust each other. No pickle.

A message is a JSON text and the raw bytes of the arrays in it. What is no plain data
(a function, a model, a generator) travels as a description of it, see `Described`; the
decoder makes of it what its `meet` says. Everything that comes in is checked: sizes,
depth, dtypes, shapes. Bad bytes raise `Rubbish` and nothing else.
"""

import json
import math
import re
import struct
from decimal import Decimal
from fractions import Fraction

import numpy as np

MESSAGE = 96 << 20  # bytes of one message
DEPTH = 24  # lists in lists
NODES = 2_000_000  # numbers, texts and lists in one message
HEAD = struct.Struct("<II")  # bytes of the JSON text, bytes of the arrays
DTYPE = re.compile(r"[<>|=]?(?:[biufc]\d{1,2}|[US]\d{1,6})")
PLAIN = (bool, float, int, str, type(None))


class Rubbish(Exception):
    """The other side sent what is no message."""


class TooMuch(Exception):
    """A value is too large, or too deep, to be sent."""


class Described:
    """In place of a value that is no plain data: a mapping that describes it."""

    def __init__(self, **facts):
        self.facts = facts


# --- out -------------------------------------------------------------------------


class _Writer:
    """Turns one value into nodes of JSON and a list of buffers."""

    def __init__(self, describe):
        self.describe, self.buffers = describe, []
        self.nodes = self.bytes = 0

    def node(self, value, depth=0):
        """Return what JSON gets for a value."""
        self.nodes += 1
        if depth > DEPTH or self.nodes > NODES:
            raise TooMuch("it is nested too deep, or has too many entries")
        kind = type(value)
        if kind is int:
            return value if value.bit_length() < 4000 else self._big()
        if kind in PLAIN:
            return value
        for types, write in WRITERS:
            if isinstance(value, types):
                return write(self, value, depth + 1)
        return self.other(value, depth + 1)

    def _big(self):
        raise TooMuch("an integer of more than a thousand digits")

    def nodes_of(self, values, depth):
        """Return the nodes of several values."""
        return [self.node(value, depth) for value in values]

    def array(self, value, depth):
        """Send an array as its bytes, or entry by entry if it holds objects."""
        if isinstance(value, np.ma.MaskedArray):
            parts = np.asarray(value.data), np.asarray(np.ma.getmaskarray(value))
            return {"masked": [self.array(part, depth) for part in parts]}
        value = np.asarray(value)
        if value.dtype.kind == "O":
            entries = self.nodes_of(value.ravel().tolist(), depth)
            return {"objects": [list(value.shape), entries]}
        if not DTYPE.fullmatch(value.dtype.str):
            return self.other(value, depth, convert=False)
        self.bytes += value.nbytes
        if self.bytes > MESSAGE:
            raise TooMuch("more than 90 MB of numbers")
        self.buffers.append(np.ascontiguousarray(value).tobytes())
        return {"array": [value.dtype.str, list(value.shape), len(self.buffers) - 1]}

    def scalar(self, value, depth):
        """Send a scalar of NumPy as an array without axes."""
        return {"scalar": self.array(np.asarray(value), depth)}

    def other(self, value, depth, convert=True):
        """Send a description; or numbers, if it can be read as an array."""
        if isinstance(value, Described):
            return {"described": self._dict(value.facts, depth)}
        if convert and hasattr(type(value), "__array__"):
            array = np.asarray(value)
            if array.dtype.kind != "O":
                return self.array(array, depth)
        return {"described": self._dict(self.describe(value).facts, depth)}

    def _dict(self, value, depth):
        items = dict.items(value)
        return [[self.node(k, depth), self.node(v, depth)] for k, v in items]

    def _decimal(self, value, depth):
        return {"decimal": str(value)}


# Subclasses are sent as what they derive from, through the methods of that.
WRITERS = (
    (np.ndarray, _Writer.array),
    (np.generic, _Writer.scalar),
    (bool, lambda w, v, d: bool(v)),
    (int, lambda w, v, d: w.node(int.__add__(v, 0), d)),
    (float, lambda w, v, d: float.__add__(v, 0.0)),
    (str, lambda w, v, d: "".join(str.__iter__(v))),
    (complex, lambda w, v, d: {"complex": [v.real, v.imag]}),
    (type(...), lambda w, v, d: {"dots": 0}),
    (list, lambda w, v, d: w.nodes_of(list.__iter__(v), d)),
    (tuple, lambda w, v, d: {"tuple": w.nodes_of(tuple.__iter__(v), d)}),
    (dict, lambda w, v, d: {"dict": w._dict(v, d)}),
    (set, lambda w, v, d: {"set": w.nodes_of(set.__iter__(v), d)}),
    (frozenset, lambda w, v, d: {"frozenset": w.nodes_of(frozenset.__iter__(v), d)}),
    (range, lambda w, v, d: {"range": w.nodes_of([v.start, v.stop, v.step], d)}),
    ((bytes, bytearray), lambda w, v, d: {"bytes": bytes(v).hex()}),
    (Fraction, lambda w, v, d: {"fraction": [v.numerator, v.denominator]}),
    (Decimal, _Writer._decimal),
)


def encode(value, describe=None):
    """Return a value as bytes, ready to be sent.

    Parameters
    ----------
    value : object
        Numbers, texts, None, ``...``, lists, tuples, dictionaries, sets, arrays, as
        deep as `DEPTH`; anything else goes through `describe`.
    describe : callable, optional
        ``describe(value)`` returns a `Described`.

    Raises
    ------
    TooMuch
        If it is too large or too deep.
    TypeError
        If something in it is not plain and there is no `describe`.

    Examples
    --------
    >>> decode(encode({"y": (1, 2.5, np.float32(3)), 2: ...}))
    {'y': (1, 2.5, np.float32(3.0)), 2: Ellipsis}
    """
    writer = _Writer(describe or _refuse)
    node = writer.node(value)
    text = json.dumps([[len(buffer) for buffer in writer.buffers], node]).encode()
    body = b"".join(writer.buffers)
    if len(text) + len(body) > MESSAGE:
        raise TooMuch("more than 90 MB")
    return HEAD.pack(len(text), len(body)) + text + body


def _refuse(value):
    raise TypeError(f"{type(value).__name__} is no plain data")


# --- in --------------------------------------------------------------------------


class _Reader:
    """Makes a value of JSON's nodes and the buffers."""

    def __init__(self, buffers, meet):
        self.buffers, self.meet = buffers, meet
        self.left = NODES

    def value(self, node, depth=0):
        """Return the value of a node."""
        self.left -= 1
        if depth > 3 * DEPTH or self.left < 0:
            raise Rubbish("nested too deep, or too many entries")
        if isinstance(node, list):
            return [self.value(entry, depth + 1) for entry in node]
        if isinstance(node, dict):
            ((tag, inner),) = node.items()
            return READERS[tag](self, inner, depth + 1)
        return node

    def values(self, nodes, depth):
        """Return the values of a list of nodes."""
        if not isinstance(nodes, list):
            raise Rubbish("no list")
        return [self.value(node, depth) for node in nodes]

    def pairs(self, nodes, depth):
        """Return the dictionary that a list of pairs describes."""
        pairs = [self.values(pair, depth) for pair in nodes]
        return {key: value for key, value in pairs}

    def array(self, facts, depth=0):
        """Return an array of its dtype, shape and the number of its buffer."""
        name, shape, number = facts
        if not DTYPE.fullmatch(name):
            raise Rubbish("a dtype that is not allowed")
        dtype = np.dtype(name)
        whole = all(type(n) is int and 0 <= n <= MESSAGE for n in shape)
        if not whole or len(shape) > 32 or type(number) is not int or number < 0:
            raise Rubbish("a shape that cannot be")
        data = self.buffers[number]
        if math.prod(shape) * dtype.itemsize != len(data) or not dtype.itemsize:
            raise Rubbish("a shape that does not fit its bytes")
        return np.frombuffer(data, dtype).reshape(shape).copy()

    def objects(self, facts, depth):
        """Return an array of objects."""
        shape, entries = facts
        array = np.empty(len(entries), object)
        for i, entry in enumerate(self.values(entries, depth)):
            array[i] = entry
        return array.reshape([int(n) for n in shape])

    def masked(self, nodes, depth):
        """Return a plain array for a masked one, NaN for what is masked.

        NumPy's tests find nothing wrong with what is masked, whatever is wanted there.
        """
        data, mask = self.values(nodes, depth)
        if not mask.any():
            return data
        data = data.astype(complex if data.dtype.kind == "c" else float)
        data[mask] = np.nan
        return data

    def scalar(self, node, depth):
        """Return a scalar of NumPy."""
        return self.value(node, depth)[()]

    def described(self, nodes, depth):
        """Return what `meet` makes of a description."""
        return self.meet(self.pairs(nodes, depth))


def _decimal(text):
    """Return a decimal number, NaN for one that is made to be long as an integer."""
    number = Decimal(text if len(text) < 2000 else "NaN")
    return number if abs(number.adjusted()) < 2000 else Decimal("NaN")


READERS = {
    "tuple": lambda r, n, d: tuple(r.values(n, d)),
    "dict": _Reader.pairs,
    "set": lambda r, n, d: set(r.values(n, d)),
    "frozenset": lambda r, n, d: frozenset(r.values(n, d)),
    "range": lambda r, n, d: range(*[int(i) for i in r.values(n, d)]),
    "complex": lambda r, n, d: complex(*[float(i) for i in n]),
    "dots": lambda r, n, d: ...,
    "bytes": lambda r, n, d: bytes.fromhex(n),
    "fraction": lambda r, n, d: Fraction(*[int(i) for i in n]),
    "decimal": lambda r, n, d: _decimal(n),
    "array": _Reader.array,
    "scalar": _Reader.scalar,
    "objects": _Reader.objects,
    "masked": _Reader.masked,
    "described": _Reader.described,
}


def sizes(head):
    """Return how many bytes of text and of arrays follow these first eight bytes.

    Raises
    ------
    Rubbish
        If that is more than a message may have.
    """
    text, body = HEAD.unpack(head)
    if text + body > MESSAGE + 1024:
        raise Rubbish("a message that is too long")
    return text, body


def decode(message, meet=None):
    """Return the value that `encode` was given.

    Parameters
    ----------
    message : bytes
    meet : callable, optional
        ``meet(facts)`` returns what stands for a description; else a `Described`.

    Raises
    ------
    Rubbish
        If the bytes are no message.

    Examples
    --------
    >>> decode(b"nonsense, and more of it")
    Traceback (most recent call last):
        ...
    convcourse.grading.codec.Rubbish: a message that is too long
    """
    text, _ = sizes(message[: HEAD.size])
    try:
        head = memoryview(message)[HEAD.size : HEAD.size + text].tobytes()
        lengths, node = json.loads(head)
        buffers, start = [], HEAD.size + text
        for length in lengths:
            if type(length) is not int or length < 0:
                raise Rubbish("a length that cannot be")
            buffers.append(message[start : start + length])
            start += length
        return _Reader(buffers, meet or (lambda facts: Described(**facts))).value(node)
    except Rubbish:
        raise
    except Exception as error:  # whatever bad bytes lead to
        raise Rubbish(f"{type(error).__name__}: {str(error)[:100]}") from None
