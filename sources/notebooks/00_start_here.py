# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Clap once and let the hall answer: the room has just convolved. Ask who has smoothed a measurement or used a filter on a photograph. Run all cells before the lecture."}
# # Convolution: from a sliding dot product to a network that sees
#
# **Chapter 00 · Start here**
#
# Slide a short list of numbers along a long one. At each place multiply what lies on top of each
# other, and add up. That is all. This one operation smooths a measurement, puts a concert hall
# around a guitar, finds the edges in a photograph, and is the layer that networks for images are
# made of.
#
# *What is convolution good for, and how will you learn it here?*
#
# | You will do | You need | Minutes |
# |---|---|---|
# | see convolution at work on a signal, a photograph and a network; move a first slider; check your computer and your NumPy | Python: lists, functions, loops | 30 |

# %% [markdown] slideshow={"slide_type": "skip"}
# ## First steps in a notebook
#
# A notebook is a column of cells: text like this one, and code like the next one. Click a code
# cell and press **Shift + Enter**: it runs, its result appears below, and the next cell is chosen.
# Run the cells from top to bottom.
#
# The results of an earlier run are stored here. To predict *before* you see them, choose *Edit → Clear
# Outputs of All Cells* now.
#
# The first cell loads the tools. If it says `No module named 'convcourse'`, then this notebook runs
# in another Python than the course's own: close it, and start with `python3 course.py lab` in the
# folder of the course. The second cell looks for everything that the course uses. It names what is
# missing, what will not work without it, and what to do.

# %% slideshow={"slide_type": "skip"}
import numpy as np
from convcourse import datasets, environment, figures, plots
from convcourse.ops import convolve1d, correlate1d
from convcourse.plots import show
from scipy.signal import correlate2d, find_peaks

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
environment.report()

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Let them write the answers down: 5, 5.33, 5, 4. Many expect six numbers: ask where the last weight would lie. Point at the 9: its peak has sunk."}
# ## The whole idea in a few numbers
#
# We take a short *signal* $x$ of six numbers, 2, 4, 9, 3, 3, 6, and three equal weights of one third
# each. Such a short list of weights is called a *kernel*, $w$. Laid on the first three numbers of the
# signal it gives
#
# $$\tfrac13 \cdot 2 + \tfrac13 \cdot 4 + \tfrac13 \cdot 9 ,$$
#
# their mean. Then the kernel moves on by one, and gives the mean of the next three. It stops where its
# last weight meets the last number; the code calls this `"valid"`.
#
# **Predict:** how many numbers come out, and what is the first one?

# %% slideshow={"slide_type": "fragment"}
x = [2, 4, 9, 3, 3, 6]
w = [1 / 3, 1 / 3, 1 / 3]
print(correlate1d(x, w, mode="valid"))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Four places have room for three weights among six numbers, so four means come out. Each is a
# *dot product* of the kernel with the numbers below it: a sliding dot product. The peak of the
# signal is gone; the output is much calmer than the signal.
#
# The name in the code is `correlate1d`, because the kernel slides as it is. `convolve1d` turns it
# round first. For equal weights that makes no difference, and why one should ever turn it round is
# a question for chapter 01.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Ask for the drawing in the air first. The rise stays, the swing goes. Expect summer or winter for the highest month; it is May, the lowest October. Short of time: skip the months."}
# ## What it is for (1): a signal
#
# On a volcano in Hawaii the carbon dioxide in the air has been measured week by week since 1958,
# in parts per million (ppm). The series rises, and it swings up and down once a year.
#
# A kernel of 53 equal weights replaces each week by the mean of the year around it.
#
# **Predict:** what is left of the rise? What is left of the yearly swing? Draw it in the air
# before you run the cell.

# %% slideshow={"slide_type": "fragment"}
co2 = datasets.co2()
trend = convolve1d(co2.x, np.ones(53) / 53, mode="valid")
t = co2.t[26:-26]  # the middle of each year-long window
swing = co2.x[26:-26] - trend

# %% slideshow={"slide_type": "fragment"}
fig, (top, bottom) = plots.panels(2, sharex=True)
plots.line(top, co2.t, co2.x, "x", label="x: measured")
plots.line(top, t, trend, "y", label="y: mean of a year")
plots.line(bottom, t, swing, "x", label="x - y: what the mean took away")
top.set(ylabel="CO2, ppm")
bottom.set(xlabel="year", ylabel="ppm", ylim=(-9, 9))
show(
    fig,
    f"Above: weekly CO2 from {co2.t[0]:.0f} to {co2.t[-1]:.0f} swings once a year and "
    f"rises; its yearly mean rises smoothly from {trend[0]:.0f} to {trend[-1]:.0f} ppm. "
    f"Below: the difference swings between {swing.min():.1f} and {swing.max():.1f} ppm.",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The swing is gone from the mean, because every window holds about one whole year: as many weeks
# above as below. The rise stays. One line of code has pulled the two apart, and what it took away is
# interesting in itself: it is the plants. While the leaves of the northern half of the earth are
# out, they take carbon dioxide from the air; in autumn and winter it comes back.
#
# **Predict:** in which month is there most of it in the air? In which month least?

# %% slideshow={"slide_type": "fragment"}
month = np.ceil(t % 1 * 12)
by_month = np.array([swing[month == m].mean() for m in range(1, 13)])
print("highest in month", by_month.argmax() + 1)
print("lowest in month ", by_month.argmin() + 1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# May: the leaves of the north are only just out. October: they have had a whole summer. The kernel
# knew nothing of plants; it took the slow part away, and left the swing for us to see.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Ask for the sign at each edge before the run. Expect both edges positive, and a line along the lawn. Point at the tripod: one side of a leg is blue, the other orange."}
# ## What it is for (2): a photograph
#
# A photograph is a table of numbers, so a kernel for it is a small table too. This one has three
# rows, all alike:
#
# $$\begin{bmatrix} -1 & 0 & 1 \\ -1 & 0 & 1 \\ -1 & 0 & 1 \end{bmatrix}$$
#
# It subtracts the three pixels on the left from the three pixels on the right, at every place of
# the photograph.
#
# **Predict:** what does it answer in the empty sky? At an upright edge, dark on the left and bright
# on the right? At one that is bright on the left? And at a level edge, where the lawn begins?

# %% slideshow={"slide_type": "fragment"}
photo = datasets.camera().x
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
edges = correlate2d(photo.astype(float), kernel, mode="valid")

fig, (left, right) = plots.panels(1, 2, height=2.8, width=6.4)
plots.image(left, photo, "the photograph")
plots.image(right, edges, "the answer of the kernel", signed=True, limit=250)
show(
    fig,
    f"Left: a photograph of {photo.shape[0]} x {photo.shape[1]} pixels, a man with a camera on a "
    f"tripod. Right: the answers, from {edges.min():.0f} to {edges.max():.0f}: white in the sky, "
    "blue and orange lines along the upright edges of the man and of the tripod's legs.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In the sky left and right are equal, and the answer is near zero: white. Along an upright edge it
# is large: blue (positive) where the right side is brighter, orange (negative) where the left side
# is. The level edge of the lawn gives no line: this kernel does not compare above with below.
# Nine small numbers know what an upright edge is. Chapter 02 will build many such kernels.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Nobody chose these kernels. Let the class find the one that resembles ours: kernel 2. Then point at the upright joints in map 2, the level ones in map 0, the dark bricks in map 6."}
# ## What it is for (3): a network
#
# Nobody has to invent the nine numbers. A *convolutional network* starts with random kernels and
# changes them, little by little, until its answers are right: it *learns* them. We have trained a
# small one to tell photographs of brick, grass and gravel apart. Its first layer holds eight
# kernels of 7 × 7 weights, and one number for each that is added at the end, the *bias*.
#
# **Predict:** the network has never been told what an edge or a line is. What will its kernels
# look like?

# %% slideshow={"slide_type": "fragment"}
network = datasets.recorded("texture_cnn")
weights, bias = network["w"], network["b"]
print(f"right on {float(network['accuracy']):.0%} of patches that were kept back")
print("kernel 2, the sum of each column:", weights[:, :, 0, 2].sum(axis=0).round(1))

row = np.hstack([np.pad(weights[:, :, 0, k], 1) for k in range(8)])
fig, ax = plots.panels(height=1.6)
plots.image(ax, row, signed=True)
ax.set_xticks(4 + 9 * np.arange(8), [f"kernel {k}" for k in range(8)])
show(
    fig,
    f"Eight learned kernels of {len(weights)} x {len(weights)} weights, negative ones orange, "
    "positive ones blue. Most are edges and bars, level or upright; kernel 6 is nearly all orange.",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Edges and bars, level, upright and slanting. Kernel 2 is nearly the one that we wrote by hand:
# negative on the left, positive on the right, as the sums of its columns say. Training found it,
# because it is useful.
#
# Now we let three of them slide over a piece of brick wall that was not used for training. The
# network first subtracts the mean and divides by the standard deviation. Then each kernel slides, its bias is
# added, and what is below zero becomes zero. That last step is called *ReLU*. The result is a
# *feature map*: bright where the kernel has found what it looks for.
#
# **Predict:** what does kernel 2 find in a brick wall? Kernel 0? And kernel 6, nearly all negative?

# %% slideshow={"slide_type": "fragment"}
wall = datasets.brick().x[300:460, 100:260].astype(float)
wall = (wall - wall.mean()) / wall.std()

fig, axes = plots.panels(1, 4, height=2.2)
plots.image(axes[0], wall, "a brick wall")
for ax, k in zip(axes[1:], (2, 0, 6), strict=True):
    answer = correlate2d(wall, weights[:, :, 0, k], mode="valid") + bias[k]
    plots.image(ax, np.maximum(answer, 0), f"feature map {k}")
show(
    fig,
    f"A brick wall of {len(wall)} x {len(wall)} pixels, dark bricks and bright joints, and three "
    "feature maps: 2 shows the upright joints, 0 the level ones, 6 the bricks themselves.",
)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Read the column of who chose the kernel aloud: we, we, training. Ask for a fourth row, such as a lens that blurs or a room that echoes."}
# ## One operation, three uses
#
# | | the long list | the kernel | who chose it | the output |
# |---|---|---|---|---|
# | signal | weeks of CO2 | 53 weights, each 1/53 | we, to remove a year | the trend |
# | photograph | rows and columns of grey levels | 3 × 3 | we, to see upright edges | a map of edges |
# | network | the same | 7 × 7, eight of them | training | eight feature maps |
#
# Upright joints, level joints, bricks: three questions to one picture, and three answers. The next
# layers of the network work on these maps in the same way, until a word comes out: brick.
#
# Everything else in this course is about doing this well: what happens at the ends, which way the
# kernel points, how large the output is, what it costs, how to make it fast, and how to learn the
# weights.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 10, "notes": "Vote on a width, then move the slider slowly from 0 to 24. Stop at 11, where the waves vanish, and at 16, where the tops stand in quiet years. Short of time: the hanning window is homework."}
# ## A first figure to play with
#
# Sunspots have been counted for more than two hundred years. The monthly numbers are noisy, but
# there are waves in them. The function below replaces each month by the mean of the years around
# it. Run the cells, then move the slider.
#
# **Predict first:** which width shows the waves best? And is there a width at which they vanish
# altogether?

# %% slideshow={"slide_type": "fragment"}
sunspots = datasets.sunspots()


def smooth(years):
    kernel = np.ones(12 * years + 1)
    y = convolve1d(sunspots.x, kernel / kernel.sum(), mode="valid")
    return sunspots.t[6 * years : 6 * years + len(y)], y


# %% slideshow={"slide_type": "fragment"}
def draw(years=1):
    fig, ax = plots.panels(height=2.8)
    plots.line(ax, sunspots.t, sunspots.x, "x", label="x: each month", alpha=0.4)
    t, y = smooth(years)
    plots.line(ax, t, y, "y", label=f"y: years = {years}")
    ax.set(xlabel="year", ylabel="sunspots", ylim=(-5, 265))
    peaks = len(find_peaks(y, prominence=20)[0])
    return fig, f"Sunspots, years = {years}: {peaks} peaks stand out by 20 or more."


figures.live(draw, years=(0, 24))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Without smoothing (0 years) noise makes peaks everywhere. One year is enough to see the waves. Too
# wide a window flattens everything. Here are four widths side by side, then the peaks that stand out
# by 20 sunspots or more, counted.
#
# **Predict** from the first of them how many years lie between two peaks.

# %% slideshow={"slide_type": "fragment"}
fig, axes = plots.panels(1, 4, height=2.2, sharey=True)
for ax, years in zip(axes, (1, 5, 11, 16), strict=True):
    plots.line(ax, *smooth(years), "y", linewidth=1.5)
    ax.set(title=f"years = {years}", xlabel="year", xticks=[1800, 1900, 2000])
show(
    fig,
    "Sunspots smoothed over 1, 5, 11 and 16 years. With 1 year sharp waves, with 5 years lower and "
    "smoother ones; with 11 years nearly none are left; with 16 years low waves are back.",
)

# %% slideshow={"slide_type": "fragment"}
for years in (0, 1, 5, 11, 16):
    t, y = smooth(years)
    peaks = find_peaks(y, prominence=20)[0]
    apart = np.diff(t[peaks]).mean()
    print(f"{years:2} years: {len(peaks):3} peaks, {apart:4.1f} years apart")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Where the waves are clear, their peaks are about eleven years apart. A window of that width holds
# as much above as below, and they vanish, like the year of the CO2. Two things to try:
#
# - At 16 years waves are back. Look closely: are their tops in the busy years of the sun, or in the
#   quiet ones? How many busy times does a window around a quiet year hold?
# - Give the middle of the window more weight: in `smooth`, write `np.hanning(12 * years + 3)[1:-1]`
#   for `np.ones(12 * years + 1)`. Run the cell, then move the slider. Which kernel makes the
#   smoother curve? And where are the tops at 16 years now?

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Do not read the table. Say which chapters your course covers, that those marked to come are not written, and that 04 is the first to need TensorFlow."}
# ## The map of the course
#
# | Chapter | The question that it answers |
# |---|---|
# | **00 Start here** | What is it for, and how do I learn it? |
# | [01 Convolution in one dimension](01_convolution_1d.ipynb) | What does a room do to a sound, and a kernel to a series? |
# | [02 Image kernels](02_image_kernels.ipynb) | What does a small table of numbers see in a photograph? |
# | [03 Correlation or convolution](03_correlation_vs_convolution.ipynb) | Who turns the kernel round, and when does it matter? |
# | [04 CNN layers in Keras](04_cnn_layers_keras.ipynb) | How do layers of kernels learn to tell images apart? |
# | [05 Convolution arithmetic](05_convolution_arithmetic.ipynb) | How large is the output, and what does it cost? |
# | [06 Dilated convolutions](06_dilated_convolutions.ipynb) | How does a network see far with few weights? |
# | [07 Transposed convolutions](07_transposed_convolutions.ipynb) | How does a network make an image larger? |
# | [08 Grouped and separable](08_grouped_and_separable_convolutions.ipynb) | What can be saved, and what is lost? |
# | 09 Backpropagation *(to come)* | How does a kernel learn? |
# | 10 Fast convolution *(to come)* | Which way to compute it is fast, and when? |
# | 11 Equivariance and aliasing *(to come)* | What happens when the picture moves by one pixel? |
# | 12 Inside a CNN *(to come)* | What has a network learned, and where does it look? |
# | 13 Capstone *(to come)* | Can I build one, and show by measurement that it works? |
#
# Chapters 01 to 05 build on each other. After 05, take what you need. TensorFlow is used from
# chapter 04 on; 05 and 10 do without it.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Insist on point 1: clear the outputs, write the prediction down. Show one wrong answer in an exercise and the message that names the mistake."}
# ## How to study
#
# 1. **Predict.** Clear the stored results first (*Edit → Clear Outputs of All Cells*). Where the text
#    asks, stop and answer, on paper or aloud. A wrong prediction is the best moment to learn.
# 2. **Run** the cell and compare.
# 3. **Change** something: a number, a kernel, the slider. What do you expect now?
# 4. **Solve the exercises** of the chapter. Each answer is checked at once, and a wrong one tells
#    you *what* is wrong with it. Stuck? `q1.hint(1)`, then `q1.hint(2)` and `q1.hint(3)`.
# 5. Only then look into the folder `solutions`.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Where your work is
#
# `python3 course.py lab` opens your own copies, in the folder `work` of the course. You may change
# and break everything there. A new version of the course (`git pull`) never touches what you have
# written: a copy that you have changed stays, and the new version is put beside it. To begin a
# notebook afresh, delete your copy and start again with `course.py lab`.
#
# When a cell hangs, press the square *stop* button. When results look strange, choose *Kernel →
# Restart Kernel and Run All Cells*: an old variable may be in the way.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Do not read the tables. Ask only for the number of axes of the five, then run. Expect three for a grey photograph and two for kernels. Shape is (H, W): row first."}
# ## Notation
#
# One symbol, one colour and one marker, in all chapters.
#
# | Symbol | Meaning | In pictures |
# |---|---|---|
# | $x[n]$ | signal or image, the input; $n$ counts from **0** | blue, circles |
# | $w[k]$ | kernel, its weights | orange, squares |
# | $y[n]$ | output | green, diamonds |
# | $N$, $K$ | lengths of signal and kernel | |
# | $\sum_{k=0}^{K-1} w[k]$ | sum of all weights: `w.sum()` | |
#
# Where the truth is known it is drawn in black and dotted; an error is red and dashed.

# %% slideshow={"slide_type": "fragment"}
fig, axes = plots.panels(1, 3, height=1.9)
x, w = [1, 2, 2, 1], [1, -1]
for ax, symbol, values in zip(axes, "xwy", (x, w, convolve1d(x, w)), strict=True):
    plots.stems(ax, values, symbol=symbol, label=symbol, numbers=True)
show(
    fig,
    f"Three stem plots: x = {x} with blue circles, w = {w} with orange squares, "
    f"y = {convolve1d(x, w).tolist()} with green diamonds. Negative samples are open.",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Shapes and words
#
# | Word | What we mean by it |
# |---|---|
# | image | shape `(H, W)`: height first, then width; `image[row, column]`, row 0 on top |
# | colour image | `(H, W, 3)`: red, green, blue |
# | batch of images | `(N, H, W, C)`: `N` images with `C` *channels*, as in Keras |
# | kernels of a layer | `(kh, kw, C_in, C_out)`: height, width, channels in, channels out |
# | padding | what we put around the input |
# | stride | by how many places the kernel moves on; 1 leaves out none |
# | dilation | distance between two neighbouring weights; **1** is an ordinary kernel |
# | cross-correlation | slides the kernel as it is: `correlate…` **never** flips |
# | convolution | turns the kernel round first: `convolve…` **always** flips |
# | MAC | one multiplication and one addition, to count what a kernel costs |
#
# Two letters do double duty, as everywhere: $N$ is a length or a number of images, and `W` is a
# width while $w$ is a kernel. The neighbouring letters tell which.
#
# **Predict** the number of axes of each: a series, a grey photograph, a colour photograph, a set of
# small grey images, and the kernels of the network above.

# %% slideshow={"slide_type": "fragment"}
for name in ("co2", "camera", "coffee", "digits"):
    print(f"{name:8}", datasets.load(name).x.shape)
print(f"{'kernels':8}", weights.shape)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 10, "notes": "Four votes by hands, one run each. Third: axis=0 makes the rows disappear, so it adds down the columns. Fourth: 250 + 10 gives 4, in silence. Who misses two reads NumPy's basics at home."}
# ## Is your NumPy ready?
#
# Four small things from NumPy carry the whole course. For each one: write down what you expect,
# then run the cell.
#
# **1. Slices.** With `x = [10, 20, 30, 40, 50]`, what are `x[1:3]`, `x[-1]`, `x[::-1]` and
# `x[::2]`?

# %% slideshow={"slide_type": "fragment"}
x = np.array([10, 20, 30, 40, 50])
print(x[1:3], x[-1], x[::-1], x[::2])

# %% [markdown] slideshow={"slide_type": "fragment"}
# A slice leaves out its right end. A negative index counts from the end. `[::-1]` turns an array
# round: that is how we flip a kernel. `[::2]` takes every second sample: that is stride 2.
#
# **2. Broadcasting.** `column` has shape `(3, 1)` and `row` has shape `(4,)`. What is the shape of
# `column * row`? Or is it an error?

# %% slideshow={"slide_type": "fragment"}
column, row = np.array([[1], [2], [3]]), np.array([1, 10, 100, 1000])
print((column * row).shape)
print(column * row)

# %% [markdown] slideshow={"slide_type": "fragment"}
# No error: an axis of length 1 is stretched to fit. The result is the table of all products. We will
# meet this very table in chapter 01, with convolution along its diagonals.
#
# **3. Sums along an axis.** For an image of shape `(2, 3)`, what are the shapes of `sum(axis=0)` and
# of `sum(axis=1)`? Which of them adds up each row?

# %% slideshow={"slide_type": "fragment"}
image = np.array([[1, 2, 3], [10, 20, 30]])
print(image.sum(axis=0), image.sum(axis=1), image.sum())

# %% [markdown] slideshow={"slide_type": "fragment"}
# `axis=0` makes axis 0, the rows, disappear: it adds down the columns, and three sums are left.
# `axis=1` adds along each row, and two sums are left.
#
# **4. Bytes.** Photographs are stored as `uint8`: whole numbers from 0 to 255. We make two pixels,
# 250 and 10, brighter by 10; then we make them darker by 20. What comes out, and is there a warning?

# %% slideshow={"slide_type": "fragment"}
pixels = np.array([250, 10], dtype=np.uint8)
print("brighter", pixels + np.uint8(10))
print("darker  ", pixels - np.uint8(20), "- as numbers:", pixels.astype(float) - 20)
print("convolve1d", convolve1d(pixels, [1, -1]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Not 260: a byte ends at 255 and begins again at 0, like the mileage counter of a car. The bright
# pixel has become nearly black, the dark one nearly white, and NumPy gives no warning. That is why
# we wrote `astype(float)` before a kernel with negative weights came. The functions of this course
# never wrap bytes round; those of some libraries do.
#
# All four right, or understood now? Then you are ready. Two or more were news to you? Spend an hour
# with *NumPy: the absolute basics for beginners* in NumPy's own documentation, and come back.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Ask one learner for the operation in a sentence: slide, multiply, add, write down. Announce the echo of chapter 01."}
# ## Summary
#
# - A kernel slides along a signal or over an image. At each place: multiply, add, write down.
# - The weights say what is seen: a mean, an edge, a texture.
# - We choose them, or a network learns them.
# - Predict, run, change; then the exercises, wrong answers welcome.
#
# **Next:** [01 Convolution in one dimension](01_convolution_1d.ipynb), with an echo to begin with,
# and its [exercises](../exercises/01_convolution_1d/01_convolution_1d.ipynb).
