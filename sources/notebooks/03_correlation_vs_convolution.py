# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Ask what is raised in each picture, bricks or joints, and which library is right. Expect that one has a bug; neither has. Do not say yet which one flips: section 3 does."}
# # 3 · Cross-correlation and convolution
#
# Two programs get the same photograph of a brick wall and the same nine weights. Both say that they
# filter it. In one result the bricks stand out, in the other the joints do. **Who flips the kernel,
# and when does it matter?**
#
# **You will** restore both sums in formula and code, find out with one bright pixel what any
# library does, prove and break the laws of convolution, find a ping in noise and a word on a page,
# and see why a network may leave out the flip.
#
# **You need** [chapter 1](01_convolution_1d.ipynb) and [chapter 2](02_image_kernels.ipynb).
#
# **Minutes** 90, in two sittings: sections 1 to 7, then the rest.

# %% slideshow={"slide_type": "skip"}
import textwrap

import cv2
import numpy as np
from convcourse import datasets, figures, kernels, ops, plots
from convcourse.figures import conventions
from PIL import Image, ImageFilter
from scipy import ndimage, signal
from skimage.feature import match_template
from skimage.filters import correlate_sparse

# %% slideshow={"slide_type": "-"}
wall, relief = datasets.brick().x[40:160, 60:180].astype(float), kernels.emboss()
one, other = signal.convolve2d(wall, relief, "same"), cv2.filter2D(wall, -1, relief)
views = {"x, photograph": wall, "SciPy convolve2d": one, "OpenCV filter2D": other}
text = "In SciPy's relief the bricks have bright left sides, in OpenCV's the joints have."
plots.show(figures.gallery(views, cols=3, height=2.8), text)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Our eyes expect light from the upper left. What is bright on that side seems raised: the bricks in
# one relief, the joints in the other. Turn the kernel by half a turn, and bright and dark sides
# change places. One of the two libraries has turned it. Neither is wrong: they compute two different
# sums.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "On paper for n = 2: 9.5 and 8.5. Expect the two swapped. Move n: at 4 correlation reaches past the right end, at 0 convolution past the left. One sign makes all the difference."}
# ## 1 Two sums, one sign
#
# $$\underbrace{(x \star w)[n] = \sum_k w[k]\,x[n+k]}_{\text{cross-correlation}}
# \qquad
# \underbrace{(x * w)[n] = \sum_k w[k]\,x[n-k]}_{\text{convolution}}$$
#
# Both multiply and add. Both lay the weight $w[0]$ on the sample $x[n]$. From there correlation
# counts the samples forwards while it counts the weights. Convolution counts the samples
# *backwards*: over the signal the kernel lies flipped. The star $\star$ has five points, the star
# $*$ is the one of chapter 1.
#
# **Predict.** Take $x = [3, 1, 4, 1, 5]$ and $w = [2, -1, \tfrac12]$. Write out both sums for
# $n=2$.

# %% slideshow={"slide_type": "fragment"}
x, w = np.array([3, 1, 4, 1, 5]), np.array([2, -1, 0.5])
def beside(n=2):
    sums = np.correlate(x, w, "full")[n + 2], np.convolve(x, w)[n]
    return conventions.sums_beside(x, w, n), "n = {}: correlation {}, convolution {}.".format(n, *sums)
figures.live(beside, n=(0, 4))

# %% [markdown] slideshow={"slide_type": "subslide"}
# In the code only one sign differs, too. We keep the places where all weights meet a sample
# ("valid"). These are $n = 0, \dots, N-K$ for correlation, which looks ahead, and
# $n = K-1, \dots, N-1$ for convolution, which looks back.
#
# Both lists have $N-K+1$ numbers, and both use the same windows of the signal. So convolution is
# correlation with the weights in reverse order.
#
# **Predict.** In the picture, which three of the green numbers on the left are the valid ones, and
# which three on the right?


# %% slideshow={"slide_type": "fragment"}
def both(x, w):
    N, K = len(x), len(w)
    correlation = [sum(w[k] * x[n + k] for k in range(K)) for n in range(N - K + 1)]
    convolution = [sum(w[k] * x[n - k] for k in range(K)) for n in range(K - 1, N)]
    return np.array(correlation), np.array(convolution)

print("correlation", both(x, w)[0], "convolution", both(x, w)[1])
print("correlation with the reversed kernel", both(x, w[::-1])[0])
for lib in (np, signal):
    assert np.allclose(both(x, w), [lib.correlate(x, w, "valid"), lib.convolve(x, w, "valid")])
assert np.allclose(both(x, w), [f(x, w, "valid") for f in (ops.correlate1d, ops.convolve1d)])
print("both sums agree with NumPy, SciPy and our library")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Convolution gives 23. Expect 25, rows flipped only, and 35, columns only or transposed. Turn a sheet with 1 2 3 4 by half a turn before the class."}
# ### In two dimensions
#
# An image has rows and columns, so there are two signs:
#
# $$(x \star w)[i,j] = \sum_{a,b} w[a,b]\,x[i+a,\,j+b] \qquad
# (x * w)[i,j] = \sum_{a,b} w[a,b]\,x[i-a,\,j-b]$$
#
# Convolution flips *both* axes: up becomes down, and left becomes right. Together that is half a
# turn, 180°. It is no transposition: rows stay rows.
#
# Take for $x$ the numbers 1 to 9, row by row, and $w = \begin{bmatrix}1&2\\3&4\end{bmatrix}$. At
# first the kernel covers 1, 2, 4, 5. Correlation gives $1\cdot1+2\cdot2+3\cdot4+4\cdot5$.
#
# **Predict.** What does convolution give there? And what comes out if we flip the rows only, or the
# columns only, as is easily done?


# %% slideshow={"slide_type": "fragment"}
def correlate(x, w):
    (H, W), (kh, kw) = x.shape, w.shape
    y = np.zeros((H - kh + 1, W - kw + 1))
    for a in range(kh):
        for b in range(kw):  # every pixel's neighbour, a rows down and b columns right
            y += w[a, b] * x[a : a + len(y), b : b + y.shape[1]]
    return y

def convolve(x, w):
    return correlate(x, w[::-1, ::-1])


# %% slideshow={"slide_type": "fragment"}
nine, four = np.arange(1, 10).reshape(3, 3), np.array([[1, 2], [3, 4]])
print("correlation", correlate(nine, four).tolist(), "convolution", convolve(nine, four).tolist())
halves = {"rows": four[::-1], "columns": four[:, ::-1]}
for name, half in halves.items():
    print(f"{name} flipped, neither of the two:", correlate(nine, half).tolist())

photo, odd = datasets.camera().x[100:200, 200:320].astype(float), np.arange(15.0).reshape(3, 5)
for scratch, name in ((correlate, "correlate2d"), (convolve, "convolve2d")):
    for library in (ops, signal):
        assert np.allclose(scratch(photo, odd), getattr(library, name)(photo, odd, mode="valid"))
print("on a photograph, with a kernel that is not square: the same as SciPy and our library")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 12, "notes": "Let them draw both letters. A mirrored F means one axis only. In the figure drag the pixel to the border, add a second one, then choose a symmetric kernel: both outputs agree."}
# ## 2 The impulse test
#
# Which of the two does a function compute? Its name may mislead. One bright pixel tells. An
# **impulse** $\delta$ is 1 at place 0 and 0 elsewhere. Put it into the sums, and one term is left:
#
# $$(\delta * w)[n] = w[n] \qquad (\delta \star w)[n] = w[-n]$$
#
# Convolution prints the kernel as it is: that is why we called the answer to a click *the kernel*.
# Correlation prints it turned by half a turn.
#
# **Predict.** The kernel is the letter F. Draw both outputs before you look.

# %% slideshow={"slide_type": "fragment"}
letter = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]])
text = "Around row 4, column 4: correlation prints a turned F, convolution an upright one."
plots.show(conventions.impulse_beside(letter, 4, 4), text)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Change it.** Drag the bright pixel, or go to it with Tab and move it by the arrow keys. The black
# frame in both outputs marks one sum, which is written out below: click another place.
#
# **Predict.** What happens to the letters at the border? What do two bright pixels print when their
# letters overlap? For which kernels of the menu do both outputs agree? Then put in your own letter.

# %% slideshow={"slide_type": "fragment"} tags=["F4"]
figures.flip_test(letter)

# %% [markdown] slideshow={"slide_type": "subslide"}
# One pixel settles it for all images, because every image is a sum of impulses. But the kernel must
# tell its two ends apart. Many kernels of chapter 2 look the same after half a turn, and others only
# change their sign. Such a kernel shows nothing, or little.
#
# **Predict.** Sort them: for which of the kernels of chapter 2 does the flip change nothing, only
# the sign, or more?

# %% slideshow={"slide_type": "fragment"}
bank = kernels.bank()
same = [name for name, kernel in bank.items() if np.allclose(kernel, np.flip(kernel))]
signs = [name for name, kernel in bank.items() if np.allclose(kernel, -np.flip(kernel))]
for words, names in {"nothing changes": same, "only the sign": signs}.items():
    print(textwrap.fill(f"{words}: {' '.join(names)}", 88))
print("more:", *(name for name in bank if name not in same + signs))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 13, "notes": "Collect votes for filter2D and Pillow first. Pillow flips rows only. Expect that all take the same middle of four: correlate2d and ndimage.convolve differ. Short of time: show the tables, not the code."}
# ## 3 Who flips?
#
# *What section 2 showed:* of all these kernels, only the emboss kernel of the first picture shows the flip in full. No wonder
# that it is seldom noticed. So we ask the libraries. Each gets one bright pixel and the nine weights
#
# $$w = \begin{bmatrix}1&2&3\\4&5&6\\7&8&9\end{bmatrix},$$
#
# and returns an image of the size of its input. What it prints names its sum: upright is
# convolution, turned by half a turn is correlation.
#
# **Predict.** Write down for each name below: which of the two? For OpenCV's `filter2D`? For the
# imaging library Pillow, whose manual speaks of a *convolution kernel*?

# %% slideshow={"slide_type": "fragment"}
def pillow(x, w):
    x = Image.fromarray(x.astype(np.uint8))
    return np.asarray(x.filter(ImageFilter.Kernel(w.shape, w.ravel(), scale=1))).astype(float)

both_axes = {
    "signal.convolve": lambda x, w: signal.convolve(x, w, "same"),
    "signal.convolve2d": lambda x, w: signal.convolve2d(x, w, "same"),
    "signal.correlate": lambda x, w: signal.correlate(x, w, "same"),
    "signal.correlate2d": lambda x, w: signal.correlate2d(x, w, "same"),
    "ndimage.convolve": ndimage.convolve,
    "ndimage.correlate": ndimage.correlate,
    "cv2.filter2D": lambda x, w: cv2.filter2D(x, -1, w),
    "skimage correlate_sparse": correlate_sparse,
}

# %% slideshow={"slide_type": "fragment"}
def verdict(function):
    pixel, w = np.zeros((7, 7)), np.arange(1.0, 10).reshape(3, 3)
    pixel[3, 3] = 1
    seen = function(pixel, w)[2:5, 2:5].round(6)
    known = {"convolution": w, "correlation": w[::-1, ::-1], "flips rows only": w[:, ::-1]}
    return next(name for name, look in known.items() if np.array_equal(seen, look))

for name, function in {**both_axes, "Pillow ImageFilter": pillow}.items():
    print(f"{name:26}{verdict(function)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# In SciPy the names tell the truth. OpenCV's filter correlates: in the first picture it was SciPy
# that turned the kernel. Pillow computes neither sum: it turns the kernel upside down, but not left
# to right.
#
# Two more choices hide behind "same size". What stands beyond the **border**, when nobody says? We
# ask with weights that are powers of ten: they write five neighbours, two of them from beyond
# the border, into the five digits of one output. With the row 1, 2, 3, 4, … the digits
# 21123, say, mean that 2 and 1 were put before 1, 2, 3: `np.pad`'s "symmetric" (chapter 1).

# %% slideshow={"slide_type": "fragment"}
def border(function):
    x, w = np.arange(1.0, 7)[None], 10.0 ** np.arange(5)[None]
    outputs = {f"{function(x, v)[0, 0]:05.0f}" for v in (w, w[:, ::-1])}  # with, without flip
    for mode in ops.PAD_MODES:
        if "".join(f"{v:.0f}" for v in np.pad(x[0], 2, mode=mode)[:5]) in outputs:
            return mode

# %% [markdown] slideshow={"slide_type": "subslide"}
# The other choice is the **middle**. A kernel of four weights has none: which of them lies on the
# pixel that is computed? We print 1, 2, 3, 4 around pixel 3 of a row of seven. What stands at place 3
# (counted from 0) is the weight taken for the middle.
#
# **Predict.** Is it the 2 or the 3? Do all agree? Which border does each library take, when none is
# named?

# %% slideshow={"slide_type": "fragment"}
row = {
    "np.convolve": lambda x, w: np.convolve(x[0], w[0], "same")[None],
    "np.correlate": lambda x, w: np.correlate(x[0], w[0], "same")[None],
}
for name, function in {**row, **both_axes}.items():
    try:
        click = np.eye(1, 7, 3)  # one row of seven, with a 1 at place 3
        prints = function(click, np.array([[1.0, 2, 3, 4]])).round().astype(int)[0]
    except ValueError:
        prints = "refuses 4      "
    print(f"{name:26}{prints}   {border(function)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Most take the 3 for the middle when they correlate, and the 2 when they convolve. But
# `signal.correlate2d` and `ndimage.convolve` do the opposite: beside the others their results are
# shifted by one pixel. scikit-image refuses. And there are three kinds of border. (What `ndimage`
# calls "reflect" is NumPy's `symmetric`.)
#
# And the layer that networks call convolution? We give our weights to Keras's `Conv2D`. Its arrays
# have two more axes: for the images of a batch and for channels (chapter 4). Only this cell
# needs TensorFlow; it takes some seconds.
#
# **Predict.** Does a *convolution layer* flip?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
def keras_layer(x, w):
    layer = keras.layers.Conv2D(1, w.shape, padding="same", use_bias=False)
    layer.build((None, *x.shape, 1))
    layer.set_weights([w[..., None, None]])
    return np.asarray(layer(x[None, ..., None]))[0, ..., 0]

try:
    from convcourse.tf import keras
    prints = keras_layer(np.eye(1, 7, 3), np.array([[1.0, 2, 3, 4]]))[0]
    print(verdict(keras_layer), prints, border(keras_layer))
    assert verdict(keras_layer) == "correlation" and prints[3] == 2, prints
except ImportError:
    print("No TensorFlow here. Where it is installed, this cell shows that Conv2D correlates.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Vote on each law for correlation. It keeps the distributive law, the identity on the right, and shift. Expect yes for commutative: write i - j beside j - i. A symmetric g hides the failure."}
# ## 4 The laws
#
# *What section 3 showed:* no, the layer does not flip: it correlates, and puts the middle where SciPy's `correlate2d` puts it.
# Is anything lost? Convolution has laws, and all follow from chapter 1's table: the product
# $x[i]\,h[j]$ belongs to the output $n=i+j$.
#
# - **Commutative**, $x * h=h * x$: because $i+j=j+i$.
# - **Associative**, $(x * h) * g=x * (h * g)$: both collect $x[i]\,h[j]\,g[k]$ with $i+j+k=n$.
# - **Distributive**, $x * (h+g)=x * h+x * g$: multiply out.
# - **Identity**, $x * \delta=x=\delta * x$: only the place 0 of $\delta$ counts.
# - **Shift**: $x$ two places later raises each $i$, and so each $n$, by two.
#
# In correlation, $x[i]\,h[j]$ belongs to $n = i-j$.
#
# **Predict.** Which laws survive the minus sign?

# %% slideshow={"slide_type": "fragment"}
s, h, g = np.array([1, 2, 3, 4]), np.array([1, 0, -1]), np.array([1, 2])
other, delta, late = np.array([5, 6, 7]), [1], [0, 0, *s]

for law, sides in {
    "commutative   ": lambda op: (op(s, h), op(h, s)),
    "associative   ": lambda op: (op(op(s, h), g), op(s, op(h, g))),
    "distributive  ": lambda op: (op(s, h + other), op(s, h) + op(s, other)),
    "identity right": lambda op: (op(s, delta), s),
    "identity left ": lambda op: (op(delta, s), s),
    "shift         ": lambda op: (op(late, h), [0, 0, *op(s, h)]),
}.items():
    holds = [np.array_equal(*sides(op)) for op in (ops.convolve1d, ops.correlate1d)]
    print(f"{law} convolution {holds[0]}   correlation {holds[1]}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Correlation is neither commutative nor associative. Exchange the two, and $i-j$ becomes $j-i$: the
# result runs backwards. Move the bracket, and $(i-j)-k$ becomes $i-(j-k) = i-j+k$: another sum.
#
# Two rules take their place. With $\tilde y$ for $y$ reversed,
#
# $$h \star x = \widetilde{x \star h}, \qquad (x \star h) \star g = x \star (h * g).$$
#
# The second says: two correlations in a row are one correlation, with a kernel made by
# *convolution*: $(i-j)-k = i-(j+k)$.
#
# **Predict.** With $g=[1, 1]$ in place of $[1, 2]$: would the run still show that correlation is not
# associative?

# %% slideshow={"slide_type": "fragment"}
corr, conv = ops.correlate1d, ops.convolve1d
print("corr(s, h)", corr(s, h), " corr(h, s)", corr(h, s))
for g in ([1, 2], [1, 1]):
    print(f"g = {g}: corr(corr(s, h), g) {corr(corr(s, h), g)}")
    print(f"corr(s, conv(h, g)) {corr(s, conv(h, g))}  corr(s, corr(h, g)) {corr(s, corr(h, g))}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Vote for one of three. Only convolved in full is right, and not at the outermost pixels: the second pass takes zeros there. Short of time: state the result."}
# ## 5 Two kernels become one
#
# With a symmetric $g$ the wrong rule looks right, for then $h \star g = h * g$. A test must break
# every symmetry that could hide a mistake.
#
# The rule is useful: two filters in a row are one. We smooth a photograph with the binomial kernel,
# then take differences with the Sobel kernel; both passes correlate, as the layers of a network do.
# One pass with the combined kernel must give the same.
#
# **Predict.** We combine the kernels in three ways: convolved in full; correlated in full; convolved
# in "same" mode, so that 3 by 3 weights are left. Which are right, away from the border? And *at*
# the border, where "same" takes zeros?

# %% slideshow={"slide_type": "fragment"}
smooth, edge = kernels.binomial(3), kernels.sobel(1)
two_passes = ops.correlate2d(ops.correlate2d(photo, smooth, "same"), edge, "same")
for combine, mode in ((ops.convolve2d, "full"), (ops.correlate2d, "full"), (ops.convolve2d, "same")):
    gap = np.abs(ops.correlate2d(photo, combine(smooth, edge, mode), "same") - two_passes)
    print(f"{combine.__name__}, {mode}: wrong by {gap[1:-1, 1:-1].max():.0f} inside,", end=" ")
    print(f"{gap.max():.0f} with the outermost pixels")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Correlated, the differences change their sign. In "same" mode the combined kernel loses its outer
# weights. Only the full convolution is right, and even that not at the outermost pixels: smoothing
# puts values beyond the border, but the second pass takes zeros there. The laws hold for full
# results, or where nothing touches the border.
#
# One pass is not always cheaper: here it takes 25 products for each pixel, two passes take $9+9$.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Row by row, by hands. Traps: the negative and brighter by 20 are not linear; taking off the mean is a convolution; the median is only shift-invariant. Ask for a counter-example each time."}
# ## 6 Which systems are convolutions?
#
# A **system** $S$ turns one image into another. It is
#
# - **linear** if $S(2x-3z) = 2\,S(x)-3\,S(z)$, and so for any two numbers and images;
# - **shift-invariant** if moving the input moves the output, and does nothing else.
#
# If it is both, then it *is* a convolution, and its answer to an impulse is the kernel: every image is
# a sum of moved and weighted impulses, so the answer is a sum of moved and weighted kernels. That is
# $\sum_k x[k]\,w[n-k]$: convolution, not correlation.
#
# **Predict.** Judge the systems below, before you run the second cell. (Here the images repeat beyond
# their borders, so that nothing special happens there.)

# %% slideshow={"slide_type": "fragment"}
vignette = np.outer(np.hanning(33), np.hanning(33))
systems = {
    "twice as bright": lambda x: 2 * x,
    "brighter by 20": lambda x: x + 20,
    "negative": lambda x: 255 - x,
    "squared": np.square,
    "mean of 3 x 3": lambda x: ndimage.uniform_filter(x, 3, mode="wrap"),
    "median of 3 x 3": lambda x: ndimage.median_filter(x, 3, mode="wrap"),
    "moved by (2, 3)": lambda x: np.roll(x, (2, 3), (0, 1)),
    "mirrored": lambda x: x[:, ::-1],
    "dark corners": lambda x: vignette * x,
    "its mean taken off": lambda x: x - x.mean(),
    "Sobel x": lambda x: ndimage.sobel(x, 1, mode="wrap"),
}

# %% slideshow={"slide_type": "subslide"}
small = datasets.camera().x[8:503:15, 8:503:15].astype(float)  # 33 x 33 pixels
another, impulse = small[::-1].T, np.zeros((33, 33))
impulse[16, 16] = 1

def move(x):
    return np.roll(x, (5, 7), (0, 1))

systems["edge strength"] = lambda x: np.abs(systems["Sobel x"](x))
for name, S in systems.items():
    linear = np.allclose(S(2 * small - 3 * another), 2 * S(small) - 3 * S(another))
    invariant = np.allclose(S(move(small)), move(S(small)))
    by_kernel = np.allclose(S(small), ndimage.convolve(small, S(impulse), mode="wrap"))
    print(f"{name:19} linear {linear!s:6} shift {invariant!s:6} convolution {by_kernel}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The last column is true exactly where the other two are. The negative is not linear: the negative of
# black is white, but a linear system answers 0 with 0. To take off the mean *is* a convolution: its
# kernel is an impulse, less $1/33^2$ everywhere.
#
# One test can refute a system, but it cannot prove it for all images.
#
# **Change it.** Add two systems: the image turned by 90°; the difference to the pixel above.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "C is 3 by 5; the way back has 5 samples. Expect that the transpose is taken for the inverse: compare x with the way back. Short of time: skip; chapter 07 is to return to it."}
# ## 7 The same kernel, backwards
#
# Write $\langle a, b\rangle$ for the dot product $\sum_n a[n]\,b[n]$. Then for all $x$, $w$, $y$
#
# $$\langle x \star w,\; y\rangle = \langle x,\; y * w\rangle .$$
#
# Both sides add up the products $x[n+k]\,w[k]\,y[n]$: on the left sorted by the output's place $n$,
# on the right by the input's place $n+k$. The correlation is "valid", the convolution "full". It
# is called the **adjoint** of the correlation.
#
# As a matrix: each row of $C$ holds the kernel, one place further on, so $C\,x = x \star w$.
# Transposed, each $y[n]$ paints a kernel: $C^{\mathsf T} y = y * w$. When a network learns,
# $C^{\mathsf T}$ hands the error of the output back to the input (chapter 9, to come). It also makes
# small images large (chapter 7).
#
# **Predict.** $x$ and $w$ as in section 1, $y = [1, 2, -1]$. Which shape has $C$? How long is $y * w$?

# %% slideshow={"slide_type": "fragment"}
y, C = np.array([1, 2, -1]), np.array([np.pad(w, (i, 2 - i)) for i in range(3)])
there, back = np.correlate(x, w, "valid"), np.convolve(y, w)
print(f"{there} with y: {there @ y},  {back} with x: {x @ back}")
print(C)
print("C correlates:", np.allclose(C @ x, there), " C.T convolves:", np.allclose(C.T @ y, back))

# %% [markdown] slideshow={"slide_type": "slide", "lecture": 2, "minutes": 17, "notes": "Let them search the record by eye, then play it. Correlation says 3000, convolution 3289. Peaks can be negative. 27 samples are 0.84 m. Short of time: skip why no kernel does better."}
# ## 8 Find a ping in noise
#
# A bat, a ship's sonar and a parking aid send a ping and listen for its echoes. Ours rises from 500
# to 5000 Hz in half a second, a *chirp*. It sounds in the room of chapter 1, and a microphone records
# two seconds. The noise is louder than the ping.
#
# **Predict.** At what moment does the ping arrive? Look at the lowest record.

# %% slideshow={"slide_type": "fragment"}
room, rng = datasets.room(), np.random.default_rng(0)
t = np.arange(room.rate // 2) / room.rate  # seconds
ping = np.hanning(len(t)) * signal.chirp(t, 500, t[-1], 5000)
echoes, start = np.convolve(ping, room.x), 3000
clean = np.pad(echoes, (start, 2 * room.rate - start - len(echoes)))
record = clean + 2 * rng.normal(size=len(clean))

rows = {"w, the ping": ping}, {"true, with the echoes, before the noise": clean}, {"x, record": record}
fig = plots.stack(*rows, sharex=False, height=1.3)
text = f"A ping of {len(ping)} samples and its echoes, up to {np.abs(clean).max():.1f} high, are hidden"
plots.show(fig, f"{text} in a record with noise up to {np.abs(record).max():.1f}.")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
sounds = np.concatenate([ping, np.zeros(4000), record / 2])
plots.sound(sounds, room.rate, "The ping alone, a pause, then the record: mostly noise.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# We slide the ping along the record: correlation with the signal we look for, a **matched filter**.
# At its true place each product is a square, and they add up to the energy $E=\sum_k w[k]^2$.
# Elsewhere plus and minus cancel. Noise of the deviation $\sigma$ (its root mean square) becomes
# $\sigma\sqrt{E}$: chapter 1, section 10. We divide by $E$: a peak of 1 over noise of
# $\sigma/\sqrt E$.
#
# No kernel $v$ does better: its peak $\sum_k v[k]\,w[k]$ is at most $\sqrt{\sum v^2}\,\sqrt{E}$, its
# noise $\sigma\sqrt{\sum v^2}$. Their ratio is at most $\sqrt E/\sigma$, and $v=w$ reaches it.
#
# **Predict.** Does the search also succeed when we convolve, and so forget that convolution flips?

# %% slideshow={"slide_type": "fragment"}
energy = np.sum(ping**2)
found, flipped = (f(record, ping, "valid") / energy for f in (ops.correlate1d, ops.convolve1d))
print("truth", start, "- correlation says", found.argmax(), "- convolution", flipped.argmax())
text = f"Correlation has one sharp peak of {found.max():.2f} at {found.argmax()}, convolution none."
plots.show(plots.stack({"y, correlation": found}, {"y, convolution": flipped}), text)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Played backwards, this ping falls instead of rising: it is another sound. Here the flip decides
# between finding and not finding.
#
# The peak is not alone. Each wall sends the ping back, later and weaker, and each comes out as a
# narrow peak with ripples beside it. Together they are the room's impulse response, drawn from noise.
# That works because a chirp hardly resembles itself at any lag but 0.
#
# **Predict.** Can a peak be negative? (The microphone turns the sign of what comes from behind it.)

# %% slideshow={"slide_type": "fragment"}
truth, lags = np.pad(room.x, (start, 0)), np.arange(-40, 300)
rows = {"true, the room": truth[start + lags]}, {"y, correlation": found[start + lags]}
fig = plots.stack(*rows, t=lags, xlabel="samples after the direct sound")
plots.show(fig, f"Peaks at 0, 27, 57 and 128 stand in both; the largest is {found.max():.2f} high.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The nearest walls, floor and ceiling send the first echoes. For these `datasets.room` knows the
# truth. The noise in `found` has the deviation $\sigma/\sqrt E$: by about so much a gain will be off,
# and by more where the ripples of neighbours meet.
#
# **Predict.** Sound travels 343 m in a second, and there are 11,025 samples in one. How much longer
# than the direct way is that of an echo that comes 27 samples late?
#
# **Change it.** Then put `np.sin(2 * np.pi * 1000 * t)` in place of the chirp and run the section
# again. What do the echoes look like now, and why? (Chapter 1, section 11.)

# %% slideshow={"slide_type": "fragment"}
delays = np.array(room.about["delays"])
print("ways longer by, m", (room.about["speed"] * delays / room.rate).round(2))
print("true gains       ", np.round(room.about["gains"], 2))
print("found            ", found[start + delays].round(2))
print(f"noise {found[:2500].std():.3f}, by the law {2 / np.sqrt(energy):.3f}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 24, "notes": "Expect that taking off the mean is enough: it finds sky above a dark coat. In the figure let the right side fall into shadow, then go from score to score. On the page the fourth frame is wrong, at 0.56."}
# ## 9 Find a part of a picture
#
# The same idea in two dimensions is **template matching**. The template $w$ is the tower in the
# background of the photograph, cut out. We slide it over the photograph and look for the largest
# sum.
#
# The first sum is plain correlation. For the second we subtract from the template its mean: then a
# window of even brightness gives 0.
#
# **Predict.** Where is the largest sum of each? Mind that grey levels are never negative.

# %% slideshow={"slide_type": "fragment"}
scene, place = datasets.camera().x.astype(float), (115, 405)
tower, best = scene[115:195, 405:440], conventions.best  # best: the place of the largest number
plain = ops.correlate2d(scene, tower, "valid")
zero_mean = ops.correlate2d(scene, tower - tower.mean(), "valid")
print("truth", place, "- plain", best(plain), "- without the mean", best(zero_mean))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Both miss. The plain sum is largest where the picture is brightest, in the empty sky. Without its
# mean, the template still answers more strongly to sky above a dark coat than to itself: more
# contrast, larger sum.
#
# The remedy is to make contrast count nothing, too. From each window take its own mean $m$, and
# divide by the lengths of both lists, template ($\bar w$ is its mean) and window:
#
# $$r[i,j] = \frac{\sum_{a,b} (w[a,b]-\bar w)\,(x[i+a,j+b]-m)}
# {\sqrt{\sum (w[a,b]-\bar w)^2}\;\sqrt{\sum (x[i+a,j+b]-m)^2}}$$
#
# This is the **normalised cross-correlation**, the correlation coefficient of statistics. It lies
# between $-1$ and $1$; only a perfect match, up to brightness and contrast, gives 1.
#
# **Predict.** Each window has its own $m$. Must we loop over all windows?


# %% slideshow={"slide_type": "fragment"}
def match(x, w):
    box, w = np.full(w.shape, 1 / w.size), w - w.mean()
    m = ops.correlate2d(x, box, "valid")  # the mean of every window at once
    variance = ops.correlate2d(x**2, box, "valid") - m**2
    length = np.sqrt(w.size * np.maximum(variance, 1e-9))  # flat windows: not by 0
    # w now adds up to 0, so the numerator needs no m
    return ops.correlate2d(x, w, "valid") / (length * np.linalg.norm(w))

score = match(scene, tower)
print("place", best(score), f"score {score.max():.3f}")
by_opencv = cv2.matchTemplate(np.float32(scene), np.float32(tower), cv2.TM_CCOEFF_NORMED)
assert np.allclose(score, match_template(scene, tower))
assert np.allclose(score, by_opencv, atol=1e-3)
print("agrees with scikit-image and OpenCV")

# %% slideshow={"slide_type": "fragment"}
searches = {"plain": plain, "without the mean": zero_mean, "normalised": score}
finds = {name: (*best(scores), *tower.shape) for name, scores in searches.items()}
fig = figures.gallery(dict.fromkeys(searches, scene), cols=3, height=2.6, mark=finds)
text = ", ".join(f"{name} at {best(scores)}" for name, scores in searches.items())
plots.show(fig, f"Where each search puts the tower: {text}. Only the last frames the tower.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Brightness, contrast, likeness
#
# With $n$ pixels in the template, every plain sum is
# $\sum w\,x = n\,\bar w\,m + \sum (w-\bar w)(x-m)$: brightness plus likeness. Each score in the
# figure takes one thing away from the score above it. (The photograph is a quarter as wide.)
#
# **Predict.** After the template was cut out, the right side of the picture falls into shadow. Which
# scores still find the tower? Choose it under *its light*. Then move the window, and cut the template
# there: which templates does even the normalised score confuse?

# %% slideshow={"slide_type": "fragment"} tags=["F4"]
figures.template_search("camera", top=29, left=101, height=20, width=9)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A word on a page
#
# A photographed page holds the word *markers* four times: three times in the text, once in a line of
# code. The page is curved and darker on its left. Our template is the third one, at the lower left.
#
# **Predict.** In which order will the four be found? Will the plain search without the mean at least
# find the template's own place?

# %% slideshow={"slide_type": "fragment"}
page = datasets.page().x.astype(float)
word = page[101:117, 29:84]
without_mean, score = ops.correlate2d(page, word - word.mean(), "valid"), match(page, word)
places = conventions.peaks(score, 4, word.shape)  # the best, then the best elsewhere, ...
text = f"Frames at {places}: the first three hold the word, the fourth a part of another one."
plots.show(conventions.frames(page, places, word.shape), text)
print("scores", [f"{score[p]:.2f}" for p in places], "- without the mean:", best(without_mean))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Without normalising, the first word wins over the template's own place: there the print stands out
# more from the paper. Normalised, the template finds itself, then both other words of its font, in
# spite of light and curve. The fourth frame is wrong: the word in the code has another font, and
# scores less than a piece of a long word. A score is no proof. Where to stop is for us to decide,
# and one template finds one view. Networks learn many, and combine them (chapter 4).

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Which learns faster? Neither: the losses are equal. The convolving layer learns Sobel, the other Sobel turned. Expect that leaving out the flip must cost something."}
# ## 10 Why a network need not flip
#
# A layer does not get its weights from us: it learns them. Two layers get the same task: to imitate
# what SciPy's `convolve2d` makes of a photograph of grass with the Sobel kernel. One layer
# correlates, the other convolves.
#
# Both learn by **gradient descent**. Let $e$ be the output less the target. If the weight $w[a,b]$
# grows a little, the mean of $e^2/2$ grows at the rate
#
# $$\text{slope}[a,b] = \text{mean}_{i,j}\; e[i,j]\;x[i+a,\,j+b].$$
#
# This is again a correlation: of the image with the error. (Where the layer convolves, the weights lie
# flipped, and so do their slopes.) Each step takes from each weight a fifth of its slope. Both layers
# start with the same output.
#
# **Predict.** Which kernel will each layer learn? Which learns faster?

# %% slideshow={"slide_type": "fragment"}
grass = datasets.grass().x[:64, :64].astype(float)
grass = (grass - grass.mean()) / grass.std()
target = signal.convolve2d(grass, kernels.sobel(1), "valid")

def learn(layer, turn, w, steps=200):
    losses = []
    for _ in range(steps):
        e = layer(grass, w, "valid") - target
        losses.append(np.mean(e**2) / 2)
        w = w - 0.2 * turn(ops.correlate2d(grass, e, "valid")) / e.size
    return w, losses

first = np.random.default_rng(0).normal(size=(3, 3))
by_corr, loss_corr = learn(ops.correlate2d, np.asarray, first)  # turns nothing
by_conv, loss_conv = learn(ops.convolve2d, np.flip, np.flip(first))

# %% slideshow={"slide_type": "fragment"}
shown = {"true kernel": kernels.sobel(1), "w, correlating": by_corr, "w, convolving": by_conv}
fig = conventions.learned(shown, {"correlating": loss_corr, "convolving": loss_conv})
text = f"The middle rows learned are {by_corr[1].round(2)} and {by_conv[1].round(2)}."
plots.show(fig, f"{text} Both losses fall from {loss_corr[0]:.0f} to below 0.0001.")
print("losses equal:", np.allclose(loss_corr, loss_conv))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The layer that convolves learns the Sobel kernel, the one that correlates learns it turned by half
# a turn. Step by step their losses are equal. To a learner the flip only renames the weights: each has
# another address, and nothing else changes. So the libraries spare it.
#
# Two things follow. What such a layer learned *are* the weights of a correlation. And laid beside a
# kernel from a book, they may be turned.
#
# **Change it.** Learn an emboss kernel, and one that is symmetric.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Guess the accuracy: it falls from 91 to 43 per cent. Of 61 sixes 48 are read as nines. Ask for the error message: there is none."}
# ## 11 When it does matter
#
# It matters as soon as a kernel travels: from one program to another, or from a book into a program.
# Here a layer learns to read the handwritten digits of `datasets.digits`, 8 by 8 pixels. It has ten
# kernels as large as the image, so that each gives one number: the digit's score. It
# learns as in section 10. (Its loss is the usual one for classes; chapter 4 explains it.)
#
# Then its weights go to a program that convolves.
#
# **Predict.** How many of 100 digits are still read correctly? As what will the sixes be read?

# %% slideshow={"slide_type": "fragment"}
digits = datasets.digits()
images, tests, truth = digits.x[:1200] / 16, digits.x[1200:] / 16, digits.y[1200:]
wanted, weights = np.eye(10)[digits.y[:1200]], np.zeros((8, 8, 10))
for _ in range(300):
    scores = np.tensordot(images, weights, 2)  # a valid correlation at its only place
    share = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    weights -= np.tensordot(images, share - wanted, ([0], [0])) / len(images)

# %% slideshow={"slide_type": "fragment"}
for slide in (ops.correlate2d, ops.convolve2d):
    said = np.argmax([[slide(x, weights[..., d], "valid").item() for d in range(10)] for x in tests], 1)
    counts = np.bincount(said[truth == 6], minlength=10)
    print(f"{slide.__name__}: {np.mean(said == truth):.0%} right. Sixes read as 0 ... 9: {counts}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# No error message, no wrong shape: only wrong answers. A six, turned by half a turn, is a nine. What
# looks alike after half a turn, such as a zero, survives.
#
# So the flip matters
#
# - when **weights travel** between programs that differ;
# - when a kernel is **made by hand** and has a direction: edges change their sign, motion its direction;
# - when a kernel is **even**: turning it moves its middle;
# - when kernels are **combined** (section 5);
# - when numbers are **complex**, as in radio and in the Fourier transform: correlation then takes the
#   *conjugate* of each weight, $\sum_k \overline{w[k]}\,x[n+k]$, and convolution does not.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Cover the right column. Which kernel reveals the first four? One of nine different numbers. A symmetric test kernel hides the others."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | trusting the name "convolution" | the impulse test prints the kernel turned |
# | testing with a symmetric kernel | both sums give the same: use nine different numbers |
# | flipping one axis only | an F comes out mirrored |
# | transposing instead of flipping | a kernel that is not square does not fit |
# | one kernel in `np.convolve` and in `cv2.filter2D` | edges have opposite signs |
# | a `convolve2d` of one's own that correlates, later replaced by SciPy's | signs change; magnitudes hide it |
# | two libraries, default borders | they differ near the border only |
# | an even kernel, "same" | all is shifted by one pixel |
# | combining two kernels by correlation, or in "same" mode | one pass is not two passes |
# | searching with plain correlation | it finds the brightest place |
# | no conjugate | a complex signal does not find itself |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Ask for both sums, and for what each prints from an impulse. Then: which laws does correlation keep?"}
# ## Summary
#
# | | |
# |---|---|
# | correlation $\star$ | $\sum_k w[k]\,x[n+k]$: the kernel as it is; prints an impulse turned |
# | convolution $*$ | $\sum_k w[k]\,x[n-k]$: flipped in all axes; prints the kernel |
# | who flips | SciPy's and NumPy's `convolve`; not OpenCV, scikit-image, Keras |
# | laws of $*$ | commutative, associative, distributive, identity, shift |
# | laws of $\star$ | distributive, shift; $(x\star h)\star g = x\star(h * g)$ |
# | linear and shift-invariant | a convolution; its kernel is the answer to an impulse |
# | adjoint | $\langle x\star w, y\rangle=\langle x, y * w\rangle$: $C$ and $C^{\mathsf T}$ |
# | to find a pattern | correlate; normalise where light and contrast vary |
# | networks | learn the weights of a correlation; the flip only renames them |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "In class 3 and 4. Equal pictures under a Gaussian prove nothing. The negative scores -1 at its place; turned by ten degrees the tower is lost."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** The kernel $[0, 0, 1]$ in "same" mode moves a signal by one sample. In which direction does
# correlation move it, and in which direction convolution?

# %% slideshow={"slide_type": "fragment"}
for slide in (ops.correlate1d, ops.convolve1d):
    print(slide.__name__, slide([0, 7, 8, 9, 0], [0, 0, 1], "same"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# (Correlation fetches each sample from the right; convolution sends it there.)
#
# **2.** A network has two layers in a row, without anything between them. Each correlates: the first
# with $[1, 2]$, the second with $[1, -1]$. Which single kernel does the same?

# %% slideshow={"slide_type": "fragment"}
twice = np.correlate(np.correlate([3, 1, 4, 1, 5], [1, 2], "valid"), [1, -1], "valid")
print(twice, np.correlate([3, 1, 4, 1, 5], np.convolve([1, 2], [1, -1]), "valid"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** A colleague filters a photograph with a Gaussian in two libraries, finds the same picture,
# and concludes that neither flips. What is wrong? Which of $[1,2,1]$, $[-1,0,1]$, $[1,2,3]$ can
# tell?

# %% slideshow={"slide_type": "fragment"}
for kernel in ([1, 2, 1], [-1, 0, 1], [1, 2, 3]):
    print(kernel, "correlation", np.correlate([0, 1, 0], kernel, "same"), end=" ")
    print("convolution", np.convolve([0, 1, 0], kernel, "same"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# (The second shows a sign, which might also be a sign in the kernel. The third leaves no doubt.)
#
# **4.** The tower of section 9 scores 1 at its place. What becomes of that score when the photograph is
# made darker and paler? When it is made a negative? When it is turned by ten degrees?

# %% slideshow={"slide_type": "fragment"}
for changed in (0.3 * scene + 20, 255 - scene, ndimage.rotate(scene, 10, reshape=False)):
    scores = match(changed, tower)
    print(f"{scores[place]:.2f} at its place, best {scores.max():.2f} at {best(scores)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# (Brightness and contrast are divided out. In the negative each dark pixel meets a bright one. Turned,
# the tower is lost.)
#
# **5.** The tone $w[n]=e^{2\pi i \cdot 5n/64}$ has 64 complex samples of size 1. How well does it match
# itself, without the conjugate and with it?

# %% slideshow={"slide_type": "fragment"}
tone = np.exp(2j * np.pi * 5 * np.arange(64) / 64)
kept = [f(tone, tone, "valid")[0] for f in (ops.correlate1d, np.correlate, signal.correlate)]
print(f"without {abs(np.sum(tone * tone)):.1f}, with", np.abs(kept).round(1))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 24 points, about two hours. Question 10, the word on a page, builds on section 9."}
# ## Now you
#
# *Question 5:* without the conjugate the arrows $w[n]\,w[n]$ point in all directions and cancel. With it, each is
# turned back, and they add up to the energy.
#
# **Exercises:**
# [questions on this chapter](../exercises/03_correlation_vs_convolution/03_correlation_vs_convolution.ipynb).
# Each checks itself, names your mistake and gives hints.
#
# ### Further reading
#
# R. Szeliski, *Computer Vision: Algorithms and Applications*, section 3.2, on linear filters. A. V.
# Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*, chapter 2, on the laws. G. L. Turin
# (1960), "An introduction to matched filters", *IRE Transactions on Information Theory* 6(3). J. P.
# Lewis (1995), "Fast template matching", *Vision Interface*, on the normalised sum.
#
# **Before:** [2 · Image kernels](02_image_kernels.ipynb). **Next:**
# [4 · The layers of a network](04_cnn_layers_keras.ipynb).
