# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "How much of the cup does one number of layer 18 see? 212 of 224 pixels; expect far smaller guesses. Everything today is exact, in whole numbers."}
# # 5 · Convolution arithmetic
#
# A photograph of 224 by 224 pixels goes into a network. **How large is what comes out of each layer,
# what does it cost, and how much of the photograph does one number in it see?** All three have exact
# answers, in whole numbers, before a single weight is known.
#
# **You will** count windows, turn the count into a formula and prove it on thousands of settings; pad
# on purpose; solve the formula backwards; count parameters, products and memory; follow what a unit
# sees; and audit famous networks line by line.
#
# **You need** chapters [1](01_convolution_1d.ipynb) and [2](02_image_kernels.ipynb).
#
# **Minutes** 75

# %% slideshow={"slide_type": "skip"}
from itertools import product
from math import ceil
import numpy as np
from convcourse import arithmetic, datasets, figures, ops, plots
from convcourse.arithmetic import Branches, Conv, Dense, Depthwise, Pool, Separable, Upsample, networks
from convcourse.figures import arithmetic_pictures as pictures

# %% slideshow={"slide_type": "-"}
conv, pool = (3, 1, "same"), (2, 2)  # of VGG16, a famous network: kernel, stride, padding
stack = [conv, conv, pool] * 2 + [conv, conv, conv, pool] * 3
fields = arithmetic.receptive_fields(stack, n=224)
seen = {f"layer {i + 1}": fields[i] for i in (5, 9, 13, 17)}
cup = datasets.coffee().x[60:284, 150:374]
fig = pictures.regions(cup, seen, lambda field: 112 // field.jump)
sizes = ", ".join(f"{name}: {field.size}" for name, field in seen.items())
plots.show(fig, f"A cup, and squares that one middle unit sees. Side in pixels, {sizes}.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "5, 1, 0. Expect 4: gaps are counted instead of posts. Let somebody lay three fingers on seven marks at the board."}
# ## 1 Count the windows
#
# Each square above is the part of the photograph that one number of that layer depends on. At the end
# you can compute every square, and the price of every layer. It begins with counting.
#
# A kernel of $k$ weights slides over a signal of $n$ samples. Each place where *all* its weights lie
# on samples is a **window**, and each window gives one output. So the length of the output is a number
# of windows. We can count them: start at 0, go on while the last weight still lies inside.
#
# **Predict.** How many windows of 3 weights fit over 7 samples? Over 3 samples? Over 2?


# %% slideshow={"slide_type": "fragment"}
def count(n, k):
    return sum(start + k - 1 < n for start in range(n))  # does the last weight fit?

print([count(n, 3) for n in (7, 3, 2)])
plots.show(pictures.windows(7, 3), f"Under 7 samples, {count(7, 3)} windows of 3, one for each output.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first window starts at 0, the last one at $n-k$, because its last weight then lies on sample
# $n-1$. That makes
#
# $$n-k+1$$
#
# starts. The $+1$ is the window at 0: we count posts, not gaps. An image has two axes, and each is counted
# by itself.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "Four outputs, and sample 9 is never read. Expect that the setting is called invalid. In the photograph 1023 pixels are unread; expect 1024, with the corner counted twice."}
# ## 2 Stride, and the samples left out
#
# With **stride** $s$ the kernel moves on by $s$ samples. Now the starts are $0, s, 2s, \dots$ up to at
# most $n-k$. That makes
#
# $$\left\lfloor \frac{n-k}{s} \right\rfloor + 1$$
#
# windows. The brackets say **floor**: round down to a whole number. They are often left out, and some
# pages call a setting "invalid" when the division leaves a rest.
#
# **Predict.** Ten samples, three weights, stride 2: the fraction is 3.5. What does a library do: refuse,
# round, or give 4 outputs? What happens to the last sample?

# %% slideshow={"slide_type": "fragment"}
x10 = np.arange(10)
print((10 - 3) / 2 + 1, "or", len(ops.correlate1d(x10, [1, 1, 1], "valid", stride=2)))
print("left out:", arithmetic.left_out(10, 3, stride=2), "sample, whatever its value")
plots.show(pictures.windows(10, 3, 2), "Four windows of 3 over 10 samples; sample 9 is in none.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The setting is fine; the floor only means that sample 9 is never read. It may hold anything.
#
# Stride saves work, but it adds nothing new: it keeps every $s$-th output of the same kernel with
# stride 1. We call that **subsampling**. The windows in between are never computed, and what only they
# would have shown is lost (chapter 11, to come, asks what that does to an image).
#
# **Predict.** In a photograph of 512 by 512, how many pixels does a kernel of 3 by 3 with stride 2 leave
# unread?

# %% slideshow={"slide_type": "fragment"}
photo, edge = datasets.camera().x, np.array([[-1, 0, 1]] * 3)
strided = ops.correlate2d(photo, edge, "valid", stride=2)
print(strided.shape, (strided == ops.correlate2d(photo, edge, "valid")[::2, ::2]).all())
read = arithmetic.usage(512, 3, stride=2) > 0
print("unread:", (~np.outer(read, read)).sum(), "pixels: the last row and the last column")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 12, "notes": "k = 5 gives 4, 8, 12, 8. For k = 4 half gives 9; expect 8. With p = 1 a corner is read 4 times, the middle 9 times. Short of time: skip what stands in the padding."}
# ## 3 Padding
#
# Each layer without padding makes the image smaller. **Padding** adds samples outside; then more
# windows fit. With $p$ on *each* side, $n$ becomes $n+2p$. Four amounts have names:
#
# - **valid**: none;
# - **half**: $p = \lfloor k/2 \rfloor$, which keeps the length if $k$ is odd and $s = 1$;
# - **full**: $p = k-1$, every overlap counts;
# - **same**: what Keras takes so that $\lceil n/s \rceil$ outputs come (rounded *up*); see section 4.
#
# **Predict.** For $n=8$: the four lengths with $k=5$, and with $k=4$. Which of "half" and "same" keeps
# 8 in both?

# %% slideshow={"slide_type": "fragment"}
for k in (5, 4):
    names = ("valid", "half", "full", "same")
    print(f"k = {k}:", {name: arithmetic.output_length(8, k, 1, name) for name in names})

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What stands in the padding?
#
# Arithmetic counts samples; it does not say what they hold. Networks use zeros: black. Other choices
# (chapter 1): repeat the edge, mirror (symmetric, reflect), wrap round. Here we can measure them. We cut
# a piece out of a photograph, smooth it with a box of 15 by 15, and compare with the piece of the
# smoothed *whole*, which knew the true neighbours.
#
# **Predict.** How wide is the strip that can be wrong? Which border is worst?

# %% slideshow={"slide_type": "fragment"}
box, cut = np.ones((15, 15)) / 225, (slice(60, 188), slice(160, 288))
whole, piece = ops.correlate2d(photo, box, "same")[cut], photo[cut]
strip = np.pad(np.zeros((114, 114), bool), 7, constant_values=True)  # 7 = half of 15
shown = {"true": whole[:64, :64]}
for border in ops.PAD_MODES:
    smooth = ops.correlate2d(piece, box, "same", border)
    assert np.allclose(smooth[~strip], whole[~strip])  # inside, all agree
    off = np.sqrt(np.mean((smooth - whole)[strip] ** 2))
    shown[f"{border}: off by {off:.0f}"] = smooth[:64, :64]
fig = figures.gallery(shown, cols=3)
plots.show(fig, "A smoothed corner. Root mean square error in grey levels: " + ", ".join([*shown][1:]) + ".")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Zeros draw a dark frame. A network learns to live with it, and can even use it to tell where the
# border is.
#
# ### Padding does not make all pixels equal
#
# It is often said that with padding every pixel is used equally often. Take an image of 5 by 5 and a
# kernel of 3 by 3.
#
# **Predict.** In how many windows does a corner pixel lie, and in how many the middle pixel, without
# padding and with $p = 1$? Is there a padding that makes all equal?

# %% slideshow={"slide_type": "fragment"}
rows = [arithmetic.usage(5, 3, padding=p) for p in (0, 1, 2)]
fig = pictures.usage_maps({f"p = {p}": row for p, row in enumerate(rows)})
corners = [int(row[0] ** 2) for row in rows]
plots.show(fig, f"Windows that read each pixel, p = 0, 1, 2: {corners} at a corner, 9 in the middle.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 14, "notes": "For 6, 3, 2 the sides are 0 and 1; expect 1 and 1. Let them spell the outputs. Five layers move the centre by 31 pixels for 224, by none for 225. Short of time: skip Keras."}
# ## 4 Why "same" pads more on the right
#
# *What section 3 showed:* only full padding uses all pixels equally, and then the output grows. Most networks want to keep the
# length, and take "same". Keras decides the length first: $\lceil n/s \rceil$. The last of these windows ends at
# $(\lceil n/s \rceil - 1)\,s + k$. What is missing there is the padding, left and right together:
#
# $$P = \max\big(0,\ (\lceil n/s \rceil - 1)\,s + k - n\big)$$
#
# Half of $P$ goes to the left, rounded down; the rest to the right. Without the "max", a kernel that is
# shorter than the stride would get a negative padding.
#
# **Predict.** The two sides for $n=6$, $k=3$, $s=2$. And for $n=5$? For $n=6$, $k=1$, $s=2$?


# %% slideshow={"slide_type": "fragment"}
def same(n, k, s=1):
    total = max(0, (ceil(n / s) - 1) * s + k - n)
    return total // 2, total - total // 2

print([same(6, 3, 2), same(5, 3, 2), same(6, 1, 2), same(224, 7, 2)])
settings = list(product(range(1, 40), range(1, 8), range(1, 6)))
print(len(settings), all(same(*a) == arithmetic.same_padding(*a) for a in settings))

# %% [markdown] slideshow={"slide_type": "subslide"}
# For $n=6$ there is no padding on the left at all. PyTorch pads by one number, here $p=1$, on both sides.
# Both give three outputs. Are they the same three? We use $x = 1 \dots 6$ and the weights 1, 10, 100, so
# that each output spells out what it read, last sample first.
#
# **Predict.** The three numbers for each of the two paddings.

# %% slideshow={"slide_type": "fragment"}
x6, spell = np.arange(1, 7), [1, 10, 100]
for name, sides in (("same", same(6, 3, 2)), ("p = 1", (1, 1))):
    print(name, sides, ops.correlate1d(np.pad(x6, sides), spell, "valid", stride=2))
fig = pictures.cases({"same: (0, 1)": (6, 3, 2, "same"), "p = 1: (1, 1)": (6, 3, 2, 1)}, height=1.5)
plots.show(fig, "Windows start at samples 0, 2, 4 with same, at -1, 1, 3 with padding 1.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The same weights give other outputs: every window has moved by one sample. Who carries a trained
# network from one library to another must know this.
#
# The next cell asks Keras. From here on a few cells compare with it. Where TensorFlow is not installed,
# this one says so, and the others stay empty.
#
# **Predict.** Which of the two triples does Keras give? And is `Conv1D` with stride 2 and "same" equal to
# stride 1 and "same", then every second output?

# %% slideshow={"slide_type": "fragment"}
try:
    from convcourse.tf import keras, tf
except ImportError:
    keras = None
    print("No TensorFlow here: the cells that begin with 'if keras' do nothing.")
if keras:
    made = {}
    for s in (2, 1):
        layer = keras.layers.Conv1D(1, 3, strides=s, padding="same", use_bias=False)
        layer.build((None, 6, 1))
        layer.set_weights([np.reshape(spell, (3, 1, 1))])
        made[s] = layer(x6.reshape(1, 6, 1).astype("float32")).numpy().ravel()
    print("stride 2:", made[2], "- stride 1, every second:", made[1][::2])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Keras gives the first triple; and for an even length stride 2 is *not* every second output of
# stride 1: section 2 said so for "valid" only.
#
# The shift adds up from layer to layer. Follow the middle of what unit 0 sees through five layers with
# stride 2.
#
# **Predict.** For an image of 224, how far is the centre of unit 0 from pixel 0 after five layers
# with "same"? And for an image of 225?

# %% slideshow={"slide_type": "fragment"}
for n, padding in ((224, "same"), (225, "same"), (224, 1)):
    fields5 = arithmetic.receptive_fields([(3, 2, padding)] * 5, n)
    print(n, padding, [field.centre(0) for field in fields5])

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Spans 3, 5, 9. For d = 2 expect 6, from k times d, or 7, from counting from 0. Sixteen outputs; they get 15 and 14. Show it with three spread fingers."}
# ## 5 Dilation counts from 1
#
# **Dilation** $d$ is the distance between two neighbouring weights. Then $d = 1$ is the ordinary kernel,
# and $k$ weights span
#
# $$k_e = d\,(k-1) + 1$$
#
# samples: $k-1$ gaps of $d$, and the last weight itself. Put this **effective kernel** in the place of
# $k$ in every formula. No parameter and no product is added. Some texts count dilation from 0, as the
# number of zeros in between; then $d+1$ stands for $d$.
#
# **Predict.** What do 3 weights span for $d = 1, 2, 4$? With $n=16$, $p=2$, $d=2$: how many outputs? Which
# result does a reader get who counts from 0, and one who takes $k_e = k\,d$?

# %% slideshow={"slide_type": "fragment"}
print("spans:", [arithmetic.effective_kernel(3, d) for d in (1, 2, 4)])
wrong = 16 + 4 - (3 * 2 + 1) + 1, 16 + 4 - 3 * 2 + 1  # from 0: gaps of 3; and k·d
print("outputs:", arithmetic.output_length(16, 3, padding=2, dilation=2), "- wrong:", wrong)
plots.show(pictures.windows(7, 3, dilation=2), "Three windows of 3 weights that span 5 of 7 samples.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 12, "notes": "Read the formula aloud: last start, steps, first window. 2880 settings, none wrong. Of the false ones d forgotten is right most often, no + 1 never. Short of time: skip the fifteen relations."}
# ## 6 One formula, proved by trying everything
#
# Padding, dilation and stride in one line:
#
# $$\left\lfloor \frac{n + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1$$
#
# The numerator is the last possible start in the padded signal; $s$ counts the steps; the $+1$ is the
# first window. (If the numerator is negative, nothing fits.) We believe it only after we have counted.
#
# **Predict.** Lengths 1 to 12, kernels 1 to 5, strides 1 to 4, paddings 0 to 3, dilations 1 to 3: how many
# settings are these? In how many does the formula fail?


# %% slideshow={"slide_type": "fragment"}
def formula(n, k, s, p, d):
    return max(0, (n + 2 * p - d * (k - 1) - 1) // s + 1)

def literally(n, k, s, p, d):
    padded = range(n + 2 * p)
    return sum(start + d * (k - 1) in padded for start in padded[::s])

settings = list(product(range(1, 13), range(1, 6), range(1, 5), range(4), (1, 2, 3)))
wrong = [a for a in settings if formula(*a) != literally(*a)]
fitting = [a for a in settings if literally(*a)]
same_as_ours = all(arithmetic.output_length(*a) == formula(*a) for a in fitting)
print(len(settings), "settings,", len(wrong), "wrong; the library agrees:", same_as_ours)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Several other formulas go round. Each is right in some cases, which is why it survives.
#
# **Predict.** Which of the six below is right most often? Which one never?

# %% slideshow={"slide_type": "fragment"}
others = {
    "no floor": lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1,
    "rounded up": lambda n, k, s, p, d: ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1,
    "no + 1": lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s,
    "p on one side": lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1,
    "d forgotten": lambda n, k, s, p, d: (n + 2 * p - k) // s + 1,
    "d from 0": lambda n, k, s, p, d: (n + 2 * p - (d + 1) * (k - 1) - 1) // s + 1,
}
for name, other in others.items():
    right = sum(other(*a) == literally(*a) for a in fitting)
    print(f"{name:14} right in {right:4} of {len(fitting)}, {right / len(fitting):.0%}")

# %% slideshow={"slide_type": "fragment"}
if keras:  # does Keras count as we do? "valid" and "same", with stride and dilation
    tried = 0
    for k, s, d, name in product(range(1, 6), range(1, 5), (1, 2, 3), ("valid", "same")):
        layer = keras.layers.DepthwiseConv2D((k, 1), s, name, dilation_rate=(d, 1))
        for n in range(d * (k - 1) + 1, 30):
            there = layer.compute_output_shape((1, n, 1, 1))[1]
            assert there == arithmetic.output_length(n, k, s, name, d)
            tried += 1
    print(tried, "settings of Keras, none differs")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The relations, each with its case
#
# A well-known guide splits the formula into fifteen relations, from simple to general: no padding (1),
# any padding (2), half (3), full (4), stride (5), both (6), pooling, which slides in the same way (7),
# and dilation (15). Relations 8 to 14 run 1 to 6 *backwards*: from $m$ outputs to $(m-1)\,s + k - 2p + a$
# samples, where $a$ is what the floor had dropped. Chapter 7 is about them.
#
# **Predict.** For each picture, the number of outputs from the numbers in its title, before you count
# its rows.

# %% slideshow={"slide_type": "fragment"}
cases = pictures.RELATIONS
made = {title: arithmetic.output_length(*case) for title, case in cases.items()}
plots.show(pictures.cases(cases), f"Windows of eight cases; outputs {[*made.values()]}.")
for title, (n, k, s, p, _) in [*cases.items()][:7]:
    m, a = made[title], arithmetic.output_padding_for(n, k, s, p)
    back = arithmetic.transposed_length(m, k, s, padding=p, output_padding=a)
    print(f"{title.partition(':')[0]:10} {n} to {m}, back ({m}-1)·{s} + {k} - 2·{p} + {a} = {back}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 11, "notes": "Lengths 5 and 6; padding 4 in all, for k = 4 it is 3. First figure: a stride above k leaves middle samples unread. Second: same with n = 6, then 7; ask for the sides before."}
# ## 7 Backwards
#
# Often the output is given and the setting is wanted. Because of the floor, $s$ neighbouring lengths
# share one output. From $\lfloor \cdot \rfloor + 1 = m$ follows
#
# $$(m-1)\,s + k_e - 2p \ \le\ n\ \le\ (m-1)\,s + k_e - 2p + s - 1 .$$
#
# So a layer with stride has no unique way back.
#
# **Predict.** Which lengths give 3 outputs with $k=3$, $s=2$, $p=1$? Which padding keeps 28 with $k=5$? And
# with $k=4$?

# %% slideshow={"slide_type": "fragment"}
print("lengths:", list(arithmetic.inputs_for(3, kernel=3, stride=2, padding=1)))
for k in (5, 4):
    print(f"k = {k}: left + right =", list(arithmetic.paddings_for(28, 28, kernel=k)))
found = arithmetic.settings_for(227, 55, range(9, 13), strides=range(1, 6), paddings=range(3))
print("227 to 55, (k, s, p):", [setting[:3] for setting in found])

# %% [markdown] slideshow={"slide_type": "subslide"}
# For an even kernel the padding is odd in all, so no equal sides keep the length.
#
# ### Change it yourself
#
# **Predict.** Set $n=12$, $k=3$, $s=3$, $d=2$, $p=1$: which samples are in no window, although nothing is left out at
# the end? Then move the sliders. Find a setting in which a sample in the *middle* is never read, with
# $d=1$.
#
# The second figure has both axes, and the line of Keras to copy. **Predict, then try.** With *same*, which
# sides get zeros for $n=6$, and which for $n=7$? Let the cells show *counts*: which pixel is read least?
# Choose *transposed*: does the way back restore the numbers, or only the shape? Which of its outputs get
# the most products?


# %% slideshow={"slide_type": "fragment"}
def explore(n=10, k=3, s=2, p=0, d=1):
    unread = np.flatnonzero(arithmetic.usage(n, k, s, p, d) == 0).tolist()
    alt = f"{arithmetic.output_length(n, k, s, p, d)} windows; in none: samples {unread}."
    return pictures.windows(n, k, s, p, d, height=3.5), alt

figures.live(explore, n=(1, 16), k=(1, 6), s=(1, 5), p=(0, 4), d=(1, 4))

# %% slideshow={"slide_type": "subslide"}
figures.arithmetic(6, kernel=3, stride=2, padding="same")

# %% [markdown] slideshow={"slide_type": "slide", "lecture": 2, "minutes": 10, "notes": "4864 parameters, 4.9 million MACs, 65,536 values. Expect input channels or biases forgotten. Twice the side: parameters stay. Batch norm has parameters and no MACs."}
# ## 8 Three prices: parameters, MACs, memory
#
# A layer with $C_\text{in}$ channels in and $C_\text{out}$ out has one kernel $k_h \times k_w \times
# C_\text{in}$ for each output channel, and one bias. Each output value needs one **multiply-accumulate**
# (MAC) per weight of its kernel.
#
# $$\text{parameters} = k_h k_w C_\text{in} C_\text{out} + C_\text{out} \qquad
# \text{MACs} = H_\text{out} W_\text{out} \cdot k_h k_w C_\text{in} C_\text{out}$$
#
# **Memory** is the values of the output, $H_\text{out} W_\text{out} C_\text{out}$, 4 bytes each: training
# keeps them for the way back. (Products with padded zeros are counted: they are computed.)
#
# **Predict.** 64 kernels of 5 by 5 over a colour image of 32 by 32, "same". The three prices?

# %% slideshow={"slide_type": "fragment"}
print("parameters", 5 * 5 * 3 * 64 + 64, "- MACs", 32 * 32 * 5 * 5 * 3 * 64)
print(arithmetic.cost(Conv(64, 5, padding="same"), (32, 32, 3)))
for n in (32, 64, 128):
    price = arithmetic.cost(Conv(64, 5, padding="same"), (n, n, 3))
    print(f"{n:3}: {price.parameters} parameters, {price.macs:,} MACs, {price.activations:,} values")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Twice the side: four times the MACs and the memory, and *no* more parameters. The three prices are
# three different things.
#
# They part even more between kinds of layers. In `groups=4` an output channel reads a quarter of the
# input channels; a **depthwise** layer has one kernel per channel; a **separable** layer is a depthwise
# one and then one of 1 by 1 (chapter 8).
#
# **Predict.** All over 56 by 56 with 128 channels. Which of the eight layers below has the most
# parameters? Which has the most MACs? Which has parameters, and no MACs at all?

# %% slideshow={"slide_type": "fragment"}
kinds = {
    "3x3": Conv(128, 3, padding="same"), "3x3, 4 groups": Conv(128, 3, padding="same", groups=4),
    "1x1": Conv(128, 1), "depthwise 3x3": Depthwise(3, padding="same"),
    "separable 3x3": Separable(128, 3, padding="same"), "max pooling": Pool(2),
    "batch norm": arithmetic.BatchNorm(),
}
for name, layer in kinds.items():
    shape, parameters, _, macs = arithmetic.cost(layer, (56, 56, 128))
    print(f"{name:14} {shape!s:14} {parameters:>9,} parameters {macs:>13,} MACs")
dense = arithmetic.cost(Dense(128), (56 * 56 * 128,))
print(f"dense          {dense.output_shape!s:14} {dense.parameters:>9,} parameters {dense.macs:>13,} MACs")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 8, "notes": "A larger image gives a map, here 4 by 3; expect an error or one number. Stacked: 27 for 49 C squared. Ask for the price: memory, three maps for one."}
# ## 9 Two layers in disguise
#
# *What section 8 showed:* the dense layer has as many MACs as weights: it uses each once. A convolution uses each weight at every
# position. (Fewer MACs are not as much less *time*: chapter 10, to come, measures.)
#
# A kernel of **1 by 1** has no neighbours. At each pixel it multiplies the list of channels by one
# matrix: it mixes channels, and nothing else. And a **fully connected** layer over an image is a
# convolution whose kernel is as large as the image: one window fits.
#
# **Predict.** What does this second kernel do when the image is larger than the one it was made for?

# %% slideshow={"slide_type": "fragment"}
rng = np.random.default_rng(0)
x, mix, full = (rng.normal(size=s) for s in ((1, 6, 5, 3), (1, 1, 3, 4), (6, 5, 3, 10)))
print("1x1 is a matrix:", np.allclose(ops.correlate_channels(x, mix), x @ mix[0, 0]))
as_dense = x.reshape(1, -1) @ full.reshape(-1, 10)
print("dense is a kernel:", np.allclose(ops.correlate_channels(x, full).ravel(), as_dense))
print("9 by 7 pixels:", ops.correlate_channels(rng.normal(size=(1, 9, 7, 3)), full).shape)

# %% [markdown] slideshow={"slide_type": "subslide"}
# It gives a *map*: the answer of the dense layer at each place where its old image fits. So a network
# without Flatten takes images of any size.
#
# ### Stacking 3 by 3
#
# Two layers of 3 by 3 see 5 by 5; three see 7 by 7. What do we pay, instead of one layer of 7 by 7, if
# all have $C$ channels in and out?
#
# **Predict.** Write both numbers of weights as multiples of $C^2$.

# %% slideshow={"slide_type": "fragment"}
for kernels in ([7], [3, 3, 3]):
    layers = [Conv(64, k, padding="same", bias=False) for k in kernels]
    net = arithmetic.trace(layers, (56, 56, 64))
    print(kernels, "sees", net[-1].field.size, "-", net.parameters // 64**2, "C² weights", end=", ")
    print(f"{net.macs:,} MACs, {net.activations:,} values")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 14, "notes": "r = 16, j = 4. Expect 11, jump forgotten, and 19, own stride too early. In the figure set dilations 1, 2, 4, 8, then 2, 2, 2: every second sample is unseen. Short of time: skip ResNet."}
# ## 10 What does a unit see?
#
# *What section 9 showed:* the stack costs little more than half of the weights; its price is memory, three maps for one. How do
# we know that it sees as much?
#
# The **receptive field** of a unit is the part of the input it depends on: its size is $r$. The **jump**
# $j$ is the distance in input pixels between two neighbouring units. At the input $r = j = 1$. A layer
# adds $k_e - 1$ neighbours, each $j$ pixels on; then the units stand $s$ times as far apart:
#
# $$r \leftarrow r + (k_e - 1)\, j \qquad\text{then}\qquad j \leftarrow j\, s$$
#
# The order matters: a layer's own stride widens the steps only of the *next* layer.
#
# **Predict.** Two layers of 3 by 3, pooling 2 by 2 with stride 2, and all three once more: $r$ and $j$ at
# the end?

# %% slideshow={"slide_type": "subslide"}
size, jump, early = 1, 1, 1
layers = [(3, 1), (3, 1), (2, 2), (3, 1), (3, 1), (2, 2)]
for k, s in layers:
    size, early, jump = size + (k - 1) * jump, early + (k - 1) * jump * s, jump * s
    print(f"k={k} s={s}: size {size:2}, jump {jump}")
print("wrong: without jump", 1 + sum(k - 1 for k, s in layers), "- own stride too early", early)
figures.receptive_field([3, 3, ("pool", 2)] * 2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The figure builds any such stack. Walk along a row with the pointer or the arrow keys; the numbers
# count the *paths* from a sample to the unit.
#
# **Predict, then try.** Two layers of 3 by 3, or one of 5 by 5: which sees more, and which has fewer
# weights? What does each layer add if the dilations are 1, 2, 4, 8? With dilation 2 three times, which
# samples are never seen?
#
# A field has a *place* too. That of unit 0 starts at minus the padding, added up in input pixels, and
# that of unit $i$ starts $i\,j$ later. Padding moves the field and does not change its size.
#
# **Predict.** VGG16 again, layer 18, image 224 by 224: a field of 212 is nearly the whole image. What
# does its *corner* unit see of the photograph?

# %% slideshow={"slide_type": "fragment"}
last = fields[-1]
print(last, "- unit 0 sees", last.region(0), "of which inside", last.region(0, n=224))
print(f"padding: {1 - (last.region(0, 224)[1] + 1) ** 2 / last.size**2:.0%} of its square")
fig = pictures.regions(cup, seen, lambda field: 0)
plots.show(fig, f"Fields of corner units: that of layer 18 starts at {last.start}, outside the photograph.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two thirds of what this unit sees is padding: zeros.
#
# Small changes count. ResNet-50 halves its maps in blocks of three layers, 1 by 1, 3 by 3, 1 by 1. One
# version has the stride on the first 1 by 1, another on the 3 by 3. Published lists of its field
# disagree, and all are right.
#
# **Predict.** Which version sees more, and why?


# %% slideshow={"slide_type": "fragment"}
for where in ("1x1", "3x3"):
    net = arithmetic.trace(networks.resnet50(stride_on=where), (224, 224, 3))
    joins = [row.field for row in net.rows if row.kind == "add"]  # short cut and long way
    print(f"stride on {where}: {net.parameters:,} parameters, field {joins[-1].size}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Flat, bell or cross? A bell. After 20 layers 41 per cent of the field count, after 80 only 22. Expect all pixels to count alike. Without TensorFlow: the first half only."}
# ## 11 The effective receptive field
#
# *What section 10 showed:* with the stride first, the 3 by 3 kernel already takes doubled steps, and sees more. But does a unit
# depend equally on every pixel of its field? Think of layers of three equal weights.
# One path leads from the unit to the far corner, many lead to the middle. The number of paths is a
# convolution of boxes, and chapter 1 knows what becomes of it: a bell. Its standard deviation is
# $\sqrt{2m/3}$ for $m$ layers, while the field grows like $2m+1$.
#
# **Predict.** After 20 layers the field has 41 samples. Which share of them counts for more than a
# twentieth of the middle one? After 80 layers?

# %% slideshow={"slide_type": "fragment"}
for m in (5, 20, 80):
    weights = np.ones(1)
    for _ in range(m):
        weights = np.convolve(weights, np.ones(3) / 3)
    share = np.mean(weights > weights.max() / 20)
    spread = np.sqrt(np.sum(weights * (np.arange(-m, m + 1) ** 2)))
    print(f"{m} layers: field {len(weights)}, spread {spread:.2f}, law {np.sqrt(2 * m / 3):.2f}, share {share:.0%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The field grows in proportion to $m$, what counts only with $\sqrt m$.
#
# Real layers have channels, random weights and ReLUs. There we measure: the **gradient** of one unit
# says, for each pixel, how much the unit changes when the pixel does (chapter 9, to come). We take 15
# layers of 3 by 3 with 8 channels, a piece of the photograph, and average over twenty draws of the
# weights.
#
# **Predict.** The field is 31 by 31. Is the picture flat, a bell, or a cross?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
if keras:
    view = tf.constant(photo[None, 80:121, 200:241, None] / 255.0, "float32")
    total, rng = np.zeros((41, 41)), np.random.default_rng(0)
    for _ in range(20):
        with tf.GradientTape() as tape:
            tape.watch(view)
            y = view
            for _ in range(15):
                shape = (3, 3, y.shape[-1], 8)  # weights of a size that keeps the level
                draw = rng.normal(0, np.sqrt(2 / (9 * shape[2])), shape).astype("float32")
                y = tf.nn.relu(tf.nn.conv2d(y, draw, 1, "SAME"))
            unit = tf.reduce_sum(y[0, 20, 20])
        one = np.abs(tape.gradient(unit, view).numpy()[0, ..., 0])
        total += one / one.sum()  # each draw counts equally

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
if keras:
    inside = total[5:36, 5:36]  # the field: 31 by 31
    assert np.isclose(total.sum(), inside.sum()), "outside, the gradient is 0"
    assert np.mean(inside > total.max() / 20) < 0.45
    print("under 45% of the field count for more than a twentieth of the middle")
    alt = "A blot in the middle of the dashed square of 31 by 31 pixels; its corners are white."
    plots.show(pictures.field_map(total, 31, "strength of the gradient"), alt)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "75, 37, 74: let them find the depth. The message comes from the join, the cause is a silent pooling above. 296 and 304 pass. Ask for remedies: pad, or crop."}
# ## 12 A shape that does not fit
#
# A network for segmentation halves its maps, doubles them again, and joins what comes back with what
# it kept. Images of 512 by 512 pass. Now it gets the photograph of a clock, 300 by 400.
#
# `Branches` runs two lists of layers side by side; the empty list is the map that was kept.
#
# **Predict.** Halve 300 three times, with floor, and double it again. At which depth do the two
# branches disagree?


# %% slideshow={"slide_type": "fragment"}
def hourglass(depth, filters=16):
    inner = [Conv(filters, 3, padding="same")]
    if depth:
        down = [Pool(2), *hourglass(depth - 1, 2 * filters), Upsample(2)]
        inner += [Branches(down, [], join="concatenate"), Conv(filters, 3, padding="same")]
    return inner

try:
    arithmetic.trace(hourglass(3), (*datasets.clock().x.shape, 1))
except ValueError as error:
    print(error)

# %% [markdown] slideshow={"slide_type": "subslide"}
# 75 becomes 37, and 37 becomes 74. The floor has dropped a row that nothing brings back. The message
# comes from the join; the cause lies further up, in a pooling that was silent. Read such errors
# backwards: which length was odd?
#
# **Predict.** Which heights from 290 to 310 pass? What would you do with the clock?

# %% slideshow={"slide_type": "fragment"}
def passes(height):
    try:
        return bool(arithmetic.trace(hourglass(3), (height, 400, 1)))
    except ValueError:
        return False

print([height for height in range(290, 311) if passes(height)])
padded = np.pad(datasets.clock().x, ((2, 2), (0, 0)), "reflect")  # two rows above and below
print(padded.shape, "gives", arithmetic.trace(hourglass(3), (*padded.shape, 1)).output_shape)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 13, "notes": "One vote per network. VGG16: fc1 has 74 per cent of the parameters and 0.7 of the MACs. MobileNet's depthwise layers have 3 per cent of its MACs; expect most. Short of time: skip LeNet and AlexNet."}
# ## 13 Famous networks, line by line
#
# Everything together. **LeNet-5** read digits of 32 by 32 pixels in the 1990s (here its third layer
# sees all maps). **AlexNet** (2012) begins with a kernel of 11 and stride 4, and was cut into two groups,
# for two graphics cards.
#
# **Predict.** LeNet's shape before its first dense layer? Which of its layers has most of the parameters,
# and which most of the MACs? For AlexNet: $\lfloor (227-11)/4 \rfloor + 1$? Its paper says that images have
# 224 pixels: which padding gives the same length?

# %% slideshow={"slide_type": "fragment"}
print(arithmetic.trace(networks.lenet5(), (32, 32, 1)), "\n")
print(arithmetic.trace(networks.alexnet(), (227, 227, 3)), "\n")
print("224 to 55, left + right:", list(arithmetic.paddings_for(224, 55, 11, stride=4)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **VGG16** (2014): thirteen layers of 3 by 3 and three dense ones.
#
# **Predict.** Where are its parameters: in the first layers, in the last convolutions, or in a dense
# layer? Where are its MACs? Where its memory?

# %% slideshow={"slide_type": "fragment"}
vgg = arithmetic.trace(networks.vgg16(), (224, 224, 3))
shares = [vgg["fc1"].parameters / vgg.parameters, vgg["fc1"].macs / vgg.macs]
print("fc1: {:.1%} of the parameters, {:.1%} of the MACs".format(*shares))
alt = f"Bars per layer: fc1 has {vgg['fc1'].parameters:,} parameters, conv1_2 {vgg['conv1_2'].macs:,} MACs."
plots.show(pictures.costs(vgg, kinds=("conv", "dense")), alt)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Three prices, three places: the parameters sit in one dense layer, the MACs in the convolutions, the
# memory in the first maps. Later networks put an average over all positions in the place of the dense
# layers.
#
# **Predict.** MobileNet splits each 3 by 3 layer into a depthwise and a 1 by 1 layer. In which of the two
# are its MACs? And of all three networks below, which has the most parameters, which the most MACs?

# %% slideshow={"slide_type": "fragment"}
mobile = arithmetic.trace(networks.mobilenet(), (224, 224, 3))
residual = arithmetic.trace(networks.resnet50(), (224, 224, 3))
for name, net in {"VGG16": vgg, "ResNet-50": residual, "MobileNet": mobile}.items():
    print(f"{name:10} {net.parameters:>11,} parameters {net.macs:>14,} MACs")
for kind in ("depthwise", "conv"):
    share = sum(row.macs for row in mobile.rows if row.kind == kind) / mobile.macs
    print(f"MobileNet, {kind}: {share:.1%} of its MACs")
if keras:  # trace also reads a model of Keras, branches and all
    theirs = arithmetic.trace(keras.applications.ResNet50(weights=None))
    print("ResNet50 of Keras:", f"{theirs.parameters:,} parameters, {theirs.macs:,} MACs")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 3, "notes": "Cover the right column. Which one shows far from its cause? The row dropped by a floor. Which one hides in most tests? Same taken for symmetric."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | the formula without floor | a fraction of a pixel |
# | $p$ counted on one side only | the length is $p/s$ too short |
# | "same" taken for "as long as the input" | with stride $s$ it is $\lceil n/s \rceil$ |
# | "same" taken for symmetric | even length, stride 2: all moved by one |
# | dilation counted from 0 | $d=1$ changes the ordinary kernel |
# | one bias for the layer, or one per position | there is one per output channel |
# | parameters taken for MACs | they do not depend on the image's size |
# | field without the jump | too small after the first stride |
# | field taken for what counts | its rim hardly matters |
# | a row dropped by a floor | branches differ by one where they join |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Ask for the formula and for what each of its three parts counts. Then for the two lines of the receptive field, in their order."}
# ## Summary
#
# | | |
# |---|---|
# | length | $\lfloor (n + 2p - d(k-1) - 1)/s \rfloor + 1$: a number of windows |
# | valid, half, full | $p = 0$, $\lfloor k/2 \rfloor$, $k-1$ |
# | same (Keras) | $\lceil n/s \rceil$ outputs; the odd sample on the right |
# | effective kernel | $d(k-1)+1$ |
# | backwards | $s$ neighbouring lengths give one output |
# | parameters | $k_h k_w C_\text{in} C_\text{out} / g + C_\text{out}$ with $g$ groups |
# | MACs | positions of the output times weights |
# | memory | values of the outputs, 4 bytes each |
# | receptive field | $r \leftarrow r + (k_e-1)j$, then $j \leftarrow j\,s$ |
# | effective field | a bell, as wide as the root of the depth |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "In class 2 and 5. In 2 the odd zero stands on the right: 1 and 2. In 5 early strides give 15, late ones 9. The others are homework."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** An image of 64 by 64, a kernel of 3 by 3, stride 2, no padding. How many rows come out, and how
# many are left unread? And with $p=1$?

# %% slideshow={"slide_type": "fragment"}
for p in (0, 1):
    setting = (64, 3, 2, p)
    unread = np.sum(arithmetic.usage(*setting) == 0)
    print(arithmetic.output_length(*setting), "rows,", unread, "unread")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** "same" with $n=10$, $k=4$, $s=3$: how many outputs, and how many zeros on each side?

# %% slideshow={"slide_type": "fragment"}
print(arithmetic.output_length(10, 4, 3, "same"), arithmetic.same_padding(10, 4, 3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** A layer with $k=5$, $s=3$, $p=2$ gave 7 outputs. How long was its input?

# %% slideshow={"slide_type": "fragment"}
print(list(arithmetic.inputs_for(7, kernel=5, stride=3, padding=2)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **4.** 64 channels in, 32 out, 3 by 3, four groups, with bias. How many parameters? How many MACs on a
# map of 10 by 10 with "same"?

# %% slideshow={"slide_type": "fragment"}
price = arithmetic.cost(Conv(32, 3, padding="same", groups=4), (10, 10, 64))
print(price.parameters, "=", 9 * 16 * 32, "+", 32, "and", price.macs, "MACs")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **5.** Three layers of 3 by 3, the first two with stride 2. How large is the field? What if the stride
# stands in the last two instead?

# %% slideshow={"slide_type": "fragment"}
for strides in ((2, 2, 1), (1, 2, 2)):
    print(strides, arithmetic.receptive_field([(3, s) for s in strides]).size)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 24 points; the questions add up to 170 minutes, pencil first. Question 9, there and back, prepares transposed convolutions, chapter 07."}
# ## Now you
#
# **Exercises:**
# [questions on this chapter](../exercises/05_convolution_arithmetic/05_convolution_arithmetic.ipynb).
# Each checks itself, names your mistake and gives hints.
#
# ### Further reading
#
# V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning*, arXiv 1603.07285. A.
# Araujo, W. Norris and J. Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill
# 2019. W. Luo and others, *Understanding the Effective Receptive Field in Deep Convolutional Neural
# Networks*, NeurIPS 2016. K. Simonyan and A. Zisserman, *Very Deep Convolutional Networks for
# Large-Scale Image Recognition*, 2015.
#
# **Before:** [4 · The layers of a network](04_cnn_layers_keras.ipynb). **Next:**
# [6 · Dilated convolutions](06_dilated_convolutions.ipynb).
