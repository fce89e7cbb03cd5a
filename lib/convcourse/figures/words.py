"""Numbers and sums as words: the same text in Python and in ``js/core.mjs``.

A number is written with at most four decimals, a minus sign (U+2212, which screen
readers speak) and no trailing zeros. A sum whose shown numbers are rounded says "≈".
"""

from decimal import ROUND_HALF_UP, Decimal

__all__ = ["factor", "number", "product_sum", "shown_exactly"]

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
