"""F7 against Keras and NumPy, its module against its trace."""

import io
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import datasets, figures, layers
from figures_js import Module, same_trace
from PIL import Image

RNG = np.random.default_rng(37)
RECORDED = figures.network()


# the data are large: they go to quickjs once for each network, not with each state
ONCE = """
globalThis.keep = data => { globalThis.kept = JSON.parse(data); };
globalThis.all = state => {
  const settled = figure.settle(JSON.parse(state), kept);
  const trace = figure.trace(settled, kept);
  return JSON.stringify({ settle: settled, trace, sentence: figure.sentence(settled, trace),
    table: figure.table(settled, trace) }, (_, v) => ArrayBuffer.isView(v) ? [...v] : v);
};
"""


@pytest.fixture(scope="module")
def module():
    made = Module("network")
    made.context.eval(ONCE)
    made.net = None
    return made


def settled(module, figure, **changes):
    """Return everything that the module says about a state."""
    if module.net is not figure.net:
        module.context.get("keep")(json.dumps(figure.data()))
        module.net = figure.net
    state = json.dumps({**figure.state, **changes})
    return json.loads(module.context.get("all")(state))


def keras_models():
    """Return small networks in Keras, every kind of layer and padding among them."""
    from convcourse.tf import keras, reproducible

    reproducible(4)
    made, kinds = [], keras.layers
    for shape, row in [
        ((9, 8, 3), [
            kinds.Conv2D(4, 3, padding="same", activation="relu"), kinds.MaxPooling2D(2),
            kinds.Conv2D(5, (2, 3), strides=2, padding="same", activation="tanh"),
            kinds.Flatten(), kinds.Dense(6, activation="sigmoid"), kinds.Dense(4),
            kinds.Activation("softmax"),
        ]),
        ((12, 12, 1), [
            kinds.Conv2D(3, 3, dilation_rate=2, use_bias=False), kinds.Activation("relu"),
            kinds.AveragePooling2D(3, strides=2), kinds.Conv2D(2, 1),
            kinds.GlobalMaxPooling2D(), kinds.Dropout(0.5), kinds.Dense(3),
        ]),
        ((7, 7, 2), [kinds.Conv2D(3, 5, padding="same", strides=(1, 2))]),
    ]:  # fmt: skip
        model = keras.Sequential([keras.Input(shape), *row])
        model.set_weights([RNG.normal(0, 0.6, w.shape) for w in model.get_weights()])
        made.append((model, RNG.normal(0, 2, (3, *shape)).astype(np.float32)))
    return made


@pytest.fixture(scope="module")
def models():
    return keras_models()


def random_state(figure):
    """Return the figure in any state."""
    layer = int(RNG.integers(len(figure.net.shapes)))
    row, column, channel = (int(RNG.integers(n)) for n in figure.net.shapes[layer])
    source = int(RNG.integers(figure.net.shapes[max(0, layer - 1)][2]))
    image = int(RNG.integers(len(figure.net.images)))
    return figure.set(image=image, layer=layer, row=row, column=column,
                      channel=channel, source=source)  # fmt: skip


def close(module, figure):
    """Assert that module and NumPy agree: numbers, words, table."""
    said = settled(module, figure)
    same_trace(figure.trace(), said["trace"])
    assert said["sentence"] == figure.describe()
    assert said["settle"] == figure.state
    table = said["table"]
    assert all(len(row) == len(table["head"]) for row in table["rows"])
    assert all(isinstance(text, str) for row in table["rows"] for text in row)


def test_the_module_computes_and_says_what_numpy_does(module):
    for _ in range(150):
        close(module, random_state(RECORDED))


def test_the_same_for_every_kind_of_layer(module, models):
    for model, images in models:
        figure = figures.network(model, images, labels=None)
        for _ in range(40):
            close(module, random_state(figure))
        corner = {"row": 0, "column": 0, "source": 0}
        for layer, shape in enumerate(figure.net.shapes):  # windows beyond the border
            close(module, figure.set(layer=layer, **corner))
            end = {"row": shape[0] - 1, "column": shape[1] - 1, "source": 0}
            close(module, figure.set(layer=layer, **end, channel=shape[2] - 1))


def test_every_feature_map_is_what_keras_computes(models):
    from convcourse.tf import keras

    for model, images in models:
        figure = figures.network(model, images)
        kept = [
            layer for layer in model.layers
            if not isinstance(layer, keras.layers.Flatten | keras.layers.Dropout)
        ]  # fmt: skip
        inner = keras.Model(model.inputs[0], [layer.output for layer in kept])
        for image in range(len(images)):
            maps = list(figure.set(image=image).trace()["maps"].values())
            x = maps[0].reshape(images[:1].shape).astype("float32")
            wanted = [np.asarray(y).ravel() for y in inner(x)]
            for ours, theirs in zip(maps[1:], wanted, strict=True):
                far = max(1, np.abs(theirs).max())
                np.testing.assert_allclose(ours, theirs, atol=1e-5 * far)


def test_the_recorded_network_answers_as_keras_does():
    from convcourse.tf import keras

    stored, kinds = datasets.recorded("texture_cnn"), keras.layers
    model = keras.Sequential([
        keras.Input((32, 32, 1)), kinds.Conv2D(8, 7, activation="relu"),
        kinds.AveragePooling2D(2), kinds.Conv2D(16, 3, activation="relu"),
        kinds.GlobalAveragePooling2D(), kinds.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.set_weights([stored[key] for key in ("w", "b", "w2", "b2", "w3", "b3")])
    pictures = RECORDED.net.images
    wanted = model.predict(pictures, verbose=0)
    for image, row in enumerate(wanted):
        trace = RECORDED.set(image=image).trace()
        np.testing.assert_allclose(trace["probabilities"], row, atol=2e-4)
        assert trace["probabilities"].sum() == pytest.approx(1, abs=1e-12)
        assert trace["winner"] == row.argmax()


def test_the_last_two_patches_are_told_wrong_and_the_others_right():
    labels = RECORDED.net.labels
    said = [RECORDED.set(image=i).trace()["winner"] for i in range(8)]
    right = [a == b for a, b in zip(said, labels, strict=True)]
    assert right == [True] * 6 + [False] * 2
    assert RECORDED.set(image=6).describe().startswith(
        "Image 6 (grass): the network says gravel, probability 0.90"
    )  # fmt: skip
    assert "and is wrong." in RECORDED.set(image=6).describe()


def test_the_shown_number_follows_from_the_shown_terms(models):
    all_ = [RECORDED, *(figures.network(m, x) for m, x in models)]
    for figure in [random_state(f) for f in all_ for _ in range(40)]:
        trace = figure.trace()
        if not len(trace["partials"]):
            continue
        assert trace["partials"].sum() + trace["b"] == pytest.approx(trace["z"])
        share = trace["partials"][figure.source]
        assert trace["products"].sum() == pytest.approx(share, abs=1e-9)
        np.testing.assert_allclose(trace["window"] * trace["kernel"], trace["products"])
        assert abs(trace["recomputed"] - trace["z"]) <= trace["tolerance"]
        rule = figure.net.layers[figure.layer - 1]["activation"]
        gentle = {"relu": lambda z: max(z, 0), "tanh": np.tanh, "linear": lambda z: z,
                  "sigmoid": lambda z: 1 / (1 + np.exp(-z))}  # fmt: skip
        if rule == "softmax":
            powers = np.exp(trace["logits"] - trace["logits"].max())
            wanted = powers[figure.channel] / powers.sum()
        else:
            wanted = gentle[rule](trace["z"])
        assert trace["value"] == pytest.approx(wanted, abs=1e-9)


def test_the_number_depends_on_what_the_figure_says_and_on_nothing_else(models):
    for model, images in models:
        figure = random_state(figures.network(model, images[:1]))
        for _ in range(12):
            figure = random_state(figure)
            top, left, bottom, right = figure.trace()["cone"][0]
            changed = RNG.normal(0, 2, images[:1].shape)
            changed[:, top : bottom + 1, left : right + 1] = images[
                :1, top : bottom + 1, left : right + 1
            ]
            ours = figures.network(model, images[:1]).set(**figure.state)
            other = figures.network(model, changed).set(**figure.state)
            far = 1 + abs(ours.trace()["z"])
            assert abs(ours.trace()["z"] - other.trace()["z"]) < 1e-2 * far


def test_the_picture_in_levels_is_the_picture():
    net = RECORDED.net
    for image, picture in enumerate(net.images):
        shown = net.maps(image)[0]
        assert np.abs(shown - picture).max() <= net.step[image] / 2 + 1e-12
        assert net.step[image] < 1e-3


def test_the_sentence():
    strongest = figures.network().describe()
    assert strongest == (
        "Image 0 (brick): the network says brick, probability 0.999. conv1, channel 0, "
        "row 13, column 18: 49 products and the bias make z = 6.214, and ReLU makes "
        "6.214 of it. It depends on rows 13 to 19 and columns 18 to 24 of the picture."
    )
    assert figures.network(layer=2).describe().endswith(
        "pool1, channel 0, row 6, column 8: the mean of 4 values is 6.0268. It depends on "
        "rows 12 to 19 and columns 16 to 23 of the picture."
    )  # fmt: skip
    assert figures.network(layer=5, image=1).describe() == (
        "Image 1 (grass): the network says grass, probability 0.9972. dense1, brick: 16 "
        "products and the bias make z = −14.233, and the softmax makes below 0.0001 of "
        "it. It depends on the whole picture."
    )
    assert "the picture's value is" in figures.network(layer=0).describe()


def test_the_place_is_where_the_map_is_largest():
    figure = figures.network(layer=3, channel=3, image=1)
    flat = figure.trace()["maps"]["conv2"].reshape(11, 11, 16)[..., 3]
    assert figure.trace()["value"] == flat.max()


def test_another_layer_takes_the_place_along(module):
    figure = figures.network(layer=1, channel=7, row=25, column=25)
    moved = settled(module, figure, layer=3)["settle"]
    assert moved["layer"] == 3 and moved["row"] == moved["column"] == 10
    moved = settled(module, figure, layer=5, image=99, source=99)["settle"]
    assert moved == {"image": 7, "layer": 5, "channel": 2, "row": 0, "column": 0,
                       "source": 15}  # fmt: skip


def test_our_own_network_is_read_too():
    model = layers.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    model.build((None, 6, 6, 1), rng=1)
    x = RNG.normal(0, 1, (2, 6, 6, 1))
    figure = figures.network(model, x, labels=[0, 1], classes=["a", "b"])
    answers = figure.trace()["probabilities"]
    np.testing.assert_allclose(answers, model(x)[0], atol=1e-3)
    assert ", largest output " in figure.describe()
    assert figure.set(image=1).trace()["maps"]["dense1"].shape == (2,)


def test_bad_arguments_are_named():
    def network(*parts, shape=(6, 6, 1)):
        model = layers.Sequential(list(parts))
        model.build((None, *shape), rng=0)
        return model

    x = np.zeros((1, 6, 6, 1))
    good = network(layers.Conv2D(2, 3), layers.GlobalMaxPool2D())
    for wrong, message in [
        (("texture", x), "model must be 'texture_cnn' or a Sequential"),
        ((good, None), "images is missing"),
        ((good, x[0]), r"images must be numbers \(N, H, W, C\), got shape \(6, 6, 1\)"),
        ((good, np.zeros((13, 6, 6, 1))), "at most 12 of at most 64"),
        ((good, x[:, :5]), r"model reads \(6, 6, 1\), images are \(5, 6, 1\)"),
        ((good, x * np.nan), "images must be finite"),
        ((good, x, [2]), r"labels must be 1 numbers from 0 to 1, got \[2\]"),
        ((good, x, [0], ["a"]), "classes must name the 2 outputs, got 1"),
        ((layers.Sequential([layers.Flatten()]), x), "model is not built"),
        ((network(layers.Conv2D(65, 3)), x), "up to 65 channels"),
        ((network(layers.MaxPool2D(2, padding="same")), x), "padding 'valid'"),
        ((network(layers.Conv2D(2, 3, groups=2), shape=(6, 6, 2)), np.ones((1, 6, 6, 2))),
         "groups"),
        ((network(layers.Conv2D(60, 6), layers.Conv2D(60, 1), layers.Flatten(),
                  layers.Dense(60), layers.Dense(64), layers.Dense(60)), x), "bytes"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            figures.network(*wrong)
    for wrong, message in [
        ({"image": 8}, "image must be from 0 to 7, got 8"),
        ({"layer": 6}, "layer must be from 0 to 5, got 6"),
        ({"channel": 8}, "channel must be from 0 to 7, got 8"),
        ({"row": 26}, "row must be from 0 to 25, got 26"),
        ({"source": 1}, "source must be from 0 to 0, got 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.network(**wrong)
    with pytest.raises(TypeError, match="keras.Sequential"):
        figures.network(3, x)
    with pytest.raises(TypeError, match="made by network"):
        type(RECORDED)()


def test_the_widget_moves():
    widget = RECORDED.widget()
    widget.set(layer=5, row=0, column=0)
    assert widget.figure.describe().startswith("Image 0 (brick)")
    widget.close()


def test_the_picture_shows_maps_window_and_answer():
    figure = figures.network(layer=3, channel=3, image=1)
    drawn = figure.picture()
    titles = [ax.get_title(loc="left") for ax in drawn.axes]
    assert titles[0] == "picture\n32×32×1" and titles[3] == "conv2\n11×11×16"
    assert titles[5] == "window in pool1, 0"
    assert [t.get_text()[:5] for t in drawn.axes[7].texts] == [
        "brick",
        "grass",
        "grave",
    ]
    window = drawn.axes[5].images[0].get_array()
    np.testing.assert_array_equal(window, figure.trace()["window"])
    plt.close(drawn)
    assert Image.open(io.BytesIO(figure.png)).size == (900, 460)
    for layer in (0, 4, 5):
        assert len(figures.network(layer=layer).png) > 10_000


def test_the_page_is_small_and_stable():
    page = figures.network().html()
    assert page == figures.network().html()
    for image in range(8):
        page = figures.network(image=image, layer=3).html()
        assert len(page.encode()) < 150_000
    assert "http" not in page.replace("http://www.w3.org", "")
    assert json.loads(json.dumps(RECORDED.data())) == json.loads(
        json.dumps(figures.network().data())
    )
