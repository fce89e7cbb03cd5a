# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Ask for a bet before anything else: with an eighth of the products, how many times as fast? Write the bets down; section 10 measures."}
# # 8 · Grouped and separable convolutions
#
# In an ordinary layer each output channel reads *all* input channels. Networks made for telephones leave most of these
# connections out. **Which ones can go, what does it cost us, and is a layer with an eighth of the products eight times as
# fast?**
#
# **You will** cut channels into groups and shuffle them; split a layer into two cheap ones, and find out when that is
# exact; count, and measure time; train cheap networks against a plain one.
#
# **You need** chapters [2](02_image_kernels.ipynb), [4](04_cnn_layers_keras.ipynb) and
# [5](05_convolution_arithmetic.ipynb).
#
# **Minutes** 70

# %% slideshow={"slide_type": "skip"}
from functools import reduce
from itertools import product
from time import process_time
import numpy as np
from convcourse import arithmetic, datasets, figures, kernels, ops, plots
from convcourse.arithmetic import Conv, Depthwise, Separable
from convcourse.experiments import cheaper
from convcourse.figures import grouped_pictures as pictures, transposed_pictures

# %% slideshow={"slide_type": "-"}
blocks = ops.block_diagonal(np.ones((1, 1, 2, 8), int), 4)[0, 0] * np.repeat([1, 2, 3, 4], 2)
each, every = np.eye(8, dtype=int), np.ones((8, 8), int)
ways = {"ordinary": [every], "four groups": [blocks], "depthwise, pointwise": [each, every]}
fig = pictures.wiring(ways)
plots.show(fig, "Eight channels to eight: all 64 connections, 16 in four groups, and one each followed by a layer with all 64.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Four numbers on paper. Those who write 10, 100 connect every output with all inputs. Say aloud: the first outputs belong to the first group."}
# ## 1 Cut the channels into groups
#
# Take $C$ input channels and $N$ output channels. Cut both into $g$ blocks. The first block of outputs reads the first block of inputs, and nothing
# else; the second reads the second. This is a **grouped convolution**.
#
# **Predict.** One pixel, four channels: $1, 2, 3, 4$. Kernels of 1 by 1, two groups, four outputs. Each kernel has *two* weights: $1, 1$ for the first
# and the third, $10, 10$ for the second and the fourth. Which four numbers come out?

# %% slideshow={"slide_type": "fragment"}
pixel = np.array([1, 2, 3, 4]).reshape(1, 1, 1, 4)
w = np.array([[1, 10, 1, 10], [1, 10, 1, 10]])[None, None]
print("kernels", w.shape, "- result", ops.correlate_channels(pixel, w, groups=2).ravel())

# %% [markdown] slideshow={"slide_type": "subslide"}
# $1+2$ and ten times it, $3+4$ and ten times it. The kernels have shape (kh, kw, $C/g$, $N$): the *third* number tells
# how many channels each output reads.
#
# From scratch: cut, convolve each block, put the results side by side.
#
# **Predict.** Six channels in, nine out, three groups, 3 by 3: which shape have the kernels? Could we make eight outputs?


# %% slideshow={"slide_type": "fragment"}
def grouped(x, w, g):
    parts = zip(np.split(x, g, axis=3), np.split(w, g, axis=3), strict=True)
    return np.concatenate([ops.correlate_channels(a, b) for a, b in parts], axis=3)

rng = np.random.default_rng(0)
x, w = rng.normal(size=(2, 8, 9, 6)), rng.normal(size=(3, 3, 2, 9))
print(grouped(x, w, 3).shape, np.allclose(grouped(x, w, 3), ops.correlate_channels(x, w, groups=3)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Not eight: $g$ must divide the inputs *and* the outputs.
#
# ### The same in Keras
#
# Keras has the argument `groups`. Where TensorFlow is missing, the next cell says so, and the cells that begin with `if keras` do nothing.
#
# **Predict.** Copy the kernels of a Keras layer with groups into our function. Equal over many settings, or only in some?

# %% slideshow={"slide_type": "fragment"}
try:
    from convcourse.tf import keras, tf
except ImportError:
    keras = None
    print("No TensorFlow here: the cells that begin with 'if keras' do nothing.")
if keras:
    tried = 0
    for g, k, padding in product((1, 2, 3, 6), (1, 2, 3), ("valid", "same")):
        layer = keras.layers.Conv2D(12, k, padding=padding, groups=g, use_bias=False)
        there = layer(x.astype("float32")).numpy()
        here = ops.correlate_channels(x, layer.get_weights()[0], padding, groups=g)
        assert np.allclose(here, there, atol=1e-5)
        tried += 1
    print(tried, "settings: as in Keras")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Cover the picture, ask where the zeros are. Then the count: three answers are on offer, let them vote: 18,496, 4,672, 1,216."}
# ## 2 A dense layer with zeros
#
# At each place of the kernel an ordinary layer holds a matrix: one row for each input channel, one column for each output.
#
# A grouped layer is an ordinary one in which most entries are zero, and are neither stored nor multiplied.
#
# **Predict.** Two groups, four channels in, four out. Where in the 4 by 4 matrix are the zeros? And with four groups?

# %% slideshow={"slide_type": "fragment"}
tables = {g: np.arange(1, 16 // g + 1).reshape(4 // g, 4)[None, None] for g in (1, 2, 4)}
dense = {f"{g} group{'s' * (g > 1)}": ops.block_diagonal(v, g)[0, 0] for g, v in tables.items()}
fig = transposed_pictures.matrices(dense, height=2.0)
plots.show(fig, "Matrices of 4 by 4: full; two blocks of 2 by 2 on the diagonal; four single numbers on the diagonal.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The matrix is **block-diagonal**. With it an ordinary layer gives the same numbers. That is the quickest way to see what a grouped layer
# can and cannot do.
#
# **Predict.** `Conv2D(64, 3)` on 32 channels has 18,496 parameters, 64 of them biases. How many with `groups=4`?

# %% slideshow={"slide_type": "fragment"}
full = ops.block_diagonal(w, 3)
print("same numbers:", np.allclose(ops.correlate_channels(x, full), grouped(x, w, 3)))
for c, n, g in ((32, 64, 1), (32, 64, 4), (128, 128, 1), (256, 256, 4)):
    print(f"{c} to {n}, groups={g}:", arithmetic.cost(Conv(n, 3, groups=g), (16, 16, c)).parameters)
print("divided by 4 twice:", 3 * 3 * 32 * 64 // 4**2 + 64)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A quarter of the *weights*, and all biases: $3 \cdot 3 \cdot 8 \cdot 64 + 64$. In general
#
# $$k^2 \cdot \frac{C}{g} \cdot N \;(+\,N)$$
#
# and as many MACs per output pixel as weights. Dividing once is right: each of the $N$ outputs reads $C/g$ channels. Who divides by $g^2$ thinks that the
# outputs become fewer, too.
#
# One reads that groups make a layer *more expressive*. They do not: it is an ordinary layer with zeros (*same numbers*), and can do less. It may win at the
# same *price*: 256 channels in four groups cost as much as 128 without, but for biases.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Let two halves of the hall exchange no word for one exercise, then mix the seats: this is the shuffle. The count 2, 2 against 2, 4 is the point."}
# ## 3 Groups never talk
#
# Stack two layers with groups. What does an output of the second one know?
#
# **Predict.** Eight channels, four groups in both layers. On how many of the eight input channels does one output depend after one layer, after two,
# after three? Draw the connections.

# %% slideshow={"slide_type": "fragment"}
def reads(*layers):
    through = reduce(np.matmul, layers)
    return np.count_nonzero(through, axis=0).tolist()

print([reads(*[blocks] * n) for n in (1, 2, 3)])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two, however many layers: a product of block-diagonal matrices has the same blocks. The network falls apart into four that never
# exchange a number.
#
# The cure costs no weight: **shuffle** the channels between the layers. Deal them like cards, one from each group in turn.
#
# **Predict.** The channels $0, 1, 2 \mid 3, 4, 5$, two groups. In which order do they lie after the shuffle? And with an array: reshape, transpose,
# reshape. To which shape first?


# %% slideshow={"slide_type": "fragment"}
def shuffle(x, g):
    split = x.reshape(*x.shape[:-1], g, -1)
    return split.swapaxes(-1, -2).reshape(x.shape)

print(dealt := shuffle(np.arange(6), 2), ops.channel_shuffle(range(6), 2), "- and back:", shuffle(dealt, 3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# $(2, 3)$, turned to $(3, 2)$, then flat. (Dealing with $C/g$ groups brings the order back.)
#
# In the picture below each layer has four kinds of line, one for each of *its own* groups: the first layer's solid group is not the second's.
#
# **Predict.** With a shuffle between them: on how many of eight channels does an output depend after two layers with four groups? After three?

# %% slideshow={"slide_type": "fragment"}
deal = ops.channel_shuffle(np.eye(8, dtype=int), 4)  # column o: where output o comes from
mixed = (deal @ blocks > 0) * blocks.max(axis=0)
print([reads(blocks, *[mixed] * n) for n in (0, 1, 2)])
fig = pictures.wiring({"groups only": [blocks] * 2, "shuffle between": [blocks, mixed]}, height=3, width=7)
plots.show(fig, "Two layers with four groups: without shuffle two channels stay among themselves; with it each output reaches four of eight.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Order of the outputs first: 1, 10, 2, 20. The printed picture is a joke with a point: plates that slip. A shift is a convolution."}
# ## 4 As many groups as channels
#
# *What section 3 showed:* two, four, eight: with groups of two channels, each further layer doubles the reach.
#
# At the far end, $g = C$: each channel has kernels of its own. This is a **depthwise** convolution. With a *multiplier* $M$ each channel gets $M$
# kernels, of shape (kh, kw, $C$, $M$).
#
# **Predict.** A pixel with channels $1, 2$; kernels of 1 by 1, for each channel $1$ and $10$. In which order do the four
# outputs come?

# %% slideshow={"slide_type": "fragment"}
two = np.array([1, 2]).reshape(1, 1, 1, 2)
d = np.array([[1, 10], [1, 10]])[None, None]
print("kernels", d.shape, "- result", ops.depthwise(two, d).ravel())
if keras:
    layer = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)
    there, ws = layer(x.astype("float32")).numpy(), layer.get_weights()[0]
    print("as Keras:", np.allclose(ops.depthwise(x, ws), there, atol=1e-5), ws.shape)

# %% [markdown] slideshow={"slide_type": "subslide"}
# First all results of channel 0, then those of channel 1.
#
# ### Plates that slip
#
# A colour photograph has three channels, like the plates of a printer. A depthwise layer treats each plate by itself, and never mixes them.
#
# **Predict.** The kernels: red moves 6 pixels to the left, green stays, blue moves 6 pixels to the right. What happens inside a flat area, and what
# at the rim of the cup?

# %% slideshow={"slide_type": "fragment"}
photo = datasets.coffee().x[60:300, 120:440]
plates = np.zeros((1, 13, 3, 1))
plates[0, [12, 6, 0], [0, 1, 2], 0] = 1  # the weight is where the pixel comes from
slipped = ops.depthwise(photo[None], plates, "same")[0]
inner = {"photograph": photo[:, 6:-6], "plates slipped": slipped[:, 6:-6].astype(np.uint8)}
fig = figures.gallery(inner, cols=2, height=1.9, width=5.2)
plots.show(fig, "A cup of coffee, 240 by 308 pixels, and the same with coloured fringes at its edges: flat areas keep their colour.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Many expect a blur from every convolution. Ask how many pixels a 1 by 1 kernel sees. Grey from colours is one they have used for years."}
# ## 5 One pixel, all channels
#
# The opposite: a kernel of 1 by 1 that reads *all* channels. It sees no neighbour: a **pointwise** convolution multiplies the channels of
# each pixel with one matrix, the same at all pixels.
#
# **Predict.** Three channels in, three out: the mean of red, green and blue; red minus green; and blue minus the mean of red and green. Which of the three
# shows the cup, and which one the colours? Is any of them blurred?

# %% slideshow={"slide_type": "fragment"}
mix = np.array([[1 / 3, 1, -0.5], [1 / 3, -1, -0.5], [1 / 3, 0, 1]])
seen = ops.correlate_channels(photo[None].astype(float), mix[None, None])[0]
print("a product at each pixel:", np.allclose(seen, photo @ mix))
names = {"mean": seen[..., 0], "red − green": seen[..., 1], "blue − yellow": seen[..., 2]}
fig = figures.gallery(names, signed=list(names)[1:], cols=3, height=2.1)
plots.show(fig, "The mean shows the cup in grey; red − green is largest on the red saucer, blue − yellow most negative in the coffee; all are sharp.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Write the two arrows: neighbours first, channels second. Ask whether the order could be turned round. Let them count 288 + 2,048 themselves."}
# ## 6 Depthwise, then pointwise
#
# An ordinary layer mixes neighbours and channels at once. We can do it in two steps: depthwise for the neighbours, pointwise for the
# channels. Together: a **depthwise separable** convolution.
#
# **Predict.** 32 channels in, 64 out, kernel 3 by 3, no bias. How many weights has the ordinary layer, how many have the two steps? How many times less
# is it: 2, 8, or 32?


# %% slideshow={"slide_type": "fragment"}
def separable(x, d, p):
    return ops.correlate_channels(ops.depthwise(x, d), p)

d, p = rng.normal(size=(3, 3, 6, 1)), rng.normal(size=(1, 1, 6, 9))
print("as the library:", np.allclose(separable(x, d, p), ops.separable(x, d, p)))
for layer in (Conv(64, 3, bias=False), Separable(64, 3, bias=False)):
    print(layer.kind, arithmetic.cost(layer, (16, 16, 32)).parameters)

# %% [markdown] slideshow={"slide_type": "subslide"}
# $9 \cdot 32 + 32 \cdot 64 = 2{,}336$ against $9 \cdot 32 \cdot 64$: nearly eight times less.
#
# In Keras it is a single layer. Its two kernels come first, then one bias, after the second step.
#
# **Predict.** Between the two steps there is no activation. So both are linear: is there *one* ordinary layer that gives the same numbers? With
# which kernels?

# %% slideshow={"slide_type": "fragment"}
one = np.einsum("abc,co->abco", d[..., 0], p[0, 0])
print("one ordinary layer:", np.allclose(ops.correlate_channels(x, one), separable(x, d, p)), one.shape)
if keras:
    layer = keras.layers.SeparableConv2D(9, 3)
    there = layer(x.astype("float32")).numpy()
    ws = layer.get_weights()
    print("Keras:", [a.shape for a in ws], np.allclose(separable(x, *ws[:2]) + ws[2], there, atol=1e-5))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "The claim that the two are equal is widespread. Ask for a counterexample before the run: two outputs that want different pictures of one channel."}
# ## 7 Not every layer
#
# *What section 6 showed:* yes, $w[a, b, c, o] = d[a, b, c] \cdot p[c, o]$. Read the other way, it is a restriction. Fix an input channel $c$: *all* outputs
# must use the same little picture $d[\cdot, \cdot, c]$, and may only scale it. Written as a matrix of $k^2$ rows and $N$ columns, the layer's part for
# $c$ has **rank 1**.
#
# **Predict.** An output wants vertical edges of channel 0, another one horizontal edges of channel 0. Can a separable layer with $M = 1$ do
# both? With $M = 2$?

# %% slideshow={"slide_type": "fragment"}
edges = np.stack([kernels.sobel(1), kernels.sobel(0)], axis=-1)[:, :, None]
same = np.stack([kernels.sobel(1), -2 * kernels.sobel(1)], axis=-1)[:, :, None]
for name, layer in (("two directions", edges), ("one, scaled", same)):
    print(f"{name}: rank {np.linalg.matrix_rank(layer.reshape(9, 2))}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Rank 2 needs $M = 2$. The singular value decomposition finds the *nearest* separable layer, channel by channel: its first $M$ terms are the depthwise and
# the pointwise kernels.
#
# How much of a **trained** layer survives? We take the second layer of a stored network that tells textures apart (chapter 4): 3 by 3,
# 8 channels to 16.
#
# **Predict.** Which share of the energy (sum of squares) does $M = 1$ keep? More than of random weights?


# %% slideshow={"slide_type": "fragment"}
def nearest(w, m):
    kh, kw, c, n = w.shape
    u, s, v = np.linalg.svd(w.transpose(2, 0, 1, 3).reshape(c, kh * kw, n), full_matrices=False)
    d = (u[:, :, :m] * s[:, None, :m]).transpose(1, 0, 2).reshape(kh, kw, c, m)
    return d, v[:, :m].reshape(1, 1, c * m, n), np.sum(s[:, :m] ** 2) / np.sum(s**2)

net = datasets.recorded("texture_cnn")
shuffled = rng.permutation(net["w2"].ravel()).reshape(net["w2"].shape)
for m in (1, 2, 3, 9):
    print(f"M = {m}: trained {nearest(net['w2'], m)[2]:.2f}, shuffled weights {nearest(shuffled, m)[2]:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# More than by chance, but not all. Is it enough? We put the nearest separable layer into the network, train nothing, and count what it tells
# right.
#
# **Predict.** The stored network tells about 92 % of 600 test patches right. With $M = 1$? Which $M$ is needed, and is it still cheaper then?

# %% slideshow={"slide_type": "fragment"}
patches = datasets.load("textures")
maps = ops.max_pool2d(ops.relu(ops.correlate_channels(patches.x_test, net["w"]) + net["b"]), 2)

def right(y):
    scores = ops.relu(y + net["b2"]).mean(axis=(1, 2)) @ net["w3"] + net["b3"]
    return np.mean(scores.argmax(axis=1) == patches.y_test)

for m in (1, 2, 3, 4, 9):
    d, p, _ = nearest(net["w2"], m)
    told = right(ops.separable(maps, d, p))
    print(f"M = {m}: right {told:.2f}, weights {d.size + p.size} of {net['w2'].size}")
print(f"as it was: {right(ops.correlate_channels(maps, net['w2'])):.2f}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "The word separable means two things; write both in one line each. Ask which of the two is exact for a Sobel kernel. Let someone type a kernel."}
# ## 8 Two meanings of separable
#
# *What section 7 showed:* $M = 1$ loses far too much; $M = 4$ comes close, with two thirds of the weights. So a separable layer is no free replacement for a trained one. Section 11
# trains it from the start.
#
# The word has two meanings. **Spatially** separable (chapter 2): *one kernel* of $k \times k$ is a column times a row, rank 1; $2k$ products instead of
# $k^2$. **Depthwise** separable: the *window* is split from the *channels*.
#
# **Predict.** Which of these are spatially separable: Sobel, the Laplacian, a Gaussian, emboss? Is a depthwise separable layer spatially
# separable?

# %% slideshow={"slide_type": "fragment"}
named = {"Sobel": kernels.sobel(1), "Gaussian": kernels.gaussian(1)}
named |= {"Laplacian": kernels.laplacian(), "emboss": kernels.emboss()}
for name, kernel in named.items():
    print(f"{name:10} rank {kernels.facts(kernel).rank}")
print(f"depthwise  rank {kernels.facts(rng.normal(size=(3, 3))).rank}: its kernels are free")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Change it yourself
#
# A kernel of rank $r$ is a sum of $r$ products of column and row. The best of rank 1 keeps the share of the largest squared singular
# value.
#
# **Predict, then type.** Which kernel of the menu loses most with one product? With how many is each one complete? Then type a kernel of your own: can you
# make a 3 by 3 kernel of rank 1 whose nine numbers all differ? When does the split cost *more* multiplications than $k^2$?

# %% slideshow={"slide_type": "subslide"}
figures.separability("emboss")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "First the bets: the limit for many filters. After the count derive the ratio on the board; picture size and inputs cancel. Then: where do the remaining MACs sit? The inverted block at the end is for reading."}
# ## 9 What it costs
#
# An ordinary layer multiplies all numbers of a window once for *each* output. A separable one looks at the window of each channel once, and mixes
# the channels after that. Which share of the products is left?
#
# **Predict.** Kernels of 3 by 3, and more and more outputs $N$: towards which number does the share go? Does it depend on the number of inputs? A layer of
# 14 by 14 pixels, 512 channels to 512, has 462,422,016 MACs. How many if it is separable?

# %% slideshow={"slide_type": "fragment"}
for k, c, n in ((3, 32, 64), (3, 512, 64), (3, 512, 512), (3, 512, 1024), (5, 32, 256)):
    pair = [kind(n, k, padding="same") for kind in (Separable, Conv)]
    cheap, dear = (arithmetic.cost(layer, (14, 14, c)).macs for layer in pair)
    print(f"k = {k}, {c} to {n}: {cheap:,} of {dear:,} MACs, {cheap / dear:.4f}")
    assert np.isclose(cheap / dear, 1 / n + 1 / k**2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# At each output pixel, in MACs: ordinary $k^2 C N$; depthwise $k^2 C$, and pointwise $C N$. The share is
#
# $$\frac{k^2 C + C N}{k^2 C N} = \frac{1}{N} + \frac{1}{k^2}$$
#
# The inputs cancel, and it goes towards $1/k^2$: for kernels of 3 by 3 never more than nine times less.
#
# ### A whole network
#
# **MobileNet** (2017) has one ordinary layer, then 13 blocks of depthwise and pointwise layers. We rebuild it as a list.
#
# **Predict.** Most of its MACs: in the depthwise layers, in the pointwise ones, or in the first?

# %% slideshow={"slide_type": "fragment"}
plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
mobile = [Conv(32, 3, 2, "same", bias=False)]
for filters, stride in plan:
    mobile += [Depthwise(3, stride, "same", bias=False), Conv(filters, 1, bias=False)]
table = arithmetic.trace(mobile, (224, 224, 3))
deep = sum(row.macs for row in table.rows if row.kind == "depthwise")
first, total = table[0].macs, table.macs + 1024 * 1000  # and the last, dense layer
point = table.macs - deep - first
print(f"{total:,} MACs: first {first / total:.1%}, depthwise {deep / total:.1%}, pointwise {point / total:.1%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# 95 % are pointwise: what is left is mixing of channels, at single pixels. The depthwise steps, which see the neighbours, cost
# 3 %.
#
# (So ShuffleNet puts *groups* into the pointwise layers, too, and needs the shuffle.)
#
# ### Change it yourself
#
# **Predict, then choose.** Which number must grow so that the separable layer is worth more: inputs, outputs or $k$? Where is it *dearer* than the
# ordinary one? Which number changes MACs, but no share? (Upper bars: MACs. Lower bars: parameters, with biases.) Can two layers have the same MACs, but
# not the same parameters?

# %% slideshow={"slide_type": "subslide"}
figures.cheap_layers(32, 64)

# %% [markdown] slideshow={"slide_type": "skip"}
# ### The block turned inside out
#
# (For reading; the lecture leaves it out.) MobileNet's second version (2018) builds its blocks narrow, wide, narrow. A pointwise layer *widens* $C$
# channels to $tC$; a depthwise layer works there; a pointwise layer brings them back to $C$, without an activation; and the input is added.
# This is an **inverted residual**.
#
# **Predict.** 24 channels, $t = 6$, kernels of 3 by 3. Is the block cheaper than an ordinary layer from 24 to 24 channels? Than one from 144 to 144?


# %% slideshow={"slide_type": "skip"}
def inverted(c, t):
    return [Conv(t * c, 1, bias=False), Depthwise(3, padding="same", bias=False), Conv(c, 1, bias=False)]

print(f"block, t = 6: {arithmetic.trace(inverted(24, 6), (56, 56, 24)).macs:,}")
for c in (24, 144):
    ordinary_cost = arithmetic.cost(Conv(c, 3, padding="same", bias=False), (56, 56, c))
    print(f"ordinary, {c} channels: {ordinary_cost.macs:,}")

# %% [markdown] slideshow={"slide_type": "skip"}
# Dearer than the narrow layer, and more than twenty times cheaper than the wide one. The block looks at neighbours in 144 maps, and hands on 24.
#
# Why no activation at the narrow end? A ReLU cuts off what is below zero.
#
# **Predict.** We mix the three colours of each pixel of the cup, less their mean, to $n$ random channels, apply ReLU, and take the best linear way back.
# Which share of their energy comes back, for $n = 3$ and for $n = 18$?


# %% slideshow={"slide_type": "skip"}
colours = photo.reshape(-1, 3) / 255
colours -= colours.mean(axis=0)

def comes_back(n, seed):
    kept = ops.relu(colours @ np.random.default_rng(seed).normal(size=(3, n)))
    kept = np.column_stack([kept, np.ones(len(kept))])
    lost = colours - kept @ np.linalg.lstsq(kept, colours, rcond=None)[0]
    return 1 - np.sum(lost**2) / np.sum(colours**2)

for n in (3, 6, 18):
    found = [comes_back(n, seed) for seed in range(30)]
    print(f"{n:2} channels: {np.mean(found):.2f} in the mean, {min(found):.2f} in the worst of 30 runs")
    assert min(found) > 0.999 if n == 18 else min(found) < 0.98

# %% [markdown] slideshow={"slide_type": "skip"}
# With three channels the worst run loses about a quarter, with six still a few hundredths; with 18 none loses a thousandth: what one channel cuts off, others
# still hold. So the ReLU stands where the maps are wide, and the narrow end is linear.
#
# **Predict.** All weights of the last step are zero. What does the block give? And can the input be added when the depthwise layer has stride 2?


# %% slideshow={"slide_type": "skip"}
def block(x, up, deep, down):
    wide = ops.relu(ops.correlate_channels(x, up))
    return x + ops.correlate_channels(ops.relu(ops.depthwise(wide, deep, "same")), down)

draw = np.random.default_rng(1).normal
ways = [draw(size=s).astype("float32") for s in ((1, 1, 6, 36), (3, 3, 36, 1), (1, 1, 36, 6))]
print("the input itself:", np.array_equal(block(x, *ways[:2], 0 * ways[2]), x))
print("stride 2:", x.shape, "and", ops.depthwise(x, ways[1][:, :, :6], "same", 2).shape)
if keras:
    wide = tf.nn.relu(tf.nn.conv2d(x.astype("float32"), ways[0], 1, "SAME"))
    deep = tf.nn.relu(tf.nn.depthwise_conv2d(wide, ways[1], [1] * 4, "SAME"))
    there = x + tf.nn.conv2d(deep, ways[2], 1, "SAME").numpy()
    print("as TensorFlow:", np.allclose(block(x, *ways), there, rtol=1e-4, atol=1e-3))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Now take out the bets of the first minute. Run it live; the numbers move, the order does not. Count values read for each product: the reason."}
# ## 10 MACs are not time
#
# A separable layer, 64 to 64 channels, $k = 3$, has $1/64 + 1/9$, 0.127 of the MACs.
#
# **Predict.** Which share of the *time* does it take: 0.127, more, or less? And a layer with four groups? And what multiplies nothing at all: one pass over
# the maps that adds 1 to each value? The next cells measure it with our library on 8 maps of 56 by 56, and with TensorFlow, if it is there: processor time, the
# best of seven runs.

# %% slideshow={"slide_type": "skip"}
size, C = (8, 56, 56, 64), 64
big, W, D, P = (rng.normal(size=s).astype("float32") for s in (size, (3, 3, C, C), (3, 3, C, 1), (1, 1, C, C)))
G = W[:, :, : C // 4]
jobs = {
    "ordinary": (9 * C, lambda: ops.correlate_channels(big, W, "same"), lambda x: tf.nn.conv2d(x, W, 1, "SAME")),
    "four groups": (9 * C // 4, lambda: ops.correlate_channels(big, G, "same", groups=4), lambda x: tf.nn.conv2d(x, G, 1, "SAME")),
    "depthwise": (9, lambda: ops.depthwise(big, D, "same"), lambda x: tf.nn.depthwise_conv2d(x, D, [1] * 4, "SAME")),
    "pointwise": (C, lambda: ops.correlate_channels(big, P, "same"), lambda x: tf.nn.conv2d(x, P, 1, "SAME")),
    "separable": (9 + C, lambda: ops.separable(big, D, P, "same"), lambda x: tf.nn.separable_conv2d(x, D, P, [1] * 4, "SAME")),
    "one pass": (0, lambda: big + 1, lambda x: x + 1),
}

# %% slideshow={"slide_type": "skip"}
ours = cheaper.clock(*(job for _, job, _ in jobs.values()), repeats=7)
spent = {name: {"MACs": job[0] / (9 * C), "time, NumPy": t} for (name, job), t in zip(jobs.items(), ours, strict=True)}
if keras:
    data, graphs = tf.constant(big), [tf.function(job) for *_, job in jobs.values()]
    theirs = cheaper.clock(*(lambda f=f: f(data) for f in graphs), repeats=7)
    for name, t in zip(jobs, theirs, strict=True):
        spent[name]["time, TensorFlow"] = t

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
ordinary = dict(spent["ordinary"])
part = {name: {kind: value / ordinary[kind] for kind, value in row.items()} for name, row in spent.items()}
fig = pictures.shares({name: row for name, row in part.items() if name != "ordinary"})
said = "; ".join(f"{name}: " + ", ".join(f"{kind} {share:.2f}".replace(", ", " of ") for kind, share in row.items()) for name, row in part.items())
plots.show(fig, f"Shares of the ordinary layer. {said}.")
for name in ("depthwise", "separable") if keras else ():
    assert part[name]["MACs"] < part[name]["time, TensorFlow"] < 1

# %% [markdown] slideshow={"slide_type": "subslide"}
# Faster, but by far not as much as counting promises. The reason is what is done *besides* multiplying. Look at the last bars: a single pass has no MAC, and takes
# time. TensorFlow's depthwise layer costs less than four such passes: much of its work is to fetch and to store the maps. Ours costs more: it goes over the maps
# nine times, once for each weight of a kernel.
#
# **Predict.** How many MACs are there for each value of the maps that is read or written (weights not counted), in each kind of layer?

# %% slideshow={"slide_type": "fragment"}
values = dict.fromkeys(jobs, 2 * C) | {"separable": 4 * C}
for name, (macs, *_) in jobs.items():
    print(f"{name:12} {macs * C / values[name]:5.1f} MACs for each value of the maps read or written")
passes = [part["depthwise"][kind] / part["one pass"][kind] for kind in list(ordinary)[1:]]
assert passes[0] > 4 > max(passes[1:], default=1)  # NumPy; TensorFlow, if it is there

# %% [markdown] slideshow={"slide_type": "subslide"}
# The fewer products for each value, the sooner memory sets the pace. How many passes a library makes is its own affair, and no count of MACs shows it.
# Besides, a product of large matrices runs at full speed, and many small ones do not. On other processors, and for other sizes, the shares are different.
#
# So three prices are to be told apart: *parameters* (room on the disk), *MACs* (arithmetic), and *time*, which only a clock knows.
#
# **Change it yourself:** other sizes in the cell above. When does the separable layer lose most of its lead?

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Bets again: accuracy lost, time won. Do not hide the last table: a plain network made narrow is a serious rival. Training takes some ten seconds a network."}
# ## 11 Cheap networks, trained
#
# Handwritten digits of 8 by 8 pixels, 1,200 to learn from, 597 by other hands for the test. Each network has an ordinary first layer, three stages, a global
# mean and a dense layer. The stages: **plain**, **separable** (as in MobileNet), **grouped** in four, **shuffled**: the same
# with a shuffle; and **narrow**: plain, with so few channels that it has as many MACs as the separable one.
#
# **Predict.** Order them by accuracy. Which two lie closest? (In the figure, networks of one price stand side by side; a dash is the mean.)

# %% slideshow={"slide_type": "fragment"}
runs = {kind: cheaper.recorded(kind) for kind in cheaper.KINDS}
counts = {kind: arithmetic.trace(cheaper.plan(kind), (8, 8, 1)) for kind in cheaper.KINDS}
fig = pictures.trade({kind: (counts[kind].macs, runs[kind]) for kind in cheaper.KINDS})
said = ", ".join(f"{kind} {100 * run.mean():.1f} %" for kind, run in runs.items())
plots.show(fig, f"Thirty runs of each network, accuracy over MACs; means: {said}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Thirty runs of each are stored (`convcourse.experiments.cheaper`). In the mean the plain network is the best, the separable one about one point below it. The narrow
# one has the same price as the separable one, and is at least as good: the two overlap. The shuffle makes no difference that thirty runs can show: here the last
# layer joins all channels anyway.
#
# **Predict.** How many times fewer parameters and MACs have the cheap ones? In how many pairs of runs is the narrow network ahead of the separable one?

# %% slideshow={"slide_type": "fragment"}
for kind, run in runs.items():
    less = [getattr(counts["plain"], k) / getattr(counts[kind], k) for k in ("parameters", "macs")]
    print(f"{kind:10}parameters / {less[0]:.1f}, MACs / {less[1]:.1f}, right {run.min():.3f} to {run.max():.3f}")
print(f"narrow ahead of separable: {np.mean(runs['narrow'][:, None] > runs['separable']):.0%} of all pairs")
assert runs["plain"].mean() > runs["narrow"].mean() > runs["separable"].mean() > 0.93

# %% [markdown] slideshow={"slide_type": "subslide"}
# About seven times fewer, and four times with groups, for a little less accuracy. But the *narrow plain* network has that, too, and on this small task it is
# no worse a bargain than the separable one. This is no verdict: with other data, more channels and longer training the order may change. It is a reason to put
# a narrow plain network beside each cheap one.
#
# **Predict.** Now train two of them yourself, with another seed if you like. Will the separable one *learn* seven times as fast? And answer?

# %% slideshow={"slide_type": "fragment"}
if keras:
    learning = {}
    for kind in ("plain", "separable"):
        start = process_time()
        model = cheaper.train(kind, seed=0)
        learning[kind] = process_time() - start
        score = model.evaluate(*cheaper.digits()[2:], verbose=0)[1]
        assert arithmetic.trace(model).macs == counts[kind].macs and score > 0.92
        print(f"{kind:10} tells more than 92 % right: {score > 0.92}")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-ignore-output"]
if keras:
    print({f"seconds to train, {kind}": round(spent_here, 1) for kind, spent_here in learning.items()})
    times = dict(zip(cheaper.KINDS, cheaper.seconds(*map(cheaper.network, cheaper.KINDS)), strict=True))
    print("network    right  parameters       MACs  share  time for 256 pictures")
    for kind, count in counts.items():
        share, time = count.macs / counts["plain"].macs, times[kind] / times["plain"]
        print(f"{kind:10} {runs[kind].mean():.3f} {count.parameters:11,} {count.macs:10,}", end="")
        print(f"{share:7.0%} {time:5.0%}")
        assert kind == "plain" or share < time
    assert times["separable"] < times["plain"] and times["grouped"] > 0.6 * times["plain"]
    assert counts["separable"].macs / counts["plain"].macs < learning["separable"] / learning["plain"]

# %% [markdown] slideshow={"slide_type": "subslide"}
# All four prices stand in this table. Each cheap network keeps a larger share of the time than of the MACs. The separable one has a seventh of the MACs; it
# answers sooner than the plain one, but not seven times, and it does not learn seven times as fast. The maps are small here, unlike those of section 10: then four
# groups win little time or none, with a quarter of the MACs. On a graphics card or a telephone it may be otherwise.
#
# So before you pay with accuracy, measure what you get for it, on the machine that will do the work.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Ask for the line that each has met."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | weights divided by $g^2$ | `Conv2D(64, 3, groups=4)` on 32 channels: 4,672 |
# | kernels of shape (kh, kw, $C$, $N$) with groups | the third number is $C/g$ |
# | stacked groups without shuffle | outputs read two of eight channels |
# | depthwise outputs in the order of kernels | channel 0 comes first, with all its maps |
# | 1 by 1 taken for a blur | it sees no neighbour |
# | "separable is the same layer" | rank 1 for each input channel |
# | spatially and depthwise separable mixed up | Laplacian: rank 2 |
# | MACs taken for time | measure |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Leave it on the screen during questions."}
# ## Summary
#
# | | |
# |---|---|
# | grouped | $k^2\,(C/g)\,N$ weights; block-diagonal |
# | shuffle | reshape, transpose, reshape: no weights |
# | depthwise | $g = C$; $k^2 C M$ weights |
# | pointwise | one matrix at each pixel; $C N$ |
# | separable | both; ratio $1/N + 1/k^2$ |
# | as one layer | $w = d \cdot p$, rank $M$ for each channel |
# | spatially separable | one kernel = column times row |
# | inverted residual | narrow, wide, narrow; linear end, input added |
# | time | more than the share of MACs: memory, passes |
# | trained | cheaper, a little less right; a narrow plain net is a rival |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Alone, on paper, then in pairs. Question 5 is the hard one."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** `Conv2D(48, 5, groups=8)` reads 16 channels. Which shape have its kernels? How many parameters with bias?

# %% slideshow={"slide_type": "fragment"}
print((5, 5, 16 // 8, 48), arithmetic.cost(Conv(48, 5, groups=8), (9, 9, 16)).parameters)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** Twelve channels are shuffled with three groups. In which order do they lie?

# %% slideshow={"slide_type": "fragment"}
print(ops.channel_shuffle(np.arange(12), 3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** `SeparableConv2D(64, 3, depth_multiplier=2)` reads 32 channels. How many parameters with bias?

# %% slideshow={"slide_type": "fragment"}
whole = arithmetic.cost(Separable(64, 3, multiplier=2), (9, 9, 32)).parameters
print(3 * 3 * 32 * 2, "+", 64 * 64, "+", 64, "=", whole)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **4.** An ordinary layer, 3 by 3, 8 channels to 4. How large must $M$ be so that a separable layer can be equal to it, whatever its weights are?

# %% slideshow={"slide_type": "fragment"}
layer = rng.normal(size=(3, 3, 8, 4))
print([f"M = {m}: {nearest(layer, m)[2]:.3f}" for m in (1, 2, 3, 4)])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **5.** A pointwise layer, 1 by 1, leads from 64 channels to 64. Is it worth making it separable?

# %% slideshow={"slide_type": "fragment"}
for layer in (Conv(64, 1, bias=False), Separable(64, 1, bias=False)):
    print(layer.kind, arithmetic.cost(layer, (56, 56, 64)).macs)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 23 points; the questions add up to 165 minutes, NumPy only. Question 5, a layer with five faults, is good in pairs; question 8 is the project."}
# ## Now you
#
# *Question 4:* the rank is at most the smaller of $k^2 = 9$ and $N = 4$. *Question 5:* no; $1/N + 1/k^2$ is above 1.
#
# **Exercises:**
# [questions on this chapter](../exercises/08_grouped_and_separable_convolutions/08_grouped_and_separable_convolutions.ipynb).
# Each checks itself, names your mistake and gives hints.
#
# ### Further reading
#
# A. Howard and others, *MobileNets*, arXiv 1704.04861. F. Chollet, *Xception: Deep Learning with Depthwise Separable Convolutions*, arXiv 1610.02357.
# X. Zhang and others, *ShuffleNet*, arXiv 1707.01083. M. Sandler and others, *MobileNetV2*, arXiv 1801.04381. A. Krizhevsky and others, *ImageNet Classification with Deep Convolutional Neural Networks*,
# 2012, where groups first served to share the work of two processors.
#
# **Before:** [7 · Transposed convolutions](07_transposed_convolutions.ipynb).
