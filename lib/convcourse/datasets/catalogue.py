"""The facts about each data set, written down once.

The loaders take source, licence and sha256 from here; `tools/make_data.py` takes the
recipe from here, and writes `data/SOURCES.md`.
"""

from dataclasses import dataclass

__all__ = ["CATALOGUE", "RECORDED", "Entry"]

SKIMAGE = "scikit-image 0.26.0"
STATSMODELS = "statsmodels 0.15.0"
SKLEARN = "scikit-learn 1.9.1"

SHA256 = {
    "cheaper.npz": "66bd390c0db91d5f1c6f38986396c7bf35606e42c9e653824f8cf409cbc9fb53",
    "dilated.npz": "0ded13a0085a54e5fd5921539ef461c6dc7c43596fa7c47934cce8784e43eac4",
    "enlarging.npz": "2f0fcdbc494db2a3d296ed213188282fe1c6dd5d6d24c8278f86d58ed4bc44c8",
    "ten_seeds.npz": "08f39175503df99f25294629d987d56538e888c735c52e6191ba95060485156c",
    "texture_cnn.npz": "43a6fd1edd5953321a231d81122c9d2e57fa266da73eb47032ee5978f6524f00",
    "camera.png": "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
    "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    "clock.png": "f029226b28b642e80113d86622e9b215ee067a0966feaf5e60604a1e05733955",
    "brick.png": "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
    "grass.png": "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
    "gravel.png": "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
    "co2.csv": "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
    "sunspots.csv": "7c7666357ea37c20cff96fd920ca1851cb120db360ec41dfe95d8259c8ceeafa",
    "digits.npz": "c9e5af24b04f4ec4042d4087c1042b40d0a181570707f93438805f4a582f0a23",
}


@dataclass(frozen=True)
class Entry:
    """What the course knows about one data set.

    `where` is one of "data" (shipped in the folder `data/`), "made" (computed when
    asked for), "scikit-image" (read from the installed package, never copied) and
    "Keras cache" (downloaded once, only when asked for).
    """

    name: str
    kind: str
    where: str
    shows: str
    source: str
    licence: str
    stated: str = ""  # the place where the licence is stated
    note: str = ""
    instead: str = ""  # what does in its place when it is missing
    file: str = ""  # in data/
    package: str = ""  # the wheel that the file is taken from
    member: str = ""  # the path in that wheel

    @property
    def sha256(self):
        """The sha256 of the file in `data/`, or "" where there is none."""
        return SHA256.get(self.file, "")


def _photograph(name, shows, source, licence, stated, member="", note=""):
    """Return the entry of a photograph that `data/` holds."""
    return Entry(
        name=name,
        kind="photograph",
        where="data",
        shows=shows,
        source=source,
        licence=licence,
        stated=f"skimage/data/_fetchers.py, docstring of {stated}",
        note=note,
        instead="moon",
        file=f"{name}.png",
        package=SKIMAGE,
        member=member or f"skimage/data/{name}.png",
    )


_ENTRIES = (
    Entry(
        name="co2",
        kind="signal",
        where="data",
        shows="carbon dioxide in the air over Mauna Loa, Hawaii, week by week",
        source="C. D. Keeling and T. P. Whorf (2004), Atmospheric CO2 concentrations "
        "derived from flask air samples at sites in the SIO network, Carbon Dioxide "
        "Information Analysis Center",
        licence="public domain",
        stated='statsmodels/datasets/co2/data.py, COPYRIGHT: "This is public domain."',
        note="The file holds 2284 weekly means, 29 March 1958 to 29 December 2001; 59 "
        "weeks are empty, 18 of them in one gap from 25 January 1964. The loader fills "
        "them by linear interpolation between the neighbouring weeks.",
        instead="sunspots",
        file="co2.csv",
        package=STATSMODELS,
        member="statsmodels/datasets/co2/co2.csv",
    ),
    Entry(
        name="sunspots",
        kind="signal",
        where="data",
        shows="mean number of sunspots in each month",
        source="International sunspot number, version 1, as distributed by the "
        "National Geophysical Data Center",
        licence="public domain",
        stated="statsmodels/datasets/sunspots/data.py, COPYRIGHT: "
        '"This data is public domain."',
        note="3126 monthly means, January 1749 to June 2009. February 1824 was not "
        "observed: the file holds the mean of its two neighbours. The last six months "
        "are preliminary. These are the numbers before their revision in 2015, which "
        "raised them; the revised series is under CC BY-NC and is not used here.",
        instead="co2",
        file="sunspots.csv",
        package=STATSMODELS,
        member="statsmodels/datasets/sunspots/src/sunspots_monthly.dat",
    ),
    Entry(
        name="melody",
        kind="signal",
        where="made",
        shows="three seconds of a plucked string that plays the start of Frère Jacques",
        source="made by convcourse.datasets.melody; the tune is traditional",
        licence="that of the course",
    ),
    Entry(
        name="room",
        kind="signal",
        where="made",
        shows="impulse response of a lecture room, direct sound and echoes",
        source="made by convcourse.datasets.room",
        licence="that of the course",
    ),
    _photograph(
        "camera",
        "a man and his camera on a tripod",
        "Lav Varshney",
        "CC0",
        'camera(): "No copyright restrictions. CC0 by the photographer"',
    ),
    _photograph(
        "coffee",
        "a cup of espresso, in colour",
        "Rachel Michetti",
        "CC0",
        'coffee(): "No copyright restrictions. CC0 by the photographer"',
    ),
    _photograph(
        "clock",
        "a wall clock, blurred by a moving camera",
        "Stefan van der Walt",
        "public domain",
        'clock(): "Released into the public domain by the photographer"',
        member="skimage/data/clock_motion.png",
        note="The camera moved about horizontally while the shutter was open. The true "
        "blur is not known.",
    ),
    _photograph(
        "brick",
        "a brick wall",
        "CC0Textures, Bricks25; warped, turned, cropped and scaled by scikit-image",
        "CC0",
        'brick(): "licensed under the Creative Commons CC0 License"',
    ),
    _photograph(
        "grass",
        "grass from above",
        "linolafett, Grass 01; cropped and turned to grey by scikit-image",
        "CC0",
        'grass(): "licensed under the Creative Commons CC0 License"',
    ),
    _photograph(
        "gravel",
        "gravel from above",
        "CC0Textures, Gravel04; scaled, cropped and turned to grey by scikit-image",
        "CC0",
        'gravel(): "licensed under the Creative Commons CC0 License"',
    ),
    Entry(
        name="page",
        kind="photograph",
        where="scikit-image",
        shows="a printed page in uneven light",
        source="not stated by scikit-image",
        licence="not stated: used from the installed package, never copied",
        instead="camera",
        member="data/page.png",
    ),
    Entry(
        name="moon",
        kind="photograph",
        where="scikit-image",
        shows="the surface of the moon, with little contrast",
        source="not stated by scikit-image",
        licence="not stated: used from the installed package, never copied",
        instead="camera",
        member="data/moon.png",
    ),
    Entry(
        name="faces",
        kind="set",
        where="scikit-image",
        shows="100 faces (y = 1) and 100 pieces of background (y = 0), 25 x 25",
        source="Labeled Faces in the Wild, University of Massachusetts",
        licence="not stated: used from the installed package, never copied",
        note="Grey levels 0..1.",
        instead="textures",
        member="data/lfw_subset.npy",
    ),
    Entry(
        name="digits",
        kind="set",
        where="data",
        shows="handwritten digits, 8 x 8 pixels, grey levels 0..16",
        source="E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten "
        "Digits, UCI Machine Learning Repository, doi 10.24432/C50P49",
        licence="CC BY 4.0",
        stated="the page of the set at UCI, as others quote it; scikit-learn names "
        "origin and authors (sklearn/datasets/descr/digits.rst), but no licence",
        note="The 1797 images of the test part, by 13 writers, in the order of the "
        "source: neighbours in the list come from the same hand, so cut the set into "
        "contiguous parts to test on new writers. Changed from the source: rows of 64 "
        "numbers are stored as images of 8 x 8, not compressed, so that the bytes do "
        "not depend on the version of zlib.",
        instead="bars",
        file="digits.npz",
        package=SKLEARN,
        member="sklearn/datasets/data/digits.csv.gz",
    ),
    Entry(
        name="textures",
        kind="set",
        where="made",
        shows="patches of brick (0), grass (1) and gravel (2), 32 x 32",
        source="cut by convcourse.datasets.textures from the photographs brick, grass "
        "and gravel",
        licence="CC0",
    ),
    Entry(
        name="bars",
        kind="set",
        where="made",
        shows="noisy bars of known angle, 32 x 32",
        source="made by convcourse.datasets.bars",
        licence="that of the course",
    ),
    Entry(
        name="fashion_mnist",
        kind="full set",
        where="Keras cache",
        shows="60 000 + 10 000 pictures of clothes, 28 x 28",
        source="H. Xiao, K. Rasul and R. Vollgraf (2017), Fashion-MNIST, Zalando SE",
        licence="MIT",
        stated="keras.datasets.fashion_mnist.load_data, docstring",
        instead="digits",
    ),
    Entry(
        name="mnist",
        kind="full set",
        where="Keras cache",
        shows="60 000 + 10 000 handwritten digits, 28 x 28",
        source="Y. LeCun and C. Cortes, MNIST, from sets of NIST",
        licence="CC BY-SA 3.0",
        stated="keras.datasets.mnist.load_data, docstring",
        instead="digits",
    ),
    Entry(
        name="cifar10",
        kind="full set",
        where="Keras cache",
        shows="50 000 + 10 000 colour pictures of ten kinds of thing, 32 x 32",
        source="A. Krizhevsky (2009), CIFAR-10, University of Toronto",
        licence="not stated by Keras: used from its cache, never copied",
        instead="textures",
    ),
)

CATALOGUE = {entry.name: entry for entry in _ENTRIES}

RECORDED = {
    "texture_cnn": Entry(
        name="texture_cnn",
        kind="recorded network",
        where="data",
        shows="a small network that tells patches of brick, grass and gravel apart",
        source="trained by tools/make_data.py --train on datasets.textures(n=3000)",
        licence="that of the course",
        stated="trained here, on photographs under CC0",
        note="Layers: 8 kernels 7 x 7 (w, b), ReLU, 2 x 2 average pooling; 16 kernels "
        "3 x 3 (w2, b2), ReLU; global average; 3 outputs (w3, b3), softmax. Made for "
        "images with mean 0 and standard deviation 1.",
        instead="textures",
        file="texture_cnn.npz",
    ),
    "ten_seeds": Entry(
        name="ten_seeds",
        kind="recorded accuracies",
        where="data",
        shows="the accuracies of twelve networks, each trained ten times",
        source="trained by tools/make_data.py --train (convcourse.experiments.seeing)",
        licence="that of the course",
        stated="measured here",
        note="Of each network (10, 1) shares of the test images told right, a row for "
        "each of the seeds 0 to 9; of those for digits (10, 7), a column for each step "
        "of 0 to 6 pixels to the right.",
        instead="textures",
        file="ten_seeds.npz",
    ),
    "dilated": Entry(
        name="dilated",
        kind="recorded measurements",
        where="data",
        shows="errors and accuracies of networks with and without dilation, 30 runs each",
        source="trained by tools/make_data.py --train (convcourse.experiments.dilated)",
        licence="that of the course",
        stated="measured here",
        note="Of each task and network (30,): a score for each of the seeds 0 to 29. "
        "sunspots: RMSE of forecasts; pitch, pages: share told right.",
        instead="sunspots",
        file="dilated.npz",
    ),
    "enlarging": Entry(
        name="enlarging",
        kind="recorded measurements",
        where="data",
        shows="chequered energy and PSNR of seven networks that enlarge photographs",
        source="trained by tools/make_data.py --train (convcourse.experiments.enlarging)",
        licence="that of the course",
        stated="measured here",
        note="Of each network (30, 4): a row for each of the seeds 0 to 29; energy and "
        "PSNR in dB before training, energy and PSNR after.",
        instead="camera",
        file="enlarging.npz",
    ),
    "cheaper": Entry(
        name="cheaper",
        kind="recorded accuracies",
        where="data",
        shows="the accuracies of five networks for digits, plain and cheap",
        source="trained by tools/make_data.py --train (convcourse.experiments.cheaper)",
        licence="that of the course",
        stated="measured here",
        note="Of each network (30,): the share of 597 test digits told right, for each of "
        "the seeds 0 to 29.",
        instead="digits",
        file="cheaper.npz",
    ),
}
