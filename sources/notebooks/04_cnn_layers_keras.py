# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Vote twice: more weights, and more often right. Expect the larger network in both. Let the class tell A to F apart; keep the votes for section 13."}
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
import tempfile
import numpy as np
from convcourse import datasets, figures, kernels, layers, ops, plots
from convcourse.experiments import seeing
from scipy import signal

# %% slideshow={"slide_type": "-"}
textures, bars, digits = datasets.textures(), datasets.bars(), datasets.digits()
six = [4, 2, 1, 5, 7, 11]
fig = figures.tiles(textures.x[six, :, :, 0], "ABCDEF", cols=6, height=1.5, signed=False)
truth = ", ".join(textures.about["classes"][label] for label in textures.y[six])
plots.show(fig, f"Six patches of 32 x 32 pixels. From left to right: {truth}.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Dense 1.5 billion, local 3.3 million, shared 864. Expect the three colours or the 32 maps forgotten. Follow one row of the third matrix: the same nine, moved on."}
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
print(f"dense {pixels * places * maps:,}, local {window * places * maps:,}, shared {window * maps:,}")
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
one_bright_pixel, w = np.eye(36).reshape(36, 6, 6, 1), np.arange(1, 10).reshape(3, 3)
shared = ops.correlate_channels(one_bright_pixel, w[:, :, None, None]).reshape(36, 16).T
plots.show(figures.connections(shared), "Matrices of 16 x 36: all free; nine in a row; the same nine.")
x = np.random.default_rng(0).normal(size=(6, 6))
assert np.allclose(shared @ x.ravel(), ops.correlate2d(x, w, "valid").ravel())

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Middle 8, corner 4. Expect a map for each colour: the kernel adds up over channels. Which colour betrays the wrong stack? Red or green, never grey."}
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
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abc->ij", windows, w)

x = np.zeros((5, 5, 3))
x[1:4, 1:4, 0] = x[2, 2, 1] = 1
w = np.stack([kernels.outline()] * 3, axis=-1)  # rows, columns, channels
print(over_channels(x, w))
by_scipy = [signal.correlate2d(x[:, :, c], w[:, :, c], "valid") for c in range(3)]
assert np.array_equal(over_channels(x, w), sum(by_scipy))

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
for name, colour in {"grey": (1, 1, 1), "red": (1, 0, 0), "green": (0, 1, 0)}.items():
    answers = [over_channels(np.ones((3, 3, 3)) * colour, k).item() for k in (w, wrong)]
    print(f"{name:5} right {answers[0]:3.0f}   wrong {answers[1]:3.0f}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Write kh, kw, C_in, C_out on the board. Red minus green is largest on the cup; the wrong kernel colours the flat table. Short of time: show the maps, not the code."}
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
# **Predict.** Four kernels for a red cup on a brown table: mean of all; edges, left to right; red minus green; and the
# *wrong* one of section 2. Where is the third map largest? How does the fourth betray itself?

# %% slideshow={"slide_type": "fragment"}
def layer_sums(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcab,abco->nijo", windows, w, optimize=True)

cup = datasets.coffee().x[60:340:2, 60:500:2].astype(float)
w = np.zeros((3, 3, 3, 4))
w[..., 0], w[..., 1], w[..., 3] = 1 / 27, kernels.sobel(1)[:, :, None] / 3, wrong / 9
w[1, 1, :, 2] = 1, -1, 0  # no neighbours, only colours: red minus green
y = layer_sums(cup[None], w)
assert np.allclose(y, ops.correlate_channels(cup[None], w))
views = {"x": cup} | {name: y[0, :, :, k] for k, name in enumerate(["mean", "edges", "red - green", "wrong"])}
fig = figures.gallery(views, [*views][2:], limit=150, cols=5, height=1.6)
plots.show(fig, f"A red cup, and its maps, {y.shape}: grey; upright edges; red things; the flat table coloured.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 14, "notes": "In the figure go to row 1, column 2; let them add first. Lower the second bias until its map is empty. Four in, four out: 148 parameters; expect a bias per place. Two linear layers are one, 5 by 5."}
# ## 4 Bias and activation
#
# *What section 3 showed:* a kernel without neighbours is a colour detector. The wrong kernel answers where nothing
# changes.
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
# A whole layer, with numbers small enough to add up in your head: three channels in, a red stripe on a blue
# ground; two kernels. The first looks for the left edge of the stripe, in red and, turned, in blue. Green
# does not count for it.
#
# **Predict** the three sums at the stripe's right edge, `y[1, 2, 0]`, and what bias and ReLU make of them. How many
# parameters has the layer with four channels in and four out?
#
# Then move the window, and change weights, bias, channels. Which bias makes the second map 0 everywhere? What
# is left with kernels of 1 × 1?

# %% slideshow={"slide_type": "subslide"}
figures.conv_layer(row=1, column=0)

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
one, two = kernels.binomial(), kernels.laplacian()
for mode in ("valid", "same"):
    layer_by_layer = ops.correlate2d(ops.correlate2d(head, one, mode), two, mode)
    apart = ~np.isclose(layer_by_layer, ops.correlate2d(head, ops.convolve2d(one, two), mode))
    print(f"{mode}: {apart.sum()} places differ, {apart[2:-2, 2:-2].sum()} of them inside")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Without activation the sum is 0, with tanh too: tanh is odd. Expect that any curve will do. Section 14 trains all three."}
# ## 5 What non-linearity buys
#
# *What section 4 showed:* the two kernels convolved, 5 × 5, do it (with zeros around, all but the border). A hundred layers without activation
# are one layer.
#
# What can a linear layer *not* do? Take a bar, bright or dark, on noise. A kernel looks for it, and the map is
# averaged to one number. Turn all signs: the linear average turns its sign, too. No weights on such averages can
# say "a bar, of either sign".
#
# **Predict.** The mean of the map for a bar, for the same bar with all signs turned, and the sum of the two: without activation;
# with ReLU; with tanh, which is an activation as well. Where is the sum not 0?

# %% slideshow={"slide_type": "fragment"}
bar, angle = bars.x[4:5], bars.about["angles"][bars.y[4]]
find = kernels.gabor(sigma=2, wavelength=6, angle=90 - angle, size=7)[:, :, None, None]
for name, f in (("none", np.asarray), ("ReLU", ops.relu), ("tanh", ops.tanh)):
    one, other = (f(ops.correlate_channels(sign * bar, find)).mean() for sign in (1, -1))
    print(f"{name}: as it is {one:6.3f}, signs turned {other:6.3f}, together {one + other:.3f}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 10, "notes": "Last row and column are dropped without a word. Five votes: yes, no, no, no, no. Expect that max pooling hides the move. Short of time: votes 3 and 4 at home."}
# ## 6 Pooling
#
# *What section 5 showed:* tanh is odd, $\tanh(-s) = -\tanh(s)$. Under a mean it fails as the linear layer does: not any curve
# will do. Section 14 trains all three.
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
# pooling of $-1$: can a zero from outside win? (5) The row 0 0 1 1 0 0 1 1 0 0, moved by one: does max pooling hide
# the move?

# %% slideshow={"slide_type": "fragment"}
box = ops.correlate_channels(four, np.full((2, 2, 1, 1), 1 / 4), stride=2)
print("1", np.array_equal(box, ops.average_pool2d(four, 2)))
a, b = four % 3, four % 5
print("2", np.array_equal(ops.max_pool2d(a + b, 2), ops.max_pool2d(a, 2) + ops.max_pool2d(b, 2)))
ones = np.ones((1, 3, 3, 1))
print("3", np.unique(ops.average_pool2d(ones, 2, padding="same")))
print("4", np.unique(ops.max_pool2d(-ones, 2, padding="same")))
row = np.array([0, 0, 1, 1, 0, 0, 1, 1, 0, 0]).reshape(1, 1, 10, 1)
print("5", *(ops.max_pool2d(r, (1, 2)).ravel() for r in (row, np.roll(row, 1, axis=2))))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "The shape is (2, 3). Expect (2, 8, 8, 1): that is channel pooling. Global max stays the same while all of the thing is in the picture."}
# ## 7 Global pooling
#
# *What section 6 showed:* (1) yes, a box in steps. (2) No. (3, 4) Neither: what lies outside never counts. (5) No: max pooling is
# *not* invariant to a move.
#
# **Global** pooling takes one number from each whole map, largest or mean. One reads that it "makes one channel
# out of three". That would be **channel** pooling: the largest of the channels at each place.
#
# **Predict** the shapes, from two images of 8 × 8 with three channels. Then the row with its two bars again. A kernel finds
# edges, and *global* max pooling follows: is that invariant to a move by one?

# %% slideshow={"slide_type": "fragment"}
x, edge = np.random.default_rng(0).normal(size=(2, 8, 8, 3)), np.array([-1, 1]).reshape(1, 2, 1, 1)
for f in (ops.global_average_pool2d, ops.global_max_pool2d, ops.channel_pool):
    print(f"{f.__name__:22} {x.shape} -> {f(x).shape}")
maps = [ops.correlate_channels(moved, edge) for moved in (row, np.roll(row, 1, axis=2))]
print("largest:", *(ops.global_max_pool2d(y).item() for y in maps))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Guess the spreads: 3, 21, 177. Why 2 in He's rule? ReLU throws half away. Shapes 26, 13, 11. 1619 numbers and NumPy: 94 per cent right."}
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
network = layers.Sequential([
    layers.Conv2D(8, 7, activation="relu"), layers.AveragePool2D(2),
    layers.Conv2D(16, 3, activation="relu"), layers.GlobalAveragePool2D(),
    layers.Dense(3, activation="softmax")])
network.build((None, 32, 32, 1))
trained = datasets.recorded("texture_cnn")
network.set_weights([trained[name] for name in ("w", "b", "w2", "b2", "w3", "b3")])
network.summary()
right = np.mean(network(textures.x_test).argmax(axis=1) == textures.y_test)
print(f"right: {right:.0%} of {len(textures.y_test)}")

# %% [markdown] slideshow={"slide_type": "slide", "lecture": 2, "minutes": 6, "notes": "Start Keras before the lecture. Shape (3, 3, 1, 1); vote flip or not: it does not. Without TensorFlow show section 17 and the first three questions."}
# ## 9 The same layer in Keras
#
# *What section 8 showed:* shapes and numbers stand in the table, and nearly all patches are right. That was a network without any
# library for networks.
#
# Who found its weights? Keras (chapter 9 says how). From here on we need TensorFlow. Where it is missing, the next cell says so and
# *Run All* stops. Section 17 and the first questions at the end still work.
#
# **Predict.** We put Sobel into a layer of Keras by hand. Which shape must the weights have? Does the layer flip them: will
# it equal `correlate2d` or `convolve2d`? (Integers, so "equal" means equal.)

# %% slideshow={"slide_type": "fragment"}
from convcourse.tf import keras, reproducible
from convcourse.training import Progress, refusal

layer = keras.layers.Conv2D(filters=1, kernel_size=3)
layer.build((None, None, None, 1))  # any number of images, rows, columns; one channel
layer.set_weights([kernels.sobel(1)[:, :, None, None], np.zeros(1)])
y = layer(head[None, :, :, None]).numpy()[0, :, :, 0]
for f in (ops.correlate2d, ops.convolve2d):
    print(f.__name__, np.array_equal(y, f(head, kernels.sobel(1), "valid")))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Cover the summary. For the second layer of kernels expect 160, its eight input channels forgotten; it is 1168. None stands for the number of images."}
# ## 10 A network, and its summary
#
# *What section 9 showed:* four axes for the kernel, one for the bias; and Keras's "convolution" is cross-correlation.
#
# `keras.Input` tells the shape of one image, without the batch. Then every layer knows what comes in, and makes its
# weights: the network is **built**. Without `Input` there are none before the first image.
#
# **Predict** the column of shapes and the column of parameters. What will stand for the number of images? (The last two lines
# copy the model into our NumPy layers, random weights and all: the same answers.)

# %% slideshow={"slide_type": "fragment"}
def texture_cnn():
    return keras.Sequential([
        keras.Input((32, 32, 1)),
        keras.layers.Conv2D(8, 7, activation="relu"), keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax")])

model = texture_cnn()
model.summary(line_length=60)
ours = layers.from_keras(model)(textures.x_test)
assert np.allclose(ours, model.predict(textures.x_test, verbose=0), atol=1e-5)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Certain and right costs 0. One tenth for each costs 2.30; expect 0.1 or 0.9. Ask why the last 597 digits are kept together: other writers."}
# ## 11 Prepare the data
#
# *What section 10 showed:* `None` is the number of images. $26 = 32-7+1$. Parameters: eight kernels of 49 and eight biases; sixteen of
# $9 \cdot 8$, since each reads *all eight* maps, and sixteen biases; $3 \cdot 16 + 3$.
#
# Four things to settle. **Scale**: numbers of size about 1. **Shape**: (N, H, W, C), float32, also for grey
# images. **Labels**: whole numbers from 0, or lists with a single 1 (*one-hot*); each form has its own loss. **Split**: test images
# of another origin. Our digits come in the order of their writers; the last 597 are by other hands.
#
# **Predict.** The loss of a guess is $-\log$ of the share that it gives to the true class. Which guess costs 0? What does
# guessing one tenth for each of ten cost?

# %% slideshow={"slide_type": "fragment"}
x = np.zeros((len(digits.x), 12, 24, 1), "float32")  # room to move to the right
x[:, 2:10, 5:13, 0] = digits.x / 16  # grey levels 0 to 16
x_late, y_late, guess = x[1200:], digits.y[1200:], np.full((597, 10), 0.1)
print("whole numbers", keras.losses.sparse_categorical_crossentropy(y_late, guess)[:3].numpy())
print("one-hot      ", keras.losses.categorical_crossentropy(np.eye(10)[y_late], guess)[:3].numpy())

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Let pairs find the five faults first. Two and three are one confusion, both ways: whole numbers or one-hot. Short of time: only 2 and 4."}
# ## 12 Compile, and what can go wrong
#
# `compile` says how to learn. **optimizer**: how weights change; `Adam(0.003)`, with its step size, is a good
# first try. **loss**: what is made small; it must fit the labels. **metrics**: what is only shown. Then
# `fit(x, y)` goes through the data `epochs` times, in random batches of `batch_size` images, and changes the weights after
# each batch.
#
# **Predict** what is wrong in each of the five lines of `faults`, before you read what Keras says to it.

# %% slideshow={"slide_type": "fragment"}
def trial(loss="sparse_categorical_crossentropy", upto=None, y=textures.y):
    some = keras.Sequential(texture_cnn().layers[:upto])
    some.compile("adam", loss)
    some.fit(textures.x[:64], y[:64], verbose=0)

faults = [lambda: texture_cnn().fit(textures.x, textures.y),
          lambda: trial("categorical_crossentropy"),
          lambda: trial(y=np.eye(3)[textures.y]), lambda: trial(upto=2),
          lambda: layer.set_weights([np.zeros((1, 1, 3, 3)), np.zeros(1)])]
for number, fault in enumerate(faults, 1):
    print(number, refusal(fault)[:118])

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 11, "notes": "Train live, it takes seconds. Ask for the dense network's loss on unseen patches: it rises. Ten runs: dense 0.66 to 0.69, kernels 0.96 to 0.99. One run is an anecdote."}
# ## 13 Train
#
# *What section 12 showed:* (1) not compiled; (2) whole numbers need the *sparse* loss, (3) one-hot the other; (4) no head: maps
# where shares should be; (5) weights in another library's order.
#
# Now the question of the first page. `fit` returns the **history**,
# here also of patches that it does not learn from (`validation_data`). `evaluate` gives the loss and the metrics at
# the end; `predict` the shares.
#
# **Predict** the number of weights of both, and four curves: the loss of the dense network on its training patches and on unseen ones; the
# same for the kernels.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
test, loss, score = (textures.x_test, textures.y_test), "sparse_categorical_crossentropy", {}
for name in ("dense", "kernels"):
    reproducible(seed=0)
    model = texture_cnn() if name == "kernels" else seeing.network("textures dense")
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
    run = model.fit(textures.x, textures.y, epochs=10, batch_size=64, validation_data=test,
                    verbose=0, callbacks=[Progress(name)])
    score[name] = model.evaluate(*test, verbose=0)[1]
    fig = figures.curves(run.history, f"{name}, {model.count_params():,} weights", 1.7)
    plots.show(fig, f"{name}: loss and accuracy, training and validation, in ten epochs.")
assert score["dense"] < 0.8 < 0.9 < score["kernels"]

# %% [markdown] slideshow={"slide_type": "subslide"}
# The dense network knows its training patches by heart: loss 0, all right. On unseen ones its loss *rises* while it goes on
# learning. That is **overfitting**. The kernels are as good on unseen patches as on known ones: there is no room to learn by
# heart, and what is true at one place of a texture is true at all.
#
# (We looked at unseen patches in each epoch, but chose nothing by them. Who does choose, such as the best epoch,
# needs a third part of the data for the last word.)
#
# One run is an anecdote: try `seed=1`. Here are ten of each network (`convcourse.experiments.seeing`), stored.

# %% slideshow={"slide_type": "fragment"}
ten = {name: seeing.recorded(f"textures {name}") for name in ("linear", "dense", "cnn")}
ends = "; ".join(f"{name} {a.min():.2f} to {a.max():.2f}" for name, a in ten.items())
plots.show(figures.runs(ten, chance=1 / 3), f"Accuracy in ten runs each, on unseen patches: {ends}.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Vote: none and tanh stay at guessing, 0.25; ReLU comes to 0.98 or more. Expect that tanh will do. Let them draw the kernels first: bars and edges at four angles."}
# ## 14 Learned kernels
#
# Section 5 in earnest: which way does a bar point, 0°, 45°, 90° or 135°? Place, length and contrast are random, bright or
# dark. Eight kernels of 7 × 7, activation, global mean, four shares. (`seeing.train` builds, compiles
# and fits as we did.)
#
# **Predict** the accuracy without activation, with tanh, with ReLU; 0.25 is guessing. And the eight kernels that the last one
# learns: what will they look like, beside four that we draw by hand?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
for name, low, high in (("none", 0, 0.4), ("tanh", 0, 0.4), ("relu", 0.9, 1)):
    bar_model, ten = seeing.train(f"bars {name}"), seeing.recorded(f"bars {name}")
    accuracy = bar_model.evaluate(bars.x_test, bars.y_test, verbose=0)[1]
    assert low < accuracy <= high
    print(f"{name}: this run {accuracy:.3f}, ten runs {ten.min():.3f} to {ten.max():.3f}")
by_hand = [kernels.gabor(sigma=2, wavelength=6, angle=90 - a, size=7) for a in (0, 45, 90, 135)]
learned = np.moveaxis(bar_model.layers[0].get_weights()[0][:, :, 0], -1, 0)
titles = ["0°", "45°", "90°", "135°", *(f"learned {n}" for n in range(8))]
fig = figures.tiles([*by_hand, *learned], titles, cols=4, height=1.05, width=5)
plots.show(fig, "Four bars drawn by hand; eight learned kernels, bars and edges at the four angles.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Let them draw four curves. Moved by one: dense 0.49, flattened 0.70, 2 by 2 pooling 0.81, global 0.95. Expect that pooling makes it invariant; odd moves see another grid."}
# ## 15 A digit moves
#
# *What section 14 showed:* without ReLU, or with an odd curve, the network stays at guessing. With ReLU the kernels become
# bars and edges at the angles that matter. (A global *max* is no linear step. Would it need ReLU? Try.)
#
# Digits, learned at one place, then moved to the right by up to six pixels. Four networks: dense; kernels and 2 × 2 pooling, then
# flattened; the same with *global* max pooling at the end; only global max pooling, no 2 × 2.
#
# **Predict.** Which of them still know the digits after a move? Remember (5) of section 6. What happens in the third at odd and
# at even moves?

# %% slideshow={"slide_type": "fragment"}
for name in ("digits pool", "digits global"):
    model = seeing.train(name)
    shares = [model.predict(seeing.moved(x_late, step), verbose=0) for step in range(7)]
    print(f"{name:13}", [np.allclose(moved, shares[0], atol=1e-5) for moved in shares])

# %% slideshow={"slide_type": "fragment"}
look = {"global": "y", "pool": "w", "flatten": "x", "dense": "error", "dense moved": "true"}
fig, ax = plots.panels(height=2.6)
means = {name: seeing.recorded(f"digits {name}").mean(axis=0) for name in look}
for name, symbol in look.items():
    plots.line(ax, range(7), means[name], symbol, label=name, marker=plots.MARKERS[symbol])
ax.set(xlabel="moved to the right, pixels", ylabel="mean accuracy", ylim=(0, 1.02))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
ends = ", ".join(f"{name} {m[0]:.2f}, {m[1]:.2f}, {m[6]:.2f}" for name, m in means.items())
plots.show(fig, f"Mean of ten runs, moved by 0, 1, 6 pixels: {ends}. In pool every odd move costs.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Name one orange cell: the row is the truth, the column the guess. Let the class read the eight digits. Equivariance moves along, invariance forgets the place."}
# ## 16 Look at the mistakes
#
# *What section 15 showed:* dense networks and flattened maps learn a digit *at a place*. Maps move along with the digit: this is
# **equivariance**. Only global pooling forgets the place, exactly. Steps of 2 see another grid after an odd move (chapter 11).
# The dotted line is the dense network trained on copies at all seven places: **augmentation**. It works, for
# seven times the work, at these places. (Keras does it in training with layers such as `RandomTranslation`.)
#
# The **confusion matrix** counts for each true class (row) what it was taken for (column).
#
# **Predict.** Which digits will the network confuse? Would *you* read its mistakes right?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
guessed, sure = shares[0].argmax(axis=1), shares[0].max(axis=1)
assert np.mean(guessed == y_late) > 0.9
plots.show(figures.confusion(y_late, guessed, height=2.7), "Ten rows, ten columns; mistakes off the diagonal, in orange.")
surest = [n for n in np.argsort(-sure) if guessed[n] != y_late[n]][:8]
titles = [f"{y_late[n]}, not {guessed[n]}" for n in surest]
fig = figures.tiles(digits.x[1200:][surest], titles, signed=False)
plots.show(fig, "Eight mistakes of which the network was surest, each with the truth and the guess.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Choose image 6, grass taken for gravel, and follow one number of conv2 back to its 12 rows of the picture. Short of time: this figure only, not the slider."}
# ## 17 Look inside
#
# What does each layer make of an image? We let the network of section 8 work layer by layer, so that the pictures are the same for
# everyone. (For yours: `network = layers.from_keras(model)`. In Keras itself
# `keras.Model(model.inputs, [one.output for one in model.layers])` returns all outputs.)
#
# **Predict.** Which maps are bright where the patch has edges, which where it is flat? Why are the maps of the second layer harder to
# read? Where has the place got lost?
#
# Then pick other patches: 0 to 199 are brick, 200 to 399 grass, 400 to 599 gravel.

# %% slideshow={"slide_type": "fragment"}
by_class = textures.x_test[np.argsort(textures.y_test, kind="stable")]
names = "kernels, ReLU", "mean, 2 × 2", "kernels, ReLU", "global mean", "dense, softmax"

def layer_by_layer(number=0):
    classes, maps, x = textures.about["classes"], {}, by_class[number][None]
    for n, (name, one) in enumerate(zip(names, network.layers, strict=True), 1):
        x = one(x)
        maps[f"{n} {name}"] = x[0]
    says = f"Patch {number}, {classes[number // 200]}; the network says {classes[x.argmax()]}."
    return figures.feature_maps(by_class[number][:, :, 0], maps, classes), says

figures.live(layer_by_layer, number=(0, 599))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now a single number of a map, followed back to the picture: its window, its kernels, its sum. The arrow keys go from map to map, up
# and down through the channels, left and right through the layers; *Enter* goes into the chosen map, *Escape* back.
# It is the network of section 8, with eight unseen patches; the last two are told wrong. (For yours:
# `figures.network(model, images)`.)
#
# **Predict.** How many rows of the picture does one number of `conv2` depend on? Image 6 is grass, taken for gravel. Choose
# *gravel* in `dense1`: which of the 16 means adds most to its sum? Where is *that* map of `conv2` brightest?

# %% slideshow={"slide_type": "fragment"}
figures.network(image=6, layer=3, channel=3)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Three votes: loaded equal, seed 1 twice equal, seeds 1 and 2 not. Across machines compare with bounds. Can be read at home."}
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
    model.save(f"{folder}/digits.keras")
    again = keras.models.load_model(f"{folder}/digits.keras").predict(x_late, verbose=0)
one, same, other = (seeing.train("bars relu", seed).get_weights()[0] for seed in (1, 1, 2))
print("loaded:", np.array_equal(again, shares[0]))
print("seed 1 twice:", np.array_equal(one, same), "- seeds 1 and 2:", np.array_equal(one, other))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Do kernels win as clearly? No: clothes lie at one place, upright. Download the data before the lecture, or skip this."}
# ## 19 More images: Fashion-MNIST
#
# *What section 18 showed:* the loaded network is the same one, bit for bit. The seed decides.
#
# Fashion-MNIST holds 70,000 grey images of clothes, ten kinds, 28 × 28. It is not part of the course;
# `datasets.fashion_mnist(offline=False)` downloads it once, 30 MB, into the cache of Keras.
#
# **Predict.** Two networks learn from 10,000 of them: a dense one, and kernels with far fewer weights. Clothes lie in the middle of the
# picture, always upright. Will the kernels win as clearly as on the textures?

# %% slideshow={"slide_type": "fragment"}
try:
    for name in ("fashion dense", "fashion cnn"):
        print(name, "- between 0.78 and 0.88:", 0.78 < seeing.run(name)[0] < 0.88)
except FileNotFoundError:
    print("Fashion-MNIST is not on this computer. With it, expect 0.78 to 0.88 from both networks.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Point at two that raise no error: tables stacked along the first axis, and no softmax. The rest is to be read."}
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

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Read the last line aloud: a kernel does less, and so needs less to learn."}
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

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "In class 4 and 5. Mirrored grass is grass; a bar of 45 degrees becomes one of 135. Shuffling makes the test easier, not the network better."}
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
print(right.shape == wrong.shape, "-", np.sum(right == wrong), "of", right.size, "are in place")

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
for name, low, high in (("digits dense", 0.88, 0.94), ("digits dense shuffled", 0.94, 1)):
    ten = seeing.recorded(name)[:, 0]
    inside = low < seeing.run(name)[0] < high
    print(f"{name:21} ten runs {ten.min():.2f} to {ten.max():.2f}; this one {low} to {high}: {inside}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 24 points; the questions add up to 170 minutes. Three of the nine need Keras."}
# ## Now you
#
# *Question 5:* the network is as good as before. Only the test is easier: it shows known hands.
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
