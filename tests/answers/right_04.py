"""Right answers to the exercises of chapter 04, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part,
`MODELS` functions that make a model. A function is copied into a notebook as text: it
has to stand alone, with NumPy as np and with the names of `SETUP`.
"""

import numpy as np

SETUP = (
    "from convcourse.checks.ch04 import elsewhere\n"
    "images, kernels, dense = elsewhere()\n"
)

# --- q2: conv_forward(x, w, b, stride, pad) ------------------------------------------


def layer_by_loops(x, w, b, stride, pad):
    """Every sum written out."""
    N, H, W, C = x.shape
    kh, kw, c_in, F = w.shape
    if C != c_in:
        raise ValueError("channels")
    rows, cols = (H + 2 * pad - kh) // stride + 1, (W + 2 * pad - kw) // stride + 1
    z = np.zeros((N, rows, cols, F))
    for n, i, j, f in np.ndindex(N, rows, cols, F):
        total = b[f]
        for a in range(kh):
            for d in range(kw):
                r, c = i * stride + a - pad, j * stride + d - pad
                if 0 <= r < H and 0 <= c < W:
                    total = total + (x[n, r, c] * w[a, d, :, f]).sum()
        z[n, i, j, f] = total
    return z


def layer_by_einsum(x, w, b, stride, pad):
    """All windows at once."""
    if x.shape[3] != w.shape[2]:
        raise ValueError("channels")
    x = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcab,abcf->nijf", windows[:, ::stride, ::stride], w) + b


def layer_by_taps(x, w, b, stride, pad):
    """One weight place after the other: a matrix product of all pixels under it."""
    assert w.ndim == 4
    if x.shape[3] != w.shape[2]:
        raise ValueError("channels")
    n, h, wide, c = x.shape
    big = np.zeros((n, h + 2 * pad, wide + 2 * pad, c))
    big[:, pad : pad + h, pad : pad + wide] = x
    rows = (big.shape[1] - w.shape[0]) // stride + 1
    cols = (big.shape[2] - w.shape[1]) // stride + 1
    z = np.zeros((n, rows, cols, w.shape[3])) + b
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            under = big[
                :, i : i + stride * rows : stride, j : j + stride * cols : stride
            ]
            z += under[:, :rows, :cols] @ w[i, j]
    return z


def layer_by_columns(x, w, b, stride, pad):
    """Windows as rows of a matrix, kernels as its columns."""
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    kh, kw, c, f = w.shape
    rows = [
        x[:, i : i + kh, j : j + kw, :].reshape(len(x), -1)
        for i in range(0, x.shape[1] - kh + 1, stride)
        for j in range(0, x.shape[2] - kw + 1, stride)
    ]
    z = np.stack(rows, axis=1) @ w.reshape(-1, f)  # raises where channels differ
    high = (x.shape[1] - kh) // stride + 1
    return (z + b.reshape(1, 1, -1)).reshape(len(x), high, -1, f).astype(np.float32)


# --- q4: pool(x, size, stride, padding, kind) ----------------------------------------


def pool_by_cut_windows(x, size, stride, padding, kind):
    """Cut the windows off at the edge, in place of a border."""
    (kh, kw), (sh, sw) = size, stride
    N, H, W, C = x.shape

    def places(n, k, s):
        if padding == "valid":
            return [(i, i + k) for i in range(0, n - k + 1, s)]
        count = int(np.ceil(n / s))
        before = max(0, (count - 1) * s + k - n) // 2
        return [(max(0, i * s - before), i * s - before + k) for i in range(count)]

    rows, cols = places(H, kh, sh), places(W, kw, sw)
    y = np.zeros((N, len(rows), len(cols), C))
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(cols):
            window = x[:, top:bottom, left:right, :]
            if kind == "max":
                y[:, i, j] = window.max(axis=(1, 2))
            else:
                y[:, i, j] = window.mean(axis=(1, 2))
    return y


def pool_by_two_borders(x, size, stride, padding, kind):
    """Minus infinity under a maximum; a sum over a count for the average."""
    around = [(0, 0)] * 4
    if padding == "same":
        for axis in (0, 1):
            n, k, s = x.shape[axis + 1], size[axis], stride[axis]
            rest = n % s
            more = max(k - (s if rest == 0 else rest), 0)
            around[axis + 1] = (more // 2, more - more // 2)

    def windows(values, fill):
        big = np.pad(values.astype(float), around, constant_values=fill)
        view = np.lib.stride_tricks.sliding_window_view(big, size, axis=(1, 2))
        return view[:, :: stride[0], :: stride[1]]

    if kind == "max":
        return windows(x, -np.inf).max(axis=(4, 5))
    return windows(x, 0).sum((4, 5)) / windows(np.ones(x.shape), 0).sum((4, 5))


def pool_by_masks(x, size, stride, padding, kind):
    """Pixel by pixel, with masked entries where there is no map."""
    N, H, W, C = x.shape
    if padding == "same":
        rows, cols = -(-H // stride[0]), -(-W // stride[1])
        top = max((rows - 1) * stride[0] + size[0] - H, 0) // 2
        left = max((cols - 1) * stride[1] + size[1] - W, 0) // 2
    else:
        rows, cols = (H - size[0]) // stride[0] + 1, (W - size[1]) // stride[1] + 1
        top = left = 0
    y = [[None] * cols for _ in range(rows)]
    for i in range(rows):
        for j in range(cols):
            found = []
            for a in range(size[0]):
                for b in range(size[1]):
                    r, c = i * stride[0] - top + a, j * stride[1] - left + b
                    if 0 <= r < H and 0 <= c < W:
                        found.append(x[:, r, c, :])
            found = np.array(found, dtype=float)
            y[i][j] = found.max(axis=0) if kind == "max" else found.mean(axis=0)
    return np.array(y).transpose(2, 0, 1, 3)


# --- q3: sobel_net -------------------------------------------------------------------


def sobel_by_assign(keras):
    """One weight after the other, in a layer that was built by hand."""
    layer = keras.layers.Conv2D(filters=2, kernel_size=(3, 3), use_bias=False)
    net = keras.Sequential([keras.layers.InputLayer(shape=(None, None, 1)), layer])
    w = np.zeros((3, 3, 1, 2))
    for i, a in enumerate((1, 2, 1)):
        for j, d in enumerate((-1, 0, 1)):
            w[i, j, 0, 0] = w[j, i, 0, 1] = a * d
    layer.kernel.assign(w)
    return net


def sobel_by_initializer(keras):
    """The kernels as what the layer starts from, in a functional model."""
    smooth, slope = np.array([1.0, 2, 1]), np.array([-1.0, 0, 1])
    w = np.einsum("ki,kj->ijk", [smooth, slope], [slope, smooth])[:, :, None]
    images = keras.Input((40, 56, 1))
    layer = keras.layers.Conv2D(
        2, 3, kernel_initializer=lambda shape, dtype=None: keras.ops.array(w, dtype)
    )
    return keras.Model(images, layer(images))


def sobel_of_two_layers(keras):
    """Two layers side by side, put together."""
    images = keras.Input((None, None, 1))
    maps = []
    for w in (np.outer([1, 2, 1], [-1, 0, 1]), np.outer([-1, 0, 1], [1, 2, 1])):
        layer = keras.layers.Conv2D(1, 3)
        maps.append(layer(images))
        layer.set_weights([w[:, :, None, None], np.zeros(1)])
    return keras.Model(images, keras.layers.Concatenate()(maps))


# --- q8: repaired --------------------------------------------------------------------


def digits_with_scores(x, y):
    """Scores, and a loss that knows it; whole numbers as they come, some kept apart."""
    from convcourse.tf import keras

    keras.utils.set_random_seed(1)
    net = keras.Sequential([
        keras.layers.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.003), loss, metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    x = np.float32(x[:, :, :, None]) / 16
    net.fit(x, y, epochs=12, validation_split=0.1, callbacks=[stop], verbose=0)
    return net


def digits_with_lists(x, y):
    """Labels as lists with a single 1; the default optimizer; a line for each epoch."""
    from convcourse.tf import keras

    keras.utils.set_random_seed(2)
    net = keras.Sequential([
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
        keras.layers.Softmax(),
    ])  # fmt: skip
    net.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    x = np.expand_dims(x, -1) / 16
    net.fit(x, keras.utils.to_categorical(y), epochs=15, verbose=2)
    return net


def digits_rescaled(x, y):
    """A functional model with a model in it, which takes grey levels as they come."""
    from convcourse.tf import keras

    keras.utils.set_random_seed(3)
    images = keras.Input((8, 8, 1))
    maps = keras.layers.Rescaling(1 / 16)(images)
    maps = keras.layers.Conv2D(16, 3, padding="same")(maps)
    maps = keras.layers.MaxPooling2D(2)(keras.layers.ReLU()(maps))
    head = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    net = keras.Model(images, head(maps))
    net.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy"
    )
    net.fit(x.reshape(-1, 8, 8, 1), y, epochs=6, verbose=0)
    return net


def digits_by_a_class(x, y):
    """A class of its own, which cannot tell its layers; batches drawn by hand."""
    from convcourse.tf import keras

    class Reader(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = keras.layers.Conv2D(12, 3, activation="relu")
            self.pool = keras.layers.MaxPooling2D(2)
            self.flat = keras.layers.Flatten()
            self.head = keras.layers.Dense(10, activation="softmax")

        def call(self, x):
            return self.head(self.flat(self.pool(self.conv(x))))

    keras.utils.set_random_seed(4)
    net, rng = Reader(), np.random.default_rng(4)
    net.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    x = x[..., np.newaxis].astype("float32") / 16
    for _ in range(300):
        some = rng.integers(0, len(x), 64)
        net.train_on_batch(x[some], y[some])
    return net


# --- q9: train -----------------------------------------------------------------------


def textures_by_large_kernels(x, y):
    """Larger kernels in the first layer; mirrored patches as well."""
    from convcourse.tf import keras

    keras.utils.set_random_seed(1)
    net = keras.Sequential([
        keras.layers.Input((32, 32, 1)),
        keras.layers.Conv2D(8, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    net.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    both = np.concatenate([x, x[:, :, ::-1]]), np.concatenate([y, y])
    net.fit(*both, epochs=8, verbose=0)
    return net


def textures_by_three_layers(x, y):
    """Three small layers, scores at the end."""
    from convcourse.tf import keras

    keras.utils.set_random_seed(2)
    net = keras.Sequential([
        keras.layers.Input((32, 32, 1)),
        keras.layers.Conv2D(6, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(6, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.005), loss, metrics=["accuracy"])
    net.fit(x, y, epochs=12, validation_split=0.1, verbose=0)
    return net


def textures_by_pooled_scores(x, y):
    """Scores at each place, averaged at the end: no dense layer."""
    from convcourse.tf import keras

    keras.utils.set_random_seed(3)
    images = keras.Input((32, 32, 1))
    maps = keras.layers.Conv2D(8, 3, activation="relu")(images)
    maps = keras.layers.MaxPooling2D(2)(maps)
    maps = keras.layers.Conv2D(8, 3, activation="relu")(maps)
    scores = keras.layers.Conv2D(3, 1)(maps)
    shares = keras.layers.Softmax()(keras.layers.GlobalAveragePooling2D()(scores))
    net = keras.Model(images, shares)
    net.compile(keras.optimizers.Adam(0.005), "categorical_crossentropy")
    net.fit(x, np.eye(3)[y], epochs=12, batch_size=32, verbose=0)
    return net


FUNCTIONS = {
    "q2": (layer_by_loops, layer_by_einsum, layer_by_taps, layer_by_columns),
    "q4": (pool_by_cut_windows, pool_by_two_borders, pool_by_masks),
}

# Functions of `keras` that make the model.
MODELS = {
    "q3": (sobel_by_assign, sobel_by_initializer, sobel_of_two_layers),
}

# Functions that train a network.
TRAINING = {
    "q8": (digits_with_scores, digits_with_lists, digits_rescaled, digits_by_a_class),
    "q9": (
        textures_by_large_kernels,
        textures_by_three_layers,
        textures_by_pooled_scores,
    ),
}

# Values as expressions: they are pasted into notebooks.
VALUES = {
    "q1": (
        {
            "parameters_a": "4864.0",
            "macs_a": "np.int64(4915200)",
            "shape_b": "(7, 9, 16)",
            "parameters_b": "np.ones((3, 3, 24, 16)).size + 16",
            "macs_b": "63 * 16 * 216",
            "dense_flat": "1008 * 10 + 10",
            "dense_pooled": "np.array(170)",
        },
    ),
    "q5": (
        {
            "shape_pooled": "[2, 3]",
            "shape_flat": "np.ones((2, 8, 8, 3)).reshape(2, -1).shape",
            "shape_large": "np.ones((2, 16, 16, 3)).mean(axis=(1, 2)).shape",
            "average": "(2.0, -3.0)",
            "maximum": "np.array([6, -1], dtype=np.float32)",
            "head_pooled": "40.0",
            "head_flat": "193 * 10",
            "shuffled": "' Flatten'",
        },
    ),
    "q6": (
        {
            "images_last": "np.moveaxis(images, 1, -1)",
            "kernels_last": "np.swapaxes(np.moveaxis(kernels, (0, 1), (2, 3)), 2, 3)",
            "dense_last": "np.moveaxis(dense.reshape(10, 8, 3, 4), 1, -1)"
            ".reshape(10, -1).T",
        },
        {
            "images_last": "np.array([[[i[:, r, c] for c in range(6)] "
            "for r in range(4)] for i in images])",
            "kernels_last": "kernels.T.swapaxes(0, 1).astype(np.float32)",
            "dense_last": "np.concatenate([dense[:, p::12] for p in range(12)], 1).T",
        },
    ),
    "q7": (
        {
            "kernel": "5.0",
            "channels": "(912 - 12) // (12 * 25)",
            "stride": "np.int8(2)",
            "kernel_2": "((2180 / 20 - 1) / 12) ** 0.5",
            "flat": "980",
            "classes": "5886 // 981",
            "total": "8978",
            "with_global": "126",
        },
    ),
}
