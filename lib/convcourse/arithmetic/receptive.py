"""Receptive fields: which samples of the input one output unit can see.

One axis at a time. Three numbers say all: how wide the field is, how far it jumps from
one unit to the next, and where that of unit 0 begins.
"""

from fractions import Fraction
from typing import NamedTuple

from convcourse.arithmetic import _given
from convcourse.arithmetic.sizes import output_length, padding_sides

__all__ = ["ReceptiveField", "receptive_field", "receptive_fields"]


class ReceptiveField(NamedTuple):
    """The field of view of the units of one layer, along one axis.

    Parameters
    ----------
    size : int
        Samples of the input that a unit can see, its padding included.
    jump : int or Fraction
        Samples of the input from one unit's field to the next one's; the product of
        all strides so far. 0 where every unit sees the same.
    start : int or Fraction or None
        First sample of unit 0; below 0 it lies in the padding. None where padding
        "same" met an input of unknown length.

    Notes
    -----
    A window of effective size ``ke``, stride ``s``, with ``left`` samples of padding:

    ``size + (ke - 1) * jump``, ``jump * s``, ``start - left * jump``

    (A. Araujo, W. Norris and J. Sim, *Computing receptive fields of convolutional
    neural networks*, Distill 2019.)

    Examples
    --------
    >>> field = ReceptiveField().after(3, stride=2, left=1)
    >>> field, field.region(4), field.centre(4)
    (ReceptiveField(size=3, jump=2, start=-1), (7, 9), 8)
    """

    size: int = 1
    jump: int = 1
    start: int | None = 0

    def after(self, kernel, stride=1, left=0, dilation=1):
        """Return the field after one more window; `left` None if it is not known."""
        kernel, stride, dilation = _given.window(kernel, stride, dilation)
        unknown = self.start is None or left is None
        start = None if unknown else self.start - left * self.jump
        size = self.size + (kernel - 1) * dilation * self.jump
        return ReceptiveField(size, self.jump * stride, start)

    def after_transposed(self, kernel, stride=1, crop=0):
        """Return the field after a transposed window of effective size `kernel`.

        Neighbouring units see fields of different size: this is the largest, and the
        start that belongs to the mean centre.
        """
        kernel, stride, _ = _given.window(kernel, stride, 1)
        size = self.size + (-(-kernel // stride) - 1) * self.jump
        if self.start is None:
            return ReceptiveField(size, _whole(Fraction(self.jump) / stride), None)
        shift = Fraction(2 * crop - kernel + 1, 2 * stride) * self.jump
        start = self.start + Fraction(self.size - size, 2) + shift
        return ReceptiveField(size, _whole(Fraction(self.jump) / stride), _whole(start))

    def over(self, units):
        """Return the field of something that looks at all of `units` units."""
        units = _given.length("units", units)
        return ReceptiveField(self.size + (units - 1) * self.jump, 0, self.start)

    def union(self, other, units=1):
        """Return the field of a unit that adds or joins the units of two branches.

        Parameters
        ----------
        other : ReceptiveField
            Of the other branch.
        units : int
            Number of units; needed where one branch sees the same for all of them.

        Raises
        ------
        ValueError
            If the jumps differ: the branches then drift apart from unit to unit.
        """
        if self.jump != other.jump:
            if 0 not in (self.jump, other.jump):
                raise ValueError(
                    f"other has jump {other.jump}, this field has {self.jump}: the "
                    "branches drift apart. Give both branches the same strides."
                )
            return self.over(units).union(other.over(units))
        if self.start is None or other.start is None:
            return ReceptiveField(max(self.size, other.size), self.jump, None)
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return ReceptiveField(end - start, self.jump, start)

    def region(self, unit, n=None):
        """Return the first and the last sample that a unit sees.

        Parameters
        ----------
        unit : int
            Number of the unit, from 0.
        n : int, optional
            Length of the input: cuts off what lies in its padding. Where layers with
            gaps (dilation, a stride above the kernel) pad as well, a unit near the
            border may see less than this.

        Returns
        -------
        (int, int)

        Raises
        ------
        ValueError
            If the start is not known.
        """
        if self.start is None:
            raise ValueError(
                "start is not known: padding 'same' depends on the length of the "
                "input. Pass n= where the field is computed."
            )
        first = self.start + unit * self.jump
        last = first + self.size - 1
        return (first, last) if n is None else (max(0, first), min(n - 1, last))

    def centre(self, unit=0):
        """Return the middle of a unit's region, halves included."""
        return _whole(Fraction(sum(self.region(unit))) / 2)


def receptive_fields(windows, n=None):
    """Return the receptive field after each window of a stack.

    Parameters
    ----------
    windows : list of tuple
        ``(kernel,)``, ``(kernel, stride)``, ``(kernel, stride, padding)`` or
        ``(kernel, stride, padding, dilation)``, first layer first; what they may be
        says `output_length`.
    n : int, optional
        Length of the input. Padding "same" depends on it; without `n` the start after
        a "same" window with a stride is not known.

    Returns
    -------
    list of ReceptiveField

    Raises
    ------
    TypeError, ValueError
        If a window is not such a tuple, or does not fit an input of length `n`.

    Examples
    --------
    >>> [field.size for field in receptive_fields([(3,), (3,), (3,)])]
    [3, 5, 7]
    >>> receptive_fields([(7, 2, "same")], n=224)
    [ReceptiveField(size=7, jump=2, start=-2)]
    """
    field, fields = ReceptiveField(), []
    for window in windows:
        if not isinstance(window, (tuple, list)) or not 1 <= len(window) <= 4:
            raise TypeError(
                "windows must hold tuples (kernel, stride, padding, dilation), the "
                f"last three if they are not 1, 0, 1; got {window!r}."
            )
        kernel, stride, padding, dilation = (*window, *(1, 0, 1)[len(window) - 1 :])
        left = _left(n, kernel, stride, padding, dilation)
        if n is not None:
            n = output_length(n, kernel, stride, padding, dilation)
        field = field.after(kernel, stride, left, dilation)
        fields.append(field)
    return fields


def receptive_field(windows, n=None):
    """Return the receptive field of the last window of a stack.

    Parameters
    ----------
    windows, n
        As in `receptive_fields`.

    Returns
    -------
    ReceptiveField
        Of an empty stack a single sample.

    Raises
    ------
    TypeError, ValueError
        As `receptive_fields`.

    Examples
    --------
    >>> receptive_field([(3,), (3,), (2, 2), (3,), (3,), (2, 2)])
    ReceptiveField(size=16, jump=4, start=0)
    """
    return [ReceptiveField(), *receptive_fields(windows, n)][-1]


def _left(n, kernel, stride, padding, dilation):
    """Return the left padding, None where it depends on an unknown length."""
    if n is None and padding == "same" and stride > 1:
        return None
    # with stride 1 "same" adds the same to every length
    return padding_sides(n or 1, kernel, stride, padding, dilation)[0]


def _whole(number):
    """Return a fraction as int where it is one."""
    return int(number) if number == int(number) else number
