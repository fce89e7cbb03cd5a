"""How fast is our textbook convolution? Ratios, measured side by side.

Run it by hand; it is no test::

    .venv/bin/python benchmarks/ops.py             # every section
    .venv/bin/python benchmarks/ops.py conv2d      # one of them

All methods of a row run in turn in this one process, on one thread, in CPU time;
each figure is the median of several rounds. The ratios carry to another machine,
the milliseconds do not.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from convcourse.ops import (  # noqa: E402
    average_pool2d,
    convolve1d,
    correlate2d,
    correlate_channels,
    max_pool2d,
    separable,
    transposed_channels,
)
from scipy import ndimage, signal  # noqa: E402

ROUNDS = 7


def cpu_times(calls, rounds=ROUNDS):
    """Return the median CPU seconds of each call; the calls take turns."""
    repeats = {}
    for name, call in calls.items():  # one warm-up each, and how often 20 ms need it
        start = time.process_time()
        call()
        once = time.process_time() - start
        repeats[name] = max(1, int(0.02 / max(once, 1e-6)))
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                call()
            times[name].append((time.process_time() - start) / repeats[name])
    return {name: statistics.median(values) for name, values in times.items()}


def peak_memory(call):
    """Return the most bytes that a call holds at once, its result included."""
    call()  # imports and caches are not its own
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# ------------------------------------------------------------- one dimension


def python_loops(x, kernel):
    """Convolve with two plain loops over lists."""
    x, kernel = x.tolist(), kernel.tolist()
    y = [0.0] * (len(x) + len(kernel) - 1)
    for n, sample in enumerate(x):
        for k, weight in enumerate(kernel):
            y[n + k] += sample * weight
    return np.array(y)


def ndimage_full(x, kernel):
    """Pad as 'full' does, then let ndimage run over the signal."""
    padded = np.pad(x, len(kernel) - 1)
    y = ndimage.convolve1d(padded, kernel, mode="constant")
    start = len(kernel) // 2
    start -= len(kernel) % 2 == 0  # ndimage centres an even kernel one step earlier
    return y[start : start + len(x) + len(kernel) - 1]


METHODS = {
    "np.convolve": np.convolve,
    "signal.convolve": signal.convolve,
    "signal.fftconvolve": signal.fftconvolve,
    "ndimage.convolve1d": ndimage_full,
    "two Python loops": python_loops,
}


def compare(n, size, methods, rng):
    """Time `methods` and ours on one signal and one kernel; all must agree."""
    x, kernel = rng.standard_normal(n), rng.standard_normal(size)
    ours = convolve1d(x, kernel)
    for name, method in methods.items():
        np.testing.assert_allclose(method(x, kernel), ours, atol=1e-8, err_msg=name)
    calls = {name: lambda m=m: m(x, kernel) for name, m in methods.items()}
    return cpu_times({"ours": lambda: convolve1d(x, kernel), **calls})


def conv1d():
    """Print the table of ratios in one dimension."""
    rng = np.random.default_rng(0)
    names = list(METHODS)
    print(
        "How many times the CPU time of convcourse.ops.convolve1d (below 1: faster)\n"
    )
    print(f"{'N':>8} {'K':>5} {'ours, ms':>9}  " + "  ".join(f"{n:>18}" for n in names))
    for n, size in [(100, 3), (1000, 11), (10_000, 3), (10_000, 101), (100_000, 13)]:
        methods = dict(METHODS)
        if n * size > 200_000:  # the loops alone would take a second a round
            del methods["two Python loops"]
        times = compare(n, size, methods, rng)
        ratios = [times[m] / times["ours"] if m in times else None for m in names]
        cells = [f"{'-' if r is None else format(r, '.2f'):>18}" for r in ratios]
        print(f"{n:>8} {size:>5} {times['ours'] * 1e3:>9.3f}  " + "  ".join(cells))


def reverb():
    """Print how much faster the FFT makes a long echo."""
    rng = np.random.default_rng(0)
    rate = 22_050
    music, room = rng.standard_normal(10 * rate), rng.standard_normal(rate * 3 // 2)
    direct = np.convolve(music, room)
    np.testing.assert_allclose(signal.fftconvolve(music, room), direct, atol=1e-6)
    times = cpu_times(
        {
            "np.convolve": lambda: np.convolve(music, room),
            "fftconvolve": lambda: signal.fftconvolve(music, room),
        }
    )
    print("Reverb: 10 s of sound in a room of 1.5 s, 22.05 kHz")
    for name, seconds in times.items():
        print(f"  {name:<12} {seconds * 1e3:8.1f} ms")
    print(
        f"  the FFT is {times['np.convolve'] / times['fftconvolve']:.0f} times faster"
    )


# ------------------------------------------------------------ two dimensions


def signal_convolve2d(x, kernel, mode):
    """Correlate with SciPy's direct convolution."""
    return signal.convolve2d(x, kernel[::-1, ::-1], mode)


def signal_fftconvolve(x, kernel, mode):
    """Correlate with SciPy's FFT."""
    return signal.fftconvolve(x, kernel[::-1, ::-1], mode)


def opencv(x, kernel, mode):
    """Correlate with OpenCV, which knows 'same' only; the rest is cut off."""
    y = cv2.filter2D(x, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
    if mode == "same":
        return y
    top, left = (k // 2 for k in kernel.shape)
    rows, columns = (n - k + 1 for n, k in zip(x.shape, kernel.shape, strict=True))
    return y[top : top + rows, left : left + columns]


PICTURE_METHODS = {
    "convolve2d": signal_convolve2d,
    "fftconvolve": signal_fftconvolve,
    "cv2.filter2D": opencv,
}


def targets(size):
    """Return what a kernel of this size shall reach: times of others over ours."""
    least = {"fftconvolve": 1.0, "cv2.filter2D": 1 / 8 if size < 12 else 1 / 2}
    if size <= 7:
        least["convolve2d"] = 5.0
    elif size >= 21:
        least["convolve2d"] = 15.0
    return least


def compare_pictures(n, size, mode, dtype=np.float32):
    """Return CPU times and peak memory, in images, of all methods; all must agree."""
    rng = np.random.default_rng(n + size)
    x = rng.integers(0, 256, (n, n)).astype(dtype)
    kernel = rng.integers(-9, 10, (size, size)).astype(np.float32)
    ours = correlate2d(x, kernel, mode)
    calls = {"ours": lambda: correlate2d(x, kernel, mode)}
    for name, method in PICTURE_METHODS.items():
        if name == "convolve2d" and n**2 * size**2 > 2**30 + 2**26:
            continue  # seconds a round
        scale = 1e-5 * 255 * np.abs(kernel).sum()
        np.testing.assert_allclose(method(x, kernel, mode), ours, rtol=0, atol=scale)
        calls[name] = lambda m=method: m(x, kernel, mode)
    memory = {name: peak_memory(call) / (4 * n * n) for name, call in calls.items()}
    return cpu_times(calls), memory


def conv2d():
    """Print ratios, targets and memory for one picture and one kernel."""
    cv2.setNumThreads(1)
    missed = []
    for mode in ("valid", "same"):
        print(
            f"convcourse.ops.correlate2d, float32, mode {mode!r}: CPU time of the others "
            "divided by ours\n(target in brackets, ! where missed), peak memory in "
            "pictures: ours, SciPy's FFT, OpenCV\n"
        )
        head = "".join(f"{name:>22}" for name in PICTURE_METHODS)
        print(f"{'picture':>8} {'kernel':>6} {'ours, ms':>9}{head}   memory")
        for n in (128, 256, 512, 1024, 2048):
            for size in (3, 5, 7, 9, 11, 15, 21, 63):
                times, memory = compare_pictures(n, size, mode)
                missed += picture_row(n, size, mode, times, memory)
        print()
    print("All targets met." if not missed else "Missed: " + "; ".join(missed))


def picture_row(n, size, mode, times, memory):
    """Print one row, and return what it missed."""
    cells, missed = "", []
    for name in PICTURE_METHODS:
        if name not in times:
            cells += f"{'-':>22}"
            continue
        ratio, least = times[name] / times["ours"], targets(size).get(name)
        wanted = f"[{least:.3g}]" if least else ""
        if least and ratio < least:
            wanted += "!"
            missed.append(f"{name} {n}/{size} {mode}: {ratio:.3g}, not {least:.3g}")
        cells += f"{ratio:>11.3g} {wanted:<10}"
    held = "  ".join(
        f"{memory[m]:5.1f}" for m in ("ours", "fftconvolve", "cv2.filter2D")
    )
    print(f"{n:>7}² {size:>5}² {times['ours'] * 1e3:>9.3f}{cells}   {held}", flush=True)
    return missed


def conv2d_options():
    """Print what dtype, stride, dilation and border cost, beside the plain call."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (512, 512)).astype(np.float32)
    print(
        "512², CPU time divided by that of float32, 'valid', no stride, no dilation\n"
    )
    print(f"{'kernel':>6} {'plain, ms':>10}  others")
    for size in (3, 7, 21):
        kernel = rng.integers(-9, 10, (size, size)).astype(np.float32)
        weights = kernel.astype(int)
        arguments = {
            "plain": (x, kernel, {}),
            "same, reflect": (x, kernel, {"mode": "same", "boundary": "reflect"}),
            "stride 2": (x, kernel, {"stride": 2}),
            "dilation 2": (x, kernel, {"dilation": 2}),
            "float64": (x.astype(float), kernel.astype(float), {}),
            "uint8, exact": (x.astype(np.uint8), weights, {}),
        }
        calls = {
            name: lambda a=a, k=k, o=o: correlate2d(a, k, **{"mode": "valid", **o})
            for name, (a, k, o) in arguments.items()
        }
        times = cpu_times(calls)
        plain = times.pop("plain")
        cells = ", ".join(f"{name} {t / plain:.2f}" for name, t in times.items())
        print(f"{size:>5}² {plain * 1e3:>10.3f}  {cells}")


# ------------------------------------------------------- batches and channels

# name, target, images (N, H, W, C), kernels (kh, kw, C_in // groups, C_out), options
LAYERS = [
    ("3x3, 1 to 32", 1.5, (32, 28, 28, 1), (3, 3, 1, 32), {}),
    ("5x5, 1 to 32", 1.5, (32, 28, 28, 1), (5, 5, 1, 32), {}),
    ("3x3, 32 to 64", 1.5, (32, 28, 28, 32), (3, 3, 32, 64), {}),
    ("3x3, 64 to 64", 1.5, (8, 56, 56, 64), (3, 3, 64, 64), {}),
    ("3x3, 64 to 128", 1.5, (32, 14, 14, 64), (3, 3, 64, 128), {}),
    ("1x1, 32 to 64", 1.5, (32, 28, 28, 32), (1, 1, 32, 64), {}),
    ("3x3, stride 2", 1.5, (32, 28, 28, 32), (3, 3, 32, 64), {"stride": 2}),
    ("3x3, dilation 2", 1.5, (32, 28, 28, 32), (3, 3, 32, 64), {"dilation": 2}),
    ("digits, 16 to 32", 1.5, (64, 8, 8, 16), (3, 3, 16, 32), {}),
    ("7x7, one large image", None, (1, 512, 512, 3), (7, 7, 3, 16), {}),
    ("3x3, groups 4", 3.0, (32, 28, 28, 32), (3, 3, 8, 64), {"groups": 4}),
    ("3x3, depthwise", 4.0, (32, 28, 28, 64), (3, 3, 1, 64), {"groups": 64}),
    ("depthwise, twice", 4.0, (32, 28, 28, 32), (3, 3, 1, 64), {"groups": 32}),
    (
        "depthwise, stride 2",
        4.0,
        (32, 28, 28, 64),
        (3, 3, 1, 64),
        {"groups": 64, "stride": 2},
    ),
]
MOST_MEMORY = 3.0  # outputs and padded inputs


def layers():
    """Print ratios, targets and memory of a layer's forward pass, beside TensorFlow."""
    print(
        "convcourse.ops.correlate_channels, float32, 'same': our CPU time divided by "
        "that of\na graph of TensorFlow (target in brackets, ! where missed); peak "
        "memory divided by\noutput plus padded input\n"
    )
    print(f"{'layer':<22} {'ours, ms':>9} {'TF, ms':>8} {'ratio':>7}  {'memory':>13}")
    missed = [name for case in LAYERS for name in layer_row(*case)]
    print()
    products_alone()
    pooling()
    print("All targets met." if not missed else "Missed: " + "; ".join(missed))


def layer_row(name, target, images, kernels, options):
    """Measure and print one layer, and return what it missed."""
    from convcourse.tf import tf

    rng = np.random.default_rng(0)
    x = rng.standard_normal(images).astype(np.float32)
    w = rng.standard_normal(kernels).astype(np.float32)
    graph = in_tensorflow(images[3], w, **options)
    tensor = tf.constant(x)

    def ours():
        return correlate_channels(x, w, "same", **options)

    y = ours()
    np.testing.assert_allclose(graph(tensor).numpy(), y, rtol=1e-3, atol=1e-3)
    times = cpu_times({"ours": ours, "TF": lambda: graph(tensor)})
    reach = (kernels[0] - 1) * options.get("dilation", 1)
    padded = images[0] * images[3] * (images[1] + reach) * (images[2] + reach) * 4
    memory = peak_memory(ours) / (y.nbytes + padded)
    ratio = times["ours"] / times["TF"]
    slow, fat = bool(target and ratio > target), memory > MOST_MEMORY
    print(
        f"{name:<22} {times['ours'] * 1e3:>9.2f} {times['TF'] * 1e3:>8.2f} {ratio:>7.2f} "
        f"{f'[{target}]' if target else '':>5}{'!' if slow else ' '}"
        f"{memory:>5.2f} [{MOST_MEMORY}]{'!' if fat else ''}",
        flush=True,
    )
    return [f"{name} {ratio:.2f}"] * slow + [f"memory of {name} {memory:.2f}"] * fat


def in_tensorflow(channels, kernels, stride=1, dilation=1, groups=1):
    """Return a graph that computes the same layer."""
    from convcourse.tf import tf

    if groups == channels > 1:
        w = tf.constant(kernels.reshape(*kernels.shape[:2], channels, -1))
        steps = (1, stride, stride, 1)
        return tf.function(lambda x: tf.nn.depthwise_conv2d(x, w, steps, "SAME"))
    w = tf.constant(kernels)
    return tf.function(lambda x: tf.nn.conv2d(x, w, stride, "SAME", dilations=dilation))


def products_alone():
    """Print what the matrix products of one layer take without anything else."""
    from convcourse.tf import tf

    rng = np.random.default_rng(0)
    w = rng.standard_normal((3, 3, 32, 64)).astype(np.float32)
    tensor = tf.constant(rng.standard_normal((32, 28, 28, 32)).astype(np.float32))
    graph, matrix = in_tensorflow(32, w), w.reshape(288, 64)
    windows = rng.standard_normal((28 * 28, 288)).astype(np.float32)  # of one image
    times = cpu_times(
        {
            "NumPy": lambda: [windows @ matrix for _ in range(32)],
            "TF": lambda: graph(tensor),
        }
    )
    print(
        "The matrix products of '3x3, 32 to 64' alone, their windows ready, take "
        f"{times['NumPy'] / times['TF']:.2f} times\nas long as TensorFlow's whole layer. "
        "Over 1, OpenBLAS does not use all of the processor: where\nit has AVX-512, "
        "OPENBLAS_CORETYPE=SkylakeX makes the comparison fair.\n"
    )


def pooling():
    """Print what pooling costs beside TensorFlow; no target."""
    from convcourse.tf import tf

    x = np.random.default_rng(0).standard_normal((32, 28, 28, 64)).astype(np.float32)
    tensor, cells = tf.constant(x), []
    for name, ours, theirs in (
        ("max", max_pool2d, tf.nn.max_pool2d),
        ("average", average_pool2d, tf.nn.avg_pool2d),
    ):
        for size, stride in ((2, 2), (3, 2)):
            graph = tf.function(
                lambda x, f=theirs, k=size, s=stride: f(x, k, s, "SAME")
            )
            y = ours(x, size, stride, "same")
            np.testing.assert_allclose(graph(tensor).numpy(), y, atol=1e-5)
            times = cpu_times(
                {
                    "ours": lambda f=ours, k=size, s=stride: f(x, k, s, "same"),
                    "TF": lambda g=graph: g(tensor),
                }
            )
            ratio = times["ours"] / times["TF"]
            cells.append(f"{name} {size}x{size} by {stride}: {ratio:.2f}")
    print("Pooling, times the CPU time of TensorFlow: " + ", ".join(cells) + "\n")


# ------------------------------------------------- transposed and separable

# name, target, images (N, H, W, C_in), kernels (kh, kw, C_out, C_in), stride, padding
TRANSPOSED = [
    ("4x4 by 2, 64 to 32", 2.0, (32, 14, 14, 64), (4, 4, 32, 64), 2, "same"),
    ("4x4 by 2, 32 to 16", 2.0, (32, 14, 14, 32), (4, 4, 16, 32), 2, "same"),
    ("4x4 by 2, 32 to 1", 2.0, (32, 28, 28, 32), (4, 4, 1, 32), 2, "same"),
    ("3x3 by 2, 64 to 32", 2.0, (32, 14, 14, 64), (3, 3, 32, 64), 2, "same"),
    ("3x3 by 2, valid", 2.0, (32, 14, 14, 64), (3, 3, 32, 64), 2, "valid"),
    ("2x2 by 2, 64 to 32", 2.0, (32, 14, 14, 64), (2, 2, 32, 64), 2, "valid"),
    ("5x5 by 2, 128 to 64", 2.0, (32, 7, 7, 128), (5, 5, 64, 128), 2, "same"),
    ("3x3 by 1, 64 to 64", None, (32, 28, 28, 64), (3, 3, 64, 64), 1, "same"),
    ("4x4 by 2, one image", None, (1, 256, 256, 1), (4, 4, 1, 1), 2, "same"),
]


def transposed():
    """Print ratios of transposed and separable layers beside TensorFlow."""
    print(
        "convcourse.ops.transposed_channels, float32: CPU time of stamping and of zero "
        "insertion\ndivided by that of a graph of TensorFlow (target in brackets, ! "
        "where missed); peak\nmemory of stamping divided by input plus output. Where the "
        "processor has AVX-512,\nOPENBLAS_CORETYPE=SkylakeX makes the comparison fair\n"
    )
    print(
        f"{'layer':<22} {'stamps, ms':>10} {'ratio':>7}       {'zeros':>7} {'memory':>7}"
    )
    missed = [name for case in TRANSPOSED for name in transposed_row(*case)]
    print()
    separable_layer()
    print("All targets met." if not missed else "Missed: " + "; ".join(missed))


def transposed_row(name, target, images, kernels, stride, padding):
    """Measure and print one layer, and return what it missed."""
    from convcourse.tf import tf

    rng = np.random.default_rng(0)
    y = rng.standard_normal(images).astype(np.float32)
    w = rng.standard_normal(kernels).astype(np.float32)
    options = {"stride": stride, "padding": padding}
    x = transposed_channels(y, w, **options)
    tensor, kernels = tf.constant(y), tf.constant(w)
    graph = tf.function(
        lambda y: tf.nn.conv2d_transpose(y, kernels, x.shape, stride, padding.upper())
    )
    np.testing.assert_allclose(graph(tensor).numpy(), x, rtol=1e-3, atol=1e-3)
    calls = {
        method: lambda m=method: transposed_channels(y, w, method=m, **options)
        for method in ("stamping", "zero_insertion")
    }
    times = cpu_times({**calls, "TF": lambda: graph(tensor)})
    memory = peak_memory(calls["stamping"]) / (y.nbytes + x.nbytes)
    ratio, zeros = (times[m] / times["TF"] for m in calls)
    slow = bool(target and ratio > target)
    print(
        f"{name:<22} {times['stamping'] * 1e3:>10.2f} {ratio:>7.2f} "
        f"{f'[{target}]' if target else '':>5}{'!' if slow else ' '}{zeros:>7.2f} "
        f"{memory:>7.2f}",
        flush=True,
    )
    return [f"{name} {ratio:.2f}"] * slow


def separable_layer():
    """Print what a separable layer costs beside a dense one and beside TensorFlow."""
    from convcourse.tf import tf

    rng = np.random.default_rng(0)
    shapes = (32, 28, 28, 64), (3, 3, 64, 1), (1, 1, 64, 64), (3, 3, 64, 64)
    x, taps, mix, dense = (rng.standard_normal(s).astype(np.float32) for s in shapes)
    tensors = [tf.constant(a) for a in (x, taps, mix)]
    graph = tf.function(lambda *a: tf.nn.separable_conv2d(*a, (1, 1, 1, 1), "SAME"))
    ours = separable(x, taps, mix, "same")
    np.testing.assert_allclose(graph(*tensors).numpy(), ours, rtol=1e-3, atol=1e-3)
    times = cpu_times(
        {
            "ours": lambda: separable(x, taps, mix, "same"),
            "dense": lambda: correlate_channels(x, dense, "same"),
            "TF": lambda: graph(*tensors),
        }
    )
    share, part = 1 / 64 + 1 / 9, times["ours"] / times["dense"]  # of MACs, of time
    print(
        "Separable 3x3, 64 to 64, 28 x 28, 32 images: "
        f"{times['ours'] / times['TF']:.2f} times the CPU time of TensorFlow.\nIt needs "
        f"{share:.3f} of the MACs of our dense layer and {part:.3f} of its time.\n"
    )


# ---------------------------------------------------------------------- main

SECTIONS = {
    "conv1d": conv1d,
    "reverb": reverb,
    "conv2d": conv2d,
    "conv2d_options": conv2d_options,
    "layers": layers,
    "transposed": transposed,
}


def main(names):
    """Run the sections that were asked for, or all."""
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        sys.exit(f"No section {unknown[0]!r}; there are {', '.join(SECTIONS)}.")
    for name in names or SECTIONS:
        print(f"== {name}\n")
        SECTIONS[name]()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
