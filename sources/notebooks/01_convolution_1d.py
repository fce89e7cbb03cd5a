# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Play nothing yet. Show the two records and ask what differs, then what a single list could hold. The melody in the room is played in section 13."}
# # 1 · Convolution in one dimension
#
# A clap is short; in a hall we hear it for much longer. **How can one list of numbers hold
# everything that a room does to every sound?** The same kind of list smooths a noisy series and
# finds the places where it changes. Later it becomes a layer of a network that sees.
#
# **You will** compute a convolution by hand in three ways, write it from scratch, choose its length
# and its borders, and use it on carbon dioxide, sunspots and sound.
#
# **You need** Python loops, NumPy arrays, and [chapter 0](00_start_here.ipynb).
#
# **Minutes** 75

# %% slideshow={"slide_type": "skip"}
from timeit import repeat
import cv2
import numpy as np
from convcourse import datasets, figures, ops, plots
from scipy import ndimage, signal

# %% slideshow={"slide_type": "-"}
tune, room = datasets.melody(), datasets.room()
rows = {"x, eight plucked notes": tune.x}, {"y, in a room": np.convolve(tune.x, room.x)}
fig = plots.stack(*rows, height=1.2)
plots.show(fig, "Above, eight separate notes. Below, the same in a room: they run into each other.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both are the same eight notes. What turned the upper record into the lower one is a single list of
# numbers. At the end of this chapter we listen to both; first we find out what such a list is.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Let them write six numbers: 4 2 0 2 1 0. Some forget the direct sound, others count from 1 and start the echo a place early. Play the melody if the hall has loudspeakers."}
# ## 1 An echo: delay, gain, mix
#
# A **signal** is a list of numbers in the order of time. We write $x[n]$ for its sample number $n$,
# and count from 0. We clap: the samples are 4, then 2, then silence. A wall sends the clap back.
# That takes three operations. **Delay** moves the signal to the right. **Gain** multiplies it by a
# number. **Mix** adds it to the direct sound.
#
# **Predict.** The wall delays by 3 samples and its gain is one half. What is the mixture $y$,
# sample by sample?

# %% slideshow={"slide_type": "fragment"}
clap = np.array([4, 2, 0, 0, 0, 0])
echo = 0.5 * np.roll(clap, 3)  # gain 1/2, delay 3; only zeros come round the end
rows = {"x, the clap": clap}, {"x, its echo": echo}, {"y, the mixture": clap + echo}
plots.show(plots.stack(*rows), f"The clap {clap}, its echo {echo}, their sum {clap + echo}.")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
# the same three operations on the melody of the first picture
late = round(0.3 * tune.rate)  # a delay of 0.3 s, in samples
with_echo = np.pad(tune.x, (0, late)) + 0.5 * np.pad(tune.x, (late, 0))
plots.sound(np.append(tune.x, with_echo), tune.rate, "The melody dry, then with an echo.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Expect the list 1, one half: the two zeros between are forgotten. Ask what stands at place 1. Then ask which property an overdriven loudspeaker loses: linearity."}
# ## 2 One list holds the room
#
# A room has many walls: many delays, each with its gain. We write the gains into one list $w$:
# $w[m]$ is the gain of what comes $m$ samples late. A **click**, one sample of height 1, comes back
# as exactly this list: the room's **impulse response**. We call it the **kernel** (others: filter).
#
# The list is all we need, because the room is **linear** (twice the clap gives twice the echo; two
# sounds together give the sum of both answers) and **shift-invariant** (a later clap gives the same
# echo, only later).
#
# **Predict.** Which list $w$ holds the wall of section 1? (The direct sound comes 0 samples late, and
# its gain is 1.) Then run the cell, and compare $y$ with section 1.

# %% slideshow={"slide_type": "fragment"}
click = np.array([1, 0, 0, 0, 0, 0])
wall = click + 0.5 * np.roll(click, 3)  # what comes back from a click is w
print("w =", wall)
print("y =", np.convolve([4, 2], wall))  # how this is computed is section 3

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Let volunteers paint one copy each at the board. Wrong lengths to expect: 5, as long as the signal, and 8, which is N + K. Some multiply entry by entry. y[2] is 8.5."}
# ## 3 Three views of one sum
#
# ### First view: paint
#
# Any signal is a row of clicks: the sample $x[k]$ is a click of height $x[k]$ at time $k$. The room
# answers it with a copy of $w$ that is multiplied by $x[k]$ and starts at $k$. All copies are
# mixed. We say that each sample *paints* the kernel.
#
# Take $x = [3, 1, 4, 1, 5]$ and $w = [2, -1, \tfrac12]$.
#
# **Predict.** How many samples does the result have? How high is $y[2]$, where three copies meet?

# %% slideshow={"slide_type": "fragment"}
x, w = np.array([3, 1, 4, 1, 5]), np.array([2, -1, 0.5])
y = np.convolve(x, w)
plots.show(figures.paint(x, w), f"Five scaled copies of w; their columns add up to {y}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# What we painted is the **convolution** of $x$ and $w$, written $y = x * w$:
#
# $$y[n] = \sum_k x[k]\, w[n-k]$$
#
# - $n$ is a place in the output, $k$ a place in the input; $\sum_k$ adds over all $k$.
# - $x[k]$ says how high the click at $k$ was.
# - $n-k$ says how long ago that was, and $w[n-k]$ how much of it still sounds.
# - Outside their lists, $x$ and $w$ are 0.
#
# The star is not Python's `*`, which multiplies sample by sample. In our pictures, hatched bars and
# open markers lie below zero.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 11, "notes": "First two strips of paper, one turned. Then move n slowly, above all at both ends. Take the tick from flip w. Whoever pairs the 3 with the 2 at n = 2 has not flipped."}
# ### Second view: flip and slide
#
# Now we stand at one output $n$ and *gather* what arrives. The newest sample $x[n]$ meets $w[0]$,
# the one before it $w[1]$. While $k$ goes up, $n-k$ goes down: over the signal the kernel lies
# **flipped**. It slides to the right as $n$ grows.
#
# $$\begin{aligned}
# y[0] &= 3\cdot 2 &&= 6\\
# y[1] &= 3\cdot(-1) + 1\cdot 2 &&= -1\\
# y[2] &= 3\cdot\tfrac12 + 1\cdot(-1) + 4\cdot 2 &&= 8.5
# \end{aligned}$$
#
# **Predict.** Go on in this way: which products make up $y[3]$, and which make up $y[6]$? Then run the
# cell and move $n$, or play. Type other numbers into $x$ and $w$. Take the tick from *flip w*: for
# which kernels does nothing change?

# %% slideshow={"slide_type": "fragment"}
for n in range(len(y)):
    meet = [k for k in range(len(x)) if 0 <= n - k < len(w)]  # both lists reach here
    products = " + ".join(f"{x[k]}·({w[n - k]:g})" for k in meet)
    print(f"y[{n}] = {products} = {y[n]:g}")

# %% slideshow={"slide_type": "subslide"}
figures.flip_slide(x, w, n=2)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Let them count the dice: 1 2 3 4 3 2 1. Some forget that 2 + 3 and 3 + 2 are two ways. Follow one diagonal with the hand. Short of time: skip the polynomials."}
# ### Third view: the table
#
# Write every product $x[k]\,w[m]$ into a table. It starts at place $k$ and comes $m$ steps late, so
# it belongs to $y[k+m]$. Cells with the same $k+m$ lie on a diagonal. Add each diagonal.
#
# Polynomials multiply in this way: $t^k \cdot t^m = t^{k+m}$. So do dice: $k$ pips on one and $m$
# on the other are $k+m$ in all.
#
# **Predict.** Two four-sided dice show 1 to 4. In how many ways do they make 2, 3, …, 8?

# %% slideshow={"slide_type": "fragment"}
plots.show(figures.table(x, w), f"All products of x and w; the diagonals add up to {y}.")
die = np.ones(4, int)  # one way to throw each of 1, 2, 3, 4
print("ways to throw 2 ... 8:", np.convolve(die, die))
print("(3+t+4t²+t³+5t⁴)(2-t+t²/2):", np.polynomial.polynomial.polymul(x, w))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 12, "notes": "In the figure stop after 8 products: both orders have finished three outputs. One product on, scatter has two open, gather none. The integer array stores 2 for 2.5, without a word. Short of time: skip that."}
# ## 4 From scratch
#
# Let $x$ have $N$ samples and $w$ have $K$. The last product, $x[N-1]\,w[K-1]$, lands at
# $N+K-2$. Counting from 0, the result has $N+K-1$ samples. Painting loops over the inputs and
# *scatters*; sliding loops over the outputs and *gathers*. Python is slow at both, one product at a
# time. So we turn to whole signals: for each weight $w[m]$, delay $x$ by $m$, multiply, add. That
# is delay, gain, mix again.
#
# **Predict.** Do all give the same numbers? Is $w * x$ the same as $x * w$?


# %% slideshow={"slide_type": "fragment"}
def scatter(x, w):
    y = np.zeros(len(x) + len(w) - 1)
    for k in range(len(x)):
        for m in range(len(w)):
            y[k + m] += x[k] * w[m]
    return y

def gather(x, w):
    y = np.zeros(len(x) + len(w) - 1)
    for n in range(len(y)):
        for k in range(max(0, n - len(w) + 1), min(n + 1, len(x))):  # where both are
            y[n] += x[k] * w[n - k]
    return y


# %% slideshow={"slide_type": "fragment"}
def shift_and_add(x, w):
    y = np.zeros(len(x) + len(w) - 1, np.result_type(x, w))
    for m, weight in enumerate(w):
        y[m : m + len(x)] += weight * x
    return y

for other in (scatter, gather, ops.convolve1d, np.convolve, signal.convolve):
    assert np.allclose(shift_and_add(x, w), other(x, w))
    assert np.allclose(shift_and_add(x, w), other(w, x))
print("six functions, one result, also with x and w swapped")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### One set of products, two orders
#
# `scatter` and `gather` add up the same products, only in another order. In the figure they run
# product by product: filled cells are added, dashed ones still to come.
#
# **Predict.** After 8 products, which outputs are finished in `scatter`, and which in `gather`? How many
# outputs are begun, but not finished, at one moment? Step through both orders. Then take the tick
# from *line up what adds up*: where are the sums in the table now?

# %% slideshow={"slide_type": "fragment"} tags=["F2"]
figures.gather_scatter(x, w, step=8)

# %% [markdown] slideshow={"slide_type": "subslide"}
# `gather` finishes one output before it begins the next. `scatter` is done with one input before it
# takes the next, but keeps up to $K-1$ outputs open. So a filter that hears one sample after
# another may scatter, and one that is asked for a single output will gather. Layers of networks
# are mostly written to gather, their transposes to scatter (chapter 7, and chapter 9, to come).

# %% [markdown] slideshow={"slide_type": "subslide"}
# `shift_and_add` is the heart of `ops.convolve1d`; lengths and borders follow. And $x * w = w * x$:
# put $n-k$ for $k$ in the sum, and the two change places.
#
# One detail decides: which numbers can $y$ hold? `np.result_type` takes the wider of both types. A
# common version reserves `np.zeros_like(x)` instead. Let $x$ hold whole numbers and let $w$ be
# $[\tfrac12, 0, -\tfrac12]$. We add one 0 on either side and keep five outputs.
#
# **Predict.** The third output is $(7-2)/2$. What does the integer array store? Does Python
# complain?

# %% slideshow={"slide_type": "fragment"}
whole = np.array([1, 2, 4, 7, 11])
padded = np.pad(whole, 1)
for y_out in (np.zeros_like(whole), np.zeros(5)):
    for n in range(5):
        y_out[n] = padded[n : n + 3] @ [-0.5, 0, 0.5]  # the flipped kernel
    print(y_out.dtype, y_out)  # int64 drops what follows the point, in silence

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "For 100 and 11: 110, 90, 100. Expect 111 and 89, off by one. Test each rule with K = 1 and K = N. Swapped, nothing changes: NumPy takes the longer list for the signal."}
# ## 5 How long is the result?
#
# Count the places at which $K$ weights can lie over $N$ samples:
#
# - **full**: every overlap, $N+K-1$;
# - **valid**: all weights inside the signal, $N-K+1$;
# - **same**: the middle $N$ of full, from number $(K-1)//2$ on.
#
# For the first $K-1$ places of full the kernel warms up, for the last $K-1$ it rings out: parts of
# it hang over the end, where we take the signal to be 0.
#
# **Predict.** Give the three lengths for $N=100$, $K=11$. What if the two lists are swapped?

# %% slideshow={"slide_type": "fragment"}
for lists in ((np.ones(100), np.ones(11)), (np.ones(11), np.ones(100))):
    # swapped, nothing changes: NumPy lets the longer list be the signal
    print([(mode, len(np.convolve(*lists, mode))) for mode in ("full", "valid", "same")])
inside = np.convolve(np.ones(12), np.ones(5))  # how many of 5 weights lie inside
plots.show(plots.stack({"y, weights inside": inside}), f"Weights over 12 samples: {inside}.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Ask for place and sign apart. Output 4 compares samples 4 and 5, so correlation answers at 4, not 5. A negative answer is an edge, too. Short of time: skip the copied page."}
# ## 6 Edges: where a signal changes
#
# The kernel can be the pattern that we look for. Low, then high: $w = [-1, 1]$.
# **Cross-correlation** lays it over the signal as it is: the right sample minus the left.
# Convolution flips it first.
#
# $$\text{correlation: } \sum_k w[k]\,x[n+k] \qquad \text{convolution: } \sum_k w[k]\,x[n-k]$$
#
# (Here $k$ counts the places of the kernel; that only renames the terms of section 3.)
#
# **Predict.** A step is 0 five times, then 1 five times. Where does each of the two answer, and
# with which sign? And over two bumps?

# %% slideshow={"slide_type": "fragment"}
stairs, bumps = np.repeat([0, 1], 5), np.array([0, 0, 1, 1, 0, 0, 1, 1, 0, 0])
for edges in (stairs, bumps):
    up, down = (f(edges, [-1, 1], "valid") for f in (ops.correlate1d, np.convolve))
    fig = plots.stack({"x": edges}, {"y, correlation": up}, {"y, convolution": down})
    plots.show(fig, f"x is {edges}. Correlation gives {up}, convolution {down}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Correlation with $[-1, 1]$ gives $+1$ where the signal rises, $-1$ where it falls, 0 where it is
# flat. Convolution gives the opposite signs: to flip this kernel is to negate it. A negative
# response is no error; it marks an edge of the other direction. In this course `correlate` never
# flips and `convolve` always does. The layers of networks correlate (chapter 3).
#
# An often copied page convolves 1, 2, 3, 4, 5 with $[1, 0, -1]$, keeps five samples and prints the
# output as `[1, 0, -1, 0, 1]`.
#
# **Predict.** What does the run give? What is the last number?

# %% slideshow={"slide_type": "fragment"}
ramp, diff, claim = np.array([1, 2, 3, 4, 5]), [1, 0, -1], [1, 0, -1, 0, 1]
print(np.convolve(ramp, diff, "same"), "and valid", np.convolve(ramp, diff, "valid"))
runs = [ops.convolve1d(ramp, diff, "same", border).tolist() for border in ops.PAD_MODES]
print("claimed result, any border:", claim in runs, "- any sign:", [-c for c in claim] in runs)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Vote on each of the five. The trap: SciPy's reflect is NumPy's symmetric. Point at the end value, doubled or not. The -4 of section 6 was no edge in the data."}
# ## 7 Borders
#
# *What section 6 showed:* the ramp rises evenly: the right neighbour minus the left is 2 everywhere. The $-4$ is no edge in
# the data. It is $0-4$, with a 0 that stands behind the 5 because nothing was measured there. The
# first 2 is right by luck.
#
# Five ways to continue a signal are common. Their names are a trap: "reflect" means two things.
#
# **Predict.** Continue 1, 2, 3, 4 by two samples on each side: by zeros, by its edge, mirrored with
# the last sample repeated, mirrored without repeating it, wrapped round.

# %% slideshow={"slide_type": "fragment"}
short, weights = np.array([1.0, 2, 3, 4]), [1, 10, 100, 1000, 10000]
in_scipy = ["constant", "nearest", "reflect", "mirror", "wrap"]
in_opencv = ["CONSTANT", "REPLICATE", "REFLECT", "REFLECT_101", "WRAP"]
for ours, nd, cv in zip(ops.PAD_MODES, in_scipy, in_opencv, strict=True):
    padded = np.pad(short, 2, mode=ours)
    by_cv = cv2.copyMakeBorder(short[None], 0, 0, 2, 2, getattr(cv2, f"BORDER_{cv}"))
    by_nd = ndimage.correlate1d(short, weights, mode=nd)
    assert np.allclose(by_cv, padded)
    assert np.allclose(by_nd, np.correlate(padded, weights, "valid"))
    print(f"NumPy {ours:10} ndimage {nd:9} OpenCV {cv:12}", padded.astype(int))
fig = figures.borders(short, 2)
plots.show(fig, "1, 2, 3, 4 with two more samples at each end, in five ways.")

# %% [markdown] slideshow={"slide_type": "slide", "lecture": 2, "minutes": 14, "notes": "Ask why 52 weights have no middle. Then vote on a border for each of the four rows; expect one for all. Edge wins for the series, wrap for the season, zeros for the weather."}
# ## 8 A real series: carbon dioxide in the air
#
# Week by week since 1958, in ppm (parts per million), on a mountain in Hawaii. (Straight lines fill
# the missing weeks.) Plants draw the gas down each summer. A kernel that weighs every season
# equally must remove that swing: the mean over 52 weeks. But 52 is even and has no middle. Chapter 0
# took 53 equal weights, one week too many. Better: the mean of two neighbouring means. That makes 53
# weights, the first and last of half size. It is a convolution of two kernels.
#
# **Predict.** What is left of the swing? Is the growth, this week minus a year ago, constant?

# %% slideshow={"slide_type": "fragment"}
co2 = datasets.co2()
year = np.convolve(np.ones(52) / 52, [0.5, 0.5])  # 53 weights, their sum is 1
trend = np.convolve(co2.x, year, "valid")
t, swing = co2.t[26:-26], co2.x[26:-26] - trend
ago = np.concatenate([[1], np.zeros(51), [-1]])  # this week minus the week a year ago
growth = np.convolve(trend, ago, "valid")
means = growth[:520].mean(), growth[-520:].mean()
print("growth, first and last ten years: {:.1f}, {:.1f} ppm per year".format(*means))

top = {"x, measured, ppm": (co2.t, co2.x), "y, trend": (t, trend)}
below = {"x, measured - trend, ppm": (t, swing)}, {"y, ppm per year": (t[52:], growth)}
fig = plots.stack(top, *below, xlabel="year", height=1.7)
plots.show(fig, "The trend rises without the yearly swing. Its growth rises too, unevenly.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The swing is gone, and over the years the growth itself has grown.
#
# ### Which border is right?
#
# Here we can find out. We cut ten years out of the middle, smooth the piece with each border, and
# compare with the smoothed *uncut* series, which used the true continuation. Only the 26 samples at
# either end can differ; we take the root of their mean square error. We do so for the series, its
# trend, its season (the mean swing of each week), and its weather (the rest: noise around 0).
#
# **Predict.** Which border is best for each of the four?

# %% slideshow={"slide_type": "fragment"}
tail, uncut = slice(1320, 1420), np.convolve(co2.x, year, "same")
piece = (co2.t[1320:1500], co2.x[1320:1500])
curves = {"x, measured, ppm": piece, "true, uncut": uncut[tail]}
for border, label in (("edge", "y, edge"), ("wrap", "error, wrap")):
    curves[label] = ops.convolve1d(co2.x[900:1420], year, "same", border)[-100:]
off = [curves[label][-1] - uncut[1419] for label in ("y, edge", "error, wrap")]
fig = plots.stack(curves, t=co2.t[tail], height=3, xlabel="year")
plots.show(fig, f"At the cut, edge differs by {off[0]:.1f} ppm from uncut, wrap by {off[1]:.1f}.")

# %% slideshow={"slide_type": "fragment"}
def border_error(x, border, length=520):
    uncut, wrong = np.convolve(x, year, "same"), []
    for start in range(26, len(x) - length - 26, 25):  # many cuts, not one
        cut = slice(start, start + length)
        d = ops.convolve1d(x[cut], year, "same", border) - uncut[cut]
        wrong += [*d[:26], *d[-26:]]
    return f"{border} {np.sqrt(np.mean(np.square(wrong))):.2f}"  # root mean square

week = (t % 1 * 52).astype(int)  # week of the year, 0 to 51
season = (np.bincount(week, swing) / np.bincount(week))[week]
parts = {"CO2": co2.x, "trend": trend, "season": season, "weather": swing - season}
for name, part in parts.items():
    print(f"{name:8}", *(border_error(part, border) for border in ops.PAD_MODES))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Read each row for its smallest number. For the series and its trend, repeating the edge is best:
# the next value is near the last. For the season, wrapping is best, because ten times 52 weeks are
# nearly ten whole years. For the weather, zeros are best and the edge is worst: it repeats one chance value 26
# times. And zeros are a disaster where the values are far from 0.
#
# So there is no best border. A border is a claim about what was not measured. Where no claim is
# safe, keep the valid part.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Expect 25 or 24 months; it is 12, the mean of 0 to 24. Point at one peak and its late copy. Ask who needs a causal mean: whoever must act today."}
# ## 9 Without looking ahead
#
# The centred kernel used the 26 weeks *after* each week. For today's value these are not there yet.
# A **causal** kernel uses $x[n]$, $x[n-1]$, … only. The price is a **lag**: $K$ equal
# weights look back $0, 1, \dots, K-1$ steps, on average $(K-1)/2$.
#
# **Predict.** We smooth the monthly number of sunspots over $K=25$ months. By how many months does
# the causal curve come late?

# %% slideshow={"slide_type": "fragment"}
sun, mean25 = datasets.sunspots(), np.ones(25) / 25
centred = ops.convolve1d(sun.x, mean25, mode="same")
causal = ops.convolve1d(sun.x, mean25, mode="causal")
gaps = [np.abs(causal[100 + d : 3000 + d] - centred[100:3000]).max() for d in range(30)]
print("moved back by", np.argmin(gaps), "months it agrees; (K - 1) / 2 =", 24 / 2)

curves = {"x, monthly": sun.x, "y, centred": centred, "error, causal": causal}
part = {label: (sun.t[2400:2640], y[2400:2640]) for label, y in curves.items()}
fig = plots.stack(part, height=3, xlabel="year")
plots.show(fig, f"The causal curve repeats the centred one {np.argmin(gaps)} months later.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "0.20, 0.48, 0.21. Expect one fifth three times: independence is forgotten. Ask what shuffling destroys: the likeness of neighbours, not the values."}
# ## 10 How much noise is left?
#
# The **variance** $\sigma^2$ is the mean square distance from the mean. A sample that is multiplied by
# $w[k]$ has the variance $w[k]^2\sigma^2$. If samples are *independent* (none says anything about
# another), the variance of their sum is the sum of their variances. So convolving such a noise with
# $w$ changes its variance to
#
# $$\sigma^2 \sum_k w[k]^2 .$$
#
# For $K$ equal weights $1/K$ that is $\sigma^2/K$.
#
# **Predict.** $K=5$. Which share of the variance is left in random numbers? In the weather of
# section 8? In the same weather, its weeks shuffled like cards?

# %% slideshow={"slide_type": "fragment"}
mean5, rng = np.ones(5) / 5, np.random.default_rng(0)
print(f"sum of w**2: {np.sum(mean5**2):.2f}")
noises = {"random": rng.normal(size=100_000), "weather": parts["weather"]}
noises["shuffled"] = rng.permutation(parts["weather"])
for name, noise in noises.items():
    left = np.convolve(noise, mean5, "valid").var() / noise.var()
    print(f"left in {name}: {left:.2f}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "52 weeks is easy. For the sunspots expect 132 months, from the eleven years of chapter 00; the run says 125, or 10.4 years. Section 12 resolves it: high cycles count more."}
# ## 11 Cycles: a signal correlated with itself
#
# *What section 10 showed:* averaging weather removes less than the law says, for a week resembles the week before: they are
# not independent. How much does a signal resemble itself $n$ samples later, at the *lag* $n$? We take off
# its mean and correlate it *with itself*: the **autocorrelation**. Divided by its value at lag 0, it
# is 1 there. A signal that repeats after $P$ samples has a peak at lag $P$.
#
# **Predict.** Where is the first peak for carbon dioxide without its trend, in weeks? For the
# sunspots, in months?


# %% slideshow={"slide_type": "fragment"}
def autocorrelation(x):
    r = ops.correlate1d(x - x.mean(), x - x.mean())[len(x) - 1 :]  # from lag 0 on
    return r / r[0]

weeks, months = autocorrelation(swing)[:160], autocorrelation(sun.x)[:400]
peaks = 26 + np.argmax(weeks[26:78]), 60 + np.argmax(months[60:180])
print(f"peaks at {peaks[0]} weeks and {peaks[1]} months, {peaks[1] / 12:.1f} years")
rows = {"y, CO2, lag in weeks": weeks}, {"y, sunspots, lag in months": months}
fig = plots.stack(*rows, sharex=False, xlabel="lag")
plots.show(fig, f"Two curves that swing: first peaks at {peaks[0]} weeks, {peaks[1]} months.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Move the width slowly past 131: the waves vanish and return upside down, as at 189. Ask for the sum of the kernel: 1. Let somebody dictate a kernel; errors appear in the picture."}
# ## 12 Your own kernel
#
# The cell below holds `my_kernel`. Change it: `np.bartlett(width)`, half weights at the ends, a
# difference, random numbers. What must its sum be, so that the level of the curve stays? Run the
# cell, and move a slider: it calls *your* function. When that fails, the picture shows the error: mend
# it, and run the cell again.
#
# **Predict.** With equal weights, at which width is the solar cycle of section 11 smoothed away? And
# at one and a half times that width: do the peaks come back where they were? Find both with the
# slider, before you run the cell after it.

# %% slideshow={"slide_type": "fragment"}
def my_kernel(width):
    return np.ones(width) / width

def smooth_sun(width=25, boundary="edge"):
    smooth = ops.convolve1d(sun.x, my_kernel(width), "same", boundary)
    curves = {"x, monthly": sun.x, f"y, smoothed over {width}": smooth}
    fig = plots.stack(curves, t=sun.t, height=3, xlabel="year")
    return fig, f"Smoothed over {width} months, the curve spans {np.ptp(smooth):.0f} spots."

figures.live(smooth_sun, width=(1, 201, 2), boundary=list(ops.PAD_MODES))

# %% slideshow={"slide_type": "subslide"}
widths = (25, 125, 131, 189)
means = [ops.convolve1d(sun.x, np.ones(k) / k, "same", "edge") for k in widths]
busy, quiet = (signal.find_peaks(s * means[0], prominence=20)[0] for s in (1, -1))
for k, mean in zip(widths, means, strict=True):  # a window of one cycle levels it
    print(f"{k:3} months: busy - quiet = {mean[busy].mean() - mean[quiet].mean():5.1f}")

gaps, heights = np.diff(sun.t[busy]), means[0][busy[1:]] * means[0][busy[:-1]]
print(f"between peaks {gaps.mean():.1f} years;", end=" ")
print(f"high cycles counted more: {np.average(gaps, weights=heights):.1f} years")
rows = [{f"y, over {k} months": (sun.t, m)} for k, m in zip(widths, means, strict=True)]
fig = plots.stack(*rows[:1], *rows[2:], xlabel="year")
plots.show(fig, "Over 25 months waves; over 131 hardly any; over 189 low ones, upside down.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Ask for the length: N + K - 1. Play the click, then the melody. Do not explain the FFT; chapter 10 is to come. Short of time: skip the timing."}
# ## 13 A whole room
#
# Back to sound. `datasets.room()` is the impulse response of a room: the direct sound, its
# reflections by the walls, the reflections of these. Some gains are negative: its microphone turns
# the sign of what comes from behind. One convolution plays the melody in that room.
#
# **Predict.** How many samples does the result have? Each of the $N$ samples meets each of the $K$
# weights: how many products is that? Describe what you will hear before you listen.

# %% slideshow={"slide_type": "fragment"}
wet = np.convolve(tune.x, room.x)
print(len(wet), "samples,", round(len(tune.x) * len(room.x) / 1e6), "million products")
rows = {"x, melody": tune.x}, {"w, room": room.x}, {"y, melody in the room": wet}
plots.show(plots.stack(*rows), "Eight notes, a room that dies away, the notes drawn out.")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
plots.sound(room.x, tune.rate, "A click in the room: its impulse response.")
plots.sound(wet, tune.rate, "The melody played in the room.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# So many products take time. The **fast Fourier transform** (FFT) takes both signals apart into
# waves, multiplies wave by wave, and puts the result together again. That is the same sum by
# another road, with far fewer products. Chapter 10 (to come) shows why.
#
# **Predict.** Does the FFT give the same numbers, up to rounding? In a hall with an echo three
# times as long, is it more than ten times faster?


# %% slideshow={"slide_type": "fragment"}
def seconds(run):
    return min(repeat(lambda: run(tune.x, hall), number=1, repeat=5))

print("same numbers:", np.allclose(signal.fftconvolve(tune.x, room.x), wet))
hall = np.tile(room.x, 3)  # a longer echo, to time both
gain = seconds(np.convolve) / seconds(signal.fftconvolve)
assert gain > 10, gain
print("more than 10 times faster:", gain > 10)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Cover the right column and ask how each would be noticed. Stay with two that raise no error: the integer array and the causal mean beside the data."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | the kernel is not flipped | a click comes back reversed; edges change sign |
# | a border taken for an edge | it goes with another border; valid has none |
# | an integer array for the output | every result is a whole number |
# | weights that do not add up to 1 | smoothing changes the level |
# | a centred mean for today's value | it needs samples from the future |
# | a causal mean beside the data | all comes $(K-1)/2$ late |
# | lists swapped in `np.convolve` | "same" has the longer one's length |
# | the noise law, samples dependent | more is left than $\sum w^2$ |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Let them write the sum from memory first. Check one thing: the index of w runs against that of x."}
# ## Summary
#
# | | |
# |---|---|
# | the sum | $y[n]=\sum_k x[k]\,w[n-k]$ |
# | three views | each sample paints $w$ · $w$ flips and slides · diagonals of a table |
# | why | its impulse response says all of a linear, shift-invariant system |
# | lengths | full $N+K-1$ · valid $N-K+1$ · same $N$ |
# | correlation | the same without the flip |
# | borders | a claim about what was not measured |
# | causal mean | late by $(K-1)/2$ |
# | noise | variance times $\sum_k w[k]^2$, if independent |
# | sum of weights | 1 keeps the level, 0 removes it: only changes answer |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Take 2 and 4 in class. In 2, reversing is linear, but not shift-invariant. In 4 the last window adds up to 0, right by luck. The others are homework."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** What is $[1, 2] * [1, 1, 1]$? How do you get the sum of its samples without convolving?

# %% slideshow={"slide_type": "fragment"}
ones = np.convolve([1, 2], [1, 1, 1])
print(ones, "with the sum", ones.sum(), "=", sum([1, 2]), "times", sum([1, 1, 1]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** Which of these is a convolution: doubling, squaring, reversing, the sum of all samples so
# far? (If it is one, its answer to a click is the kernel.)

# %% slideshow={"slide_type": "fragment"}
systems = {"2x": lambda x: 2 * x, "x²": np.square, "flip": np.flip, "sum": np.cumsum}
click, test = np.array([1, 0, 0, 0]), np.array([3, 1, -2, 4])
for name, system in systems.items():
    print(name, np.allclose(system(test), np.convolve(test, system(click))[:4]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# (Squaring is not linear. Reversing is not shift-invariant.)
#
# **3.** Four weights have no middle. A click stands at number 3 of seven samples. Where does
# `np.convolve` put $[1, 2, 3, 4]$ in "same" mode? Does `scipy.ndimage` agree?

# %% slideshow={"slide_type": "fragment"}
click = np.array([0, 0, 0, 1, 0, 0, 0])
print("np.convolve     ", np.convolve(click, [1, 2, 3, 4], "same"))
print("ndimage.convolve", ndimage.convolve1d(click, [1, 2, 3, 4]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# (Neither is wrong: "same" keeps other samples of one result. Try a click to know your library.)
#
# **4.** A loop visits *all* ten places of the step of section 6, also the last one, where only one
# sample is left under the two weights. Does it fail? What does it add up there?

# %% slideshow={"slide_type": "fragment"}
pair = np.array([-1, 1])
print([int(np.sum(stairs[n : n + 2] * pair)) for n in range(10)])
print("in the last window", stairs[9:11], "*", pair, "=", stairs[9:11] * pair)

# %% [markdown] slideshow={"slide_type": "subslide"}
# (NumPy stretched the one sample over both weights, in silence. The 0 looks right by luck.)
#
# **5.** We average the last 9 samples of a steady ramp with noise. How many samples late is the
# mean? Which share of the variance of the noise is left?

# %% slideshow={"slide_type": "fragment"}
mean9, steady = np.ones(9) / 9, np.arange(30)
behind = steady - ops.convolve1d(steady, mean9, mode="causal")
print("late by", behind[8:].round(6)[[0, -1]], "and left", np.sum(mean9**2).round(3))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Hand out the exercises: 20 points, about two hours. Question 8, the solar cycle, takes half an hour by itself."}
# ## Now you
#
# **Exercises:**
# [questions on this chapter](../exercises/01_convolution_1d/01_convolution_1d.ipynb), from a sum by
# hand to a real series. Each checks itself, names your mistake and gives hints.
#
# ### Further reading
#
# S. W. Smith, *The Scientist and Engineer's Guide to Digital Signal Processing*, chapters 6 and 7.
# A. B. Downey, *Think DSP*, chapter 8. B. McFee, *Digital Signals Theory*, on convolution. A. V.
# Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*, chapter 2.
#
# **Before:** [0 · Start here](00_start_here.ipynb). **Next:**
# [2 · Image kernels](02_image_kernels.ipynb).
