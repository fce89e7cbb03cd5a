# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "Vote: C, A, B is right. Leave it open until section 5. Ask first what white, blue and orange mean in the third picture."}
# # 2 · Image kernels
#
# **What does a 3 × 3 table of numbers do to a photograph?** It blurs it, sharpens it, or finds its
# edges. Only the nine numbers differ:
#
# $$A = \begin{bmatrix} 0 & -1 & 0 \\ -1 & 5 & -1 \\ 0 & -1 & 0 \end{bmatrix} \quad
# B = \begin{bmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{bmatrix} \quad
# C = \tfrac19 \begin{bmatrix} 1 & 1 & 1 \\ 1 & 1 & 1 \\ 1 & 1 & 1 \end{bmatrix}$$
#
# **Predict.** In the picture below, which of $A$, $B$, $C$ made the first, the second and the third
# answer? (In the third, white is zero, blue positive, orange negative.) Section 5 shows how to tell.

# %% [markdown] slideshow={"slide_type": "-"}
# **You will** compute pixels by hand, write the sliding loop in four ways, read a kernel before you
# run it, and derive the well-known ones. You will measure borders, noise and rounding, and make
# three libraries agree to the last digit.
#
# **You need** [chapter 1](01_convolution_1d.ipynb), and arrays with two axes.
#
# **Minutes** 90, in two sittings: sections 1 to 7, then the rest.

# %% slideshow={"slide_type": "skip"}
import cv2
import numpy as np
from convcourse import datasets, figures, kernels, ops, plots
from scipy import ndimage, signal
from skimage import exposure, filters

# %% slideshow={"slide_type": "-"}
camera = datasets.camera().x
head = camera[72:172, 202:302].astype(float)
pictures = {"x, a photograph": head}
for name, k in (("first", kernels.box()), ("second", kernels.sharpen()), ("third", kernels.sobel(1))):
    pictures[f"y, {name}"] = ops.correlate2d(head, k, "valid")  # section 3 writes it
fig = figures.gallery(pictures, signed=["y, third"], limit=500)
plots.show(fig, "A man with a camera; the same blurred; the same sharpened; its upright edges.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Ask where [0, 0] is: upper left, row first. For 100 columns apart expect a guess near zero; it is 0.43. Leave H, W, row, column on the board."}
# ## 1 An image is a table of numbers
#
# A grey image is a table $x$ with $H$ rows and $W$ columns. Its **pixel** $x[i, j]$ stands in row
# $i$, counted from the top, and column $j$, counted from the left, both from 0. Row comes first:
# that is not the order of a point $(x, y)$ in a graph. Our photograph stores each pixel as `uint8`,
# a whole number from 0 (black) to 255 (white). A colour photograph has three such tables, its
# **channels** red, green and blue.
#
# **Predict.** How alike are neighbours? As a correlation coefficient (1 is equal, 0 unrelated): for
# pixels 1 column apart, and for pixels 100 columns apart?

# %% slideshow={"slide_type": "fragment"}
print("camera", camera.shape, camera.dtype, "- coffee", datasets.coffee().x.shape)
for d in (1, 10, 100):
    alike = np.corrcoef(camera[:, :-d].ravel(), camera[:, d:].ravel())[0, 1]
    print(f"{d:3} columns apart: {alike:.2f}")

# %% slideshow={"slide_type": "fragment"}
few = camera[106:112, 266:274]
fig, (left, right) = plots.panels(1, 2, height=2.6, width_ratios=[1, 1.7])
ax = plots.image(left, camera[72:172, 202:302], "rows 72 to 171, columns 202 to 301")
ax.indicate_inset([63.5, 33.5, 8, 6], ec="white", alpha=1)
plots.image(right, few, "in the box: rows 106 to 111, columns 266 to 273")
plots.show(fig, f"A photograph, and 6 x 8 of its pixels as numbers from {few.min()} to {few.max()}.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Everybody computes y[0,0] on paper: 3.3. Expect a matrix product from some, and 36 places; there are 16. Short of time: skip the second window."}
# ## 2 One pixel by hand
#
# Neighbours are alike, because things are larger than a pixel. What is new, such as an edge, shows in how
# a pixel *differs* from its neighbours. So a small table over a small window can say much.
#
# Lay a kernel $w$ on a window of $x$, multiply what lies on top of each other, and add up. This is the upper
# left window of the image below:
#
# $$\begin{bmatrix} 0.4 & 0.2 & 1.0 \\ 0.7 & 0.1 & 0.2 \\ 0.7 & 0.3 & 1.0 \end{bmatrix}
# \quad\text{under}\quad
# w = \begin{bmatrix} 1 & 0 & 1 \\ 0 & 2 & 0 \\ 1 & 0 & 1 \end{bmatrix}$$
#
# $$\begin{aligned} y[0,0] = {} & 0.4\cdot1 + 0.2\cdot0 + 1.0\cdot1 \\
# {} + {} & 0.7\cdot0 + 0.1\cdot2 + 0.2\cdot0 \\ {} + {} & 0.7\cdot1 + 0.3\cdot0 + 1.0\cdot1 \end{aligned}$$
#
# **Predict.** What is the sum? Then the kernel moves on: to the right by one column, and at the end of a row
# to the next row. How many places has it in an image of 6 × 6?

# %% slideshow={"slide_type": "fragment"}
x = np.array([[4, 2, 10, 3, 5, 1], [7, 1, 2, 9, 0, 6], [7, 3, 10, 2, 8, 4]]) / 10
x = np.vstack([x, np.array([[2, 8, 5, 6, 1, 9], [9, 0, 4, 7, 3, 2], [1, 6, 8, 0, 10, 5]]) / 10])
w = np.array([[1, 0, 1], [0, 2, 0], [1, 0, 1]])
y = ops.correlate2d(x, w, "valid")
fig = figures.window(x, w, 0, 0)
plots.show(fig, f"x, 6 x 6; w, 3 x 3; the output, {len(y)} x {len(y)}, begins with {y[0, 0]:.1f}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Four places along each axis: $6-3+1$. The sums, in the order of their windows, form a new image $y$:
# the **feature map**. The kernel moved by one pixel at a time, along rows and along columns: its
# **stride** is 1 (chapter 5 takes longer steps). Change the last two arguments of `figures.window`, and
# check other pixels.
#
# A second window, from a photograph, under the nine equal weights of $C$:
#
# $$\begin{bmatrix} 93 & 139 & 101 \\ 26 & 252 & 196 \\ 135 & 230 & 18 \end{bmatrix}$$
#
# **Predict.** Nine weights of $\tfrac19$: what do they compute? What becomes of the bright pixel in the
# middle? And: one reads that to multiply element by element and add is "not the dot product". Is that so?

# %% slideshow={"slide_type": "fragment"}
patch = np.array([[93, 139, 101], [26, 252, 196], [135, 230, 18]])
print("by hand", (93 + 139 + 101 + 26 + 252 + 196 + 135 + 230 + 18) / 9, "- mean", patch.mean())
print("dot product of the nine weights and the nine pixels", patch.ravel() @ np.full(9, 1 / 9))
print("matrix product, another thing:", (patch @ np.full((3, 3), 1 / 9)).round(1).tolist()[0])

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 14, "notes": "Let them fill in the square: 5 at corners, 3 at sides, 0 in the middle. Expect 8 in the middle. Name the letter of each loop. Short of time: show the four loops and einsum only."}
# ## 3 The sliding loop
#
# The bright pixel of 252 sinks to the mean, 132 in whole numbers. And the sum *is* the dot product, of the two
# tables read out as lists. As a formula, for a kernel of $k_h$ rows and $k_w$ columns:
#
# $$y[i,j] = \sum_{a=0}^{k_h-1}\ \sum_{b=0}^{k_w-1} w[a,b]\; x[i+a,\, j+b]$$
#
# - $i, j$ name a place of the *output*; $a, b$ a place in the kernel.
# - The output has $H-k_h+1$ rows and $W-k_w+1$ columns: full overlap only, `"valid"`.
# - The kernel lies as it is. That is **cross-correlation**, and we call the functions `correlate`.
#   What changes if we flip the kernel is the matter of chapter 3.
#
# One loop for each letter: four.
#
# **Predict.** A white square of 3 × 3 ones on black, 5 × 5 in all, under the kernel of eight $-1$ around
# an 8. What comes out in the middle, at the sides, at the corners?

# %% slideshow={"slide_type": "fragment"}
def four_loops(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for a in range(w.shape[0]):
                for b in range(w.shape[1]):
                    y[i, j] += w[a, b] * x[i + a, j + b]
    return y

square = np.pad(np.ones((3, 3)), 1)
around = kernels.outline()
print(around, four_loops(square, around), sep="\n")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The middle is 0: there, all nine pixels are equal. At a side three neighbours are black, at a corner
# five. (Kernels need not be square, nor odd. An odd one has a pixel in its middle; where the middle of an
# even one lies is a convention: chapter 3.)
#
# Now we replace loops by whole arrays, from the inside out. The two inner loops are one product of
# small arrays. Then `sliding_window_view` shows all windows at once, as an array with *four* axes,
# $[i, j, a, b]$; it copies nothing. Last, `einsum` says which axes to multiply and add: a letter that
# is missing behind the arrow is summed over. Read `"ijab,ab->ij"` beside the formula. `ops.correlate2d` does
# this for small work, and takes shortcuts for large work.
#
# **Predict.** What shape do the windows of our $6 \times 6$ image have?

# %% slideshow={"slide_type": "fragment"}
def two_loops(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(x[i : i + w.shape[0], j : j + w.shape[1]] * w)
    return y

def by_windows(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.sum(windows * w, axis=(2, 3))

def by_einsum(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("ijab,ab->ij", windows, w)

# %% slideshow={"slide_type": "fragment"}
views = np.lib.stride_tricks.sliding_window_view(x, w.shape)
print("windows", views.shape, "- share the memory of x:", np.shares_memory(views, x))
rng = np.random.default_rng(0)
for shape, size in (((6, 6), (3, 3)), ((9, 7), (2, 5)), ((5, 8), (4, 1)), ((3, 3), (3, 3))):
    x_any, w_any = rng.normal(size=shape), rng.normal(size=size)
    truth = signal.correlate2d(x_any, w_any, "valid")
    for run in (four_loops, two_loops, by_windows, by_einsum):
        assert np.allclose(run(x_any, w_any), truth)
    assert np.allclose(ops.correlate2d(x_any, w_any, "valid"), truth)
print("four of ours, ops.correlate2d and SciPy agree")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Point with the hand: left edge of the gap blue, right edge orange; for the coat the other way round. Expect that a negative answer is taken for no edge. Ask why the lawn has specks."}
# ## 4 Edges have a sign
#
# In chapter 1 the kernel was the pattern that we look for. Here is the pattern "dark on the left, bright
# on the right", three rows of it:
#
# $$w = \begin{bmatrix} -1 & 0 & 1 \\ -1 & 0 & 1 \\ -1 & 0 & 1 \end{bmatrix}$$
#
# It answers with the right column minus the left one. We try it where a dark coat falls over a bright lawn.
# Between its two halves there is a gap.
#
# **Predict.** Which sign does the left edge of the bright gap give, which its right edge? And the right edge of
# the dark coat? What will the lawn look like?

# %% slideshow={"slide_type": "fragment"}
coat = camera[380:500, 60:180].astype(float)
y = ops.correlate2d(coat, np.array([[-1, 0, 1]] * 3), "valid")
fig = figures.gallery({"x": coat, "y": y}, signed=["y"], limit=200, height=2.8, width=6.4)
gap = f"{y[100, 20:50].max():.0f}, at its right edge {y[100, 50:90].min():.0f}"
plots.show(fig, f"Left: a coat with a gap. Right: at the gap's left edge {gap}; specks on the lawn.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The left edge of the gap matches the pattern: positive, blue. Its right edge is the opposite of the pattern:
# negative, orange. For a dark thing it is the other way round. A negative answer is as much of an edge as a
# positive one. Nobody told the kernel what a coat is; each blade of the lawn is a small edge, too.
#
# So the map says where the image resembles the kernel, where it resembles its negative, and how strong the
# contrast is: a brighter lawn would answer more, though it would be no better match. The kernel compares left
# with right, so it finds *upright* edges. Turned by a quarter it finds level ones.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 12, "notes": "Fill three columns on the board: sum, sign, symmetry. Traps: Sobel on the ramp gives 80; the plus divided by 5 leaves the chessboard at -0.6. Then settle the vote of the first page."}
# ## 5 Read a kernel: sum, sign, symmetry
#
# **Sum.** On a constant image, $x = c$, the answer is $c \sum w$. Sum 1 keeps the brightness. Sum 0 answers only
# to change.
#
# **Sign.** Weights without a minus average: with sum 1 no answer leaves the range of the pixels. A minus
# compares; then answers may lie below 0 and above 255.
#
# **Symmetry.** Turn the kernel by 180°. If it stays the same (*even*), it prefers no side; with sum 1, a
# slope comes out unchanged. If it becomes its negative (*odd*), its sum is 0, and it measures a slope.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict** two answers of each: where all pixels are 100; and on a ramp that rises by 10 per column, where
# the middle pixel is 100.
#
# The identity, a lone 1 among zeros; $C$, the box; $A$, sharpen; $B$, Sobel (called `sobel_x`: it compares
# from column to column); and
#
# $$\begin{bmatrix} 0 & 1 & 0 \\ 1 & -4 & 1 \\ 0 & 1 & 0 \end{bmatrix} \text{ (Laplacian)} \qquad
# \begin{bmatrix} -2 & -1 & 0 \\ -1 & 1 & 1 \\ 0 & 1 & 2 \end{bmatrix} \text{ (emboss)}$$

# %% slideshow={"slide_type": "fragment"}
flat, ramp = np.full((3, 3), 100), np.tile([90, 100, 110], (3, 1))
for name in ("identity", "box3", "sharpen", "sobel_x", "laplacian4", "emboss"):
    k = kernels.bank()[name]
    even, odd = (np.array_equal(np.flip(k), s * k) for s in (1, -1))
    print(f"{name:10} even {even!s:5} odd {odd!s:5} flat {np.sum(k * flat):3.0f}, ramp {np.sum(k * ramp):3.0f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# That answers the question of the first page: $C$ blurs, $A$ sharpens, $B$ finds upright edges.
#
# Here is a kernel that is published as "Gaussian blur":
#
# $$\begin{bmatrix} 0 & 1 & 0 \\ 1 & 1 & 1 \\ 0 & 1 & 0 \end{bmatrix}$$
#
# **Predict.** The photograph has the mean 129. What is the mean of the answer? What share of it is above
# white, 255? Somebody divides by 5. Is it a good blur now? Test it on the finest pattern of all, a
# chessboard of single pixels, $+1$ and $-1$: a good blur removes it.

# %% slideshow={"slide_type": "fragment"}
y = ops.correlate2d(camera, kernels.plus(), "same", "symmetric")
print(f"mean {camera.mean():.0f} -> {y.mean():.0f}; above white: {np.mean(y > 255):.0%}")
board = np.where(np.indices((3, 3)).sum(0) % 2, -1, 1)  # 1 in the middle
for name, total in (("plus", 5), ("box3", 1), ("binomial3", 1)):
    print(f"{name:9} leaves {np.sum(kernels.bank()[name] / total * board):5.2f} of it")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 15, "notes": "In the laboratory move the cursor across an edge. With sobel_x tick flip w: only the sign changes. Choose clamp: edges of one sign vanish. Short of time: my_kernel is homework."}
# ## 6 A bank of kernels
#
# *What section 5 showed:* undivided, the plus turns nearly three quarters of the picture white. Divided by 5 it keeps the level, but
# the chessboard comes back with its colours *exchanged*: one pixel against four of the other colour,
# $(1-4)/5$. Only the **binomial** kernel removes it. It is the smallest one that deserves the name Gaussian
# (section 9):
#
# $$\tfrac1{16}\begin{bmatrix} 1 & 2 & 1 \\ 2 & 4 & 2 \\ 1 & 2 & 1 \end{bmatrix}$$
#
# Now twelve well-known kernels (`_x` compares from column to column, `_y` from row to row). Cover the pictures.
#
# **Predict** each from its numbers. Does it keep the level (sum 1, drawn in grey) or remove it (sum 0, in
# signs)? Average or compare? Along which axis? What do the Laplacians answer on a slope, what along an edge?
# Which side of things does emboss light up?

# %% slideshow={"slide_type": "fragment"}
for names in ("identity, box3, binomial3, sharpen, emboss, box7",
              "laplacian4, laplacian8, sobel_x, sobel_y, prewitt_x, scharr_x"):
    some = {name: kernels.bank()[name] for name in names.split(", ")}
    plots.show(figures.bank(head, some), "Six kernels with their answers. Sums of the weights: "
               + ", ".join(f"{name} {k.sum():.0f}" for name, k in some.items()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The Laplacians ask whether a pixel differs from the mean of its neighbours: 0 on a slope, and a pair of
# signs along an edge, one on either side. Emboss is the identity plus an odd kernel: the level stays, and edges
# that get brighter towards the lower right are lit.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The laboratory
#
# Move the cursor over the photograph: below it are its numbers, in the middle the products, and under
# all the whole sum. Type other weights, or choose a kernel. **Predict** before each change: `box3` with
# its middle set to 0; Sobel with *flip w* ticked; `wrap` at the left rim; `sobel_x` shown *clamp*: what
# is lost?

# %% slideshow={"slide_type": "fragment"}
figures.kernel_lab("camera", "sobel_x", row=37, column=52)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Change it yourself
#
# The cell below holds `my_kernel`. **Predict** before each run: a 9 × 9 box; a row of nine; all zeros but a
# 1 in a corner; Sobel times $-1$; a kernel for edges along a diagonal; nine random numbers.

# %% slideshow={"slide_type": "fragment"}
my_kernel = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]])

mine = {"my kernel": my_kernel, "turned by 180°": my_kernel[::-1, ::-1]}
fig = figures.bank(head, mine, cols=2, height=4, width=4.5)
plots.show(fig, f"Your kernel with sum {my_kernel.sum():g}, and the same turned: signs change places.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "Vote for best and worst. Edge errs least on three photographs, wrap on the brick; zeros are worst on all. Ask what a kernel of sum 0 makes of zeros: an edge all around."}
# ## 7 Borders
#
# A valid map is smaller than the image. To keep the size, the kernel must hang over the border, and
# something must be made up there. Chapter 1 had five ways; in an image they work along both axes. Here
# we can measure which is right: cut a piece out of a larger photograph, filter it with each border, and
# compare with the filtered *whole*, which used the true pixels.
#
# **Predict.** For a mean over 21 × 21 and four photographs: which border errs least, which most? Is it
# the same for all?

# %% slideshow={"slide_type": "fragment"}
def border_error(photo, w, border):
    truth = ops.correlate2d(photo, w, "same")
    weights_inside = ops.correlate2d(np.ones((128, 128)), np.ones(w.shape), "same")
    frame, wrong = weights_inside < w.size - 0.5, []
    for i, j in 32 + 128 * np.argwhere(np.ones((3, 3))):  # nine pieces of 128 x 128
        cut = slice(i, i + 128), slice(j, j + 128)
        wrong.append((ops.correlate2d(photo[cut], w, "same", border) - truth[cut])[frame])
    return np.sqrt(np.mean(np.square(wrong)))  # root of the mean square, grey levels


for name in ("camera", "brick", "grass", "gravel"):
    photo = datasets.load(name).x.astype(float)
    errors = {b: border_error(photo, kernels.box(21), b) for b in ops.PAD_MODES}
    print(f"{name:7}", *(f"{border} {e:4.1f}" for border, e in errors.items()))

# %% slideshow={"slide_type": "fragment"}
cut = slice(160, 288), slice(150, 278)
mean21, photo = kernels.box(21), camera.astype(float)
truth, frames = ops.correlate2d(photo, mean21, "same")[cut], {}
for border in ("constant", "wrap", "edge"):
    frames[f"error, {border}"] = ops.correlate2d(photo[cut], mean21, "same", border) - truth
fig = figures.gallery({"the true blur": truth, **frames}, signed=frames, limit=100)
worst = "{:.0f} with zeros, {:.0f} wrapped, {:.0f} with the edge".format(
    *(np.abs(error).max() for error in frames.values())
)
plots.show(fig, f"The true blur, and errors in a frame around it: at most {worst}.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Zeros are black, and a photograph is seldom black where it ends. To repeat or mirror the last pixels
# errs little, since what comes next resembles what is there. Wrapping brings the lawn to the sky; but the
# brick wall goes on as it began, and there wrapping errs least. A border is a claim, in images, too.
# (Networks pad with zeros nevertheless: it is simple, and they learn with it.)
#
# To a kernel with sum 0, a border of zeros is worse: an *edge* all around the picture. (Question 5 at the end.)

# %% [markdown] slideshow={"slide_type": "slide", "lecture": 2, "minutes": 20, "notes": "In uint8, 10 - 20 is 246, in silence. Sobel's step: SciPy 248, OpenCV 255, truth 760. Of the white bar one edge survives. Short of time: stop after the four ways to show a map."}
# ## 8 A pixel is not a real number
#
# A `uint8` holds 0 to 255. What are $250 + 10$ and $10 - 20$? NumPy **wraps**: after 255 it goes
# on at 0, like a clock. Other libraries **clip**: they stop at 255. Neither says a word.
#
# The kernel with three rows $\begin{bmatrix} 1 & 0 & -1 \end{bmatrix}$ is published with
# `cv2.filter2D(image, -1, kernel)`, which "emphasizes the vertical edges". Here $-1$ means: return
# the type of the image.
#
# **Predict.** (a) Sobel at a step from 10 to 200: the true answer is $4 \cdot 190$. What do SciPy and
# OpenCV return for `uint8`? (b) SciPy slides the plus of section 5 over the `uint8` photograph: which share of the
# answers is wrong? (c) How many edges of a white bar survive the published call? (d) Which share of the clear
# edges of the photograph (beyond $\pm 50$)?

# %% slideshow={"slide_type": "fragment"}
print("wrapped", np.uint8([250]) + np.uint8([10]), np.uint8([10]) - np.uint8([20]))
step = np.uint8([[10, 10, 200, 200]] * 3)
print("SciPy ", ndimage.sobel(step, axis=1)[1], "OpenCV", cv2.Sobel(step, -1, 1, 0)[1])
print("float ", ndimage.sobel(step.astype(float), axis=1)[1])
plus, true = kernels.plus(), ops.correlate2d(camera, kernels.plus(), "same", "symmetric")
print(f"the plus: {np.mean(ndimage.correlate(camera, plus) != true):.0%} of the answers are wrong")

# %% slideshow={"slide_type": "fragment"}
published = np.array([[1, 0, -1]] * 3)
bar = np.uint8([[0, 0, 0, 200, 200, 200, 0, 0, 0]] * 3)
for depth in (-1, cv2.CV_64F):
    print(f"{cv2.filter2D(bar, depth, published)[1]}")
answers = cv2.filter2D(camera, cv2.CV_64F, published)
lost = np.mean(answers[np.abs(answers) > 50] < 0)
print(f"{np.mean(answers < 0):.0%} of all answers are negative; {lost:.0%} of clear edges lost")

# %% [markdown] slideshow={"slide_type": "subslide"}
# All edges of one sign are gone, half of the whole. So: **calculate in floating point, and decide at
# the end how to show it.** A kernel tells its range beforehand: from 255 times the sum of its negative
# weights to 255 times the sum of its positive ones.
#
# A map with two signs can be shown in four ways: *clip* it; take the *magnitude*; *rescale* it, its
# smallest value black and its largest white; or give *zero a fixed colour*.
#
# **Predict.** Which of the four loses edges? Which loses their direction? In which does the grey that
# means "no edge" change from picture to picture?

# %% slideshow={"slide_type": "fragment"}
y = ops.correlate2d(head, kernels.sobel(1), "valid")
shown = {"clipped": y, "magnitude": np.abs(y), "rescaled": (y - y.min()) / np.ptp(y) * 255}
fig = figures.gallery({**shown, "zero fixed": y}, signed=["zero fixed"], limit=500)
zero = f"Clipped: half of the edges. Rescaled: no edge is grey {-y.min() / np.ptp(y) * 255:.0f}."
plots.show(fig, f"{zero} Magnitude: all edges, no sign. Zero fixed: both signs, on white.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Clipping loses half of the edges, the magnitude their direction. Rescaled, the grey of "no edge" depends on the
# extremes of the picture. So we draw signed maps with zero fixed.
#
# ### When do two programs agree?
#
# An often copied program blurs in a loop, then compares with `cv2.filter2D` by eye: "our output
# matches". Its border repeats the edge. It ends with `rescale_intensity(output, in_range=(0, 255))`, to
# "bring the output back into the range", and with `(output * 255).astype("uint8")`.
#
# **Predict.** (a) For a mean over 7 × 7, which share of pixels is really equal? (b) Two small changes
# make all equal. Which? (c) Does this rescaling rescale? What becomes of a Laplacian?

# %% slideshow={"slide_type": "fragment"}
def copied(border, to_whole):
    sums = ops.correlate2d(camera, np.ones((7, 7), int), "same", border)
    return to_whole(sums / 49).astype("uint8")


theirs = cv2.filter2D(camera, -1, np.full((7, 7), 1 / 49)).astype(int)
for border, to_whole in (("edge", np.trunc), ("edge", np.rint), ("reflect", np.rint)):
    off = np.abs(copied(border, to_whole) - theirs)
    everywhere, inside = np.mean(off == 0), np.mean(off[3:-3, 3:-3] == 0)
    print(f"{border:7} {to_whole.__name__:5} equal inside {inside:.1%}, "
          f"everywhere {everywhere:.1%}; largest difference {off.max()}")

# %% slideshow={"slide_type": "fragment"}
for name, k in {"A, sharpen": kernels.sharpen(), "Laplacian": kernels.laplacian()}.items():
    y = ops.correlate2d(camera, k, "same", "edge").astype(float)
    rescaled = exposure.rescale_intensity(y, in_range=(0, 255))
    assert np.array_equal(rescaled, np.clip(y, 0, 255) / 255)
    print(f"{name:10} clipped below 0: {np.mean(y < 0):.1%}, above 255: {np.mean(y > 255):.1%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# `astype` drops what follows the point; OpenCV rounds: half of the pixels differ by 1. And OpenCV's
# border mirrors without repeating the edge. With both mended, every pixel is equal. The
# "rescaling" only clips: that is where the negative half of the Laplacian went.
#
# **Predict.** In floating point and with one border, which of these return *exactly* what we
# return for Sobel: SciPy's `correlate`, its `sobel`, OpenCV, scikit-image? What may differ?

# %% slideshow={"slide_type": "fragment"}
ours = ops.correlate2d(photo, kernels.sobel(1), "same", "reflect")
theirs = {"SciPy correlate": ndimage.correlate(photo, kernels.sobel(1), mode="mirror")}
theirs["SciPy sobel"] = ndimage.sobel(photo, axis=1, mode="mirror")
theirs["OpenCV"] = cv2.Sobel(camera, cv2.CV_64F, 1, 0)
theirs["scikit-image"] = filters.sobel(photo, axis=1, mode="mirror")
for name, y in theirs.items():
    scale = next((s for s in (1, 4, -1, -4) if np.array_equal(s * y, ours)), "no number")
    print(f"{name:15} is ours after multiplying by {scale}")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 7, "notes": "1 4 6 4 1 has sigma 1. For 3, then 4, expect 7: variances add, so it is 5. Draw the right triangle with sides 3, 4, 5."}
# ## 9 Smoothing: from two equal weights to a bell
#
# *What section 8 showed:* with one rounding and one border all agree, to the last bit. Only scikit-image
# divides Sobel by 4, so that a step of 1 answers 1.
#
# The mean of two neighbours has the weights $[1, 1]/2$. Taken twice: $[1, 2, 1]/4$. Taken $n$
# times: row $n$ of Pascal's triangle by $2^n$. It comes ever closer to a bell, the
# **Gaussian** $e^{-t^2/2\sigma^2}$ divided by its sum. Its spread $\sigma$ is in pixels. Two equal
# weights have $\sigma^2 = \tfrac14$ (each lies half a pixel from their middle), and **where kernels
# are chained, their $\sigma^2$ add up**.
#
# In an image, a weight is the product of a row's and a column's.
#
# **Predict.** Which $\sigma$ has $[1, 4, 6, 4, 1]/16$? We blur with $\sigma = 3$, then with 4: which
# single $\sigma$ does the same?

# %% slideshow={"slide_type": "fragment"}
row, t = np.array([1.0]), np.arange(-2, 3)
for _ in range(4):
    row = np.convolve(row, [0.5, 0.5])
print("binomial", row, "variance", row @ t**2)
print("Gaussian", np.exp(-(t**2) / 2) / np.exp(-(t**2) / 2).sum(), "of sigma 1")
twice = ndimage.gaussian_filter(ndimage.gaussian_filter(photo, 3), 4)
off = np.abs(twice - ndimage.gaussian_filter(photo, 5))[40:-40, 40:-40].max()
print(f"3, then 4, against 5: at most {off:.2f} grey levels apart")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 9, "notes": "Add and subtract the Taylor sums on the board; let terms cancel. For t cubed the bend is exact, the slope is not. Divide Sobel by 8 for a slope. Short of time: skip LoG."}
# ## 10 Differences: kernels from a formula
#
# Let $f$ be a smooth curve, with the derivatives $f', f'', f^{(3)}, f^{(4)}$ at $t$. Taylor's formula
# gives its neighbours:
#
# $$f(t \pm 1) = f \pm f' + \tfrac12 f'' \pm \tfrac16 f^{(3)} + \tfrac1{24} f^{(4)} \pm \dots$$
#
# Subtract the two, and every second term vanishes; add them, and the others do:
#
# $$\tfrac12\big(f(t{+}1) - f(t{-}1)\big) = f' + \tfrac16 f^{(3)} + \dots$$
# $$f(t{+}1) - 2f(t) + f(t{-}1) = f'' + \tfrac1{12} f^{(4)} + \dots$$
#
# So $[-1, 0, 1]/2$ measures the slope, and $[1, -2, 1]$ how fast the slope changes, the *bend*.
#
# **Predict.** Which of the two are exact for $t$, $t^2$, $t^3$, $t^4$? How large are the errors?

# %% slideshow={"slide_type": "fragment"}
t = np.arange(1.0, 6)
for n in (1, 2, 3, 4):
    slope = np.correlate(t**n, [-0.5, 0, 0.5], "valid") - (n * t ** (n - 1))[1:-1]
    bend = np.correlate(t**n, [1, -2, 1], "valid") - (n * (n - 1) * t ** (n - 2))[1:-1]
    print(f"t^{n}: error of the slope {slope}, of the bend {bend.round(9) + 0}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The errors are the first terms that we left out: $\tfrac16 f^{(3)}$ is 1 for $t^3$ and $4t$ for
# $t^4$, where $\tfrac1{12} f^{(4)}$ is 2.
#
# A difference follows every speck of noise. So we take it along one axis, and *smooth along the other*.
# The table of products of a smoothing column and a difference row is a kernel:
#
# $$\begin{bmatrix} 1 \\ 2 \\ 1 \end{bmatrix} \begin{bmatrix} -1 & 0 & 1 \end{bmatrix} =
# \begin{bmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{bmatrix} \quad \text{(Sobel)}$$
#
# The **Laplacian** adds the bends along both axes.
#
# **Predict.** By what must we divide Sobel to get the slope in grey levels per pixel? Which columns make
# Prewitt and Scharr (section 6)? Which single kernel is a binomial blur (times 16), then a Laplacian? It is
# called LoG, Laplacian of Gaussian, and finds spots.

# %% slideshow={"slide_type": "fragment"}
columns = {kernels.sobel: [1, 2, 1], kernels.prewitt: [1, 1, 1], kernels.scharr: [3, 10, 3]}
for make, column in columns.items():
    assert np.array_equal(np.outer(column, [-1, 0, 1]), make(axis=1))
bend = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]])
assert np.array_equal(bend + bend.T, kernels.laplacian(4))
on_slope, on_step = (np.sum(kernels.sobel(1) * row) for row in ([0, 1, 2], [0, 0, 1]))
print("Sobel on a slope of 1:", on_slope, "- on a step of 1:", on_step)
print(ops.correlate2d(kernels.laplacian(4), np.outer([1, 2, 1], [1, 2, 1])))

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "On the left side the arrow points right, into the white: 0 degrees. Expect it drawn along the edge. Largest at the corners, 4.24 against 4: both slopes answer there."}
# ## 11 The gradient: how steep, and which way?
#
# Let $g_0$ be the slope downwards (Sobel along axis 0, divided by 8) and $g_1$ the slope to the right (along
# axis 1). Together they are the **gradient**: an arrow to where the image gets brighter fastest.
#
# $$\text{magnitude } \sqrt{g_0^2 + g_1^2} \qquad \text{direction } \operatorname{atan2}(g_0, g_1)$$
#
# The direction is an angle from the right; rows count downwards, so 90° points *down*. An edge runs
# across its arrow. The magnitude has no sign: it is what most people call an edge map.
#
# **Predict.** A white square on black. Which way does the arrow point on its left side? Is the
# magnitude largest along the sides, or at the corners?

# %% slideshow={"slide_type": "fragment"}
square = np.pad(np.ones((5, 5)), 3)
g0, g1 = (ops.correlate2d(square, kernels.sobel(axis), "same") for axis in (0, 1))
size, angle = np.hypot(g0, g1), np.degrees(np.arctan2(g0, g1))
print(f"left side, row 5, column 3: magnitude {size[5, 3]:g}, direction {angle[5, 3]:g}°")
print(f"largest {size.max():.4f} at", np.argwhere(np.isclose(size, size.max())).tolist())

# %% slideshow={"slide_type": "fragment"}
g0, g1 = (ops.correlate2d(head, kernels.sobel(axis) / 8, "valid") for axis in (0, 1))
fig = figures.arrows(head[1:-1, 1:-1], g0, g1)
steepest = np.hypot(g0, g1).max()
plots.show(fig, f"Arrows across all edges point to the bright side, up to {steepest:.0f} per pixel.")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "The step by hand: 100 100 0 300 200 200. Expect that more helps more: the error is smallest at amount 1, and at 4 larger than without any."}
# ## 12 Sharpening
#
# *What section 11 showed:* along a side one slope answers, with 4; at a corner both do, with 3 each, and
# $\sqrt{3^2+3^2}$ is the largest. (There, Sobel was not divided by 8.)
#
# Take a smooth version $\bar x$ away from an image. What is left, $x - \bar x$, is *detail*. Add it
# once more, $a$ times. As a kernel:
#
# $$x + a\,(x - \bar x) \qquad \delta + a\,(\delta - w),$$
#
# where $\delta$ is the identity and $w$ does the smoothing. This is **unsharp masking**, from the
# darkroom: the blurred picture was the mask. In our kernel $A$ the detail is minus the Laplacian.
#
# **Predict.** What does $A$ make of a step 100, 100, 100, 200, 200, 200? We blur a photograph and add
# a little noise. Does sharpening bring it nearer to the original? Does more help more?

# %% slideshow={"slide_type": "fragment"}
assert np.array_equal(kernels.identity() - kernels.laplacian(), kernels.sharpen())
edge = np.tile([100, 100, 100, 200, 200, 200], (3, 1))
print("step:", ops.correlate2d(edge, kernels.sharpen(), "same", "edge")[1])
bad = datasets.degraded("camera", blur=1.5, noise=0.01)  # x is degraded, y true
for amount in (0, 0.5, 1, 2, 4):
    mask = kernels.unsharp(kernels.gaussian(1.5), amount)
    off = ops.correlate2d(bad.x, mask, "same", "symmetric") - bad.y
    print(f"amount {amount}: error {255 * np.sqrt(np.mean(off**2)):.2f} grey levels")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Box 0.33, sharpen 5.4, Sobel 3.5. Expect sums of weights instead of squares. The best sigma here is near 1.2; ask what a cleaner photograph would want."}
# ## 13 Noise
#
# *What section 12 showed:* the step overshoots, with a darker and a brighter line along the edge. That looks crisp. A moderate
# amount brings back some of what the blur had weakened; too much costs more than it gives. Noise is detail, too.
#
# Chapter 1 found the law: independent noise of variance $\sigma^2$ leaves a kernel with the variance
# $\sigma^2 \sum w^2$. Now the sum runs over the whole table.
#
# **Predict** by how much the *spread* of noise, the root of its variance, is multiplied: by $C$ (nine
# times $\tfrac19$), by $A$ (a 5 and four times $-1$), by Sobel. Then we blur a photograph with strong
# noise. Does more blur always bring it nearer to the original?

# %% slideshow={"slide_type": "fragment"}
noise = np.random.default_rng(1).uniform(size=(400, 400))
some = {"C, box": kernels.box(), "Gaussian, 1": kernels.gaussian(1, 5)}
some |= {"A, sharpen": kernels.sharpen(), "B, Sobel": kernels.sobel(1)}
for name, k in some.items():
    spread = ops.correlate2d(noise, k, "valid").std() / noise.std()
    print(f"{name:11} root of the sum {np.sqrt(np.sum(k**2)):.3f}, measured {spread:.3f}")

noisy = datasets.degraded("camera", blur=0, noise=0.1)
for sigma in (0.4, 0.8, 1.2, 2, 4):
    off = ndimage.gaussian_filter(noisy.x, sigma) - noisy.y
    print(f"sigma {sigma}: error {255 * np.sqrt(np.mean(off**2)):.1f} grey levels")

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 6, "notes": "Ask which rows are multiples of one row: box and Sobel. Expect plus and Laplacian among them; they have rank 2. The point is 42 products for 441."}
# ## 14 Separable kernels
#
# *What section 13 showed:* a larger blur leaves less noise, and less photograph: the best lies in between, and depends on both. The edge
# kernels make noise *larger*.
#
# Sobel and the Gaussian are a column times a row. Then we may slide the column first and the row
# after it: for $k \times k$ weights that is $2k$ products per pixel, not $k^2$.
#
# Which kernels can do this? Those whose rows are all multiples of *one* row: their **rank** is 1.
# Every table is a sum of such products,
#
# $$w = s_1 u_1 v_1^\top + s_2 u_2 v_2^\top + \dots, \qquad s_1 \ge s_2 \ge \dots \ge 0,$$
#
# of columns $u$ and rows $v^\top$ of length 1. NumPy's `svd` finds them. The rank counts the
# $s$ above 0.
#
# **Predict** the ranks of box, Sobel, plus, Laplacian, sharpen, emboss, and a diagonal line.

# %% slideshow={"slide_type": "fragment"}
for name in ("box3", "sobel_x", "plus", "laplacian4", "sharpen", "emboss", "motion"):
    s = np.linalg.svd(kernels.bank()[name], compute_uv=False).round(9)
    share = s[0] ** 2 / np.sum(s**2)
    print(f"{name:10} rank {np.sum(s > 0)}, first product {share:6.1%}, s = {s.round(3) + 0}")

# %% slideshow={"slide_type": "fragment"}
big = kernels.gaussian(3, 21)
column, row = kernels.separate(big)
passes = ops.correlate2d(ops.correlate2d(photo, column[:, None], "valid"), row[None], "valid")
same = np.allclose(passes, ops.correlate2d(photo, big, "valid"))
print(big.size, "products or", len(column) + len(row), "- the same result:", same)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 5, "notes": "0 degrees answers most, to the upright joints. Then sort true from not true: cells of the cortex do not share weights. Drop this slide first when short of time."}
# ## 15 What has this to do with vision?
#
# *What section 14 showed:* "first product" is the share of $\sum w^2$ that the best column and row can hold: for emboss little more
# than half. Rank 2 or 3 is two or three pairs of passes, which still pays for large kernels. (A *separable
# convolution* in a network separates channels, which is another thing: chapter 8.)
#
# In 1959 D. Hubel and T. Wiesel described cells in the visual cortex of cats that answer to an edge or
# a bar at *one* place and at *one* angle. That place is the cell's **receptive field**. A **Gabor**
# kernel describes it well: a wave under a Gaussian.
#
# **Predict.** Four Gabor kernels, 45° apart, over a brick wall. Which answers most, and to what?

# %% slideshow={"slide_type": "fragment"}
wall = datasets.brick().x[180:308, 180:308].astype(float)
waves = {"δ, the wall": kernels.identity()}
for angle in (0, 45, 90, 135):
    wave = kernels.gabor(sigma=3, wavelength=8, angle=angle, size=21)
    wave -= wave.mean()  # sum 0: no answer to what is flat
    waves[f"{angle}°, spread {ops.correlate2d(wall, wave, 'valid').std():.1f}"] = wave
fig = figures.bank(wall, waves, cols=5, height=3.4, limit=15)
plots.show(fig, "Four Gabor kernels, their answers to bricks: " + "; ".join([*waves][1:]) + ".")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The wave at 0° answers most: to the long upright joints. The one at 90° sees the level joints, the slanting
# ones a little of both.
#
# How far does the likeness go? True: small fields, angles told apart, one question asked
# all over the field of view. Neighbouring cells prefer like angles: the cortex holds a map of them. And networks find such kernels by
# themselves (chapter 0).
#
# Not true: that the brain convolves. Each cell has *its own* weights; they are not copies. Fields are
# fine in the centre of gaze, coarse outside. A cell cannot fire less than not at all, so a negative
# answer takes a second cell, with the opposite pattern. Answers are not linear: neighbours dampen each
# other, and signals come back from higher areas. And nobody has shown that neurons learn as networks do. Vision gave the idea. The rest is engineering.

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Take two that raise no error: uint8 all the way, and astype without rounding. Ask how each would be noticed."}
# ## Common mistakes
#
# | mistake | how to notice it |
# |---|---|
# | row and column exchanged | `IndexError` in a wide image; in a square one, the wrong pixel |
# | weights that do not add up to 1 | a blur makes the picture brighter or darker |
# | `uint8` all the way | $10 - 20$ is 246; or half of the edges are gone |
# | `astype("uint8")` without rounding | half of the pixels too low by 1 |
# | a signed map shown in clipped grey | things have an edge on one side only |
# | "rescaled" by clipping | black or white areas without detail |
# | a border of zeros | a dark frame, or a frame of edges |
# | results compared by eye | subtract, and count what is not 0 |
# | "vertical" for what compares above with below | try it on one upright bar |
# | one padding for both axes | fails for 3 × 5; for 1 × 3 silently wrong |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 2, "notes": "Ask what the sum of the weights says, and what the sum of their squares says. The rest is a card to keep."}
# ## Summary
#
# | | |
# |---|---|
# | the sum | $y[i,j]=\sum_a\sum_b w[a,b]\,x[i+a,j+b]$: a dot product at every place |
# | size | valid: $H-k_h+1$ rows, $W-k_w+1$ columns |
# | sum of weights | 1 keeps the brightness, 0 answers only to change |
# | even, odd | keeps a slope in place; measures it |
# | range | 255 times the sums of the negative and of the positive weights |
# | smoothing | box, binomial, Gaussian; $\sigma^2$ add up |
# | differences | $[-1,0,1]/2$ slope, $[1,-2,1]$ bend; Sobel: smooth along one axis, difference along the other |
# | gradient | $\sqrt{g_0^2+g_1^2}$ and $\operatorname{atan2}(g_0,g_1)$ |
# | sharpening | $\delta + a(\delta - w)$ |
# | noise | variance times $\sum w^2$ |
# | rank 1 | a column, then a row: $2k$ products for $k^2$ |

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 4, "notes": "In class 1 and 5. In 1 expect the upright bar; the kernel compares above with below. In 5 the made-up edge of 948 beats the strongest true one, 860."}
# ## Check yourself
#
# Five questions. Write your answer down, then run the cell. Where you were wrong, go back.
#
# **1.** A course calls $\begin{bmatrix} 0 & 0.2 & 0 \\ 0 & -0.2 & 0 \\ 0 & 0 & 0 \end{bmatrix}$
# "vertical edge detection". Which of two white bars does it see, the upright or the level one?

# %% slideshow={"slide_type": "fragment"}
called_vertical = np.array([[0, 0.2, 0], [0, -0.2, 0], [0, 0, 0]])
tall = np.tile(bar[0] / 200, (9, 1))  # nine rows, all like the white bar of section 8
for name, image in (("upright", tall), ("level", tall.T)):
    print(name, "bar: largest answer", ops.correlate2d(image, called_vertical, "valid").max())

# %% [markdown] slideshow={"slide_type": "subslide"}
# **2.** A kernel has an 8 in the middle and $-1$ around it. Between which two numbers must its answers to a
# `uint8` image lie? Does the photograph use that range?

# %% slideshow={"slide_type": "fragment"}
low, high = (255 * around[s * around > 0].sum() for s in (-1, 1))
y = ops.correlate2d(camera, around, "valid")
print("possible", low, "to", high, "- in the photograph", y.min(), "to", y.max())

# %% [markdown] slideshow={"slide_type": "subslide"}
# **3.** A loop visits *all* places of a 5 × 5 image with a 3 × 3 kernel, also those where two rows are left.
# Does it fail? And a loop that takes the *height* of its window from the kernel's width, with a 1 × 3 kernel?

# %% slideshow={"slide_type": "fragment"}
image, flat_kernel = np.arange(25).reshape(5, 5), np.array([[1, 2, 3]])
try:
    np.sum(image[3:6, 0:3] * np.ones((3, 3)))
except ValueError as error:
    print("3 x 3:", error)
wrong, right = (np.sum(rows * flat_kernel) for rows in (image[0:3, 0:3], image[1:2, 0:3]))
print("1 x 3:", wrong, "instead of", right)

# %% [markdown] slideshow={"slide_type": "subslide"}
# (NumPy laid the one row of weights on all three rows, in silence. Lucky is who gets the error.)
#
# **4.** A bell has no end, a kernel has. In a table of 5 × 5 for $\sigma = 1$, which share of the bell is lost? A
# published recipe lays out the places with `np.mgrid[-k//2 + 1 : k//2 + 1]`. For $k = 5$ that is
# $-2, \dots, 2$. And for $k = 4$? What does such a kernel do to a picture?

# %% slideshow={"slide_type": "fragment"}
bell = [[np.exp(-(a**2 + b**2) / 2) / (2 * np.pi) for b in range(-2, 3)] for a in range(-2, 3)]
assert np.allclose(kernels.gaussian(1, 5), bell / np.sum(bell))  # divided by what is left
print(f"lost {1 - np.sum(bell):.1%}")
places = np.mgrid[-4 // 2 + 1 : 4 // 2 + 1]
print("k = 4:", places, "with the middle at", places.mean(), "- it moves the picture")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **5.** Sobel slides over a constant image of 200, with zeros around it. What does it answer in the middle, along
# the left side, in a corner? In the photograph, is there any true edge as strong as the made-up ones?

# %% slideshow={"slide_type": "fragment"}
print(ops.correlate2d(np.full((4, 6), 200), kernels.sobel(1), "same"))
true = np.abs(ops.correlate2d(camera, kernels.sobel(1), "valid")).max()
made_up = np.abs(ops.correlate2d(camera, kernels.sobel(1), "same")[:, [0, -1]]).max()
print("strongest edge in the photograph", true, "- along its sides", made_up)

# %% [markdown] slideshow={"slide_type": "slide", "minutes": 1, "notes": "Exercises: 24 points; the questions add up to 170 minutes. The project, question 11, builds on section 13."}
# ## Now you
#
# **Exercises:**
# [questions on this chapter](../exercises/02_image_kernels/02_image_kernels.ipynb). Each checks itself, names
# your mistake and gives hints.
#
# ### Further reading
#
# R. Szeliski, *Computer Vision: Algorithms and Applications*, chapter 3. A. Torralba, P. Isola and
# W. T. Freeman, *Foundations of Computer Vision*, on image filtering. R. C. Gonzalez and R. E.
# Woods, *Digital Image Processing*, chapter 3. D. H. Hubel, *Eye, Brain, and Vision*.
#
# **Before:** [1 · Convolution in one dimension](01_convolution_1d.ipynb). **Next:**
# [3 · Correlation or convolution](03_correlation_vs_convolution.ipynb).
