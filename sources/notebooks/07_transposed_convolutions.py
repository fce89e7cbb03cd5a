# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Show the picture first, say nothing. Ask what made the grid: the camera, the screen, or the layer? Come back to it in section 7."}
# # 7 · Transposed convolutions
#
# Layers with stride make maps smaller. A network that draws a picture must make them larger again. One layer often
# does this, and leaves a trace: a **chequered pattern** that no photograph had. **How does a convolution run backwards,
# what does it bring back, and where do the chequers come from?**
#
# **You will** stamp kernels, transpose a matrix, find the same numbers three times; predict sizes; measure
# chequers and cure them; train a network that enlarges photographs; and undo a blur in earnest.
#
# **You need** chapters [1](01_convolution_1d.ipynb), [2](02_image_kernels.ipynb) and
# [5](05_convolution_arithmetic.ipynb).
#
# **Minutes** 70

# %% slideshow={"slide_type": "skip"}
from itertools import product
import cv2
import numpy as np
from convcourse import arithmetic, datasets, figures, ops, plots
from convcourse.experiments import enlarging
from convcourse.figures import arithmetic_pictures, transposed_pictures as pictures
from skimage import restoration

# %% slideshow={"slide_type": "-"}
small, large = (photo[0, :, :, 0] for photo in enlarging.unseen())  # means over 2 by 2, and the truth
nine = np.ones((3, 3, 1, 1))  # a kernel of ones
twice = ops.transposed_channels(small[None, 20:60, 40:80, None], nine, 2, "same")[0, :, :, 0]
fig = figures.gallery({"40 × 40": 255 * small[20:60, 40:80], "80 × 80": 255 * twice / twice.max()}, cols=2, height=3, width=6.5)
plots.show(fig, "A piece of a photograph, 40 × 40 pixels, and enlarged to 80 × 80: a grid of light and dark pixels lies over it.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Let them write the seven numbers before you set the stride to 2. Point at the row of stamps below the sums: 1, 1, 2, 1, 2, 1, 1. It is needed again in section 7. Then choose gather, and stride 4 for the gaps. The answer for '=': overlaps hold the last stamp only."}
# ## 1 Stamp the kernel
#
# A convolution *gathers*: each output collects its window. Run it backwards and it *scatters*. Each sample $y[n]$
# of the small signal takes the kernel, multiplies it by its value, and **stamps** it into the large signal at place
# $n \cdot s$, where $s$ is the stride. Where stamps overlap, they add up.
#
# **Predict, then set the stride.** $y = 1, 2, 3$, the kernel is $1, 10, 100$. The figure begins with $s = 1$. Now $s = 2$: how
# long is the result? Which samples are sums of two products? Write all of them down. And which $s$ leaves samples that no
# stamp reaches?

# %% slideshow={"slide_type": "subslide"}
y, w = np.array([1, 2, 3]), np.array([1, 10, 100])
figures.gather_scatter(y, w, step=9, stride=1)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A stride longer than the kernel leaves gaps; their samples stay 0. In one line, with $x$ for the large signal:
#
# $$x[m] = \sum_{n,\,k:\ n s + k = m} w[k]\, y[n]$$
#
# The convolution layer (it does not flip) has $y[n] = \sum_k w[k]\, x[n s + k]$. The same triples $(m, n, k)$ with
# $m = n s + k$ meet in both; only the side on which we add has changed. So stride, which skips samples on the way down,
# *spreads* them on the way up.
#
# **Predict.** Below are four lines of code. What happens if `+=` becomes `=`?


# %% slideshow={"slide_type": "fragment"}
def stamp(y, w, stride=1):
    x = np.zeros((len(y) - 1) * stride + len(w), int)
    for n, value in enumerate(y):
        x[n * stride : n * stride + len(w)] += value * w
    return x

print(stamp(y, w, 2), ops.transposed1d(y, w, 2), "stride 2, by hand and library")
print(stamp(y, w, 1), np.convolve(y, w), "stride 1, by hand and NumPy's convolve")
ones = np.ones(3, int)
print(stamp(ones, ones, 2), "stamps on each sample, stride 2 -", stamp(ones, ones, 4), "stride 4")
replaced = np.zeros(7, int)
for n, value in enumerate(y):
    replaced[2 * n : 2 * n + 3] = value * w
print(replaced, "with = in place of +=")

# %% [markdown] slideshow={"slide_type": "subslide"}
# With `=` the last stamp wins, and the sums are lost: 2 stands in place of 102, 3 in place of 203.
#
# With stride 1 stamping is *true* convolution, as in chapter 1: there we called it painting copies. A layer correlates on the
# way down, so its transpose convolves on the way up.
#
# ### In two directions
#
# **Predict.** Map and kernel are both $\begin{pmatrix} 0 & 1 \\ 2 & 3 \end{pmatrix}$. Work out the 3 by 3 result for stride 1: four stamps.
# Then stride 2: which shape, and where do stamps overlap?

# %% slideshow={"slide_type": "fragment"}
square = np.array([[0, 1], [2, 3]])
for s in (1, 2):
    x = ops.transposed_channels(square[None, :, :, None], square[:, :, None, None], s)
    print(f"stride {s}:", x[0, :, :, 0], sep="\n")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Write C on the board, then read a column aloud: it is a stamp. The test with two inner products is what exercises use; a flipped kernel fails it."}
# ## 2 Why it is called transposed
#
# A convolution is linear, so it is a matrix $C$: one row for each output, one column for each input, and each row holds the
# kernel where it lies. Then $y = C\,x$.
#
# **Predict.** A kernel of 3, stride 2, seven samples: which shape has $C$? Now write down its *transpose*: rows become columns. What
# stands in one column of $C^\mathsf{T}$? Which numbers does $C^\mathsf{T} y$ give for $y = 1, 2, 3$?

# %% slideshow={"slide_type": "fragment"}
C = ops.convolution_matrix(w, 7, stride=2)
print("C.T @ y =", C.T @ y)
fig = pictures.matrices({"C": C, "C transposed": C.T})
plots.show(fig, f"C, {C.shape[0]} × {C.shape[1]}, has the kernel in each row; C transposed has it in each column.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Each column of $C^\mathsf{T}$ is one stamp, and a product of matrix and vector adds up columns. So **transposed convolution**
# is exactly what its name says.
#
# For images we write the pixels one after the other; then $C$ is large, and nearly empty.
#
# **Predict.** A kernel of 3 by 3, stride 2, images of 9 by 9: the shape of $C$, the number of its entries that are not
# zero, and its share of zeros?

# %% slideshow={"slide_type": "fragment"}
K = np.arange(1, 10).reshape(3, 3)
C2 = ops.convolution_matrix(K, (9, 9), stride=2)
print(C2.shape, C2.nnz, f"{1 - C2.nnz / np.prod(C2.shape):.0%} zeros")
fig = pictures.matrices({"C": C2}, height=2.2)
plots.show(fig, f"A matrix of {C2.shape[0]} × {C2.shape[1]}: {C2.nnz} entries, in three bands of three to each row.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What the transpose keeps
#
# Take *any* $x$ and *any* $y$, and compare two numbers: $Cx$ multiplied with $y$ and added up, and $x$ with $C^\mathsf{T}y$:
#
# $$\langle C x,\; y \rangle = \langle x,\; C^\mathsf{T} y \rangle$$
#
# Both are the same sum over all entries of $C$. It is the best test of a transposed convolution: no formula for sizes, borders or flips
# survives it if it is wrong.
#
# **Predict.** What will the test say to a kernel that is flipped on the way up?

# %% slideshow={"slide_type": "fragment"}
rng = np.random.default_rng(0)
x_any, y_any = rng.normal(size=7), rng.normal(size=3)
down = ops.correlate1d(x_any, w, "valid", stride=2) @ y_any
for name, kernel in (("right", w), ("flipped", w[::-1])):
    print(f"{name:8}", np.isclose(down, x_any @ ops.transposed1d(y_any, kernel, stride=2)))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Many expect the old numbers, or numbers in proportion. Ask for a signal that C does not see: 100, -10, 1 in the middle. The second answer: more blurred."}
# ## 3 It is not an inverse
#
# The layer is also called *deconvolution*. In signal processing that word means to *undo* a convolution: to find
# $x$ from $y = Cx$.
#
# **Predict.** $x = 1 \dots 7$, the kernel $1, 10, 100$, stride 2. Down gives three numbers. What does $C^\mathsf{T}$ make of them: the seven
# samples, samples in proportion to them, or something else? Could *any* method get $x$ back from three numbers?

# %% slideshow={"slide_type": "fragment"}
x7 = np.arange(1, 8)
y3 = ops.correlate1d(x7, w, "valid", stride=2)
print("down:", y3, "- up again:", ops.transposed1d(y3, w, stride=2))
other = x7 + np.array([0, 100, -10, 1, 0, 0, 0])  # another signal, the same outputs?
print(other, "down:", ops.correlate1d(other, w, "valid", stride=2))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The shape is back, the values are not. They cannot be: two signals have the same outputs.
#
# Even where $C$ *can* be inverted, the transpose does not do it. Take a photograph and blur it without stride.
#
# **Predict.** We apply the transpose of the blur to the blurred photograph. Sharper, as it was, or more blurred? Think of the kernel
# of $C^\mathsf{T} C$. The titles say in decibels (section 11) how close a picture is to the true one: more is closer.

# %% slideshow={"slide_type": "fragment"}
motion = datasets.degraded("camera", blur=np.full((1, 15), 1 / 15), noise=0.005)
bar, blurred, truth = motion.about["kernel"], motion.x, motion.y
turned = ops.convolve2d(blurred, bar[::-1, ::-1], "same")  # the way back: kernel turned round
once, again = (enlarging.psnr(picture, truth, 16) for picture in (blurred, turned))
shown = {"true": truth, f"C x: {once:.1f} dB": blurred, f"Cᵀ C x: {again:.1f} dB": turned}
fig = figures.gallery({name: 255 * a[60:260, 160:360] for name, a in shown.items()}, cols=3, height=2.5)
plots.show(fig, f"A man with a camera: sharp, blurred to the side ({once:.1f} dB), and blurred twice by the transpose ({again:.1f} dB).")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Ask who would turn the kernel before the run. In the figure choose counts, then stride 3: every output has one partner. Short of time: skip the count of products."}
# ## 4 The third way: put zeros in between
#
# *What section 3 showed:* a blur and its transpose is a longer blur. Section 12 undoes the blur in earnest.
#
# There is a third way to compute a transposed convolution: put $s - 1$ zeros between the samples, pad with $k - 1$ zeros on
# both sides, and slide a kernel with stride 1. Hence its other name, *fractionally strided*: a step moves $1/s$ of a
# sample.
#
# **Predict.** Does the sliding kernel have to be turned round? Try $y = 1, 2, 3$ and the kernel $1, 10, 100$.

# %% slideshow={"slide_type": "fragment"}
stretched = np.zeros((len(y) - 1) * 2 + 1, int)
stretched[::2] = y
print("stretched:", stretched)
print("as it is: ", ops.correlate1d(stretched, w, "full"))
print("turned:   ", ops.correlate1d(stretched, w[::-1], "full"), "- convolved:", np.convolve(stretched, w))

# %% [markdown] slideshow={"slide_type": "subslide"}
# It must be turned: zeros and *true* convolution. Three ways, one result. The next cell checks this with channels, over many settings.
#
# They differ in work. **Predict.** A map of 32 by 32, a kernel of 4 by 4, stride 2, one channel. How many products does stamping need? How
# many does sliding over zeros need? Which share of these has a zero as a factor?

# %% slideshow={"slide_type": "fragment"}
ways, tried = ("stamping", "zero_insertion", "matrix"), 0
for k, s, padding in product((1, 2, 3, 4), (1, 2, 3), ("valid", "same")):
    maps, ws = rng.integers(-9, 9, (2, 4, 5, 3)), rng.integers(-9, 9, (k, k, 2, 3))
    made = [ops.transposed_channels(maps, ws, s, padding, method=way) for way in ways]
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])
    tried += 1
side = arithmetic.transposed_length(32, 4, 2)
print(tried, "settings agree; products", 32**2 * 4**2, "and", side**2 * 4**2, f"- wasted {1 - 32**2 / side**2:.0%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### See it move
#
# The figure shows the third way, from the small $y$ (green) to the large $x$ (blue): zeros between the samples, padding, the turned
# kernel. Move the pointer over an output; its inputs light up.
#
# **Predict, then try.** Which outputs have the most partners? Let the cells show *counts*. Set the stride to 3: how many partners has
# each output now? What does padding do here: does the result grow or shrink?

# %% slideshow={"slide_type": "subslide"}
figures.arithmetic(3, kernel=3, stride=2, transposed=True)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "The formula by posts and gaps: n - 1 gaps of s, one kernel. Most say 16 for Keras' default; it is 17. Let them find which of the six lines fails before the run."}
# ## 5 How large?
#
# Stamps on a larger map: its size is counted, not guessed. A layer that doubles the sides is what most people want; few of its
# settings do just that.
#
# **Predict.** Eight samples, a kernel of 3, stride 2. Where does the last stamp begin, and how long is the result? So what does
# `Conv2DTranspose(64, 3, strides=2)`, without any padding argument, make of a map of 8 by 8: 15, 16 or 17 rows? Four samples, a kernel of
# 1, stride 3: does anything follow the last stamp?

# %% slideshow={"slide_type": "fragment"}
up8, up4 = ops.transposed1d(np.ones(8, int), np.ones(3, int), 2), ops.transposed1d([1, 2, 3, 4], [1], 3)
print(up8, "length", len(up8), "-", up4, "length", len(up4))

# %% [markdown] slideshow={"slide_type": "subslide"}
# 17. $n$ stamps of $k$, each $s$ further: the last begins at $(n-1)\,s$, and is $k$ long. Padding $p$ belongs to the way *down*;
# on the way up it **cuts** $p$ samples from both ends:
#
# $$(n-1)\,s + k - 2p$$
#
# With dilation, put $k_e = d\,(k-1)+1$ for $k$. Keras has no $p$. Its default, "valid", gives
# $(n-1)\,s + \max(k, s)$: a kernel shorter than the stride leaves a gap at the end, too. Its "same" gives $n \cdot s$.
#
# **Predict.** The same eight samples: which lengths do "same" and PyTorch's padding 1 give?


# %% slideshow={"slide_type": "fragment"}
def length(n, k, s, padding):
    if padding == "same":
        return n * s
    return (n - 1) * s + max(k, s) if padding == "valid" else (n - 1) * s + k - 2 * padding

print([length(8, 3, 2, padding) for padding in ("valid", "same", 1)], "- k < s:", length(4, 1, 3, "valid"))
many = product(range(1, 20), range(1, 7), range(1, 6), ("valid", "same", 0))
print(all(length(*a) == arithmetic.transposed_length(*a) for a in many))

# %% [markdown] slideshow={"slide_type": "subslide"}
# "valid" gives 17, PyTorch's number 1 gives 15. Only "same" gives 16.
#
# ### Output padding
#
# Chapter 5 showed that $s$ neighbouring lengths share one output, because of the floor. So the way up is not unique. **Output padding** $a$ says
# which of them is meant: $a$ samples more at the right end.
#
# $$(n-1)\,s + k - 2p + a, \qquad 0 \le a < s$$
#
# **Predict.** $k=3$, $s=2$, $p=1$. Lengths 5 and 6 both give 3. Which $a$ leads back to 5, and which to 6?

# %% slideshow={"slide_type": "fragment"}
for n in (5, 6):
    down = arithmetic.output_length(n, 3, stride=2, padding=1)
    a = arithmetic.output_padding_for(n, 3, stride=2, padding=1)
    print(f"{n} to {down}; back with a = {a}:", arithmetic.transposed_length(down, 3, 2, 1, a))
print(ops.transposed1d([1, 2, 3], w, 2, 1, 0), ops.transposed1d([1, 2, 3], w, 2, 1, 1))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The added sample is no invented zero: it is one that the padding would have cut, if a stamp reaches so far.
#
# ### None is not 0
#
# In Keras `output_padding=None`, the default, means "choose what gives $n \cdot s$"; 0 means 0. With "same" and a number the length is
# $(n-1)\,s + (k_e \bmod 2) + a$.
#
# **Predict.** $n=5$, $k=3$, $s=2$, "same": the lengths for None, 0 and 1? With $k=4$ and 0 our library refuses, and Keras fails (next section). Which
# length would it be, and why can it not be?

# %% slideshow={"slide_type": "fragment"}
print("k = 3:", [arithmetic.transposed_length(5, 3, 2, "same", a) for a in (None, 0, 1)])
print("k = 4:", [arithmetic.transposed_length(5, 4, 2, "same", a) for a in (None, 1)])
back = [n for n in range(1, 30) if arithmetic.output_length(n, 4, 2, "same") == 5]
print("lengths that give 5 with k = 4:", back, "- without a:", (5 - 1) * 2 + 4 % 2)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Out before in: the commonest error in moving weights. Without TensorFlow tell it with the NumPy layer. The gradient is only announced here; chapter 9 derives it."}
# ## 6 The layer in Keras
#
# *What section 5 showed:* an even kernel, "same" and 0 would lead to 8 samples, and from 8 "same" leads down to 4, not to 5.
#
# Now we ask Keras. Where TensorFlow is missing, the next cell says so, and the cells that begin with `if keras` do nothing.
#
# **Predict.** A map with 3 channels becomes one with 5, by a kernel of 3 by 4. A convolution would store its kernels as
# (3, 4, 3, 5). And `Conv2DTranspose`?

# %% slideshow={"slide_type": "fragment"}
try:
    from convcourse.tf import keras, tf
    from convcourse.training import refusal
except ImportError:
    keras = None
    print("No TensorFlow here: the cells that begin with 'if keras' do nothing.")
if keras:
    layer = keras.layers.Conv2DTranspose(5, (3, 4), strides=2, padding="same", use_bias=False)
    maps = rng.normal(size=(2, 6, 7, 3)).astype("float32")
    up, ws = layer(maps).numpy(), layer.get_weights()[0]
    print(maps.shape, "to", up.shape, "- kernels", ws.shape)
    print("ours:", np.allclose(ops.transposed_channels(maps, ws, 2, "same"), up, atol=1e-5))

# %% [markdown] slideshow={"slide_type": "subslide"}
# (3, 4, **5, 3**): out before in. It is the kernel of the convolution that goes the *other* way, from 5 channels to 3, and it is used unchanged.
#
# That has a consequence. When a network learns, each convolution must pass blame from its outputs back to its inputs: the **gradient** (chapter
# 9). Along which weights? Along the same ones, backwards.
#
# **Predict.** Is the gradient of a convolution with respect to its input equal to the transposed layer with the same kernels? And does
# Keras say what is wrong with the impossible setting?

# %% slideshow={"slide_type": "fragment"}
if keras:
    image = tf.Variable(rng.normal(size=(2, 12, 14, 5)).astype("float32"))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.nn.conv2d(image, ws, 2, "SAME") * maps)
    print("gradient = transposed convolution:", np.allclose(tape.gradient(total, image), up, atol=1e-5))
    settings = list(product((2, 3, 4, 5), (2, 3), ("valid", "same"), (None, 1)))
    for k, s, padding, a in settings:
        one = keras.layers.Conv2DTranspose(2, k, s, padding, output_padding=a, use_bias=False)
        there = one(maps).numpy()
        here = ops.transposed_channels(maps, one.get_weights()[0], s, padding, a)
        assert there.shape == here.shape and np.allclose(here, there, atol=1e-5)
    print(len(settings), "settings: sizes and values as in Keras")
    said = refusal(lambda: keras.layers.Conv2DTranspose(2, 4, 2, "same", output_padding=0)(maps))
    assert said != "no error" and "padding" not in said
    print("Keras fails, and does not name the padding. Ours:", refusal(lambda: arithmetic.transposed_length(5, 4, 2, "same", 0)))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Poll the advice: who has heard that the stride must divide the kernel? Write the vote down, then run the table: 0 for ones, about three quarters for random weights."}
# ## 7 Where the chequers come from
#
# *What section 6 showed:* the gradient *is* a transposed convolution. Each training step of each convolutional network runs some.
#
# Back to the grid of the first page, made by 3 by 3 ones. Look at the row of stamps in section 1, with stride 2: 1, 1, 2, 1, 2, 1, 1. Some
# samples get two stamps, their neighbours one.
#
# **Predict.** Stamps of ones, four of them in a row. The counts for $k=3$, $s=2$? For $k=4$, $s=2$? In two directions the counts multiply: by
# which factor do they differ in the middle, for $k=3$?

# %% slideshow={"slide_type": "fragment"}
counts = {f"k = {k}, s = {s}": ops.transposed1d([1] * n, [1] * k, s) for n, k, s in ((4, 3, 2), (4, 4, 2), (3, 5, 3))}
for name, count in counts.items():
    print(name, count)
fig = arithmetic_pictures.usage_maps(counts)
plots.show(fig, "Stamps on each pixel: for k = 3, s = 2 a grid of 1, 2 and 4; for k = 4 an even 4 in the middle; for k = 5, s = 3 again a grid.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# For $k=3$ the middle has 1, 2 and 4 stamps. If $s$ divides $k$, all counts there are equal. So one often
# reads: "let the stride divide the kernel, and the pattern is gone". We test it.
#
# A flat picture should stay flat. With stride 2 the result repeats with period 2, so four means tell all: over even and odd
# rows and columns. The **chequered energy** is the share of their energy that is not their common mean: 0 is flat, 1 has no level at
# all. (In frequencies: all but 0 lies at $\pi$, the Nyquist frequency.)


# %% slideshow={"slide_type": "fragment"}
def chequers(picture, frame=4):
    inner = picture[frame:-frame, frame:-frame]
    means = np.array([inner[a::2, b::2].mean() for a in (0, 1) for b in (0, 1)])
    return np.sum((means - means.mean()) ** 2) / np.sum(means**2)

flat, board = np.ones((16, 16)), 0.1 * (np.indices((16, 16)).sum(axis=0) % 2)
for name, picture in (("flat", flat), ("flat + board", flat + board), ("board", board)):
    share = chequers(picture)
    print(f"{name:13} {share:.4f}", np.isclose(share, enlarging.parity_energy(picture)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The same from the Fourier transform: of the 64 frequencies of the inner 8 by 8 pixels, these four hold everything.
#
# **Predict.** Kernels of ones first: the energy for $k = 2, 3, 4, 5, 6$, stride 2? Then *random* kernels, as a network has before it learns
# (mean of 200 draws). Where is it lowest? Does it vanish for even $k$?

# %% slideshow={"slide_type": "fragment"}
def up2(picture, kernel):
    return ops.transposed_channels(picture[None, :, :, None], kernel[:, :, None, None], 2)[0, :, :, 0]

inner = up2(flat, np.ones((3, 3)))[4:12, 4:12]
spectrum = np.abs(np.fft.fft2(inner)) ** 2
print("at 0 and π alone:", np.isclose(spectrum[::4, ::4].sum(), spectrum.sum()))
for k in (2, 3, 4, 5, 6):
    draws = [chequers(up2(flat, rng.normal(size=(k, k))), 8) for _ in range(200)]
    assert np.mean(draws) > 0.6
    print(f"k = {k}: ones {chequers(up2(flat, np.ones((k, k))), 8):.3f}, random {np.mean(draws):.2f}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Colour the four phases of a 4 by 4 kernel on the board. Ask for weights that give a flat picture. Then 1, 3, 3, 1: linear interpolation."}
# ## 8 One kernel is four
#
# Equal counts help kernels of ones. With random weights about three quarters of the energy is chequers, for each $k$. Why?
#
# An output in an even row and column meets only weights in even rows and columns of the kernel. So the kernel falls into
# **four**, one for each **phase**. On a flat picture each gives its own sum.
#
# **Predict.** Which shapes have the four parts of a kernel of 3 by 3? What must hold for the picture to stay flat?

# %% slideshow={"slide_type": "fragment"}
k4, some = rng.integers(-9, 9, (4, 4)), rng.integers(0, 9, (5, 6))
for a, b in np.ndindex(2, 2):  # each phase by itself, with stride 1
    part = ops.convolve2d(some, k4[a::2, b::2], "full")
    assert np.array_equal(up2(some, k4)[a::2, b::2], part)
fig = pictures.parts(k4)
sums = [int(k4[a::2, b::2].sum()) for a, b in np.ndindex(2, 2)]
plots.show(fig, f"A kernel of 4 × 4 and its four parts of 2 × 2; the sums of the parts are {sums}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The picture stays flat if the four *sums* are equal. Dividing $k$ by $s$ makes the number of weights equal, not their sums. If these have
# random signs, their common mean holds a quarter of their energy on average, the chequers the rest.
#
# The other way round: compute four small maps with an ordinary layer, and put them side by side, pixel by pixel. This **sub-pixel** layer
# (`depth_to_space`, pixel shuffle) *is* a transposed convolution, chequers included.
#
# **Predict.** Four sums are equal in `ones((2, 2))`, and in the product of $1, 3, 3, 1$ with itself, over 16. What do these kernels do to
# a picture?

# %% slideshow={"slide_type": "fragment"}
near, linear = np.ones((2, 2)), np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16
print("repeats pixels:", np.array_equal(up2(small, near), np.kron(small, near)))
by_cv = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
print("linear interpolation:", np.allclose(up2(small, linear)[2:-2, 2:-2], by_cv[1:-1, 1:-1], atol=1e-6))
print("energy:", chequers(up2(flat, near)), chequers(up2(flat, linear)))
if keras:
    four = up2(some, k4)[:10, :12].reshape(5, 2, 6, 2).transpose(0, 2, 1, 3).reshape(1, 5, 6, 4)
    print("depth_to_space:", np.array_equal(tf.nn.depth_to_space(four, 2)[0, :, :, 0], up2(some, k4)[:10, :12]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Change it yourself
#
# One axis, a flat signal of ones: each sample of the result is the sum of the weights of its phase.
#
# **Predict, then move.** With *ones*, for which $k$ is the middle flat if $s = 3$? With *random* weights, for which? What do you see
# for $k < s$?


# %% slideshow={"slide_type": "fragment"}
def phases(k=3, s=2, random=False):
    weights = np.random.default_rng(1).normal(1, 0.5, k) if random else np.ones(k)
    out = ops.transposed1d(np.ones(8), weights, s)
    fig, ax = plots.panels(height=2.1)
    plots.stems(ax, out, symbol="x")
    ax.set(xlabel="sample of the result", ylabel="value")
    sums = [round(float(weights[a::s].sum()), 2) for a in range(s)]
    return fig, f"A flat signal of ones, enlarged with k = {k}, s = {s}; sums of the phases: {sums}."

figures.live(phases, k=(1, 8), s=(1, 4), random=False)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Two of the three hold whatever is learned. Ask what each costs: a larger map to slide over, nothing, true stripes of period 2."}
# ## 9 Three cures
#
# 1. **Resize, then convolve**: repeat each pixel (`UpSampling2D`), then slide an ordinary kernel with stride 1. A flat picture stays flat on the way.
# 2. **Equal start**, or ICNR: a sub-pixel layer whose four kernels are the same at the start.
# 3. **Blur**: after the transposed layer a mean over 2 by 2. One of each phase lies in every window.
#
# **Predict.** Random weights in all. Which of the three give exactly 0 (but for rounding)? Which of them keep it, whatever the network learns? What does the third
# one cost?

# %% slideshow={"slide_type": "fragment"}
draw3, draw4 = rng.normal(size=(3, 3)), rng.normal(size=(4, 4))
grown = {
    "transposed, k = 3": up2(flat, draw3), "transposed, k = 4": up2(flat, draw4),
    "resize": ops.convolve2d(np.kron(flat, near), draw3, "same"),
    "equal start": np.kron(ops.convolve2d(flat, draw3, "same"), near),
    "blur": ops.convolve2d(up2(flat, draw4), near / 4, "same"),
}
for name, picture in grown.items():
    print(f"{name:18} {chequers(picture, 8):.3f}")
stripes = np.indices((16, 16))[1] % 2
print("true stripes, blurred: from", *np.unique(stripes), "to", *np.unique(ops.convolve2d(stripes, near / 4, "valid")))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Let half of the hall bet on 'learned away', half on 'stays'. Both are right: before, and after. The scale is logarithmic. The live run takes some ten seconds."}
# ## 10 Before and after training
#
# *What section 9 showed:* all three begin flat. Resize and blur stay flat by construction; equal weights may drift apart. The blur
# removes every stripe of period 2, true ones as well.
#
# Does a network *learn* the pattern away? Small ones enlarge pieces of four photographs: two layers of 16 kernels with
# ReLU, then one of the ways to double the sides. The small pieces are means over 2 by 2 pixels; the loss is the mean square error.
# Thirty runs of each are stored (`convcourse.experiments.enlarging`).
#
# **Predict.** The energy of a flat picture, before and after, for each way.

# %% slideshow={"slide_type": "fragment"}
plain = [way for way in enlarging.WAYS if way != "added"]
thirty = {way: enlarging.recorded(way)[:, [0, 2]] for way in plain}
ends = []
for way, pair in thirty.items():
    before, most = pair[:, 0].mean(), pair[:, 1].max()
    ends += [f"{way} {before:.2f}, {f'{most:.0e}' if most > 1e-9 else 'below 1e-9'}"]
for way in plain[:3]:
    print(f"{way:13} {np.mean(thirty[way][:, 0] > 0.5):.0%} of the runs begin above one half")
fig = pictures.energies(thirty)
plots.show(fig, f"Share of chequered energy in thirty runs each, mean before and largest after training: {'; '.join(ends)}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# So the truth has two halves. *Before* training the pattern is, in most runs, most of what transposed layers give, with $k = 4$ as with $k = 3$.
# Training to copy photographs removes nearly all of it, because the loss punishes it: on a medium grey, 128 of 255, less
# than one grey level remains. Only the resized and the blurred one have none at all.
#
# A task that compares no pixels has no such punishment; so the cures keep their use.
#
# **Predict.** Run two ways, with another seed if you like: does "transposed 3" need training to become flat? Does "resize"?

# %% slideshow={"slide_type": "fragment"}
if keras:
    for way, learns in (("transposed 3", True), ("resize", False)):
        before, _ = enlarging.measure(enlarging.network(way, seed=0))
        after, _ = enlarging.measure(enlarging.train(way, seed=0))
        assert after < 1e-3 and (before > 10 * after if learns else before < 1e-6)
        grey = 128 * np.sqrt(thirty[way][:, 1].max())
        print(f"{way:13} {'more than ten times as much' if learns else 'nothing'} before; after: below 0.001,",
              f"on a grey of 128 at most {grey:.1f} levels in thirty runs")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "The hero is the baseline: plain networks mostly lose to cubic interpolation. Ask why adding helps before the table."}
# ## 11 Enlarge a photograph
#
# Is the network any good? It has to beat what needs no training: repeat, linear, **cubic** interpolation (OpenCV). We measure the
# **PSNR** in decibels, $-10 \log_{10}$ of the mean square error of grey levels from 0 to 1: 3 dB more is half the error. The photograph is one that
# no network has seen.
#
# **Predict.** Where do the six networks lie, above or below cubic? Most of a large picture *is* the small one. What could we add to the
# network, so that it must learn only the rest?

# %% slideshow={"slide_type": "fragment"}
cubic = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
goal = enlarging.psnr(cubic, large)
fixed = {"repeat": np.kron(small, near), "linear": by_cv, "cubic": cubic}
for name, picture in fixed.items():
    print(f"{name:13} {enlarging.psnr(picture, large):.2f} dB")
for way in enlarging.WAYS:
    run = enlarging.recorded(way)[:, 3]
    print(f"{way:13} {run.min():.2f} to {run.max():.2f} dB, mean {run.mean():.2f}; {np.mean(run > goal):.0%} of thirty runs above cubic")

# %% [markdown] slideshow={"slide_type": "subslide"}
# "added" is a sub-pixel layer whose result is *added* to the repeated pixels. It learns only the difference, and is the one that beats cubic
# interpolation in all thirty runs, by a few tenths of a decibel. Most of the other runs, with so little training, lie below. An honest
# baseline keeps us from praising a network too early.
#
# **Predict.** Where will you see the gain over cubic interpolation: in flat parts, or at the bright rim of the cup?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
if keras:
    best = enlarging.train("added", seed=0)
    ours = best.predict(small[None, :, :, None], verbose=0)[0, :, :, 0]
    gain = ((cubic - large) ** 2 - (ours - large) ** 2)[4:-4, 4:-4]
    steep = np.hypot(*np.gradient(cubic))[4:-4, 4:-4]
    edges = steep > np.quantile(steep, 0.9)
    assert gain.sum() > 0 and gain[edges].sum() > 0.8 * gain.sum()
    print("more than four fifths of the gain lie in the steepest tenth of the pixels")
    cut = slice(20, 90), slice(60, 130)
    shown = {"repeat": fixed["repeat"], "cubic": cubic, "trained": ours, "true": large}
    fig = figures.gallery({name: 255 * a[cut] for name, a in shown.items()}, height=2.3)
    plots.show(fig, "A piece of the unseen photograph: repeated pixels, cubic, the trained network, the truth. The network is closest.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Ask for the result of plain division: most expect a perfect picture. Point out at which c the transpose appears. Richardson-Lucy fits the noise too, if it is not stopped."}
# ## 12 Deconvolution in earnest
#
# *What section 11 showed:* the gain lies at the edges, not in flat parts.
#
# Now undo the blur of section 3. The Fourier transform gives each frequency of a picture a complex number; a blur multiplies it by another one, $H$
# (convolution theorem, chapter 10). So divide by $H$? Where $H$ is nearly 0, division blows up the noise. **Wiener's** way divides where
# $H$ is large, and gives up where it is small:
#
# $$\hat X = \frac{\overline{H}}{|H|^2 + c}\; Y$$
#
# $Y$ and $\hat X$ are the transforms of the blurred and the restored picture, $\overline{H}$ is the conjugate of $H$. We choose the number $c$.
#
# **Predict.** With $c = 0$: perfect, or worthless? With $c$ very large: which operation of this chapter is left, but for scale?

# %% slideshow={"slide_type": "fragment"}
place = np.zeros_like(blurred)
place[0, np.arange(-7, 8)] = 1 / 15  # the kernel, its centre at pixel (0, 0)
H, Y = np.fft.fft2(place), np.fft.fft2(blurred)

def wiener(c):
    return np.fft.ifft2(H.conj() / (np.abs(H) ** 2 + c) * Y).real

for c in (0, 0.001, 0.01, 0.1):
    print(f"c = {c}: {enlarging.psnr(wiener(c), truth, 16):.1f} dB; blurred {once:.1f}")
print("c = 1e6, times c: the transpose:", np.allclose(1e6 * wiener(1e6)[:, 7:-7], turned[:, 7:-7], atol=1e-5))

# %% slideshow={"slide_type": "subslide"}
shown = {"blurred": blurred, "c = 0: inverse": wiener(0), "c = 0.01: Wiener": wiener(0.01), "Cᵀ": turned}
fig = figures.gallery({name: 255 * a[60:260, 160:360] for name, a in shown.items()}, height=2.3)
won = enlarging.psnr(wiener(0.01), truth, 16) - once
plots.show(fig, f"The blurred man, little but noise by plain division, sharp with faint ghosts by Wiener ({won:.1f} dB won), blurred twice by the transpose.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Plain division gives noise, although it inverts the blur. For large $c$ only $\overline{H}\,Y / c$ remains: $\overline{H}$ is the transpose, what an
# inverse becomes when it trusts no frequency.
#
# The ghosts come from frequencies that are lost, and from the borders: the transform takes the picture as a ring.
#
# We could choose the best $c$ only because we know the truth. **Change it yourself:** another `noise` in section 3. And without
# a known kernel, as in `datasets.clock()`?
#
# **Predict.** scikit-image also has **Richardson-Lucy**, which improves a guess step by step. Are 30 steps better than 10?

# %% slideshow={"slide_type": "fragment"}
same_way = restoration.wiener(blurred, bar, 0.01, reg=np.eye(1))  # its c is called balance
print(f"skimage's Wiener: {enlarging.psnr(same_way, truth, 16):.1f} dB")
for steps in (10, 30):
    guess = restoration.richardson_lucy(blurred, bar, num_iter=steps)
    print(f"Richardson-Lucy, {steps} steps: {enlarging.psnr(guess, truth, 16):.1f} dB")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Ask for the line that each has met."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | taken for an inverse | down and up again: other values |
# | `=` in place of `+=` | overlaps hold the last stamp only |
# | zeros put in, kernel not turned | fails $\langle Cx, y\rangle = \langle x, C^\mathsf{T}y\rangle$ |
# | padding added on the way up | it cuts |
# | "valid" expected to give $n\,s$ | 8 becomes 17 with $k=3$, $s=2$ |
# | `output_padding=0` taken for None | one sample short with "same" |
# | kernels as (kh, kw, in, out) | Keras: (kh, kw, out, in) |
# | "$s$ divides $k$, so no chequers" | random weights: energy as for other $k$ |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Leave it on the screen during questions."}
# ## Summary
#
# | | |
# |---|---|
# | stamp | $x[ns + k]$ gets $w[k]\,y[n]$ added |
# | matrix | $C^\mathsf{T}$, kernel in each column |
# | zeros | $s-1$ between samples, then true convolution |
# | test | $\langle Cx, y\rangle = \langle x, C^\mathsf{T}y\rangle$ |
# | length | $(n-1)s + k_e - 2p + a$ |
# | Keras | same: $ns$; valid: $(n-1)s + \max(k_e, s)$ |
# | also is | the gradient of a convolution |
# | chequers | the $s^2$ phases have unequal sums |
# | cures | resize and convolve, equal start, blur |
# | undo a blur | Wiener, not the transpose |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Alone, on paper, then in pairs. Question 5 is the hard one."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** Stamp $1, 2, 3$ for $y = 1, 0, 2$ with stride 3. And with stride 1?

# %% slideshow={"slide_type": "fragment"}
for s in (3, 1):
    print(ops.transposed1d([1, 0, 2], [1, 2, 3], stride=s))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** $n=7$, $k=5$, $s=3$. How long is the result with "valid", "same", and with $p=2$? Which $a$ leads back to 20 with $p=2$?

# %% slideshow={"slide_type": "fragment"}
print([arithmetic.transposed_length(7, 5, 3, padding) for padding in ("valid", "same", 2)])
print("a =", arithmetic.output_padding_for(20, 5, stride=3, padding=2))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** `Conv2DTranspose(8, 3)` reads 16 channels. Which shape have its kernels? How many parameters with bias, and is that other
# than for `Conv2D(8, 3)`?

# %% slideshow={"slide_type": "fragment"}
for kind in (arithmetic.Transposed(8, 3), arithmetic.Conv(8, 3)):
    print(type(kind).__name__, arithmetic.cost(kind, (10, 10, 16)).parameters, "=", 3 * 3 * 8 * 16, "+", 8)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **4.** How many stamps fall on the samples in the middle for $k=5$, $s=2$? In two directions, what is the largest factor between two
# pixels?

# %% slideshow={"slide_type": "fragment"}
middle = ops.transposed1d(np.ones(8, int), np.ones(5, int), 2)[6:12]
print(middle, "- factor", (middle.max() / middle.min()) ** 2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **5.** A layer has a kernel of 2 by 2 and stride 2. Is there a start at which its chequered energy is 0, and the weights are not all equal?

# %% slideshow={"slide_type": "fragment"}
for weights in ([[1, 1], [1, 1]], [[1, 2], [2, 1]], [[1, -1], [-1, 1]]):
    print(weights, round(chequers(up2(flat, np.array(weights, float))), 3))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 23 points; the questions add up to 155 minutes. Question 5, six functions and one test, is a good one to begin with in pairs."}
# ## Now you
#
# *Question 5:* no, with one channel: each phase has a single weight, so all four are equal. With several channels only the sums must be.
#
# **Exercises:**
# [questions on this chapter](../exercises/07_transposed_convolutions/07_transposed_convolutions.ipynb).
# Each checks itself, names your mistake and gives hints.
#
# ### Further reading
#
# V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning*, arXiv 1603.07285, chapter 4. A. Odena, V. Dumoulin and C. Olah,
# *Deconvolution and Checkerboard Artifacts*, Distill 2016. W. Shi and others, *Real-Time Single Image and Video Super-Resolution Using an
# Efficient Sub-Pixel Convolutional Neural Network*, 2016. A. Aitken and others, *Checkerboard artifact free sub-pixel convolution*, 2017.
#
# **Before:** [6 · Dilated convolutions](06_dilated_convolutions.ipynb). **Next:**
# [8 · Grouped and separable convolutions](08_grouped_and_separable_convolutions.ipynb).
