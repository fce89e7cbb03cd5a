"""Run a figure's module in quickjs beside its NumPy trace; no browser, no node."""

import json

import numpy as np
import pytest
from convcourse.figures import kit

# pyproject.toml says where it comes ready-made; the browser tests run the rest
quickjs = pytest.importorskip("quickjs")

CALL = """
globalThis.call = (name, state, data) => {
  const given = JSON.parse(data);
  const settled = figure.settle(JSON.parse(state), given);
  const trace = figure.trace(settled, given);
  const plain = (_, v) => ArrayBuffer.isView(v) ? [...v] : v;
  const results = { settle: settled, trace, sentence: figure.sentence(settled, trace),
    table: figure.table(settled, trace) };
  return JSON.stringify(results[name], plain);
};
"""
# quickjs has no atob: figures that carry images as base64 need one
ATOB = """
globalThis.atob = text => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let out = "", bits = 0, have = 0;
  for (const letter of text.replace(/=+$/, "")) {
    bits = (bits << 6 | letters.indexOf(letter)) & 0xffffff; have += 6;
    if (have >= 8) { have -= 8; out += String.fromCharCode(bits >> have & 255); }
  }
  return out;
};
"""


class Module:
    """The shipped module of a figure: core, kit and figure in one."""

    def __init__(self, name):
        self.context = quickjs.Context()
        self.context.eval(ATOB)
        source = kit.module(name).replace("export default", "globalThis.figure =")
        self.context.eval(source)
        self.context.eval(CALL)

    def __call__(self, what, figure, **changes):
        """Return settle, trace, sentence or table for a figure's state."""
        state = json.dumps(kit.plain({**figure.state, **changes}))
        data = json.dumps(figure.data())
        return json.loads(self.context.get("call")(what, state, data))


def same_trace(ours, theirs, path="trace"):
    """Assert that two traces have the same keys and numbers."""
    ours = kit.plain(ours)
    if isinstance(ours, dict):
        assert sorted(ours) == sorted(theirs), path
        for key in ours:
            same_trace(ours[key], theirs[key], f"{path}.{key}")
    elif isinstance(ours, list) and any(isinstance(row, list) for row in ours):
        assert len(ours) == len(theirs), path  # rows of any lengths
        for i, (row, other) in enumerate(zip(ours, theirs, strict=True)):
            same_trace(row, other, f"{path}[{i}]")
    elif isinstance(ours, list | int | float) and not isinstance(ours, bool):
        np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-9, err_msg=path)
    else:
        assert ours == theirs, path


def agree(module, figure):
    """Assert that module and NumPy give one trace and one sentence for a state."""
    same_trace(figure.trace(), module("trace", figure))
    assert module("sentence", figure) == figure.describe()
    assert module("settle", figure) == figure.state
    table = module("table", figure)
    assert all(len(row) == len(table["head"]) for row in table["rows"])
    assert all(isinstance(text, str) for row in table["rows"] for text in row)
