"""F7: a trained network, from the picture to the class, number by number."""

import base64
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import datasets, layers, ops, plots
from convcourse.arithmetic import same_padding
from convcourse.figures import kit, state, words

__all__ = ["Network", "network"]

_BUDGET = 60_000  # bytes of weights and images in a page
_CHANNELS, _LAYERS, _IMAGES, _SIDE = 64, 12, 12, 64
# of the 600 test patches: two of each class told right, two told wrong
_PATCHES = (131, 8, 20, 111, 27, 0, 215, 246)
_GENTLE = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": ops.sigmoid,
    "tanh": np.tanh,
    "softmax": ops.softmax,
}


def network(model="texture_cnn", images=None, labels=None, classes=None, image=0,
            layer=1, channel=0, row=None, column=None, source=0, size="text"):  # fmt: skip
    """Show a trained network: every feature map, and how each of its numbers is made.

    Parameters
    ----------
    model : "texture_cnn", keras.Sequential or layers.Sequential
        A built network of Conv2D, pooling, global pooling, Flatten, Dense and
        Activation layers; or the recorded one that tells brick, grass and gravel apart.
    images : (N, H, W, C) array_like, optional
        1 to 12 pictures as the network reads them, 64 by 64 at most. The recorded
        network has eight test patches, the last two of which it tells wrong.
    labels : (N,) sequence of int, optional
        True classes.
    classes : sequence of str, optional
        Names of the outputs. Default: their numbers.
    image, layer, channel, row, column : int
        The number that is taken apart first. Layer 0 is the picture itself; row and
        column default to the place where the feature map is largest.
    source : int
        The channel before ``layer`` whose share of the sum is written out.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    Network
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or the network is too large for a page; the
        message names it.

    Notes
    -----
    The page holds the weights in float32 and the pictures in 65 536 levels, and computes
    the network itself, in double precision: no feature map is stored or rounded. The
    answers agree with those of Keras to about four decimals.

    Examples
    --------
    >>> figure = network(layer=5, channel=1, image=2)
    >>> trace = figure.trace()
    >>> trace["winner"], float(sum(trace["probabilities"]).round(9))
    (2, 1.0)
    """
    stored = isinstance(model, str) and images is None and classes is None
    if isinstance(model, str):
        model, images, labels, classes = _recorded(model, images, labels, classes)
    if images is None:
        raise ValueError("images is missing: give 1 to 12 pictures, (N, H, W, C).")
    net = _Net(model, _pictures(images), labels, classes)
    figure = Network(image, layer, channel, 0, 0, source, net, stored, size=size)
    strongest = net.maps(figure.image)[figure.layer][..., figure.channel]
    top, left = np.unravel_index(strongest.argmax(), strongest.shape)
    row, column = top if row is None else row, left if column is None else column
    return figure.set(row=row, column=column)


@dataclass(frozen=True, eq=False, repr=False)
class Network(kit.Figure):
    """The state of the figure; see :func:`network`."""

    image: int = state.whole(0, 0, _IMAGES - 1)
    layer: int = state.whole(1, 0, _LAYERS)
    channel: int = state.whole(0, 0, _CHANNELS - 1)
    row: int = state.whole(0, 0, _SIDE - 1)
    column: int = state.whole(0, 0, _SIDE - 1)
    source: int = state.whole(0, 0, _CHANNELS - 1)
    net: object = None  # no field of the state: it never changes
    stored: bool = False  # whether net and images are the recorded ones

    def check(self):
        """Refuse pictures, layers and places that are not there."""
        if not isinstance(self.net, _Net):
            raise TypeError("Network is made by network(model, images).")
        shapes = self.net.shapes
        self._below("image", len(self.net.images))
        self._below("layer", len(shapes))
        for name, end in zip(("row", "column", "channel"), shapes[self.layer],
                             strict=True):  # fmt: skip
            self._below(name, end)
        self._below("source", shapes[max(0, self.layer - 1)][2])

    def _below(self, name, end):
        """Raise ValueError where a field is not below `end`."""
        value = getattr(self, name)
        if value >= end:
            raise ValueError(f"{name} must be from 0 to {end - 1}, got {value}.")

    def recipe(self):
        """Return the recipe; None where the network is the reader's own."""
        return super().recipe() if self.stored else None

    @classmethod
    def remake(cls, state, size):
        """Return the figure of a recipe."""
        return network(**state, size=size)

    def data(self):
        """Return the network, the pictures and their names."""
        return self.net.packed()

    def trace(self):
        """Return all feature maps, and every term of the chosen number.

        Returns
        -------
        dict
            ``maps``: layer name to its numbers (flat); ``probabilities``, ``winner``:
            the last layer, [] and -1 where it is no row of numbers. Of the chosen
            number: ``window`` (kh, kw) in channel ``source`` of the layer before,
            ``kernel`` and ``products`` (kh, kw), ``partials`` (C_in,) the sums of all
            channels before, ``b``, ``z`` before and ``value`` after the activation,
            ``logits``: z of all channels before a softmax; ``recomputed``: z from
            numbers rounded to four decimals, ``tolerance``: how far off that can be;
            ``cone`` (layer + 1, 4): top, left, bottom, right of what it depends on, in
            each layer.
        """
        net, maps = self.net, self.net.maps(self.image)
        last = maps[-1].ravel() if net.is_row() else np.empty(0)
        return {
            "maps": {name: m.ravel() for name, m in zip(net.names, maps, strict=True)},
            "probabilities": last,
            "winner": int(last.argmax()) if len(last) else -1,
            "cone": self._cone(),
            **self._terms(maps),
        }

    def picture(self):
        """Draw all feature maps; below, the chosen number with window and kernel."""
        t, net = self.trace(), self.net
        maps = net.maps(self.image)
        drawn = [m for m in maps if m.shape[0] > 1]
        fig = plots.plt.figure(figsize=(9, 4.6))
        upper, lower = fig.subfigures(2, 1, height_ratios=[1.25, 1])
        axes = upper.subplots(1, len(drawn), squeeze=False)[0]
        for i, (ax, values) in enumerate(zip(axes, drawn, strict=True)):
            _mosaic(ax, values, i == 0)
            ax.set_title(f"{net.names[i]}\n{'×'.join(map(str, values.shape))}")
        if self.layer < len(drawn):
            _frame(axes[self.layer], self.channel, maps[self.layer].shape)
        self._details(lower.subplots(1, 4), t, maps)
        return fig

    def describe(self):
        """Say what the network answers, how the number is made and what it sees."""
        t, net = self.trace(), self.net
        made, what = self._made(t), net.layers[self.layer - 1] if self.layer else None
        first = f"{net.answer(self.image, t)} " if t["winner"] >= 0 else ""
        text = f"{first}{net.place(self)}: {made}."
        if what is None:
            return text
        top, left, bottom, right = t["cone"][0]
        height, width, _ = net.shapes[0]
        if bottom - top + 1 == height and right - left + 1 == width:
            return f"{text} It depends on the whole picture."
        return (
            f"{text} It depends on rows {top} to {bottom} and columns {left} to {right} "
            "of the picture."
        )

    def _made(self, t):
        """Say how the chosen number comes about."""
        if self.layer == 0:
            return f"the picture's value is {words.number(t['value'])}"
        layer = self.net.layers[self.layer - 1]
        count = layer["window"][0] * layer["window"][1]
        if layer["op"] in ("max", "average"):
            kind = {"max": "largest", "average": "mean"}[layer["op"]]
            return f"the {kind} of {count} values is {words.number(t['value'])}"
        made = f"z is {words.number(t['z'])}"
        if layer["op"] == "conv":
            n = count * len(t["partials"])
            made = f"{n} product{'s' if n > 1 else ''} and the bias make z = "
            made += words.number(t["z"])
        if layer["activation"] == "linear":
            return made
        soft = layer["activation"] == "softmax"
        value = _share(t["value"]) if soft else words.number(t["value"])
        return f"{made}, and {_NAMES[layer['activation']]} makes {value} of it"

    def _terms(self, maps):
        """Return every term of the chosen number."""
        empty = np.empty(0)
        if self.layer == 0:
            value = maps[0][self.row, self.column, self.channel].item()
            return {
                "window": empty, "kernel": empty, "products": empty, "partials": empty,
                "logits": empty, "b": 0, "z": value, "value": value,
                "recomputed": 0, "tolerance": 0,
            }  # fmt: skip
        layer, x = self.net.layers[self.layer - 1], maps[self.layer - 1]
        value = maps[self.layer][self.row, self.column, self.channel].item()
        window = _window(layer, x, self.row, self.column)
        only = window[:, :, self.source if layer["op"] == "conv" else self.channel]
        found = {"window": only, "kernel": empty, "products": empty, "partials": empty,
                 "logits": empty, "b": 0, "z": value, "value": value,
                 "recomputed": value, "tolerance": 0}  # fmt: skip
        if layer["op"] == "same":
            found["z"] = only[0, 0].item()
        if layer["op"] == "conv":
            kernel = layer["kernel"][..., self.channel]
            products, b = window * kernel, layer["bias"][self.channel].item()
            partials = products.sum((0, 1))
            found |= {
                "kernel": kernel[:, :, self.source],
                "products": products[:, :, self.source],
                "partials": partials,
                "b": b,
                "z": (partials.sum() + b).item(),
                **_printed(window, kernel, b),
            }
        if layer["activation"] == "softmax":
            found["logits"] = self._logits(layer, window)
        return found

    def _logits(self, layer, window):
        """Return z of all channels at the chosen place."""
        if layer["op"] == "conv":
            return np.tensordot(window, layer["kernel"], 3) + layer["bias"]
        return window[0, 0]

    def _cone(self):
        """Return what the chosen number depends on, in each layer before it."""
        boxes = [[self.row, self.column, self.row, self.column]]
        for i in range(self.layer - 1, -1, -1):
            layer, shape, box = self.net.layers[i], self.net.shapes[i], []
            for axis in range(2):
                low, high = boxes[0][axis], boxes[0][axis + 2]
                step, pad = layer["stride"][axis], layer["pad"][axis]
                reach = (layer["window"][axis] - 1) * layer["dilation"][axis]
                box.append([max(0, low * step - pad),
                            min(shape[axis] - 1, high * step - pad + reach)])  # fmt: skip
            (top, bottom), (left, right) = box
            boxes.insert(0, [top, left, bottom, right])
        return np.array(boxes)

    def _details(self, axes, t, maps):
        """Draw picture with receptive field, window, kernel, and the answer."""
        top, left, bottom, right = t["cone"][0]
        _mosaic(axes[0], maps[0][..., :1], True)
        _box(axes[0], top, left, bottom - top + 1, right - left + 1)
        axes[0].set_title("what it depends on")
        if np.size(t["window"]):
            before = self.net.names[self.layer - 1]
            layer = self.net.layers[self.layer - 1]
            from_ = self.source if layer["op"] == "conv" else self.channel
            many = maps[self.layer - 1].shape[2] > 1
            name = f"window in {before}{f', {from_}' if many else ''}"
            _table(axes[1], t["window"], name, grey=self.layer == 1)
        if np.size(t["kernel"]):
            _table(axes[2], t["kernel"], f"its kernel; z = {words.number(t['z'])}")
        for ax in axes[1:3]:
            ax.set_axis_off()
        if t["winner"] < 0:
            axes[3].set_axis_off()
            return
        n = len(t["probabilities"])
        axes[3].barh(range(n), t["probabilities"], color=plots.COLOURS["y"])
        names = self.net.classes
        for i, p in enumerate(t["probabilities"]):
            text = f"{names[i]} {_share(p)}"
            axes[3].text(0.02, i, text, va="center", fontsize=9, color="black",
                         bbox={"color": "white", "alpha": 0.75, "pad": 1})  # fmt: skip
        axes[3].set(yticks=[], ylim=(n - 0.5, -0.5), title="the answer")
        if self.net.layers[-1]["activation"] == "softmax":
            axes[3].set(xlim=(0, 1.02), xticks=[0, 0.5, 1])


_NAMES = {
    "relu": "ReLU",
    "sigmoid": "the sigmoid",
    "tanh": "tanh",
    "softmax": "the softmax",
}


class _Net:
    """Layers as plain dicts, pictures, and what they make of them."""

    def __init__(self, model, images, labels, classes):
        ours = model
        if not isinstance(model, layers.Sequential):
            ours = layers.from_keras(model)  # says what it cannot read
        if ours.input_shape is None:
            raise ValueError("model is not built: model.build((None, H, W, C)).")
        self.images = images
        self.levels, self.low, self.step = _levels(images)
        shape = tuple(images.shape[1:])
        if tuple(ours.input_shape[1:]) != shape:
            raise ValueError(
                f"model reads {tuple(ours.input_shape[1:])}, images are {shape}."
            )
        self.layers, self.shapes, self.names = [], [shape], ["picture"]
        for layer in ours.layers:
            self._add(layer, shape)
            shape = self.shapes[-1]
        self._fit(labels, classes)
        self._known = {}

    def _add(self, layer, shape):
        """Append a layer as a dict; Flatten goes into the Dense layer after it."""
        plan = _plan(layer, self.shapes[-1])
        if plan is None:
            return
        number = 1 + sum(p["kind"] == plan["kind"] for p in self.layers)
        plan["name"] = f"{plan['kind']}{number}"
        self.layers.append(plan)
        self.shapes.append(_shape(plan, self.shapes[-1]))
        self.names.append(plan["name"])

    def _fit(self, labels, classes):
        """Check sizes, and that the names fit the outputs."""
        channels = max(shape[2] for shape in self.shapes)
        if channels > _CHANNELS or not 1 <= len(self.layers) <= _LAYERS:
            raise ValueError(
                f"model has {len(self.layers)} layers and up to {channels} channels; "
                f"the figure has room for 1 to {_LAYERS} layers of {_CHANNELS}."
            )
        weights = sum(p["kernel"].size for p in self.layers if p["op"] == "conv")
        size = 4 * weights + self.levels.nbytes
        if size > _BUDGET:
            raise ValueError(
                f"model and images take {size:,} bytes in the page, allowed are "
                f"{_BUDGET:,}: the network has {weights:,} weights, the images "
                f"{self.levels.size:,} values. Take fewer images, or global pooling "
                "instead of Flatten."
            )
        outputs = self.shapes[-1][2] if self.is_row() else 0
        given = [f"class {i}" for i in range(outputs)] if classes is None else classes
        self.classes = [str(name) for name in given]
        if len(self.classes) != outputs:
            raise ValueError(
                f"classes must name the {outputs} outputs, got {len(self.classes)}."
            )
        self.labels = [] if labels is None else np.asarray(labels).ravel().tolist()
        if labels is not None and (len(self.labels) != len(self.images) or not all(
            label in range(outputs) for label in self.labels)):  # fmt: skip
            raise ValueError(
                f"labels must be {len(self.images)} numbers from 0 to {outputs - 1}, "
                f"got {self.labels}."
            )

    def is_row(self):
        """Tell whether the last layer is a row of numbers."""
        return self.shapes[-1][:2] == (1, 1)

    def maps(self, image):
        """Return the numbers of all layers, (H, W, C) each."""
        if image not in self._known:
            x = self.low[image] + self.step[image] * self.levels[image]
            found = [x]
            for plan in self.layers:
                found.append(_forward(plan, found[-1]))
            self._known[image] = found
        return self._known[image]

    def packed(self):
        """Return everything as JSON."""
        plans = []
        for plan in self.layers:
            plans.append({k: v for k, v in plan.items() if k not in ("kernel", "bias")})
            if plan["op"] == "conv":
                plans[-1]["kernel"] = _base64(plan["kernel"], "<f4")
                plans[-1]["bias"] = _base64(plan["bias"], "<f4")
        return {
            "shapes": self.shapes, "names": self.names, "layers": plans,
            "classes": self.classes, "labels": self.labels,
            "levels": _base64(self.levels, "<u2"), "count": len(self.images),
            "low": self.low.tolist(), "step": self.step.tolist(),
        }  # fmt: skip

    def answer(self, image, t):
        """Say what the network takes an image for."""
        label = f" ({self.classes[self.labels[image]]})" if self.labels else ""
        wrong = self.labels and self.labels[image] != t["winner"]
        best = t["probabilities"][t["winner"]]
        kind = "largest output"
        if self.layers[-1]["activation"] == "softmax":
            kind = "probability"
        return (
            f"Image {image}{label}: the network says {self.classes[t['winner']]}, "
            f"{kind} {_share(best)}{', and is wrong' if wrong else ''}."
        )

    def place(self, figure):
        """Name the chosen number."""
        height, width, channels = self.shapes[figure.layer]
        text = self.names[figure.layer]
        if figure.layer == len(self.layers) and self.is_row():
            return f"{text}, {self.classes[figure.channel]}"
        if channels > 1:
            text += f", channel {figure.channel}"
        if (height, width) != (1, 1):
            text += f", row {figure.row}, column {figure.column}"
        return text


def _recorded(name, images, labels, classes):
    """Return the network that the course trained once, with test patches."""
    if name != "texture_cnn":
        raise ValueError(
            f"model must be 'texture_cnn' or a Sequential network, got {name!r}."
        )
    stored = datasets.recorded(name)
    model = layers.Sequential([
        layers.Conv2D(8, 7, activation="relu"), layers.AveragePooling2D(2),
        layers.Conv2D(16, 3, activation="relu"), layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.build((None, 32, 32, 1))
    model.set_weights([stored[key] for key in ("w", "b", "w2", "b2", "w3", "b3")])
    patches = datasets.textures(n=3)
    classes = patches.about["classes"] if classes is None else classes
    if images is None:
        keep = list(_PATCHES)
        images, labels = patches.x_test[keep], patches.y_test[keep]
    return model, images, labels, classes


def _pictures(images):
    """Return pictures as an array, or say what is wrong with them."""
    array = np.asarray(images)
    if array.ndim != 4 or array.dtype.kind not in "buif" or not array.size:
        raise ValueError(
            f"images must be numbers (N, H, W, C), got shape {array.shape} of "
            f"{array.dtype}. One picture: x[None]; grey pictures: x[..., None]."
        )
    if len(array) > _IMAGES or max(array.shape[1:3]) > _SIDE:
        raise ValueError(
            f"images must be at most {_IMAGES} of at most {_SIDE} by {_SIDE} pixels, got "
            f"shape {array.shape}. Take some of them: x[:8]."
        )
    if not np.isfinite(array).all():
        raise ValueError("images must be finite, got inf or nan.")
    return array.astype(float)


def _levels(images):
    """Return images in 65 536 levels, with the lowest value and the step of each."""
    low = images.min((1, 2, 3))
    step = (images.max((1, 2, 3)) - low) / 65535
    step[step == 0] = 1
    levels = np.round((images - low[:, None, None, None]) / step[:, None, None, None])
    return levels.astype(np.uint16), low, step


def _plan(layer, shape):
    """Return a layer as a dict: a window that slides, and what it makes of it."""
    kind, height, width = type(layer).__name__, *shape[:2]
    plan = {"window": [1, 1], "stride": [1, 1], "dilation": [1, 1], "pad": [0, 0, 0, 0],
            "activation": getattr(layer, "activation", "linear")}  # fmt: skip
    if kind == "Flatten":
        return None  # the weights of the Dense layer after it stand like its input
    if kind == "Activation":
        return plan | {"op": "same", "kind": "activation", "title": kind}
    if kind in ("Conv2D", "Dense"):
        return plan | _weighted(layer, kind, shape)
    how = "max" if "Max" in kind else "average"
    if kind.startswith("Global"):
        return plan | {"op": how, "kind": "global", "window": [height, width],
                       "title": f"Global {how}"}  # fmt: skip
    if not kind.endswith("Pooling2D") or layer.padding != "valid":
        raise ValueError(
            f"model has a {kind} layer that the figure cannot show: there are Conv2D "
            "without groups, pooling with padding 'valid', Flatten, Dense, Activation."
        )
    window = list(layer.pool_size)
    title = f"{how.title()} pooling {window[0]}×{window[1]}"
    return plan | {"op": how, "kind": "pool", "window": window,
                   "stride": list(layer.strides), "title": title}  # fmt: skip


def _weighted(layer, kind, shape):
    """Return what a plan needs beyond the common settings, for layers with weights."""
    kernel = layer.params["kernel"].astype(float)
    bias = layer.params.get("bias", np.zeros(kernel.shape[-1])).astype(float)
    if kind == "Dense":  # a kernel as large as the maps it reads
        kernel = kernel.reshape(*shape, -1)
        title = f"Dense {kernel.shape[-1]}"
        return {"op": "conv", "kind": "dense", "kernel": kernel, "bias": bias,
                "window": list(shape[:2]), "title": title}  # fmt: skip
    if layer.groups != 1:
        raise ValueError("model has a Conv2D with groups, which has no place here.")
    window, stride = list(kernel.shape[:2]), list(layer.strides)
    dilation = list(layer.dilation_rate)
    sides = _padding(layer.padding, shape, window, stride, dilation)
    (top, bottom), (left, right) = sides
    title = f"Conv2D {window[0]}×{window[1]}"
    return {"op": "conv", "kind": "conv", "kernel": kernel, "bias": bias,
            "window": window, "stride": stride, "dilation": dilation,
            "pad": [top, left, bottom, right], "title": title}  # fmt: skip


def _padding(padding, shape, window, stride, dilation):
    """Return ((top, bottom), (left, right)) of a padding of a layer."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        return tuple(map(same_padding, shape[:2], window, stride, dilation))
    if isinstance(padding, int):
        return (padding, padding), (padding, padding)
    return tuple(map(tuple, padding))


def _shape(plan, shape):
    """Return the shape that a layer makes of another."""
    sides = []
    for axis in range(2):
        room = shape[axis] + plan["pad"][axis] + plan["pad"][axis + 2]
        reach = (plan["window"][axis] - 1) * plan["dilation"][axis] + 1
        sides.append((room - reach) // plan["stride"][axis] + 1)
    channels = plan["kernel"].shape[3] if plan["op"] == "conv" else shape[2]
    return (*sides, channels)


def _forward(plan, x):
    """Return what a layer makes of one image, in double precision."""
    batch, (top, left, bottom, right) = x[None], plan["pad"]
    if plan["op"] == "conv":
        sides = (top, bottom), (left, right)
        y = ops.correlate_channels(batch, plan["kernel"], sides, plan["stride"],
                                   plan["dilation"]) + plan["bias"]  # fmt: skip
    elif plan["op"] == "same":
        y = batch
    else:
        pool = ops.max_pool2d if plan["op"] == "max" else ops.average_pool2d
        y = pool(batch, tuple(plan["window"]), tuple(plan["stride"]))
    return _GENTLE[plan["activation"]](y)[0]


def _window(plan, x, row, column):
    """Return what a window sees of all channels, zeros outside, (kh, kw, C)."""
    top, left, bottom, right = plan["pad"]
    padded = np.pad(x, ((top, bottom), (left, right), (0, 0)))
    first = row * plan["stride"][0], column * plan["stride"][1]
    rows, columns = (
        start + step * np.arange(n)
        for start, step, n in zip(first, plan["dilation"], plan["window"], strict=True)
    )
    return padded[np.ix_(rows, columns)]


def _printed(window, kernel, b):
    """Return z from numbers with four decimals, and how far off it can be."""
    x, w = window.ravel().tolist(), kernel.ravel().tolist()
    total, bound = _rounded(b), 0.00005
    for a, c in zip(x, w, strict=True):
        total += _rounded(a) * _rounded(c)
        bound += 0.00005 * (abs(a) + abs(c)) + 0.00005**2
    return {"recomputed": total, "tolerance": bound}


def _share(p):
    """Write a probability; what is not quite 0 or 1 does not look like it."""
    for low, high, text in ((0, 0.00005, "below 0.0001"), (0.99995, 1, "above 0.9999")):
        if low < p < high:
            return text
    return words.number(p)


def _rounded(value):
    """Return a number as `words.number` prints it."""
    return float(words.number(value).replace("−", "-"))


def _base64(array, dtype):
    """Return an array as base64 of little-endian numbers."""
    return base64.b64encode(np.asarray(array).astype(dtype).tobytes()).decode("ascii")


def _mosaic(ax, values, grey):
    """Draw the channels of a layer side by side, on one scale."""
    height, width, channels = values.shape
    columns = int(np.ceil(np.sqrt(channels)))
    rows = -(-channels // columns)
    gap = max(1, height // 12)
    size = rows * (height + gap) - gap, columns * (width + gap) - gap
    whole = np.full(size, np.nan)
    for i in range(channels):
        r, c = (i // columns) * (height + gap), (i % columns) * (width + gap)
        whole[r : r + height, c : c + width] = values[..., i]
    far = np.abs(values).max() or 1
    colours = plots.SIGNED.with_extremes(bad="#D0D4D8")  # between the tiles
    look = {"cmap": "gray"} if grey else {"cmap": colours, "vmin": -far, "vmax": far}
    ax.imshow(whole, **look)
    ax.set_axis_off()


def _frame(ax, channel, shape):
    """Frame one channel of a mosaic."""
    height, width, channels = shape
    columns, gap = int(np.ceil(np.sqrt(channels))), max(1, height // 12)
    r, c = divmod(channel, columns)
    _box(ax, r * (height + gap), c * (width + gap), height, width)


def _box(ax, row, column, height, width):
    """Frame a part of a picture."""
    for colour, line in (("white", 4), ("black", 2)):
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, fill=False,
                               edgecolor=colour, linewidth=line))  # fmt: skip


def _table(ax, numbers, title, grey=False):
    """Draw numbers, on a signed scale or in grey; write them where there is room."""
    far = 1.4 * (np.abs(numbers).max() or 1)
    look = {"cmap": plots.SIGNED, "vmin": -far, "vmax": far}
    ax.imshow(numbers, **({"cmap": "gray"} if grey else look))
    if max(numbers.shape) <= 4 and not grey:
        for (r, c), value in np.ndenumerate(numbers):
            text = words.number(round(value, 2))
            ax.text(c, r, text, ha="center", va="center", fontsize=9)
    ax.set_title(title)
