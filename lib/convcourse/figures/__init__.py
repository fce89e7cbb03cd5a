"""Whole pictures of the course, and sliders over the reader's own functions."""

from convcourse.figures.live import Live, live
from convcourse.figures.sums import borders, paint, slide, table

__all__ = ["Live", "borders", "live", "paint", "slide", "table"]
