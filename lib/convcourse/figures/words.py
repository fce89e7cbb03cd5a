"""Numbers and sums as words: the same text in Python and in ``js/core.mjs``.

A number is written with at most four decimals, a minus sign (U+2212, which screen
readers speak) and no trailing zeros. A sum whose shown numbers are rounded says "≈".
"""

from decimal import ROUND_HALF_UP, Decimal

__all__ = [
    "factor",
    "large",
    "large_exactly",
    "number",
    "product_sum",
    "shown_exactly",
]

_STEP = Decimal("0.0001")


def number(value):
    """Write a number with at most four decimals.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> number(3.0), number(-0.5), number(2 / 3), number(-1e-9)
    ('3', '−0.5', '0.6667', '0')
    """
    digits = f"{Decimal(float(value)).quantize(_STEP, ROUND_HALF_UP):f}"
    short = digits.rstrip("0").rstrip(".")
    return "0" if short == "-0" else short.replace("-", "−")


def large(value):
    """Write a number for the eye: from 1000 on whole, its thousands apart.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
        With narrow spaces (U+202F) that no line breaks.

    Examples
    --------
    >>> large(8046306.9389).replace("\u202f", " "), large(-2 / 3)
    ('8 046 307', '−0.6667')
    """
    if abs(value) < 1000:
        return number(value)
    whole = Decimal(abs(float(value))).quantize(Decimal(1), ROUND_HALF_UP)
    digits = f"{whole:,}".replace(",", "\u202f")
    return f"−{digits}" if value < 0 else digits


def large_exactly(*values):
    """Tell whether :func:`large` shows every value in full.

    Parameters
    ----------
    *values : float

    Returns
    -------
    bool

    Examples
    --------
    >>> large_exactly(2000, 0.5), large_exactly(2000.5)
    (True, False)
    """
    return all(
        shown_exactly(v) if abs(v) < 1000 else float(v).is_integer() for v in values
    )


def factor(value):
    """Write a factor of a product; a negative one in brackets, as by hand.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> factor(2), factor(-1)
    ('2', '(−1)')
    """
    return f"({number(value)})" if value < 0 else number(value)


def shown_exactly(*values):
    """Tell whether four decimals show every value in full.

    Parameters
    ----------
    *values : float

    Returns
    -------
    bool

    Examples
    --------
    >>> shown_exactly(0.5, 3), shown_exactly(1 / 3)
    (True, False)
    """
    return all(abs(float(f"{v:.4f}") - v) < 1e-9 for v in values)


def product_sum(pairs, total):
    """Write a sum of products and its value.

    Parameters
    ----------
    pairs : sequence of (float, float)
        The factors of each term.
    total : float
        The value of the whole sum.

    Returns
    -------
    str

    Examples
    --------
    >>> product_sum([(3, 2), (1, -1)], 5)
    '3·2 + 1·(−1) = 5'
    >>> product_sum([(1, 1 / 3)], 1 / 3)
    '1·0.3333 ≈ 0.3333'
    >>> product_sum([], 0)
    'no products = 0'
    """
    terms = " + ".join(f"{factor(a)}·{factor(b)}" for a, b in pairs)
    exact = shown_exactly(total, *(v for pair in pairs for v in pair))
    return f"{terms or 'no products'} {'=' if exact else '≈'} {number(total)}"
