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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4 Bias and activation
#
# *What section 3 showed:* a kernel with one weight per colour and no neighbours is a colour detector. Red things are blue in
# its map.
#
# A layer does two more things with each sum: it adds a number, the **bias** $b_o$, one per map and not per
# place; and it applies a function, the **activation**. The commonest is **ReLU**:
# $\max(\text{sum} + b_o,\ 0)$.
#
# **Predict.** The signed edge map of a photograph goes through ReLU: what is lost? Before it a bias of $-100$: what is
# left? Two other activations, sigmoid $1/(1+e^{-s})$ and tanh: what do they give at $-2$, 0, 2?

# %% slideshow={"slide_type": "fragment"}
head = datasets.camera().x[72:172, 202:302].astype(float)
edges = ops.correlate2d(head, kernels.sobel(1), "valid")
views = {"sums": edges, "ReLU": ops.relu(edges), "ReLU, bias -100": ops.relu(edges - 100)}
share = ", ".join(f"{np.mean(v != 0):.0%} of {name}" for name, v in views.items())
plots.show(figures.gallery(views, views, limit=400), f"Three maps of edges. Not 0 are {share}.")
for f in (ops.relu, ops.sigmoid, ops.tanh):
    print(f"{f.__name__:8}", f(np.array([-2.0, 0.0, 2.0])))
print(f"{'softmax':8}", ops.softmax([-2, 0, 2]), "sum", ops.softmax([-2, 0, 2]).sum())

# %% [markdown] slideshow={"slide_type": "subslide"}
# ReLU keeps one polarity; for the other a layer needs a second kernel, the negative one. The bias is a threshold.
# Sigmoid and tanh squeeze. **Softmax** works on a list of scores: it makes shares of them that add up to 1, for
# the last layer.
#
# Is the activation needed? Two layers without one:
#
# **Predict.** A 3 × 3 kernel, then another 3 × 3 kernel. Is there *one* kernel that does the same? Of what size? Also
# with zeros around the images?

# %% slideshow={"slide_type": "fragment"}
first, second = kernels.binomial(), kernels.laplacian()
one = ops.convolve2d(first, second)  # the two kernels, joined
for mode in ("valid", "same"):
    two_layers = ops.correlate2d(ops.correlate2d(head, first, mode), second, mode)
    apart = ~np.isclose(two_layers, ops.correlate2d(head, one, mode))
    print(f"{mode}: one kernel {one.shape}; places that differ {apart.sum()}, inside {apart[2:-2, 2:-2].sum()}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5 What non-linearity buys
#
# *What section 4 showed:* one 5 × 5 kernel does it (with zeros around, all but the border). A hundred layers without activation
# are one layer.
#
# What can a linear layer *not* do? Take a bar, bright or dark, on noise. A kernel looks for it, and the map is
# averaged to one number. Turn all signs: the linear average turns its sign, too. "A bar, of either sign" has no linear
# answer.
#
# **Predict.** Averages of the map for a bright bar and for the same bar dark: without activation; with ReLU; with
# tanh, which is an activation as well. Where can a sum of the two tell a bar from nothing?

# %% slideshow={"slide_type": "fragment"}
bars = datasets.bars()
bar = bars.x[4:5] * np.sign(bars.x[4].sum())
wave = kernels.gabor(sigma=2, wavelength=5, angle=bars.about["angles"][bars.y[4]] - 90, size=7)
find = np.expand_dims(wave - wave.mean(), (2, 3))
for name, f in (("none", np.asarray), ("ReLU", ops.relu), ("tanh", ops.tanh)):
    bright, dark = (f(ops.correlate_channels(sign * bar, find)).mean() for sign in (1, -1))
    print(f"{name:4}: bright {bright:6.3f}, dark {dark:6.3f}, together {bright + dark:6.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6 Pooling
#
# *What section 5 showed:* tanh is odd, $\tanh(-s) = -\tanh(s)$, and fails as the linear layer does. Not any curve will do.
# Section 14 trains all three.
#
# **Pooling** makes maps smaller: a window slides in steps of its own size, and *one* number of it stays, the largest
# or the mean, for each channel by itself. There is nothing to learn in it.
#
# **Predict.** The table below, windows of 2 × 2: which shape comes out? What becomes of the last row and column? And windows
# of 3 × 3 in steps of 2, which overlap?

# %% slideshow={"slide_type": "fragment"}
def pool(x, size, stride, reduce):
    rows, cols = ((n - size) // stride + 1 for n in x.shape)
    y = np.zeros((rows, cols))
    for i, j in np.ndindex(rows, cols):
        y[i, j] = reduce(x[i * stride : i * stride + size, j * stride : j * stride + size])
    return y

x = np.array([[1, 7, 0, 2, 9], [3, 5, 4, 4, 9], [0, 2, 8, 6, 9], [1, 1, 6, 4, 9], [9, 9, 9, 9, 9]])
print(x, pool(x, 2, 2, np.max), pool(x, 2, 2, np.mean), pool(x, 3, 2, np.max), sep="\n")
four = x[None, :, :, None]
assert np.array_equal(pool(x, 3, 2, np.max), ops.max_pool2d(four, 3, 2)[0, :, :, 0])
assert np.array_equal(pool(x, 2, 2, np.mean), ops.average_pool2d(four, 2)[0, :, :, 0])

# %% [markdown] slideshow={"slide_type": "subslide"}
# The nines at the end are dropped without a word; `padding="same"` keeps them.
#
# **Predict** five more. (1) Is average pooling a convolution? (2) Is max pooling? For a kernel, the answer to $a + b$ is
# the sum of the answers. (3) Average pooling of ones with `"same"`: do zeros from outside pull it down? (4) Max
# pooling of $-1$: can a zero from outside win? (5) The row 0 0 1 1 0 0 1 1, moved by one: does max pooling hide
# the move?

# %% slideshow={"slide_type": "fragment"}
box = ops.correlate_channels(four, np.full((2, 2, 1, 1), 1 / 4), stride=2)
print("1", np.array_equal(box, ops.average_pool2d(four, 2)))
a, b = four % 3, four % 5
print("2", np.array_equal(ops.max_pool2d(a + b, 2), ops.max_pool2d(a, 2) + ops.max_pool2d(b, 2)))
ones = np.ones((1, 3, 3, 1))
print("3", np.unique(ops.average_pool2d(ones, 2, padding="same")))
print("4", np.unique(ops.max_pool2d(-ones, 2, padding="same")))
row = np.array([0, 0, 1, 1, 0, 0, 1, 1]).reshape(1, 1, 8, 1)
print("5", *(ops.max_pool2d(r, (1, 2)).ravel() for r in (row, np.roll(row, 1, axis=2))))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7 Global pooling
#
# *What section 6 showed:* (1) yes, a box in steps. (2) No. (3, 4) Neither: what lies outside never counts. (5) No: max pooling is
# *not* invariant to a move.
#
# **Global** pooling takes one number from each whole map, largest or mean. One reads that it "makes one channel
# out of three". **Channel** pooling does: it takes the largest of neighbouring channels at each place.
#
# **Predict** the shapes, from two images of 8 × 8 with three channels. Then the row with its two bars again, with
# zeros around it: is *global* max pooling invariant to a move by one?

# %% slideshow={"slide_type": "fragment"}
x = np.random.default_rng(0).normal(size=(2, 8, 8, 3))
for f in (ops.max_pool2d, ops.global_average_pool2d, ops.global_max_pool2d, ops.channel_pool):
    y = f(x, 2) if f is ops.max_pool2d else f(x)
    print(f"{f.__name__:22} {x.shape} -> {y.shape}")
wide = np.pad(row, ((0, 0), (0, 0), (2, 2), (0, 0)))
edge = np.array([-1, 1]).reshape(1, 2, 1, 1)
print([ops.global_max_pool2d(ops.correlate_channels(np.roll(wide, s, 2), edge)).item() for s in (0, 1, 2)])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8 The layer as a class
#
# *What section 7 showed:* global pooling keeps the channels and removes rows and columns. What it says does not depend on
# where a thing is, as long as all of it stays in the picture.
#
# Our layer needs weights to begin with. All equal will not do: then all kernels learn the same. So: random, with mean 0. How
# large?
#
# **Predict.** The input has spread 1. Three layers with weights of spread 1: how large do the numbers get? Each sum has
# 27 terms, later 144. Then **He**'s rule: the variance of the weights is 2 divided by the number of terms.

# %% slideshow={"slide_type": "fragment"}
class ConvLayer:
    def __init__(self, filters, size, channels, rng, spread=None):
        spread = spread or np.sqrt(2 / (size * size * channels))  # He
        self.kernel = rng.normal(0, spread, (size, size, channels, filters))
        self.bias = np.zeros(filters)

    def __call__(self, x):
        return np.maximum(layer_sums(x, self.kernel) + self.bias, 0)

for spread in (1, None):
    rng, x = np.random.default_rng(0), np.random.default_rng(1).normal(size=(1, 32, 32, 3))
    stack = [ConvLayer(16, 3, channels, rng, spread) for channels in (3, 16, 16)]
    sizes = [f"{(x := one(x)).std():.1f}" for one in stack]
    print("weights of spread 1:" if spread else "He:                ", sizes)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Each ReLU throws half of the sums away; the 2 makes up for it.
#
# `layers.Conv2D` is this class with stride, padding, groups and names as in Keras. `Sequential` chains layers. We
# give it weights that somebody has trained (`tools/make_data.py --train`; chapter 0 shows them). So here
# is a whole network that sees, in NumPy: kernels, ReLU, pooling, kernels, ReLU, global mean, and a dense layer that makes three
# scores of 16 means.
#
# **Predict** the shapes from 32 × 32 on, and the number of weights in each layer. Of 600 patches of unseen parts of the
# photographs, how many will be right?

# %% slideshow={"slide_type": "fragment"}
trained = datasets.recorded("texture_cnn")
network = layers.Sequential([
    layers.Conv2D(8, 7, activation="relu"), layers.AveragePool2D(2),
    layers.Conv2D(16, 3, activation="relu"), layers.GlobalAveragePool2D(),
    layers.Dense(3, activation="softmax"),
])
network.build((None, 32, 32, 1))
network.set_weights([trained[name] for name in ("w", "b", "w2", "b2", "w3", "b3")])
network.summary()
right = np.mean(network(textures.x_test).argmax(axis=1) == textures.y_test)
print(f"right: {right:.0%} of {len(textures.y_test)}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9 The same layer in Keras
#
# That was a network without any library for networks. Who trained it? Keras, which finds the weights by itself (chapter 9
# says how). From here on we need TensorFlow. Where it is missing the next cell says so, and *Run All* stops there.
#
# **Predict.** We put Sobel into a layer of Keras by hand. Which shape must the weights have? Does the layer flip them: will
# it equal `correlate2d` or `convolve2d`? (Integers, so "equal" means equal.)

# %% slideshow={"slide_type": "skip"}
from convcourse.tf import keras, reproducible
from convcourse.training import Progress

# %% slideshow={"slide_type": "fragment"}
layer = keras.layers.Conv2D(filters=1, kernel_size=3)
layer.build((None, None, None, 1))  # any number of images, rows, columns; one channel
print([weights.shape for weights in layer.get_weights()])
layer.set_weights([kernels.sobel(1)[:, :, None, None], np.zeros(1)])
camera = datasets.camera().x
y = layer(camera[None, :, :, None].astype("float32")).numpy()[0, :, :, 0]
for f in (ops.correlate2d, ops.convolve2d):
    print(f.__name__, np.array_equal(y, f(camera, kernels.sobel(1), "valid")))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10 A network, and its summary
#
# *What section 9 showed:* four axes for the kernel, one for the bias; and Keras's "convolution" is cross-correlation.
#
# `keras.Input` tells the shape of one image, without the batch. Then every layer knows what comes in, and makes its
# weights: the network is **built**. Without `Input` there are none before the first image.
#
# **Predict.** In the summary: what does `None` stand for? Why 26? Why has pooling 0 parameters? Compute the 400,
# the 1168 and the 51 before you read on.

# %% slideshow={"slide_type": "fragment"}
def texture_cnn():
    return keras.Sequential([
        keras.Input((32, 32, 1)),
        keras.layers.Conv2D(8, 7, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ])

model = texture_cnn()
model.summary(line_length=76)

# %% [markdown] slideshow={"slide_type": "subslide"}
# `None` is the number of images. $26 = 32-7+1$: only full overlaps, `padding="valid"`. Halved, 13; then
# $13-3+1 = 11$. Parameters: eight kernels of $7\cdot7\cdot1$ and eight biases; sixteen of
# $3\cdot3\cdot8$ and sixteen biases, since each kernel reads *all eight* maps; three lists of 16 and three biases.
#
# The summary does not say what a layer computes with. `layers.from_keras` copies a model into our NumPy layers.
#
# **Predict.** Random weights, 600 patches: how far are Keras and NumPy apart?

# %% slideshow={"slide_type": "fragment"}
counts = [8 * (7 * 7 * 1) + 8, 0, 16 * (3 * 3 * 8) + 16, 0, 3 * 16 + 3]
assert [one.count_params() for one in model.layers] == counts
ours, theirs = layers.from_keras(model)(textures.x_test), model.predict(textures.x_test, verbose=0)
print(theirs.shape, "- each row adds up to 1:", np.allclose(theirs.sum(axis=1), 1))
print("NumPy and Keras apart by less than 0.00001:", np.abs(ours - theirs).max() < 1e-5)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 11 Prepare the data
#
# Four things to settle before any training.
#
# **Scale**: numbers near 0 and of size about 1, as the weights expect. **Shape**: (N, H, W, C), float32, also for grey images. **Labels**:
# whole numbers from 0, or lists with a single 1 (*one-hot*); each form has its own loss. **Split**: images that are never trained
# on, and of another origin. Our digits come in the order of their writers, so the last 597 are by other hands.
#
# **Predict.** The loss of a guess is $-\log$ of the share that it gives to the true class. Which guess costs 0, which is
# infinitely dear? What does guessing one of ten cost?

# %% slideshow={"slide_type": "fragment"}
digits = datasets.digits()
print(digits.x.shape, digits.x.dtype, "grey levels", digits.x.min(), "to", digits.x.max())
x = np.zeros((len(digits.x), 12, 20, 1), "float32")  # room to move to the right
x[:, 2:10, 3:11, 0] = digits.x / 16
x_train, y_train, x_late, y_late = x[:1200], digits.y[:1200], x[1200:], digits.y[1200:]
one_hot = np.eye(10)[y_late]
guess = np.full((len(y_late), 10), 0.1)
print("whole numbers", keras.losses.sparse_categorical_crossentropy(y_late, guess).numpy().mean().round(3))
print("one-hot      ", keras.losses.categorical_crossentropy(one_hot, guess).numpy().mean().round(3))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 12 Compile, and what can go wrong
#
# `compile` says how to learn. **optimizer**: how weights change; `Adam(0.003)`, with its step size, is a good
# first try. **loss**: what is made small; it must fit the labels. **metrics**: what is only shown. Then
# `fit(x, y)` goes through the data `epochs` times, in random batches of `batch_size` images, and changes the weights after
# each batch.
#
# **Predict** what is wrong in each of the five lines of `faults`, before you read what Keras says to it.

# %% slideshow={"slide_type": "fragment"}
def one_line(action):
    try:
        action()
    except Exception as error:
        return str(error).splitlines()[0][:130]

def trial(loss="sparse_categorical_crossentropy", upto=None, y=textures.y):
    some = keras.Sequential(texture_cnn().layers[:upto])
    some.compile("adam", loss)
    some.fit(textures.x[:64], y[:64], verbose=0)

faults = [lambda: texture_cnn().fit(textures.x, textures.y), lambda: trial("categorical_crossentropy"),
          lambda: trial(y=np.eye(3)[textures.y]), lambda: trial(upto=2),
          lambda: layer.set_weights([np.zeros((1, 1, 3, 3)), np.zeros(1)])]
for number, fault in enumerate(faults, 1):
    print(number, one_line(fault))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 13 Train
#
# *What section 12 showed:* (1) not compiled; (2) whole numbers need the *sparse* loss, (3) one-hot the other; (4) no head: maps
# where shares should be; (5) weights in another library's order.
#
# Now the question of the first page. The dense network has 131,587 weights, the other one 1,619. `fit` returns the **history**,
# here also of patches that it does not learn from (`validation_data`). `evaluate` gives the loss and the metrics at
# the end; `predict` the shares.
#
# **Predict** four curves: the loss of the dense network on its training patches and on unseen ones; the
# same for the kernels.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
def texture_dense():
    return keras.Sequential([
        keras.Input((32, 32, 1)), keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"), keras.layers.Dense(3, activation="softmax"),
    ])

test, score = (textures.x_test, textures.y_test), {}
for name, make, rate in (("dense", texture_dense, 0.001), ("kernels", texture_cnn, 0.003)):
    reproducible(seed=0)
    model = make()
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    run = model.fit(textures.x, textures.y, batch_size=64, epochs=10, validation_data=test, verbose=0, callbacks=[Progress(name)])
    loss, score[name] = model.evaluate(*test, verbose=0)
    plots.show(figures.curves(run.history, name, 1.9), f"{name}: loss and accuracy, training and validation, in ten epochs.")
assert score["dense"] < 0.8 < 0.9 < score["kernels"]

# %% [markdown] slideshow={"slide_type": "subslide"}
# The dense network knows its training patches by heart: loss 0, all right. On unseen ones its loss *rises* while it goes on
# learning. That is **overfitting**. The kernels are as good on unseen patches as on known ones: there is no room to learn by
# heart, and what is true at one place of a texture is true at all.
#
# (We looked at unseen patches in each epoch, but chose nothing by them. Who does choose, such as the best epoch,
# needs a third part of the data for the last word.)
#
# One run is an anecdote. So each network was trained with ten seeds (`convcourse.experiments`), and the results stored.

# %% slideshow={"slide_type": "fragment"}
names = ("linear", "dense", "cnn")
ten = {name: experiments.recorded(f"textures {name}").ravel() for name in names}
spread = "; ".join(f"{name} {a.min():.2f} to {a.max():.2f}" for name, a in ten.items())
plots.show(figures.runs(ten, chance=1 / 3), f"Accuracy in ten runs each, on unseen patches: {spread}.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 14 Learned kernels
#
# Section 5 in earnest: which way does a bar point, 0°, 45°, 90° or 135°? Place, length and contrast are random, bright or
# dark. Eight kernels of 7 × 7, activation, global mean, four shares.
#
# **Predict** the accuracy without activation, with tanh, with ReLU; 0.25 is guessing. And the eight kernels that the last one
# learns: what will they look like, beside four that we draw by hand?

# %% slideshow={"slide_type": "fragment"}
def bar_network(activation):
    return keras.Sequential([
        keras.Input((32, 32, 1)), keras.layers.Conv2D(8, 7, activation=activation),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4, activation="softmax"),
    ])

for name, low, high in ((None, 0, 0.4), ("tanh", 0, 0.4), ("relu", 0.9, 1)):
    reproducible(seed=0)
    model = bar_network(name)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(bars.x, bars.y, batch_size=64, epochs=8, verbose=0, callbacks=[Progress(str(name))])
    assert low <= model.evaluate(bars.x_test, bars.y_test, verbose=0)[1] <= high
    ten = experiments.recorded(f"bars {name or 'none'}")
    print(f"activation {name!s:4}: this run within {low} to {high}, ten runs {ten.min():.2f} to {ten.max():.2f}")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
by_hand = [kernels.gabor(sigma=2, wavelength=6, angle=angle - 90, size=7) for angle in (0, 45, 90, 135)]
learned = np.moveaxis(model.layers[0].get_weights()[0][:, :, 0], -1, 0)
titles = ["0°", "45°", "90°", "135°", *(f"learned {n}" for n in range(8))]
fig = figures.tiles([*by_hand, *learned], titles, cols=6, height=1.3)
bar_model = model
plots.show(fig, "Four bars drawn by hand, eight learned kernels of 7 x 7: bars and edges at the four angles.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 15 A digit moves
#
# *What section 14 showed:* a network without ReLU stays at guessing, all kernels in vain. With it the kernels become bars and edges, at
# the angles that the question needs.
#
# Digits, learned at one place, then moved to the right by up to six pixels. Four networks: dense; kernels and 2 × 2 pooling, then
# flattened; the same with *global* max pooling at the end; only global max pooling, no 2 × 2.
#
# **Predict.** Which of them still know the digits after a move? Remember (5) of section 6. What happens in the third at odd and
# at even moves?

# %% slideshow={"slide_type": "fragment"}
def digit_network(halve):
    pooling = [keras.layers.MaxPooling2D(2)] if halve else []
    return keras.Sequential([
        keras.Input((12, 20, 1)), keras.layers.Conv2D(16, 3, padding="same", activation="relu"), *pooling,
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(10, activation="softmax"),
    ])

for halve in (True, False):
    reproducible(seed=0)
    model = digit_network(halve)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=64, epochs=15, verbose=0, callbacks=[Progress()])
    shares = [model.predict(experiments.moved(x_late, step), verbose=0) for step in range(7)]
    print("with 2 x 2" if halve else "without   ", [np.allclose(s, shares[0], atol=1e-5) for s in shares])

# %% slideshow={"slide_type": "fragment"}
labels = {"digits global": "y", "digits pool": "w", "digits flatten": "x", "digits dense": "error", "digits dense moved": "true"}
fig, ax = plots.panels(height=2.8)
means = {name: experiments.recorded(name).mean(axis=0) for name in labels}
for name, symbol in labels.items():
    plots.line(ax, range(7), means[name], symbol, label=name[7:], marker=plots.MARKERS[symbol])
ax.set(xlabel="moved to the right, pixels", ylabel="accuracy, mean of ten runs", ylim=(0, 1.02))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
ends = ", ".join(f"{name[7:]} {m[0]:.2f}, {m[1]:.2f}, {m[6]:.2f}" for name, m in means.items())
plots.show(fig, f"Accuracy, moved by 0, 1 and 6 pixels: {ends}. With 2 x 2 pooling every odd move costs.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Dense networks and flattened maps learn a digit *at a place*. Kernels make maps that move along with it: this is
# **equivariance**. Only global pooling forgets the place, and then exactly. Steps of 2 see another grid after each odd
# move (chapter 11).
#
# The dotted line is the dense network again, trained on copies of the digits at all seven places. That is **augmentation**: to show what
# should make no difference. It works, for seven times the work, and at these seven places only. Keras has layers for it,
# such as `RandomTranslation`. They act in training only.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 16 Look at the mistakes
#
# An accuracy is one number. The **confusion matrix** counts, for each true class (row), what it was taken for (column). And the
# mistakes themselves are images: look at them.
#
# **Predict.** Which two digits will the network, which sees 8 × 8 pixels, confuse most? Would *you* read its mistakes right?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
guessed = shares[0].argmax(axis=1)
assert np.mean(guessed == y_late) > 0.9
plots.show(figures.confusion(y_late, guessed), "Ten rows and columns; the mistakes are off the diagonal, in orange.")
wrong = np.flatnonzero(guessed != y_late)
sure = wrong[shares[0][wrong].max(axis=1).argsort()[::-1]][:8]  # the surest mistakes
titles = [f"{y_late[n]}, not {guessed[n]}" for n in sure]
fig = figures.tiles(digits.x[1200 + sure], titles, signed=False)
plots.show(fig, "Eight mistakes of which the network was surest, each with the truth and the guess.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 17 Look inside
#
# What does each layer make of an image? A second model with the same layers returns all their outputs. We take the network of section 8, so
# that the pictures are the same for everyone: its weights fit into Keras as they are.
#
# **Predict.** Which maps are bright where the patch has edges, which where it is flat? Why are the maps of the second layer harder to
# read? Where has the place got lost?
#
# Then pick other patches: brick, grass and gravel take turns.

# %% slideshow={"slide_type": "fragment"}
class_names = textures.about["classes"]
seen = keras.Sequential([
    keras.Input((32, 32, 1)), keras.layers.Conv2D(8, 7, activation="relu"), keras.layers.AveragePooling2D(2),
    keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, activation="softmax"),
])
seen.set_weights(network.get_weights())
inside = keras.Model(seen.inputs, [one.output for one in seen.layers])

def look(number=0):
    image = textures.x_test[np.argsort(textures.y_test, kind="stable")[number]]
    outputs = {one.name.rsplit("_", 1)[0]: np.asarray(y)[0] for one, y in zip(seen.layers, inside(image[None]))}
    return figures.feature_maps(image[:, :, 0], outputs, class_names), f"Patch {number} through five layers."

figures.live(look, number=(0, 599))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 18 Keep it, and repeat it
#
# `model.save("name.keras")` writes layers, weights and the state of the optimizer into one file.
#
# **Repeat**: `reproducible(seed)` fixes the random start. Then the same machine repeats a run bit for bit. Another
# processor or another number of threads adds in another order; the last digits differ, training lets them
# grow, and the network ends elsewhere, as with another seed. So compare with bounds, and show several seeds.
#
# **Predict.** A saved and loaded network: equal answers, or nearly? Two runs with seed 1: equal weights? Seeds 1 and 2?

# %% slideshow={"slide_type": "fragment"}
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "bars.keras"
    model.save(path)
    print(zipfile.ZipFile(path).namelist())
    again = keras.models.load_model(path)
print("same answers:", np.array_equal(again.predict(x_late, verbose=0), model.predict(x_late, verbose=0)))

def short_run(seed):
    reproducible(seed)
    model = bar_network("relu")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(bars.x[:500], bars.y[:500], verbose=0)
    return model.layers[0].get_weights()[0]

print("seed 1 twice:", np.array_equal(short_run(1), short_run(1)), "- seeds 1 and 2:", np.array_equal(short_run(1), short_run(2)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 19 More images: Fashion-MNIST
#
# *What section 18 showed:* a `.keras` file is a zip of settings and weights, and the loaded network is the same one. The seed decides.
#
# Fashion-MNIST holds 70,000 grey images of clothes, ten kinds, 28 × 28. It is not part of the course;
# `datasets.fashion_mnist(offline=False)` downloads it once, 30 MB, into the cache of Keras.
#
# **Predict.** Two networks learn from 10,000 of them: dense, 101,770 weights; kernels, 12,810. Clothes lie in the middle of the
# picture, always upright. Will the kernels win as clearly as on the textures?

# %% slideshow={"slide_type": "fragment"}
def fashion_network(*middle):
    last = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28, 1)), *middle, keras.layers.Flatten(), last])
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def accuracy_of(model, data):
    model.fit(data.x[..., None] / 255, data.y, batch_size=64, epochs=5, verbose=0, callbacks=[Progress()])
    return model.evaluate(data.x_test[..., None] / 255, data.y_test, verbose=0)[1]

conv = [keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
flat = [keras.layers.Flatten(), keras.layers.Dense(128, activation="relu")]
both = {"dense": fashion_network(*flat), "kernels": fashion_network(*conv)}
print({name: model.count_params() for name, model in both.items()})

# %% slideshow={"slide_type": "fragment"}
low, high = 0.78, 0.88
try:
    clothes = datasets.fashion_mnist(n=10_000)
    print({name: low < round(accuracy_of(model, clothes), 3) < high for name, model in both.items()})
except FileNotFoundError:
    print(f"Fashion-MNIST is not on this computer. With it, expect accuracies of {low} to {high} from both.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | kernel tables stacked along the first axis | a flat red image is not 0 under a kernel of sum 0 |
# | `reshape` for `transpose` between libraries | right shape, wrong numbers: compare with a fixture |
# | no `Input` | the network has no weights: "isn't built" |
# | no head: maps where shares should be | "must have rank" |
# | whole numbers with `categorical_crossentropy` | "must have the same rank"; take the sparse one |
# | no softmax, and the loss not told `from_logits=True` | no error; learns badly |
# | `metrics` as third argument of `compile` | "dtype='string'"; the third is `loss_weights` |
# | pixels 0 to 255 not scaled | a first loss far above $\log$ of the number of classes |
# | one image without its batch axis | `x[None]` |
# | training and test from one hand, or one photograph | too good, see 5 below |
# | "global pooling merges channels" | (2, 8, 8, 3) becomes (2, 3) |
# | "pooling makes it invariant" | move the input by one |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# | | |
# |---|---|
# | the layer | $y[n,i,j,o] = f\big(b_o + \sum_{a,b,c} w[a,b,c,o]\,x[n,i+a,j+b,c]\big)$: cross-correlation |
# | parameters | $k_h k_w C_\text{in} C_\text{out} + C_\text{out}$, whatever the size of the image |
# | channels | in: added up; out: one for each kernel |
# | activation | without one, layers merge; an odd one cannot count both signs |
# | pooling | (N, H, W, C) becomes smaller in H, W; global: (N, C) |
# | a move of the input | maps move along; global pooling forgets the place; steps see a grid |
# | a network | `Input`, layers, head with softmax; `compile`, `fit`, `evaluate`, `predict` |
# | labels | whole numbers: sparse loss; one-hot: the other |
# | honesty | test data of another origin, several seeds, bounds |
#
# A kernel beats a dense layer where the question is what is there, not where; it does *less*, and so needs less to learn.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. The first three need no TensorFlow.
#
# **1.** 64 kernels of 5 × 5 on a colour image, with biases: how many parameters? And on an image of ten
# times the size?

# %% slideshow={"slide_type": "fragment"}
layer = layers.Conv2D(64, 5)
layer.build((None, 32, 32, 3))
print(layer.count_params(), "=", 5 * 5 * 3 * 64, "+", 64, "- at any size")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** Kernels from another library have the shape (C_out, C_in, kh, kw). Somebody *reshapes* them to ours. Is
# there an error? Are the numbers right?

# %% slideshow={"slide_type": "fragment"}
other = np.arange(24).reshape(4, 3, 2, 1)  # C_out, C_in, kh, kw
right, wrong = other.transpose(2, 3, 1, 0), other.reshape(2, 1, 3, 4)
print(right.shape == wrong.shape, "but of", right.size, "numbers", np.sum(right == wrong), "are in place")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** Max pooling is not linear. But the larger of two numbers is $b + \operatorname{relu}(a - b)$. Is it? So what can
# kernels, followed by ReLU, do?

# %% slideshow={"slide_type": "fragment"}
a, b = np.random.default_rng(0).normal(size=(2, 1000))
print(np.allclose(np.maximum(a, b), b + ops.relu(a - b)), "- also max pooling")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **4.** To have more training images somebody mirrors them, left for right, and keeps the labels. Is that right for grass? For
# the bars of section 14? What will the network of that section say to mirrored bars of 0°, 45°, 90°, 135°?

# %% slideshow={"slide_type": "fragment"}
says = bar_model.predict(bars.x_test[:, :, ::-1], verbose=0).argmax(axis=1)
for label, angle in enumerate((0, 45, 90, 135)):
    most = np.bincount(says[bars.y_test == label]).argmax()
    print(f"{angle}° mirrored: mostly {(0, 45, 90, 135)[most]}°")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **5.** Somebody shuffles the 1797 digits before cutting off the last 597 for testing. Does the accuracy
# rise or fall? Is the network better or worse?

# %% slideshow={"slide_type": "fragment"}
def test_accuracy(order):
    reproducible(seed=0)
    flat, labels = (digits.x.reshape(-1, 64) / 16)[order], digits.y[order]
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(flat[:1200], labels[:1200], batch_size=64, epochs=15, verbose=0)
    return model.evaluate(flat[1200:], labels[1200:], verbose=0)[1]

as_they_are, shuffled = test_accuracy(np.arange(1797)), test_accuracy(np.random.default_rng(0).permutation(1797))
print("other writers below 0.94:", as_they_are < 0.94, "- the same writers above:", shuffled > 0.94)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Now you
#
# (The network of question 5 is as good as before. Only the test is easier: it shows known hands.)
#
# **Exercises:**
# [questions on this chapter](../exercises/04_cnn_layers_keras/04_cnn_layers_keras.ipynb). Each checks itself, names
# your mistake and gives hints.
#
# ### Further reading
#
# F. Chollet, *Deep Learning with Python*, on networks for images. I. Goodfellow, Y. Bengio and A. Courville,
# *Deep Learning*, chapter 9. A. Zhang and others, *Dive into Deep Learning*, on convolutional networks. K. He and
# others, *Delving deep into rectifiers* (2015).
#
# **Before:** [3 · Cross-correlation and convolution](03_correlation_vs_convolution.ipynb). **Next:**
# [5 · Convolution arithmetic](05_convolution_arithmetic.ipynb).
