"""Make the files of `data/` from published packages, byte for byte the same anywhere.

    .venv/bin/python tools/make_data.py                  every file, and SOURCES.md
    .venv/bin/python tools/make_data.py co2.csv          one file, and SOURCES.md
    .venv/bin/python tools/make_data.py --check          compare data/ with SOURCES.md
    .venv/bin/python tools/make_data.py --check --fresh  make all again and compare
    .venv/bin/python tools/make_data.py --train          train all networks anew, an hour
    .venv/bin/python tools/make_data.py --train cheaper.npz   one of these files
    .venv/bin/python tools/make_data.py --sources        SOURCES.md only

The packages are unpacked into a temporary folder, in the versions that the catalogue
names; they are no part of the course. `--check` writes nothing and needs no network;
`--fresh` needs one. What is known about each file stands in
`lib/convcourse/datasets/catalogue.py`; this script turns it into `data/SOURCES.md`.
"""

import argparse
import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from convcourse import datasets
from convcourse.datasets._files import MAKE as COMMAND
from convcourse.datasets.catalogue import CATALOGUE, RECORDED

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SHIPPED = {entry.file: entry for entry in CATALOGUE.values() if entry.file}
ALL = SHIPPED | {entry.file: entry for entry in RECORDED.values()}

SETTINGS = {
    "seed": 3,
    "epochs": 16,
    "batch_size": 64,
    "learning_rate": 0.003,
    "noise": 0.3,
    "penalty": 0.001,
}
CHOICE = (
    "noise on the training patches, average pooling and a small L2 penalty make the "
    "first kernels smooth; of the seeds 0 to 5 (accuracy .938, .940, .927, .945, .933, "
    ".958) the one whose eight kernels are clearest to the eye was kept. One trial with "
    "Keras's own initial kernels, max pooling, no penalty and no noise told .98 right, "
    "but four of its kernels looked like noise"
)
HEAD = f"""
# Where the data come from

This page is written from `lib/convcourse/datasets/catalogue.py`; change it there.

`{COMMAND}`

makes the files again from published packages, byte for byte the same. Exceptions are
texture_cnn.npz, ten_seeds.npz, dilated.npz, enlarging.npz and cheaper.npz (`--train`):
trained on another kind of processor, a network ends a little elsewhere. `--check`
compares the files with this page, and writes nothing.

Licences are quoted from the packages that the files are taken from: the line "stated
in" says where. Where no licence is stated, the file is not copied. CC0 1.0 is at
<https://creativecommons.org/publicdomain/zero/1.0/>, CC BY 4.0 at
<https://creativecommons.org/licenses/by/4.0/>.
"""


def unpack_packages(folder):
    """Unpack the packages that the catalogue names, without what they depend on."""
    wanted = sorted({e.package.replace(" ", "==") for e in SHIPPED.values()})
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
        + ["--python", sys.executable, "--only-binary", ":all:"]
        + ["--target", str(folder), *wanted],
        check=True,
    )


def npz(**arrays):
    """Return the bytes of an npz file: not compressed, and with a fixed date.

    Compressed bytes depend on the version of zlib, and `np.savez` stores the time.
    Git compresses the file anyway.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # else Windows would write another byte
            info.external_attr = 0o644 << 16
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), version=(1, 0))
            archive.writestr(info, member.getvalue())
    return out.getvalue()


def make_sunspots(raw):
    """Return `year,month,count` lines from the table with one row per year."""
    lines = ["year,month,count"]
    for row in raw.decode("ascii").splitlines():
        fields = row.split()
        if len(fields) > 1 and fields[0].isdigit():
            year, *counts = fields
            lines += [f"{year},{m},{c}" for m, c in enumerate(counts, start=1)]
    return ("\n".join(lines) + "\n").encode("ascii")


def make_digits(raw):
    """Return an npz of images (N, 8, 8) and labels from rows of 64 + 1 numbers."""
    rows = np.loadtxt(io.BytesIO(gzip.decompress(raw)), delimiter=",")
    whole = rows.astype(np.uint8)
    assert np.array_equal(whole, rows), "digits are integers"
    return npz(x=whole[:, :-1].reshape(-1, 8, 8), y=whole[:, -1])


CONVERT = {"sunspots.csv": make_sunspots, "digits.npz": make_digits}


def make(files, wheels):
    """Return {file: bytes}, made from the unpacked packages."""
    made = {}
    for file in files:
        raw = (wheels / SHIPPED[file].member).read_bytes()
        made[file] = CONVERT.get(file, bytes)(raw)  # most are copied as they are
    return made


def train():
    """Return the bytes of texture_cnn.npz: a network trained on the textures.

    Noise on the training patches and a small penalty on the kernels make the kernels
    smooth; `CHOICE` says what this costs.
    """
    from convcourse.tf import keras, reproducible

    layers, data = keras.layers, datasets.textures(n=3000)
    reproducible(SETTINGS["seed"])
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.GaussianNoise(SETTINGS["noise"]),
            layers.Conv2D(
                8,
                7,
                activation="relu",
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
                kernel_regularizer=keras.regularizers.L2(SETTINGS["penalty"]),
            ),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    rate = keras.optimizers.Adam(SETTINGS["learning_rate"])
    model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"])
    fit = {key: SETTINGS[key] for key in ("epochs", "batch_size")}
    model.fit(data.x, data.y, verbose=0, **fit)
    _, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    names = ("w", "b", "w2", "b2", "w3", "b3")
    weights = dict(zip(names, model.get_weights(), strict=True))
    right = round(accuracy * len(data.y_test))
    return npz(**weights, accuracy=right / len(data.y_test))


def ten_seeds():
    """Return the bytes of ten_seeds.npz: what ten runs of each network came to."""
    from convcourse.experiments import seeing

    seeds = range(seeing.SEEDS)
    return npz(
        **{
            name.replace(" ", "_"): np.stack([seeing.run(name, s) for s in seeds])
            for name in seeing.RECORDED
        }
    )


def enlarging():
    """Return the bytes of enlarging.npz: thirty runs of each network of chapter 07."""
    from convcourse.experiments import enlarging

    return npz(
        **{
            way.replace(" ", "_"): np.array(
                [enlarging.run(way, seed) for seed in range(enlarging.SEEDS)],
                np.float32,  # seven digits are enough, and data/ stays small
            )
            for way in enlarging.WAYS
        }
    )


def cheaper():
    """Return the bytes of cheaper.npz: thirty runs of each network of chapter 08."""
    from convcourse.experiments import cheaper

    seeds = range(cheaper.SEEDS)
    return npz(
        **{
            kind: np.array([cheaper.run(kind, seed) for seed in seeds])
            for kind in cheaper.KINDS
        }
    )


def dilated():
    """Return the bytes of dilated.npz: thirty runs of each network of chapter 06."""
    from convcourse.experiments import dilated

    return npz(
        **{
            f"{task}_{way}": [
                dilated.run(task, way, seed) for seed in range(dilated.SEEDS)
            ]
            for task in dilated.WAYS
            for way in dilated.WAYS[task]
        }
    )


def sha256(content):
    """Return the sha256 of some bytes as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def differing(contents):
    """Return a line for each file whose content is not the recorded one."""
    return [
        f"{file}: "
        + (f"its sha256 is {sha256(content)}" if content else "missing or empty")
        + f", recorded is {ALL[file].sha256}"
        for file, content in contents.items()
        if sha256(content) != ALL[file].sha256
    ]


def in_data():
    """Return {file: bytes} of all files of `data/`; a missing one is empty."""
    paths = [DATA / file for file in ALL]
    return {p.name: p.read_bytes() if p.is_file() else b"" for p in paths}


def shape(entry):
    """Return the shape and type of what a file holds, as text."""
    if entry.name in RECORDED:
        arrays = datasets.recorded(entry.name)
        return ", ".join(f"`{k}` {v.shape or 'number'}" for k, v in arrays.items())
    found = datasets.load(entry.name)
    labels = f"; labels {found.y.shape}" if found.y is not None else ""
    return f"{found.x.shape} {found.x.dtype}{labels}"


def origin(entry):
    """Return where a file comes from, and the command that makes it."""
    if entry.name == "ten_seeds":
        yield "measured", "`tests/test_chapter_04.py` runs some of the seeds again"
        yield "made by", f"`{COMMAND} --train` (TensorFlow 2.21, one thread)"
    elif entry.name == "dilated":
        yield "measured", "`tests/test_dilated.py` runs some of the seeds again"
        yield "made by", f"`{COMMAND} --train` (TensorFlow 2.21, one thread)"
    elif entry.name == "enlarging":
        yield "measured", "`tests/test_enlarging.py` runs some of the seeds again"
        yield "made by", f"`{COMMAND} --train` (TensorFlow 2.21, one thread)"
    elif entry.name == "cheaper":
        yield "measured", "`tests/test_cheaper.py` runs some of the seeds again"
        yield "made by", f"`{COMMAND} --train` (TensorFlow 2.21, one thread)"
    elif entry.name in RECORDED:
        accuracy = float(datasets.recorded(entry.name)["accuracy"])
        settings = ", ".join(f"{key} {value}" for key, value in SETTINGS.items())
        yield (
            "measured",
            (
                f"{accuracy:.4f} of the 600 test patches of `datasets.textures(n=3000)` "
                "are told right by this very file; `tests/test_datasets.py` counts again"
            ),
        )
        yield "settings", settings
        yield "how chosen", CHOICE
        yield "made by", f"`{COMMAND} --train` (TensorFlow 2.21, one thread)"
    else:
        way = "converted from" if entry.file in CONVERT else "byte for byte from"
        yield "taken", f"{way} `{entry.member}` of {entry.package}"
        yield "made by", f"`{COMMAND} {entry.file}`"


def section(entry):
    """Return the lines of SOURCES.md about one file."""
    size = (DATA / entry.file).stat().st_size
    rows = [
        ("shows", entry.shows),
        ("holds", f"{shape(entry)}; {size:,} bytes"),
        ("source", entry.source),
        ("licence", entry.licence),
        ("stated in", entry.stated),
        *origin(entry),
        ("note", entry.note),
        ("sha256", f"`{entry.sha256}`"),
    ]
    table = [f"| {name} | {value} |" for name, value in rows if value]
    return ["", f"## {entry.file}", "", "| | |", "|---|---|", *table]


def overview():
    """Return the first lines of SOURCES.md: what is here, what is not."""
    lines = ["| file | shows | licence | bytes |", "|---|---|---|---|"]
    for file, entry in ALL.items():
        size = (DATA / file).stat().st_size
        lines.append(f"| {file} | {entry.shows} | {entry.licence} | {size:,} |")
    total = sum((DATA / file).stat().st_size for file in ALL)
    lines.append(f"| | | all | {total:,} |")
    return lines


def elsewhere():
    """Return the lines of SOURCES.md about data that are not in `data/`."""
    lines = ["", "## Not in this folder", ""]
    lines += ["| name | where | shows | source | licence |", "|---|---|---|---|---|"]
    return lines + [
        f"| {e.name} | {e.where} | {e.shows} | {e.source} | {e.licence} |"
        for e in CATALOGUE.values()
        if e.where != "data"
    ]


def sources():
    """Return the text of SOURCES.md."""
    lines = [*HEAD.strip().splitlines(), "", *overview()]
    for entry in ALL.values():
        lines += section(entry)
    return "\n".join(lines + elsewhere()) + "\n"


def check(fresh):
    """Return what is wrong with `data/`, a line each; write nothing."""
    wrong = differing(in_data())
    if not wrong and (DATA / "SOURCES.md").read_text(encoding="utf-8") != sources():
        wrong.append(f"SOURCES.md is not current: {COMMAND} --sources")
    strangers = {p.name for p in DATA.iterdir()} - set(ALL) - {"SOURCES.md"}
    wrong += [f"{name}: in data/, but not in the catalogue" for name in strangers]
    if fresh:
        with tempfile.TemporaryDirectory() as folder:
            unpack_packages(folder)
            wrong += differing(make(SHIPPED, Path(folder)))
    return wrong


#: What `--train` makes, each by one function.
TRAINED = {
    "texture_cnn.npz": train,
    "ten_seeds.npz": ten_seeds,
    "dilated.npz": dilated,
    "enlarging.npz": enlarging,
    "cheaper.npz": cheaper,
}


def write(files, training):
    """Make files anew; return what is wrong with them."""
    made = {file: TRAINED[file]() for file in training}
    if files:
        with tempfile.TemporaryDirectory() as folder:
            unpack_packages(folder)
            made |= make(files, Path(folder))
    for file, content in made.items():
        (DATA / file).write_bytes(content)
    wrong = differing(in_data())
    if wrong:
        wrong.append(
            "If this is meant, put the sha256 into catalogue.py, then --sources"
        )
    else:
        (DATA / "SOURCES.md").write_text(sources(), encoding="utf-8", newline="\n")
    return wrong


def main(argv=None):
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    option = parser.add_argument
    option(
        "files",
        nargs="*",
        metavar="FILE",
        help="default: all; with --train the networks",
    )
    option(
        "--check", action="store_true", help="compare with SOURCES.md, write nothing"
    )
    option("--fresh", action="store_true", help="with --check: make all again")
    option("--train", action="store_true", help="train networks anew: the files named")
    option("--sources", action="store_true", help="write SOURCES.md only")
    args = parser.parse_args(argv)
    recipes = TRAINED if args.train else SHIPPED
    if unknown := set(args.files) - set(recipes):
        parser.error(f"no recipe for {sorted(unknown)}; there are {list(recipes)}")
    if args.check:
        wrong = check(args.fresh)
    else:
        files = [] if args.sources else args.files or list(recipes)
        wrong = write([], files) if args.train else write(files, [])
    print("\n".join(wrong) if wrong else f"data/: {len(ALL)} files as recorded")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
