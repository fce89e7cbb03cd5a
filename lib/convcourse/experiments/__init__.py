"""The networks that the chapters train, and what ten or thirty runs of each came to.

A module for a chapter: `seeing` (04), `dilated` (06), `enlarging` (07), `cheaper` (08).
In each, `network` makes one, `train` trains it, `run` measures it, and `recorded` gives
what `run` gave for the first `SEEDS` seeds where `tools/make_data.py --train` was called.
One run is an anecdote; so the text quotes all of them, and the reader runs one.

>>> from convcourse.experiments import seeing
>>> seeing.recorded("textures cnn").shape
(10, 1)

TensorFlow is loaded where a network is made.
"""
