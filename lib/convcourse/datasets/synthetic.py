"""Signals and images made from first principles, with a known truth in `about`."""

import math

import numpy as np

from ._dataset import Dataset, about, counted, generator, integer
from .shipped import brick, grass, gravel

RATE = 11025  # samples per second

TUNE = ("C4", "D4", "E4", "C4", "C4", "D4", "E4", "C4")
PITCH = {"C4": 261.63, "D4": 293.66, "E4": 329.63}  # Hz, equal temperament
BEAT = 0.36  # seconds per note

ROOM = (10.0, 7.0, 3.5)  # metres: length, width, height
SPEAKER = (2.0, 2.6, 1.6)
MICROPHONE = (6.0, 3.2, 1.2)
REFLECTION = 0.78  # share of the sound pressure that a wall sends back
SOUND = 343.0  # metres per second
SECONDS = 0.5

TEST = 600  # examples in the test part of a made set
SIDE = 32  # pixels


def _pluck(pitch, samples, rng, loss=0.996):
    """Return a plucked string as a list of floats, not normalised."""
    period = RATE / pitch - 0.5  # the mean of two samples delays by half a sample
    whole = int(period - 0.1)
    rest = period - whole  # 0.1 to 1.1 samples, left to the all-pass filter
    allpass = (1 - rest) / (1 + rest)
    noise = rng.uniform(-1, 1, whole).tolist()
    centre = math.fsum(noise) / whole
    line = [
        (a + b) / 2 - centre for a, b in zip(noise, noise[1:] + noise[:1], strict=True)
    ]
    out, before, low_before, back = [], 0.0, 0.0, 0.0
    for n in range(samples):
        value = line[n % whole]
        low = loss * 0.5 * (value + before)
        back = allpass * low + low_before - allpass * back
        before, low_before = value, low
        line[n % whole] = back
        out.append(value)
    return out


def melody(n=None, seed=0):
    """Return three seconds of a plucked string: the start of Frère Jacques.

    Parameters
    ----------
    n : int, optional
        Take only the first `n` samples.
    seed : int
        Of the noise in each pluck.

    Returns
    -------
    Dataset
        `x` (33075,) float64 within -1..1, `t` in seconds, `rate` 11025.
        `about["starts"]` are the first samples of the notes, `about["pitches"]` their
        pitches in Hz.

    Notes
    -----
    A delay line holds one period of noise. Each sample that leaves it comes back as
    the mean of itself and the one before it, so that the high tones die first:
    K. Karplus and A. Strong (1983), Digital Synthesis of Plucked-String and Drum
    Timbres, Computer Music Journal 7(2). A period is no whole number of samples: an
    all-pass filter delays by the rest of it, as in D. A. Jaffe and J. O. Smith (1983),
    Extensions of the Karplus-Strong Plucked-String Algorithm, in the same issue.

    One addition and multiplication after the other: any machine rounds them alike.

    Examples
    --------
    >>> from convcourse import datasets
    >>> tune = datasets.melody()
    >>> len(tune.x) / tune.rate, tune.about["pitches"][:3]
    (3.0, [261.63, 293.66, 329.63])
    """
    rng = generator(seed)
    x = np.zeros(3 * RATE)
    keep = slice(counted(n, len(x)))
    starts = [k * round(BEAT * RATE) for k in range(len(TUNE))]
    fade = np.linspace(1, 0, round(0.02 * RATE))  # no click where a note ends
    for note, start, end in zip(TUNE, starts, [*starts[1:], len(x)], strict=True):
        x[start:end] = _pluck(PITCH[note], end - start, rng)
        x[end - len(fade) : end] *= fade
    x *= 0.9 / np.abs(x).max()
    facts = about("melody", starts=starts, pitches=[PITCH[note] for note in TUNE])
    return Dataset(
        x[keep], t=_seconds(x[keep]), rate=RATE, unit="amplitude", about=facts
    )


def _seconds(x):
    """Return the time of each sample of a sound in seconds."""
    return np.arange(len(x)) / RATE


def _mirror_images(axis, reach):
    """Return where the mirror images stand on one axis, and how often reflected."""
    length, source = ROOM[axis], SPEAKER[axis]
    most = math.ceil(reach / (2 * length)) + 1
    m = np.arange(-most, most + 1)
    position = np.concatenate([2 * m * length + source, 2 * m * length - source])
    bounces = np.concatenate([2 * np.abs(m), np.abs(m) + np.abs(m - 1)])
    return position - MICROPHONE[axis], bounces


def _echoes():
    """Return delay (samples), gain and number of reflections of each echo, by delay."""
    direct = np.subtract(SPEAKER, MICROPHONE)
    d0 = math.sqrt(math.fsum(direct**2))
    reach = d0 + SECONDS * SOUND
    along, bounced = zip(
        *(_mirror_images(axis, reach) for axis in range(3)), strict=True
    )
    x, y, z = np.meshgrid(*along, indexing="ij", sparse=True)
    i, j, k = np.meshgrid(*bounced, indexing="ij", sparse=True)
    d, bounces = np.sqrt(x**2 + y**2 + z**2), i + j + k
    delay = np.rint((d - d0) * RATE / SOUND).astype(np.int64)
    facing = (x * direct[0] + y * direct[1] + z * direct[2]) / (d * d0)
    share = np.cumprod([1.0] + [REFLECTION] * int(bounces.max()))
    gain = share[bounces] * (d0 / d) * facing
    heard = delay < round(SECONDS * RATE)
    order = np.argsort(delay[heard], kind="stable")
    return delay[heard][order], gain[heard][order], bounces[heard][order]


def _decay(h):
    """Return the time in which the sound falls by 60 dB, in seconds.

    The energy that is still to come, in decibels, is fitted by a line from -5 to
    -35 dB: M. R. Schroeder (1965), New Method of Measuring Reverberation Time, Journal
    of the Acoustical Society of America 37(3).
    """
    energy = np.cumsum(h[::-1] ** 2)[::-1]
    level = 10 * np.log10(energy / energy[0])
    part = (level < -5) & (level > -35)
    slope = np.polyfit(np.flatnonzero(part) / RATE, level[part], 1)[0]
    return -60 / slope


def room(n=None):
    """Return the impulse response of a lecture room of 10 x 7 x 3.5 metres.

    Parameters
    ----------
    n : int, optional
        Take only the first `n` samples.

    Returns
    -------
    Dataset
        `x` (5512,) float64: the direct sound is 1.0 at index 0, each echo is a number
        at its delay behind it. `t` in seconds, `rate` 11025. `about` tells the truth:
        `size`, `speaker` and `microphone` in metres, `speed` of sound in m/s,
        `reflection` of the walls, `decay` (by 60 dB) in seconds; `delays` in samples
        and `gains` of the direct sound and the six walls' first echoes.

    Notes
    -----
    A wall is a mirror: each echo comes straight from a mirror image of the speaker. At
    distance d, after k reflections, it arrives (d - d0)/c after the direct sound with
    gain r**k * d0/d: J. B. Allen and D. A. Berkley (1979), Image method for efficiently
    simulating small-room acoustics, Journal of the Acoustical Society of America 65(4).
    Delays are rounded to whole samples.

    The microphone is a figure of eight that looks at the speaker: it weighs each echo
    with the cosine of the angle between the two. What comes from behind is negative.

    Examples
    --------
    >>> from convcourse import datasets
    >>> echo = datasets.room()
    >>> float(echo.x[0]), echo.about["delays"][:3]
    (1.0, [0, 27, 57])
    """
    delay, gain, bounces = _echoes()
    gain[0] = 1.0  # the direct sound: 1 but for rounding
    h = np.bincount(delay, gain)
    first = bounces <= 1
    facts = about(
        "room",
        size=ROOM,
        speaker=SPEAKER,
        microphone=MICROPHONE,
        speed=SOUND,
        reflection=REFLECTION,
        decay=round(float(_decay(h)), 2),
        delays=delay[first].tolist(),
        gains=gain[first].tolist(),
    )
    x = h[: counted(n, len(h))]
    return Dataset(x, t=_seconds(x), rate=RATE, unit="amplitude", about=facts)


def _bar_images(angles, rng):
    """Return one noisy bar for each angle in degrees, (N, 32, 32, 1) float32."""
    n = len(angles)
    column = (n, 1, 1)
    row, col = np.mgrid[:SIDE, :SIDE]
    centre_row, centre_col = rng.uniform(10, SIDE - 11, (2, *column))
    half_length = rng.uniform(5, 9, column)
    contrast = rng.choice([-1.0, 1.0], column) * rng.uniform(0.7, 1.3, column)
    turn = np.deg2rad(angles).reshape(column)
    right, up = col - centre_col, centre_row - row
    along = right * np.cos(turn) + up * np.sin(turn)
    across = up * np.cos(turn) - right * np.sin(turn)
    bar = np.clip(half_length + 0.5 - np.abs(along), 0, 1)
    bar = bar * np.clip(1.5 - np.abs(across), 0, 1)  # two pixels wide, soft edges
    noise = rng.normal(0, 0.3, bar.shape)
    return (contrast * bar + noise)[..., np.newaxis].astype(np.float32)


def bars(n=None, seed=0, angles=(0, 45, 90, 135)):
    """Return noisy images of one bar each, whose angle is to be told.

    Place, length, contrast and its sign are drawn at random: only the direction says
    which class it is.

    Parameters
    ----------
    n : int, optional
        How many training images to make. Default: 2000.
    seed : int
        Of everything that is drawn. The test part is the same for every `n`.
    angles : sequence of float
        One class for each, in degrees, counter-clockwise from horizontal.

    Returns
    -------
    Dataset
        `x` (n, 32, 32, 1) float32 with mean about 0; `y` (n,) int64, the place of the
        angle in `angles`; `x_test`, `y_test` of 600. `about["angles"]`.

    Examples
    --------
    >>> from convcourse import datasets
    >>> datasets.bars(n=8)
    Dataset bars(x: (8, 32, 32, 1) float32, y: (8,) int64, \
x_test: (600, 32, 32, 1) float32, y_test: (600,) int64, unit: contrast)
    """
    remedy = "It says how many training images to make."
    number = 2000 if n is None else integer(n, "n", 1, remedy)
    angles = np.asarray(angles, dtype=float)
    if angles.ndim != 1 or len(angles) < 2:
        raise ValueError(f"angles must be at least two numbers, got {angles.tolist()}.")
    parts = []
    for part, count in enumerate((number, TEST)):
        rng = generator(seed, part)
        y = rng.permutation(np.arange(count) % len(angles))
        parts += [_bar_images(angles[y], rng), y]
    facts = about("bars", angles=angles.tolist())
    return Dataset(*parts, unit="contrast", about=facts)


def _patches(photographs, count, rng):
    """Return `count` patches and the number of the photograph each is cut from."""
    y = rng.permutation(np.arange(count) % len(photographs))
    height, width = np.subtract(photographs[0].shape, SIDE) + 1
    rows, cols = rng.integers(height, size=count), rng.integers(width, size=count)
    cut = [
        photographs[label][r : r + SIDE, c : c + SIDE]
        for label, r, c in zip(y, rows, cols, strict=True)
    ]
    x = np.stack(cut).astype(np.float64)
    x -= x.mean(axis=(1, 2), keepdims=True)
    x /= np.maximum(x.std(axis=(1, 2), keepdims=True), 1.0)
    return x[..., np.newaxis].astype(np.float32), y


def textures(n=None, seed=0):
    """Return patches of brick, grass and gravel, 32 x 32 pixels.

    Parameters
    ----------
    n : int, optional
        How many training patches to cut. Default: 1500.
    seed : int
        Of the places. The test part is the same for every `n`.

    Returns
    -------
    Dataset
        `x` (n, 32, 32, 1) float32; `y` (n,) int64: 0 brick, 1 grass, 2 gravel;
        `x_test`, `y_test` of 600. `about["classes"]` holds the names.

    Notes
    -----
    Training patches are cut from the top halves of the three photographs, test patches
    from the bottom halves, at random places. From each patch its mean is taken away,
    and it is divided by its standard deviation: brightness and contrast tell nothing.

    Examples
    --------
    >>> from convcourse import datasets
    >>> patches = datasets.textures(n=6)
    >>> patches.x.shape, patches.about["classes"]
    ((6, 32, 32, 1), ('brick', 'grass', 'gravel'))
    """
    remedy = "It says how many training patches to cut."
    number = 1500 if n is None else integer(n, "n", 1, remedy)
    whole = [photograph().x for photograph in (brick, grass, gravel)]
    top, bottom = [p[:256] for p in whole], [p[256:] for p in whole]
    train = _patches(top, number, generator(seed, 0))
    test = _patches(bottom, TEST, generator(seed, 1))
    facts = about("textures", classes=("brick", "grass", "gravel"))
    return Dataset(*train, *test, unit="standard deviations", about=facts)


def _gaussian(sigma):
    """Return a Gaussian kernel of odd side, cut at three sigma, with sum 1."""
    radius = math.ceil(3 * sigma)
    line = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 1e-9)) ** 2)
    kernel = np.outer(line, line)
    return kernel / kernel.sum()


def _blurred(image, kernel):
    """Return an image convolved with a kernel; borders mirrored, edge repeated."""
    height, width = kernel.shape
    top, left = height // 2, width // 2
    around = [(height - 1 - top, top), (width - 1 - left, left)]
    padded = np.pad(image, around + [(0, 0)] * (image.ndim - 2), mode="symmetric")
    out = np.zeros_like(image)
    for i, j in np.ndindex(kernel.shape):
        shifted = padded[height - 1 - i :, width - 1 - j :][
            : len(image), : image.shape[1]
        ]
        out += kernel[i, j] * shifted
    return out


def degraded(photo="camera", blur=2.0, noise=0.02, seed=0):
    """Return a blurred and noisy photograph, and the photograph as it was.

    Parameters
    ----------
    photo : str or array
        Name of a photograph, or an image (H, W) or (H, W, 3): uint8 0..255 or float
        0..1.
    blur : float or (kh, kw) array
        Standard deviation of a Gaussian in pixels, 0 for none; or the kernel itself,
        with which the photograph is convolved.
    noise : float
        Standard deviation of the Gaussian noise that is added, where white is 1.
    seed : int
        Of the noise.

    Returns
    -------
    Dataset
        `x` the degraded photograph, `y` the true one, both float64. The noise takes
        `x` a little out of 0..1. `about["kernel"]`, `about["noise"]`.

    Raises
    ------
    ValueError
        If `blur` or `noise` is negative, or an array has the wrong shape.

    Notes
    -----
    Outside the border the photograph is mirrored, the edge pixel repeated (NumPy's
    "symmetric").

    Examples
    --------
    >>> import numpy as np
    >>> from convcourse import datasets
    >>> motion = datasets.degraded("camera", blur=np.full((1, 15), 1 / 15), noise=0)
    >>> motion.x.shape, motion.about["kernel"].shape
    ((512, 512), (1, 15))
    """
    truth, facts = _truth(photo)
    kernel = np.array(blur, dtype=np.float64)
    if kernel.ndim not in (0, 2) or kernel.size == 0:
        raise ValueError(
            f"blur must be a number or a kernel (kh, kw), got {kernel.shape}."
        )
    if kernel.ndim == 0 and not 0 <= kernel < np.inf:
        raise ValueError(f"blur must be >= 0, got {blur}. Use blur=0 for none.")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be >= 0, got {noise}. Use noise=0 for none.")
    kernel = _gaussian(float(kernel)) if kernel.ndim == 0 else kernel
    x = _blurred(truth, kernel) + generator(seed).normal(0, noise, truth.shape)
    facts = facts | {"kernel": kernel, "noise": noise}
    return Dataset(x, truth, unit="grey level 0..1", about=facts)


def _truth(photo):
    """Return a photograph as float64 0..1, and what is known about it."""
    if isinstance(photo, str):
        from . import load

        found = load(photo)
        image, facts = found.x, found.about
    else:
        image, facts = np.asarray(photo), {"name": "degraded"}
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3):
        raise ValueError(
            f"photo must be an image (H, W) or (H, W, 3), got shape {image.shape}."
        )
    scale = 255.0 if image.dtype == np.uint8 else 1.0
    return image / scale, facts
