"""Read a drawing back: what two test files of drawings share."""

from matplotlib.colors import to_rgba


def marks(ax):
    """Return every marker drawn: (place, value, is open)."""
    found = []
    for drawn in ax.lines:
        if drawn.get_linestyle() == "None" and len(drawn.get_xdata()):
            is_open = to_rgba(drawn.get_markerfacecolor()) == to_rgba("white")
            points = zip(drawn.get_xdata(), drawn.get_ydata(), strict=True)
            found += [(x, y, is_open) for x, y in points]
    return found
