"""`ops.pad` against np.pad and cv2.copyMakeBorder, and what it says to bad input."""

import cv2
import numpy as np
import pytest
from convcourse.ops import PAD_MODES, pad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

bounded = settings(max_examples=150, deadline=None, derandomize=True)

DTYPES = (np.bool_, np.uint8, np.int16, np.int64, np.float16, np.float32, np.complex64)
OPENCV = {
    "constant": cv2.BORDER_CONSTANT,
    "edge": cv2.BORDER_REPLICATE,
    "symmetric": cv2.BORDER_REFLECT,
    "reflect": cv2.BORDER_REFLECT_101,
    "wrap": cv2.BORDER_WRAP,
}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("constant", [0, 0, 1, 2, 3, 4, 0, 0]),
        ("edge", [1, 1, 1, 2, 3, 4, 4, 4]),
        ("symmetric", [2, 1, 1, 2, 3, 4, 4, 3]),
        ("reflect", [3, 2, 1, 2, 3, 4, 3, 2]),
        ("wrap", [3, 4, 1, 2, 3, 4, 1, 2]),
    ],
)
def test_the_table_of_the_five_borders(mode, expected):
    np.testing.assert_array_equal(pad([1, 2, 3, 4], 2, mode), expected)


def test_pad_modes_are_the_five_names_of_numpy():
    assert PAD_MODES == ("constant", "edge", "symmetric", "reflect", "wrap")


@bounded
@given(
    x=st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays.arrays(dtype, st.integers(1, 9))
    ),
    left=st.integers(0, 30),
    right=st.integers(0, 30),
    mode=st.sampled_from(PAD_MODES),
)
def test_equals_np_pad_also_where_the_pad_is_longer_than_x(x, left, right, mode):
    padded = pad(x, (left, right), mode)
    assert padded.dtype == x.dtype
    np.testing.assert_array_equal(padded, np.pad(x, (left, right), mode))


@bounded
@given(
    x=arrays.arrays(np.int32, arrays.array_shapes(min_dims=1, max_dims=4, max_side=4)),
    axis=st.integers(-4, 3),
    width=st.integers(0, 6),
    mode=st.sampled_from(PAD_MODES),
)
def test_pads_one_axis_and_no_other(x, axis, width, mode):
    axis = axis % x.ndim if axis >= 0 else -1 - (-1 - axis) % x.ndim
    widths = [(0, 0)] * x.ndim
    widths[axis] = (width, width + 1)
    expected = np.pad(x, widths, mode)
    np.testing.assert_array_equal(pad(x, (width, width + 1), mode, axis=axis), expected)


@bounded
@given(
    x=arrays.arrays(np.uint8, (1, 7)) | arrays.arrays(np.uint8, (1, 1)),
    left=st.integers(0, 20),
    right=st.integers(0, 20),
    mode=st.sampled_from(PAD_MODES),
    cval=st.integers(0, 255),
)
def test_equals_opencv(x, left, right, mode, cval):
    expected = cv2.copyMakeBorder(x, 0, 0, left, right, OPENCV[mode], value=cval)
    np.testing.assert_array_equal(pad(x, (left, right), mode, cval), expected)


def test_the_result_is_fresh_even_without_padding():
    x = np.arange(4)
    for mode in PAD_MODES:
        out = pad(x, 0, mode)
        out[0] = 99
    assert x[0] == 0


def test_cval_is_never_truncated():
    np.testing.assert_array_equal(pad([1, 2], 1, cval=0.5), [0.5, 1, 2, 0.5])
    assert pad(np.ones(2, bool), 1, cval=2).tolist() == [2, 1, 1, 2]
    assert pad(np.zeros(2, bool), 1, cval=True).dtype == bool
    assert pad(np.ones(2, np.float32), 1, cval=0.5).dtype == np.float32
    assert pad(np.ones(2, np.float32), 1, cval=np.float64(0.5)).dtype == np.float32
    assert pad(np.ones(2), 1, cval=1j).dtype == np.complex128
    assert pad(np.ones(2, np.uint8), 1, cval=7).dtype == np.uint8


def test_cval_is_used_by_mode_constant_only():
    np.testing.assert_array_equal(pad([1, 2], 1, "edge", cval=0.5), [1, 1, 2, 2])


def test_an_empty_array_can_be_padded_with_a_constant():
    np.testing.assert_array_equal(pad([], 2, cval=3), np.pad([], 2, constant_values=3))


def test_other_axes_may_be_empty():
    assert pad(np.zeros((3, 0)), 1, "edge", axis=0).shape == (5, 0)


@pytest.mark.parametrize("mode", PAD_MODES[1:])
def test_an_empty_array_has_nothing_to_repeat(mode):
    with pytest.raises(ValueError, match="x is empty.*Use mode='constant'"):
        pad([], 2, mode)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("abc", 1), TypeError, "x must hold numbers.*got dtype <U3"),
        (([None], 1), TypeError, "x must hold numbers.*got dtype object"),
        (([[1], [1, 2]], 1), ValueError, "x must be a regular array"),
        ((5, 1), ValueError, "x must have at least one axis, got a single number"),
        (([1], -1), ValueError, "pad_width must be an integer >= 0, got -1.*both"),
        (([1], 1.0), TypeError, r"pad_width must be an integer >= 0, got 1\.0"),
        (([1], True), TypeError, "pad_width must be an integer >= 0, got True"),
        (([1], (1, 2, 3)), ValueError, r"one or two integers, got \(1, 2, 3\)"),
        (([1], ((1, 1),)), ValueError, r"one or two integers, got \(\(1, 1\),\)"),
        (([1], 1, "Edge"), ValueError, "mode must be one of 'constant'.*got 'Edge'"),
        (([1], 1, None), ValueError, "mode must be one of 'constant'.*got None"),
        (([1], 1, "nearest"), ValueError, "SciPy's 'nearest' is 'edge' here"),
        (([1], 1, "mirror"), ValueError, "SciPy's 'mirror' is 'reflect' here"),
        (([1], 1, "REPLICATE"), ValueError, "OpenCV's REPLICATE is 'edge' here"),
        (([1], 1, "zeros"), ValueError, "Zeros are 'constant' with cval=0"),
        (([1], 1, "constant", "a"), TypeError, "cval must hold numbers"),
        (([1], 1, "constant", [1, 2]), ValueError, "cval must be one number"),
        (([1], 1, "edge", 0, 1), ValueError, "axis must be below 1, got 1"),
        (([1], 1, "edge", 0, -2), ValueError, "axis must be an integer >= -1, got -2"),
        (([1], 1, "edge", 0, None), TypeError, "axis must be an integer >= -1"),
    ],
)
def test_bad_input_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        pad(*arguments)


@pytest.mark.parametrize("cval", [-1, 256])
def test_a_cval_that_would_wrap_is_refused(cval):
    with pytest.raises(ValueError, match=r"does not fit uint8 \(0 to 255\). Convert x"):
        pad(np.ones(2, np.uint8), 1, cval=cval)
