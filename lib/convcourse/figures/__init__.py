"""Whole pictures of the course, live figures, sliders over the reader's functions.

``kit`` says how a live figure is made.
"""

from convcourse.figures.flip_slide import flip_slide
from convcourse.figures.kernel_lab import kernel_lab
from convcourse.figures.live import Live, live
from convcourse.figures.networks import confusion, curves, feature_maps, runs, tiles
from convcourse.figures.pictures import arrows, bank, gallery, window
from convcourse.figures.sums import borders, paint, slide, table

__all__ = [
    "Live",
    "arrows",
    "bank",
    "borders",
    "confusion",
    "curves",
    "feature_maps",
    "flip_slide",
    "gallery",
    "kernel_lab",
    "live",
    "paint",
    "runs",
    "slide",
    "table",
    "tiles",
    "window",
]
