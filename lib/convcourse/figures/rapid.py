"""Arrays and pictures as PNG bytes without matplotlib: a few milliseconds each."""

import io

import numpy as np

from convcourse import plots

__all__ = ["picture", "png"]

_WIDE = 256  # pixels; smaller arrays are enlarged by whole numbers


def picture(array):
    """Turn an array into a picture, by the rules of :func:`convcourse.plots.image`.

    Parameters
    ----------
    array : (H, W) or (H, W, 3) array_like, or PIL.Image.Image
        ``uint8`` as it is, True white. Other grey arrays: with values below zero,
        zero is white, negative orange, positive blue; else 0 is black, the largest
        value white. Other colours must run from 0 to 1.

    Returns
    -------
    PIL.Image.Image
        At least 256 pixels wide: every value becomes a square of pixels.

    Raises
    ------
    TypeError, ValueError
        If the array has other axes, is empty, or holds no real numbers.

    Examples
    --------
    >>> picture(np.array([[0, 255]], np.uint8)).size
    (256, 128)
    """
    from PIL import Image

    if isinstance(array, Image.Image):
        return array.convert("RGB") if array.mode not in ("L", "RGB") else array
    array = np.asarray(array)
    if array.size == 0 or not (array.ndim == 2 or array.shape[2:] == (3,)):
        raise ValueError(
            f"a picture must be (H, W) or (H, W, 3), got shape {array.shape}. "
            "Return one image, or draw a figure."
        )
    if array.dtype.kind not in "buif":
        raise TypeError(f"a picture must hold real numbers, got {array.dtype}.")
    levels, palette = _levels(array)
    factor = max(1, -(-_WIDE // array.shape[1]))
    made = Image.fromarray(levels.repeat(factor, 0).repeat(factor, 1))
    if palette is not None:  # one byte for each pixel, not three
        made.putpalette(palette.tobytes())
    return made


def png(image, size=None):
    r"""Encode a picture quickly; with a size, on white paper of at least that size.

    Parameters
    ----------
    image : PIL.Image.Image
    size : (int, int), optional
        Width and height of the paper: so pictures of different sizes do not jump.

    Returns
    -------
    bytes
        The same picture gives the same bytes.

    Examples
    --------
    >>> png(picture(np.eye(4)))[:4]
    b'\x89PNG'
    """
    from PIL import Image

    if size and (image.width < size[0] or image.height < size[1]):
        paper = Image.new("RGB", tuple(map(max, size, image.size)), "white")
        paper.paste(image.convert("RGB"))
        image = paper
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _levels(array):
    """Return a picture as uint8, (H, W) or (H, W, 3), and its palette or None."""
    if array.dtype == np.uint8:
        return array, None
    if array.dtype.kind == "b":
        return array * np.uint8(255), None
    if not np.all(np.isfinite(array)):
        raise ValueError("the picture holds nan or infinity. Where do they come from?")
    if array.ndim == 3:
        if array.min() < 0 or array.max() > 1:
            raise ValueError(
                "colours must be uint8, or from 0 to 1, got "
                f"{array.min():g} to {array.max():g}. Scale them."
            )
        return np.round(255 * array).astype(np.uint8), None
    largest = np.abs(array).max() or 1
    if array.min() >= 0:
        return np.round(array * (255 / largest)).astype(np.uint8), None
    places = array * (127 / largest) + 127.5  # half a step more, then cut: rounded
    return places.astype(np.uint8), _signed()


def _signed():
    """Return the signed colours as a table (255, 3) of uint8: the middle is white."""
    ends = [
        plots.SIGNED(0, bytes=True)[:3],
        (255,) * 3,
        plots.SIGNED(255, bytes=True)[:3],
    ]
    places = np.linspace(0, 2, 255)
    channels = [np.interp(places, range(3), end) for end in zip(*ends, strict=True)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)
