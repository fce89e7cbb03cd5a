"""How fast is our textbook convolution? Ratios, measured side by side.

Run it by hand; it is no test::

    .venv/bin/python benchmarks/ops.py

All methods of a row run in turn in this one process, on one thread, in CPU time;
each figure is the median of several rounds. The ratios carry to another machine,
the milliseconds do not.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import statistics  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
from convcourse.ops import convolve1d  # noqa: E402
from scipy import ndimage, signal  # noqa: E402

ROUNDS = 7


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


def compare(n, size, methods, rng):
    """Time `methods` and ours on one signal and one kernel; all must agree."""
    x, kernel = rng.standard_normal(n), rng.standard_normal(size)
    ours = convolve1d(x, kernel)
    for name, method in methods.items():
        np.testing.assert_allclose(method(x, kernel), ours, atol=1e-8, err_msg=name)
    calls = {name: lambda m=m: m(x, kernel) for name, m in methods.items()}
    return cpu_times({"ours": lambda: convolve1d(x, kernel), **calls})


def main():
    """Print the table of ratios, then the reverb."""
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
    print("\nReverb: 10 s of sound in a room of 1.5 s, 22.05 kHz")
    for name, seconds in times.items():
        print(f"  {name:<12} {seconds * 1e3:8.1f} ms")
    print(
        f"  the FFT is {times['np.convolve'] / times['fftconvolve']:.0f} times faster"
    )


if __name__ == "__main__":
    main()
