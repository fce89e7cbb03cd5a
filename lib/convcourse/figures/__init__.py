"""Whole pictures of the course, live figures, sliders over the reader's functions.

``kit`` says how a live figure is made.
"""

from convcourse.figures.arithmetic import arithmetic
from convcourse.figures.cheap_layers import cheap_layers
from convcourse.figures.conv_layer import conv_layer
from convcourse.figures.flip_slide import flip_slide
from convcourse.figures.flip_test import flip_test
from convcourse.figures.gather_scatter import gather_scatter
from convcourse.figures.kernel_lab import kernel_lab
from convcourse.figures.live import Live, live
from convcourse.figures.network import network
from convcourse.figures.networks import (
    confusion,
    connections,
    curves,
    feature_maps,
    runs,
    tiles,
)
from convcourse.figures.pictures import arrows, bank, gallery, window
from convcourse.figures.receptive_field import receptive_field
from convcourse.figures.separability import separability
from convcourse.figures.sums import borders, paint, slide, table
from convcourse.figures.template_search import template_search

__all__ = [
    "Live",
    "arithmetic",
    "arrows",
    "bank",
    "borders",
    "cheap_layers",
    "confusion",
    "connections",
    "conv_layer",
    "curves",
    "feature_maps",
    "flip_slide",
    "flip_test",
    "gallery",
    "gather_scatter",
    "kernel_lab",
    "live",
    "network",
    "paint",
    "receptive_field",
    "runs",
    "separability",
    "slide",
    "table",
    "template_search",
    "tiles",
    "window",
]
