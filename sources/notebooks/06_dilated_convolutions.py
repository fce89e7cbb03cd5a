# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Show the picture first. Ask which of the two bars could say whether the next maximum is near. Keep the answers for section 8."}
# # 6 · Dilated convolutions
#
# Two networks read the number of sunspots. Both have six layers with kernels of three, and equally many weights. One sees a year of the
# past, the other ten years. **How does a network see far without more weights, what does it overlook, and how do we keep it from
# seeing the future?**
#
# **You will** put gaps into kernels; measure how far stacks see; find the holes and close them; build layers that never look ahead; forecast a
# real series, hear pitches, and read pages of digits.
#
# **You need** chapters [1](01_convolution_1d.ipynb), [4](04_cnn_layers_keras.ipynb) and
# [5](05_convolution_arithmetic.ipynb).
#
# **Minutes** 70

# %% slideshow={"slide_type": "skip"}
from itertools import permutations, product
import numpy as np
from convcourse import arithmetic, datasets, figures, kernels, ops, plots
from convcourse.experiments import dilated
from convcourse.figures import arithmetic_pictures, dilated_pictures as pictures

# %% slideshow={"slide_type": "-"}
spots, t = datasets.sunspots().x, datasets.sunspots().t
part, now = slice(2250, 2640), 2500
bars = {f"{r} months": (t[now - r + 1], t[now]) for r in map(dilated.reach, dilated.WAYS["sunspots"].values())}
fig = pictures.fields({"sunspots each month": (t[part], spots[part], bars)}, height=2.6)
plots.show(fig, f"Sunspots over 32 years, three waves of about 11 years; below, what two networks see: {' and '.join(bars)}.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "Let them write the outputs for d = 2. Frequent wrong answer: seven outputs. The window is 5 long, so 7 - 5 + 1 = 3."}
# ## 1 Reach without weights
#
# A kernel of three weights sees three samples. **Dilation** $d$ sets its weights $d$ samples apart; $d = 1$ is the ordinary kernel. The
# window grows wider, and still multiplies three samples.
#
# **Predict.** $x = 1 \dots 7$, the kernel is $1, 10, 100$. Write down all outputs for $d = 1$, $2$ and $3$, with full overlap only. How many
# samples does each window span?

# %% slideshow={"slide_type": "fragment"}
x, w = np.arange(1, 8), np.array([1, 10, 100])
for d in (1, 2, 3):
    print(f"d = {d}, spans {arithmetic.effective_kernel(3, d)}:", ops.correlate1d(x, w, "valid", dilation=d))
fig = arithmetic_pictures.windows(7, 3, dilation=2)
plots.show(fig, "With dilation 2 three windows fit into seven samples; each reads every second sample of a span of five.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The digits tell which samples were read: 531 for $d = 2$ is $1 \cdot 1 + 10 \cdot 3 + 100 \cdot 5$. In general
#
# $$y[n] = \sum_{k=0}^{K-1} w[k]\; x[n + k d]$$
#
# The window spans $k_e = (K-1)\,d + 1$ samples. A kernel with $d - 1$ **zeros** between its weights gives the same. It is the best way to *think* of dilation, and a poor way to
# compute it: in images most products are with zero.
#
# **Predict.** In two directions, 3 by 3 and $d = 4$: how large is the kernel with its zeros, and which share of its entries is zero?


# %% slideshow={"slide_type": "fragment"}
def dilated_sum(x, w, d):
    length = len(x) - (len(w) - 1) * d
    return sum(w[k] * x[k * d : k * d + length] for k in range(len(w)))

stuffed = np.zeros(5, int)
stuffed[::2] = w
print("ours", dilated_sum(x, w, 2), "- zeros put in", stuffed, np.correlate(x, stuffed, "valid"))
side = arithmetic.effective_kernel(3, 4)
print(f"3 by 3, d = 4: {side} by {side}, {1 - 9 / side**2:.0%} zeros")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Keras calls it `dilation_rate`. Where TensorFlow is missing, the next cell says so, and the cells that begin with `if keras` do nothing.
#
# **Predict.** How many parameters has `Conv2D(8, 3)` on 4 channels with `dilation_rate` 1, and with 16? Does it compute what our function
# computes?

# %% slideshow={"slide_type": "fragment"}
try:
    from convcourse.tf import keras
except ImportError:
    keras = None
    print("No TensorFlow here: the cells that begin with 'if keras' do nothing.")
if keras:
    maps = np.random.default_rng(0).normal(size=(1, 40, 44, 4)).astype("f")
    for d in (1, 16):
        layer = keras.layers.Conv2D(8, 3, dilation_rate=d)
        same = np.allclose(layer(maps), ops.correlate_channels(maps, layer.kernel.numpy(), dilation=d), atol=1e-4)
        print(f"d = {d}: {layer.count_params()} parameters; as ours: {same}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The same parameters, the same results as ours.
#
# Stride *and* dilation in one layer are well defined (chapter 5): the window moves on by 2, and reads samples that lie 2 apart. Four layers
# of Keras take both arguments; `Conv2DTranspose` comes in chapter 7, the last two in chapter 8.
#
# **Predict.** Maps of 40 by 44, $K = 3$, stride 2, $d = 2$, no padding: how large is the result? Do all four layers compute it?

# %% slideshow={"slide_type": "fragment"}
if keras:
    for name in ("Conv2D", "Conv2DTranspose", "SeparableConv2D", "DepthwiseConv2D"):
        sizes = (3,) if name == "DepthwiseConv2D" else (8, 3)
        try:
            print(name, getattr(keras.layers, name)(*sizes, strides=2, dilation_rate=2)(maps).shape[1:3])
        except ValueError:
            print(name, "ValueError")
    print("ours", ops.correlate2d(maps[0, :, :, 0], np.ones((3, 3)), "valid", stride=2, dilation=2).shape)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Most expect a stronger blur. Ask how many pixels each output averages: 9 in the first two pictures, 289 in the last."}
# ## 2 Far is not much
#
# *What section 1 showed:* dilation costs no parameters. Two layers of Keras refuse it together with a stride, two take both.
#
# Reach is not the number of samples seen. A mean over 17 by 17 pixels blurs strongly.
#
# **Predict.** A mean of 3 by 3 with $d = 8$ spans 17 by 17 pixels too. What does it make of a photograph: the same strong
# blur, a weak one, or something else?

# %% slideshow={"slide_type": "fragment"}
photo = datasets.camera().x[60:260, 160:360].astype(float)
means = {}
for k, d in ((3, 1), (3, 8), (17, 1)):
    means[f"{k} × {k}, d = {d}"] = ops.correlate2d(photo, kernels.box(k), "same", "symmetric", dilation=d)
plots.show(figures.gallery(means, cols=3, height=2.5), "A photographer: slightly blurred; as nine sharp ghosts, 8 pixels apart; strongly blurred.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Nine ghosts: each output is the mean of nine pixels that lie far apart.
#
# So a dilated kernel sees a *sparse* sample. It never mixes what lies between. Take every second sample of $x$, from 0 on, and from 1 on: two
# **phases**.
#
# **Predict.** How do the outputs for $d = 2$ follow from *ordinary* convolutions of the phases? And in an image with dilation
# $d$: how many phases?

# %% slideshow={"slide_type": "fragment"}
whole = ops.correlate2d(photo, kernels.sobel(1), "valid", dilation=3)
for a, b in np.ndindex(3, 3):  # each phase by itself, an ordinary kernel
    small = ops.correlate2d(photo[a::3, b::3], kernels.sobel(1), "valid")
    assert np.array_equal(small, whole[a::3, b::3])
print("d = 3: nine images of", photo[::3, ::3].shape, "or less, each by itself")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Collect guesses for eight layers before the run: 17 and 511. Then the second question, linear or exponential in the number of WEIGHTS?"}
# ## 3 Growth
#
# *What section 2 showed:* a dilated layer is $d$ convolutions in one (in an image $d^2$), each in its own phase.
#
# Layers in a stack let sparse samples meet. The **receptive field** of an output, $r$ samples long, spans all on which it depends. One layer with
# $K = 3$ and $d = 1$ has $r = 3$. A second one reads three outputs of the first.
#
# **Predict.** Eight layers, $K = 3$, stride 1. How large is $r$ if all $d = 1$? And if $d$ doubles from layer to layer, $1, 2, 4, \dots$?

# %% slideshow={"slide_type": "fragment"}
depth = np.arange(1, 11)
linear = [dilated.reach([1] * n) for n in depth]
double = [dilated.reach([2**i for i in range(n)]) for n in depth]
fig, axes = plots.panels(1, 2, height=2.5)
for ax, scale in zip(axes, ("linear", "log"), strict=True):
    plots.line(ax, depth, linear, "x", "all d = 1", marker="o")
    plots.line(ax, depth, double, "y", "d doubles", marker="D", linestyle="--")
    ax.set(yscale=scale, xlabel="layers with kernels of 3", ylabel="receptive field", title=f"{scale} scale")
ends = f"eight layers see {linear[7]} samples with d = 1, and {double[7]} with doubled d; ten see {linear[9]} and {double[9]}"
plots.show(fig, f"On a linear scale d = 1 gives a straight line, on a logarithmic one doubling does: {ends}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# With stride 1 each layer adds $(K-1)\,d$:
#
# $$r = 1 + \sum_{\text{layers}} (K - 1)\, d$$
#
# So $n$ layers have $2n + 1$ or $2^{n+1} - 1$: linear against exponential growth, with the same weights and products.
#
# A formula should be measured. Change one input sample. As many outputs change as samples are seen by one output.
#
# **Predict.** A network for sound has ten layers with $K = 2$ and $d = 1, 2, 4, \dots, 512$. How many samples does it see? Three such
# blocks in a row? A module for images has $K = 3$, $d = 1, 1, 2, 4, 8, 16, 1$: how many along one axis?

# %% slideshow={"slide_type": "fragment"}
ten = [2**i for i in range(10)]

def measured(dilations, kernel):
    x = np.eye(1, 8000, 4000)[0]  # one sample is changed, which outputs change?
    for d in dilations:
        x = ops.correlate1d(x, np.ones(kernel), "same", dilation=d)
    return np.count_nonzero(x)

stacks = {"one block": (ten, 2), "three blocks": (3 * ten, 2), "module": ((1, 1, 2, 4, 8, 16, 1), 3)}
for name, (stack, k) in stacks.items():
    known = arithmetic.receptive_field([(k, 1, "valid", d) for d in stack]).size
    print(f"{name}: measured {measured(stack, k)}, chapter 5 {known}, formula {dilated.reach(stack, k)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Three blocks (van den Oord and others, *WaveNet*) see three times as far, less the two samples where they join. The module of Yu and Koltun
# sees 67 by 67 pixels.
#
# ### See it move
#
# The figure draws any stack. Walk along a row; the numbers count the *paths* from a sample to the unit.
#
# **Predict, then try.** With $d = 1, 2, 4$, are all samples seen equally often? Set the dilations to $2, 2, 2$: which samples does the
# unit see?

# %% slideshow={"slide_type": "subslide"}
figures.receptive_field([("conv", 3, 1, 1), ("conv", 3, 1, 2), ("conv", 3, 1, 4)])

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "The heart of the lecture. Let them draw the 13 samples of 2, 2, 2 and cross out the unseen ones. Then order: does 4, 2, 1 see less than 1, 2, 4?"}
# ## 4 Holes: gridding
#
# *What section 3 showed:* with $d = 1, 2, 4$ no sample is missed; those near the middle have up to three paths.
#
# Three layers with $d = 2$ reach as far as three kernels of 5: 13 samples. To count the paths, send ones through kernels of
# ones.
#
# **Predict.** How many of the 13 samples does the output depend on? And for $d = 2, 4, 8$, how many of 29? In an image the shares are *squared*.

# %% slideshow={"slide_type": "fragment"}
stacks = [(2, 2, 2), (2, 4, 8), (1, 2, 4), (1, 2, 5)]
for stack in stacks:
    counts = pictures.paths(stack)
    print(stack, "sees", np.count_nonzero(counts), "of", len(counts), "- paths", counts)
shares = ", ".join(f"{s}: {pictures.share(s):.0%}" for s in stacks)
plots.show(pictures.seen(stacks), f"Which pixels of its square one output sees (blue), by dilations: {shares}. The others form a regular grid.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# This is **gridding**. The unseen pixels are not far away: the *nearest neighbours* are missing.
#
# What does it do to a picture? A stack of $2, 2, 2$ keeps the four phases apart, all the way through. We replace every pixel with an odd row or column by noise, and compare the
# outputs in even rows and columns.
#
# **Predict.** Three quarters of the pixels are destroyed. How much do these outputs change for $2, 2, 2$? And for $1, 2, 3$?

# %% slideshow={"slide_type": "fragment"}
rng = np.random.default_rng(0)
torn = rng.uniform(0, 255, photo.shape)
torn[::2, ::2] = photo[::2, ::2]
for stack in ((2, 2, 2), (1, 2, 3)):
    good, bad = photo, torn
    for d in stack:
        kernel = rng.normal(size=(3, 3))
        good, bad = (np.maximum(ops.correlate2d(a, kernel, "same", dilation=d), 0) for a in (good, bad))
    print(stack, "even pixels unchanged:", np.array_equal(good[::2, ::2], bad[::2, ::2]))
plots.show(figures.gallery({"photograph": photo, "three quarters noise": torn}, cols=2, height=2.3, width=5.5),
           "A photograph, and the same with noise in all odd rows and columns: hardly a man to be seen.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Not at all: neighbouring outputs of $2, 2, 2$ come from different pixels, with ReLU as without. So a map of such a network is four maps in a comb.
#
# **The cure.** Sort the dilations. If the smaller ones see $r$ samples without a hole, a kernel with the next $d$ sets copies of these $r$ samples $d$ apart.
#
# **Predict.** For which $d$ does no hole open? Is $2, 4, 8$ cured by a layer with $d = 1$ at the *end*? Is $1, 2, 5$ free of holes? $1, 2, 8$?


# %% slideshow={"slide_type": "fragment"}
def free_of_holes(stack):
    ordered = sorted(stack)
    return all(d <= dilated.reach(ordered[:i]) for i, d in enumerate(ordered))

tried = list(product(range(1, 13), repeat=3))
assert all(free_of_holes(s) == bool(pictures.paths(s).all()) for s in tried)
print(len(tried), "stacks of three: the rule holds in each")
for stack in ((2, 4, 8), (2, 4, 8, 1), (1, 2, 5), (1, 2, 8), (1, 3, 9)):
    print(stack, "reach", dilated.reach(stack), "free of holes:", free_of_holes(stack))

# %% [markdown] slideshow={"slide_type": "subslide"}
# No hole opens while $d \le r$. The order does not matter for *which* samples are seen.
#
# ### Change it yourself
#
# The number of paths from each sample to the output, for three layers with kernels of three.
#
# **Predict, then move.** Find the largest reach of three layers without a hole. Which dilations have *equally many* paths from every
# sample? Two equal dilations: what happens to the middle?


# %% slideshow={"slide_type": "fragment"}
def counted(first=1, second=2, third=5):
    counts = pictures.paths((first, second, third))
    fig, ax = plots.panels(height=2.2)
    plots.stems(ax, counts, start=-(len(counts) // 2))
    ax.set(xlabel="place of the sample", ylabel="paths")
    unseen = int((counts == 0).sum())
    return fig, f"Paths for dilations {first}, {second}, {third}: reach {len(counts)}, {unseen} samples unseen, at most {counts.max()} paths."

figures.live(counted, first=(1, 12), second=(1, 12), third=(1, 12))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Quick. The point: in the last case only the middle weight ever meets the picture. Then kernels side by side: let them count the 33 pixels."}
# ## 5 At the border
#
# *What section 4 showed:* powers of three, $1, 3, 9$, have one path from each of 27 samples.
#
# With padding "same" a dilated layer adds $d$ zeros at each side. Where $d$ is as large as the map, what do the outer weights
# meet?
#
# **Predict.** Maps of 36 by 36, 3 by 3 kernels. Which share of the products is with a real pixel for $d = 1$, $9$, $18$ and $36$? Which
# kernel is left in the end?

# %% slideshow={"slide_type": "fragment"}
ones = np.ones((36, 36))
for d in (1, 9, 18, 36):
    real = ops.correlate2d(ones, np.ones((3, 3)), "same", dilation=d)
    print(f"d = {d:2}: {real.mean() / 9:.0%} of the products are with pixels, at least {real.min():.0f} of 9")

# %% [markdown] slideshow={"slide_type": "subslide"}
# In the end the kernel is one of 1 by 1: only its middle weight meets the map.
#
# ### Side by side
#
# Instead of a stack, one can let several kernels read the *same* map with different dilations, and join what comes out as channels. Large and small things
# are then seen at once. The name is *atrous spatial pyramid pooling*, **ASPP**.
#
# **Predict.** Four kernels of 3 by 3, $d = 1, 6, 12, 18$. How large is the square that they span? How many of its pixels do they read together?

# %% slideshow={"slide_type": "fragment"}
rates = (1, 6, 12, 18)
taps = {(d * i, d * j) for d in rates for i, j in product((-1, 0, 1), repeat=2)}
side = arithmetic.effective_kernel(3, max(rates))
print(f"{side} by {side} pixels, {len(taps)} of them are read: {len(taps) / side**2:.1%}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Ask for both wrong answers: flipped, and centred. Then let them find the leak in the last line of the second cell: the mean of all samples knows the future."}
# ## 6 Never look ahead
#
# *What section 5 showed:* kernels side by side reach far and read little. What lies between must be gathered by the layers before them.
#
# A forecast may use the present and the past. A **causal** layer has $y[n]$ from $x[n], x[n-d], x[n-2d], \dots$ The trick is padding: $(K-1)\,d$
# zeros, all on the **left**. The layer does not flip, so the *last* weight meets the present.
#
# **Predict.** $x = 1 \dots 8$, the kernel $1, 10, 100$, $d = 2$, causal. Write down $y[0]$, $y[2]$ and $y[7]$.


# %% slideshow={"slide_type": "fragment"}
def causal(x, w, d=1):
    return dilated_sum(np.concatenate([np.zeros((len(w) - 1) * d, int), x]), w, d)

x = np.arange(1, 9)
print("causal:  ", causal(x, w, 2))
print("library: ", ops.causal_channels(x[None, :, None], w[:, None, None], dilation=2).ravel())
print("centred: ", ops.correlate1d(x, w, "same", dilation=2), "- it sees the future")
print("flipped: ", ops.convolve1d(x, w, "causal", dilation=2), "- causal, but another kernel")
if keras:
    layer = keras.layers.Conv1D(1, 3, padding="causal", dilation_rate=2, use_bias=False)
    layer.build((None, None, 1))
    layer.set_weights([w[:, None, None]])
    print("Keras:   ", layer(x[None, :, None].astype("f")).numpy().ravel().astype(int))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The leak test
#
# Do not trust the name of a layer. Change all samples *after* $n$. If any output up to $n$ changes, the future leaks.
#
# **Predict.** Which of these leak: a causal layer; one with "same"; a causal one after one with "same"; one with "same", then a delay by two samples; the
# larger of each sample and the next; the mean of the *whole* series taken away first?


# %% slideshow={"slide_type": "fragment"}
def leaks(f, length=40):
    x = rng.normal(size=length)
    changed = np.r_[x[:20], rng.normal(size=length - 20)]
    return not np.allclose(f(x)[:20], f(changed)[:20])

def same(x):
    return ops.correlate1d(x, w, "same", dilation=2)

steps = {
    "causal": lambda x: causal(x, w, 2), "same": same, "same, causal": lambda x: causal(same(x), w, 2),
    "same, delay": lambda x: np.r_[0, 0, same(x)[:-2]],
    "pairs": lambda x: np.maximum(x, np.r_[x[1:], 0]), "minus mean": lambda x: causal(x - x.mean(), w, 2),
}
for name, f in steps.items():
    print(f"{name:13} leaks: {leaks(f)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# A layer that looks ahead spoils the causal layers after it; only a delay makes up for it. A preparation that uses all samples leaks, too: take mean and
# scale from the training part only.
#
# Causal layers with doubled dilations form a tree. **Predict.** $K = 2$ and $d = 1, 2, 4, 8$: how many samples does the last output see? Which
# would a fifth layer with $d = 16$ add?

# %% slideshow={"slide_type": "fragment"}
fig = pictures.tree((1, 2, 4, 8))
plots.show(fig, f"Four causal layers with kernels of 2: the last output sees the last {dilated.reach((1, 2, 4, 8), 2)} samples, each by one path.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Baselines first. Ask for a forecast without any model: the present number. The linear model with 127 months is hard to beat; say it before the networks come."}
# ## 7 A real sequence: sunspots
#
# **Task.** At the end of a month, forecast the number of sunspots **twelve months later**. We learn from the months before 1949 and test on the 60 years after.
# The error is the RMSE: the root of the mean square, in sunspots.
#
# First what needs no network: always the mean; the present number; a **linear** model of the last 13 or 127 months (ridge
# regression: least squares that keeps the weights small). The last two are one causal kernel each, and a constant.
#
# **Predict.** Order them. Is a look back over ten years worth much?

# %% slideshow={"slide_type": "fragment"}
truth = spots[dilated.CUT :]
present = spots[dilated.CUT - dilated.AHEAD : -dilated.AHEAD]
guesses = {"always the mean": spots[: dilated.CUT].mean(), "the present number": present}
guesses |= {f"linear, {n} months": dilated.autoregression(n) for n in (13, 127)}
simple = {name: dilated.rmse(guess, truth) for name, guess in guesses.items()}
for name, error in simple.items():
    print(f"{name:19} RMSE {error:.1f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ten years are worth much: a wave lasts eleven.
#
# Now two causal networks: six layers, 8 channels, kernels of three, ReLU; then one number for each month. All $d = 1$, or $d$ doubled: equally many weights. Thirty
# runs of each are stored (`convcourse.experiments.dilated`).
#
# **Predict.** Where do the two lie among the simple methods?

# %% slideshow={"slide_type": "fragment"}
runs = {way: dilated.recorded("sunspots", way) for way in ("plain", "dilated")}
fig = pictures.scores({f"network, {way}": r for way, r in runs.items()}, "RMSE, sunspots: less is better", simple)
ends = "; ".join(f"{way} {r.min():.1f} to {r.max():.1f}, mean {r.mean():.1f}" for way, r in runs.items())
better = [np.count_nonzero(runs["dilated"] < other) for other in (runs["plain"].min(), simple["linear, 127 months"])]
print(f"of {dilated.SEEDS} dilated runs {better[0]} are better than every plain one, {better[1]} better than the linear model")
plots.show(fig, f"RMSE of thirty runs: {ends}. Linear with 13 months {simple['linear, 13 months']:.1f}, with 127 months {simple['linear, 127 months']:.1f}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Nearly every dilated run is better than every plain one; only the dilations differ. But look at the linear model: with the same reach and an eighth
# of the weights it is only about one sunspot worse than the dilated networks in the mean, and better than some of them. A network that beats only weak
# baselines proves little.
#
# **Predict.** Train one of each. How many parameters has each? Does the trained network leak?

# %% slideshow={"slide_type": "fragment"}
if keras:
    nets = {way: dilated.train("sunspots", way, seed=0) for way in ("plain", "dilated")}
    error = {way: dilated.score("sunspots", net) for way, net in nets.items()}
    assert error["dilated"] < 33 and 28 < error["plain"] < simple["the present number"]
    print([net.count_params() for net in nets.values()], "parameters; linear 128")
    print("dilated below 33; plain above 28, better than the present number; leaks:",
          leaks(lambda x: nets["dilated"].predict(x[None, :, None], verbose=0).ravel()))

# %% slideshow={"slide_type": "subslide"} tags=["nbval-ignore-output"]
if keras:
    shown = slice(0, 420)
    made = {"true, sunspots": truth, "y, dilated network": dilated.forecast(nets["dilated"]),
            "error, linear, 127 months": dilated.autoregression(127)}
    fig, ax = plots.panels(height=3)
    for name, values in made.items():
        symbol, label = name.split(", ", 1)
        plots.line(ax, t[dilated.CUT :][shown], values[shown], symbol, label)
    plots.show(fig, "Sunspots from 1949 to 1984 and two forecasts made a year before: both follow the waves, and are too low at the high maximum of 1957.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Let them hum the two sounds. How long must one listen to know a pitch? At least about a period. The plain network sees a third of the shortest one."}
# ## 8 Sound: how long must one listen?
#
# Both forecasts follow the waves. Now a class for a whole sequence: which of **twelve notes** is a plucked string? The sounds are 36 ms
# long, cut out at random, with noise (the string of `datasets.melody`).
#
# The same two stacks with 12 channels; the maximum of each channel over time goes to a dense layer.
#
# **Predict.** Periods are 45 to 84 samples. What share of the notes do reaches of 13 and of 127 samples tell right?

# %% slideshow={"slide_type": "fragment"}
sounds, notes = dilated.plucked(480, seed=1)
rows, bars = {}, {"13": (0, 12), "127": (0, 126)}
for note in (0, 11):
    rows[f"note {note}: period {dilated.periods()[note]:.1f} samples"] = range(400), sounds[notes == note][0, :, 0], bars
plots.show(pictures.fields(rows), "Two plucked strings with noise, 400 samples: a reach of 13 is a fraction of a period, one of 127 is more than a period of each.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The two sounds are the lowest and the highest of the twelve notes. All are a semitone apart: the next period is always 6 % shorter. Thirty runs
# of each network are stored.
#
# **Predict.** Guessing is right in one of twelve. How much better is each of the two? How far apart do you expect the runs of the same network?

# %% slideshow={"slide_type": "fragment"}
runs = {way: dilated.recorded("pitch", way) for way in ("plain", "dilated")}
ends = "; ".join(f"{way} {r.min():.2f} to {r.max():.2f}" for way, r in runs.items())
plots.show(figures.runs(runs, chance=1 / 12), f"Share of notes told right in thirty runs: {ends}; guessing .08.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The plain network guesses little better than chance; every run of the dilated one hears pitches, with a few mistakes. We train one more, and look
# at what it takes for what.
#
# **Predict.** When the dilated network errs, which note is mistaken for which? Are the wrong ones near, or anywhere?

# %% slideshow={"slide_type": "fragment"}
if keras:
    model = dilated.train("pitch", "dilated", seed=0)
    assert dilated.score("pitch", model) > 0.8
    print("trained now, dilated: above .8; parameters:", model.count_params())

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
if keras:
    fig = figures.confusion(notes, model.predict(sounds, verbose=0).argmax(-1), height=4)
    plots.show(fig, "How often each of the twelve notes is taken for each, by one dilated network: most sounds lie on the diagonal.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Cover the page but for a hole of 11 pixels: can anyone name the digit? Then 25. The third network has the largest reach of all: bets on the winner?"}
# ## 9 Context for pixels
#
# *What section 8 showed:* a pitch is a repetition. Who sees less than a period sees none, and hardly does better than guess. Which notes the other network
# mixes up differs from run to run.
#
# In **segmentation** every pixel gets a label: the map must stay as large as the picture, so pooling and stride are no
# cheap way to reach. Our pages hold four handwritten digits, 16 by 16 pixels each. Each inked pixel must say *which digit* it belongs to.
#
# **Predict.** Could you do it through a window of 11 by 11 pixels? Of 25 by 25?

# %% slideshow={"slide_type": "fragment"}
page, label, ink = dilated.check_pages()
fig = figures.gallery({f"page {i}": 255 * (1 - page[i, :, :, 0]) for i in range(4)}, height=2.2)
plots.show(fig, "Four pages with four handwritten digits each, 36 by 36 pixels.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Three networks, five layers of 12 channels, 3 by 3, equally many weights:
#
# | | dilations |
# |---|---|
# | plain | 1, 1, 1, 1, 1 |
# | dilated | 1, 2, 4, 4, 1 |
# | gridded | 4, 4, 4, 4, 4 |
#
# They learn from 1,200 digits; the test pages hold digits of other writers.
#
# **Predict.** The reach of each? Which share of the pixels within its reach does each see? Order the three by how many pixels they tell right.

# %% slideshow={"slide_type": "fragment"}
for way, stack in dilated.WAYS["pages"].items():
    print(f"{way:8} reach {dilated.reach(stack)}, sees {pictures.share(stack):.0%} of it")
runs = {way: dilated.recorded("pages", way) for way in dilated.WAYS["pages"]}
ends = "; ".join(f"{way} {r.min():.2f} to {r.max():.2f}" for way, r in runs.items())
plots.show(figures.runs(runs, chance=0.1), f"Share of inked pixels told right in thirty runs: {ends}; guessing .10.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Reach alone is not context: the gridded network reaches farthest, sees 7 % of it, and its runs lie between those of the other two.
#
# **Predict.** Train two, and look at a page that neither has seen. Will all pixels of one digit get the same label?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
if keras:
    right = {}
    for way, low, high in (("plain", 0.15, 0.5), ("dilated", 0.55, 1)):
        net = dilated.train("pages", way, seed=1)
        share = dilated.score("pages", net)
        assert low < share < high
        right[f"{way}, all pages {share:.0%}\nthis page"] = net.predict(page[6:7], verbose=0)[0].argmax(-1) == label[6]
    fig = pictures.judged(page[6, :, :, 0], right, {"11": 11, "25": 25})
    plots.show(fig, "A page of four digits; squares of 11 and 25 pixels show the reach. Right pixels are black, wrong ones light: the dilated network has more right.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Ask for the line that each has met."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | dilation counted from 0 | $d = 1$ changes the ordinary kernel |
# | span $K d$ | it is $(K-1)\,d + 1$: 5 for $K = 3$, $d = 2$ |
# | "more reach, so more is seen" | count the paths: zeros |
# | equal or only even dilations | phases never meet |
# | "the order cures" | which samples are seen: the same in any order |
# | "same" in a forecast | the leak test |
# | causal kernel read from the wrong end | the *last* weight meets the present |
# | scaled with the mean of all data | the leak test, too |
# | no linear baseline | a network looks better than it is |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Leave it on the screen during questions."}
# ## Summary
#
# | | |
# |---|---|
# | dilated | $y[n] = \sum_k w[k]\, x[n + kd]$ |
# | span | $k_e = (K-1)\,d + 1$ |
# | weights, products | as without |
# | same as | $d - 1$ zeros in between; $d$ phases by themselves |
# | reach | $r = 1 + \sum (K-1)\,d$ |
# | growth, $K = 3$ | $d = 1$: $2n + 1$; doubled: $2^{n+1} - 1$ |
# | no holes | sorted, each $d \le r$ of the smaller ones |
# | causal | $(K-1)\,d$ zeros, all left |
# | test | change the future: the past stays |
# | compare with | a linear model of the same reach |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Alone, on paper, then in pairs. Question 5 is the hard one."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** $K = 5$, $d = 3$. How long is the window? How many outputs have 20 samples with full overlap?

# %% slideshow={"slide_type": "fragment"}
print(arithmetic.effective_kernel(5, 3), arithmetic.output_length(20, 5, dilation=3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** A causal layer has the kernel $1, 2$ and $d = 3$. What does it make of $1, 1, 1, 1, 5$?

# %% slideshow={"slide_type": "fragment"}
print(causal(np.array([1, 1, 1, 1, 5]), [1, 2], 3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** Which see all of their field: $1, 1, 4$ or $1, 1, 6$ or $3, 1, 9$? ($K = 3$.)

# %% slideshow={"slide_type": "fragment"}
for stack in ((1, 1, 4), (1, 1, 6), (3, 1, 9)):
    print(stack, free_of_holes(stack), "in any order:", {bool(pictures.paths(s).all()) for s in permutations(stack)})

# %% [markdown] slideshow={"slide_type": "subslide"}
# **4.** Padding "same", $K = 3$, $d = 5$: how many zeros on each side? And causal?

# %% slideshow={"slide_type": "fragment"}
print(arithmetic.same_padding(20, 3, dilation=5), (arithmetic.effective_kernel(3, 5) - 1, 0))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **5.** The reach must be 1,000 or more, without a hole, with the fewest weights, one channel. Which $K$ from 2 to 5, if $d = 1, K, K^2, \dots$?

# %% slideshow={"slide_type": "fragment"}
for k in (2, 3, 4, 5):
    layers = next(n for n in range(1, 12) if k**n >= 1000)
    stack = [k**i for i in range(layers)]
    print(f"K = {k}: {layers} layers, {k * layers} weights, reach {dilated.reach(stack, k)}, holes: {not pictures.paths(stack, k).all()}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 21 points; the questions add up to 150 minutes. Question 6 needs TensorFlow; question 8 uses the function of question 7."}
# ## Now you
#
# *Question 5:* $K = 2$ and $K = 4$ tie with 20 weights; $K = 3$ sees twice as far for one more.
#
# **Exercises:**
# [questions on this chapter](../exercises/06_dilated_convolutions/06_dilated_convolutions.ipynb).
# Each checks itself, names your mistake and gives hints.
#
# ### Further reading
#
# F. Yu and V. Koltun, *Multi-Scale Context Aggregation by Dilated Convolutions*, 2016. A. van den Oord and others, *WaveNet: A Generative Model for Raw
# Audio*, 2016. P. Wang and others, *Understanding Convolution for Semantic Segmentation*, 2018: gridding and a cure. L.-C. Chen and others, *Rethinking Atrous Convolution for
# Semantic Image Segmentation*, 2017: the border. S. Bai, J. Kolter and V. Koltun, *An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
# Modeling*, 2018.
#
# **Before:** [5 · Convolution arithmetic](05_convolution_arithmetic.ipynb). **Next:**
# [7 · Transposed convolutions](07_transposed_convolutions.ipynb).
