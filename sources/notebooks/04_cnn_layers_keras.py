# %% [markdown] slideshow={"slide_type": "slide"}
# # 4 · The layers of a network, by hand and in Keras
#
# Two networks learn from 1500 patches of photographs which are brick, which grass, which gravel. One
# connects every pixel with 128 units. The other slides two dozen small kernels, learned from the
# patches, and averages what they find.
#
# **Predict.** Which has more weights? Both are then shown patches from parts of the photographs
# that they have not seen. Which is right more often? And can *you* tell the patches below apart?
#
# **How does a layer of kernels work, and why does it learn so much from so little?** Section 13 trains both.

# %% [markdown] slideshow={"slide_type": "-"}
# **You will** write the layer with all its axes: colours in, feature maps out, bias, activation,
# pooling. You will find the same numbers in Keras, train networks on real images in seconds, and look into them:
# at their kernels, maps and mistakes.
#
# **You need** [chapter 2](02_image_kernels.ipynb) and, from section 9 on, TensorFlow. Without it the first
# half works, network included.
#
# **Minutes** 100, in two sittings: sections 1 to 8, then the rest.

# %% slideshow={"slide_type": "skip"}
import tempfile, zipfile
from pathlib import Path

import numpy as np
from convcourse import datasets, experiments, figures, kernels, layers, ops, plots
from scipy import signal

# %% slideshow={"slide_type": "-"}
textures = datasets.textures()
six = [4, 2, 1, 5, 7, 11]
fig = figures.tiles(textures.x[six, :, :, 0], "ABCDEF", cols=6, height=1.5, signed=False)
truth = ", ".join(textures.about["classes"][label] for label in textures.y[six])
plots.show(fig, f"Six patches of 32 x 32 pixels. From left to right: {truth}.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1 From every pixel to a small window
#
# A **dense** (fully connected) layer gives every output a weight of its own for *every* input. Two
# thoughts save weights. **Local**: what belongs together is near, so each output sees only a window.
# **Shared**: an edge is an edge everywhere, so all windows use the same weights. Local and shared: that is
# a kernel.
#
# **Predict.** A colour image of 64 × 64 becomes 32 maps of 62 × 62, under windows of 3 × 3. How many
# weights does a layer need: dense; local, each place with weights of its own; shared?

# %% slideshow={"slide_type": "fragment"}
pixels, window, places, maps = 64 * 64 * 3, 3 * 3 * 3, 62 * 62, 32
print(f"dense  {pixels * places * maps:13,}\nlocal  {window * places * maps:13,}\nshared {window * maps:13,}")
layer = layers.Conv2D(maps, 3)
layer.build((None, 64, 64, 3))
print("with biases, as our library counts it:", layer.count_params())

# %% [markdown] slideshow={"slide_type": "subslide"}
# All three are a matrix times the list of pixels. For an image of 6 × 6 and a window of 3 × 3 it has 16
# rows, one for each place of the window, and 36 columns, one for each pixel.
#
# **Predict.** How many numbers in a row of the local matrix are not 0? What does one row of the shared
# matrix have to do with the next? What can a dense layer compute that a shared one cannot, and the other
# way round?

# %% slideshow={"slide_type": "fragment"}
def matrix_of(w):
    one_bright_pixel = np.eye(36).reshape(36, 6, 6, 1)  # 36 images
    return ops.correlate_channels(one_bright_pixel, w[:, :, None, None]).reshape(36, 16).T

dense = np.random.default_rng(0).normal(size=(16, 36))
local, shared = dense * matrix_of(np.ones((3, 3))), matrix_of(kernels.sobel(1))
fig = figures.gallery({"dense": dense, "local": local, "shared": shared}, ["dense", "local", "shared"])
counts = [len(np.unique(m[m != 0])) for m in (dense, local)] + [9]
plots.show(fig, "Three 16 x 36 matrices; free weights: dense {}, local {}, shared {}.".format(*counts))
x = np.random.default_rng(1).normal(size=(6, 6))
assert np.allclose(shared @ x.ravel(), ops.correlate2d(x, kernels.sobel(1), "valid").ravel())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2 Colours in: one kernel, one map
#
# *What section 1 showed:* nine numbers in a row, moved on from row to row. The shared matrix is a special
# dense one. It can do *less*, and section 13 shows what that is good for.
#
# A colour image has $C = 3$ channels. Its kernel has a table for each channel, and adds up over all of them:
#
# $$y[i,j] = \sum_{a,b} \sum_{c} w[a,b,c]\; x[i+a,\, j+b,\, c]$$
#
# Three channels in, **one** map out. The kernel slides along rows and columns, not along the channels.
#
# **Predict.** A red square of 3 × 3 ones; its middle is green, too. Under $-1$ around 8, in each channel:
# what comes out in the middle, in a corner?

# %% slideshow={"slide_type": "fragment"}
def over_channels(x, w):
    rows, cols = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    y = np.zeros((rows, cols))
    for i, j in np.ndindex(rows, cols):
        y[i, j] = np.sum(w * x[i : i + w.shape[0], j : j + w.shape[1], :])
    return y

x = np.zeros((5, 5, 3))
x[1:4, 1:4, 0] = x[2, 2, 1] = 1
w = np.stack([kernels.outline()] * 3, axis=-1)  # rows, columns, channels
print(over_channels(x, w))
by_scipy = sum(signal.correlate2d(x[:, :, c], w[:, :, c], "valid") for c in range(3))
assert np.array_equal(over_channels(x, w), by_scipy)

# %% [markdown] slideshow={"slide_type": "subslide"}
# In the middle red gives 0 and green 8. In a corner red gives $8-3$ and green $-1$.
#
# Now a mistake that no shape betrays. `np.array([K, K, K])` stacks the tables along the *first* axis. It has
# the shape (3, 3, 3), too. The code runs, and a picture of edges comes out.
#
# **Predict.** What must a kernel of sum 0 answer where all is red? All green? All grey? Which of these
# colours betrays the mistake?

# %% slideshow={"slide_type": "fragment"}
wrong = np.array([kernels.outline()] * 3)  # channels first
flat = {"grey": (1, 1, 1), "red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
for name, colour in flat.items():
    x = np.ones((3, 3, 3)) * colour
    print(f"{name:5} right {over_channels(x, w).item():3.0f}   wrong {over_channels(x, wrong).item():3.0f}")
cup = datasets.coffee().x[60:340, 60:500].astype(float)
views = {"x": cup} | {name: over_channels(cup[::2, ::2], k) for name, k in (("right", w), ("wrong", wrong))}
fig = figures.gallery(views, ["right", "wrong"], limit=1500)
far = np.mean(views["wrong"])
plots.show(fig, f"A red cup; its outlines; the wrong kernel, which answers to the table, mean {far:.0f}.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3 Maps out: several kernels at once
#
# *What section 2 showed:* grey hides the mistake. A flat red or green image reveals it. So test with a fixture that
# breaks every symmetry: another number of rows, columns, channels and kernels.
#
# One kernel makes one map. A layer has many, side by side as the last axis: `(kh, kw, C_in, C_out)`. A batch of $N$
# images is the first axis of $x$: `(N, H, W, C_in)`.
#
# $$y[n,i,j,o] = \sum_{a,b,c} w[a,b,c,o]\; x[n,\, i+a,\, j+b,\, c]$$
#
# **Predict.** Four kernels for the cup: mean of all; edges, left to right; red minus green; blue minus red. Which
# maps show the outline of the cup? Where is the third map largest?

# %% slideshow={"slide_type": "fragment"}
def layer_sums(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcab,abco->nijo", windows, w, optimize=True)

w = np.zeros((3, 3, 3, 4))
w[:, :, :, 0], w[:, :, :, 1] = 1 / 27, kernels.sobel(1)[:, :, None] / 3
w[1, 1, :, 2], w[1, 1, :, 3] = (1, -1, 0), (-1, 0, 1)
y = layer_sums(cup[None], w)
assert np.allclose(y, ops.correlate_channels(cup[None], w))
names = "mean", "edges", "red - green", "blue - red"
fig = figures.gallery(dict(zip(names, np.moveaxis(y[0], -1, 0))), names[1:], limit=200)
plots.show(fig, f"Four maps {y.shape}: grey cup, upright edges, red objects, what is less red.")
