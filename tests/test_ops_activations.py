"""Activations against SciPy and TensorFlow, with numbers that break naive formulas."""

import warnings

import numpy as np
import pytest
from convcourse.ops import relu, sigmoid, softmax, tanh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import special

bounded = settings(max_examples=100, deadline=None, derandomize=True)
EXTREMES = [-1000.0, -88.8, -37.0, -1e-9, 0.0, 1e-9, 37.0, 88.8, 1000.0]
numbers = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=1, max_dims=4, max_side=4),
    elements=st.sampled_from(EXTREMES) | st.floats(-50, 50),
)
FUNCTIONS = [relu, sigmoid, tanh, softmax]


@pytest.fixture(autouse=True)
def no_warning():
    """Turn every warning into an error, overflows of NumPy among them."""
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise"):
        warnings.simplefilter("error")
        yield


@bounded
@given(x=numbers)
def test_equal_scipy(x):
    np.testing.assert_allclose(sigmoid(x), special.expit(x), rtol=1e-14)
    np.testing.assert_allclose(
        softmax(x), special.softmax(x, axis=-1), rtol=1e-12, atol=1e-300
    )
    np.testing.assert_array_equal(relu(x), np.where(x > 0, x, 0))
    np.testing.assert_allclose(tanh(x), 2 * special.expit(2 * x) - 1, atol=1e-15)


@bounded
@given(x=numbers, data=st.data())
def test_softmax_along_any_axis(x, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    result = softmax(x, axis)
    np.testing.assert_allclose(result, special.softmax(x, axis), rtol=1e-12)
    np.testing.assert_allclose(result.sum(axis=axis), 1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
@pytest.mark.slow
def test_equal_tensorflow(tf, name, dtype):
    x = np.array([EXTREMES, EXTREMES[::-1]], dtype)
    function = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh, "softmax": softmax}[
        name
    ]
    result, expected = function(x), getattr(tf.nn, name)(x).numpy()
    assert result.dtype == expected.dtype == dtype
    np.testing.assert_allclose(result, expected, rtol=1e-3, atol=2e-7)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_thousand_neither_overflows_nor_changes_the_dtype(function, dtype):
    result = function(np.array([-1000, 0, 1000], dtype))
    assert result.dtype == dtype and np.isfinite(result).all()


@pytest.mark.parametrize("function", [sigmoid, tanh, softmax])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64])
def test_integers_become_float64(function, dtype):
    x = np.array([0, 1, 1], dtype)
    assert function(x).dtype == np.float64
    np.testing.assert_allclose(function(x), function(x.astype(float)))


def test_relu_keeps_integers_and_never_wraps():
    for dtype in (np.int8, np.int64):
        result = relu(np.array([-128, -1, 0, 127], dtype))
        assert result.dtype == dtype and result.tolist() == [0, 0, 0, 127]
    assert relu(np.array([0, 200], np.uint8)).tolist() == [0, 200]


def test_large_scores_share_and_a_constant_changes_nothing():
    assert softmax([1000, 1000, 1000, 1000]).tolist() == [0.25] * 4
    x = np.array([0.5, -2.0, 3.0])
    np.testing.assert_allclose(softmax(x + 1000), softmax(x), rtol=1e-12)


def test_inputs_are_left_alone():
    for function in FUNCTIONS:
        x = np.array([-1.0, 2.0])
        function(x)[:] = 9
        assert x.tolist() == [-1, 2]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_mistakes_are_named(function):
    with pytest.raises(TypeError, match="x must hold numbers"):
        function(["a"])
    with pytest.raises(TypeError, match="x must be real, got complex"):
        function([1j])


def test_softmax_needs_an_axis():
    with pytest.raises(ValueError, match="x must have an axis of scores"):
        softmax(3.0)


@pytest.fixture(scope="module")
def tf():
    """Return TensorFlow, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).tf
