"""A Sphinx extension: formulas as MathML.

Browsers draw it without a script and without a font of ours; screen readers speak it.
MathJax would be two thirds of a page's weight.
"""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.locale import _

LEFT_OVER = re.compile(r"<m[iot]>\s*(&|&amp;|\\|\\\w+)\s*</m[iot]>")


def mathml(latex, display):
    """Return a formula as MathML.

    Parameters
    ----------
    latex : str
    display : {"inline", "block"}

    Raises
    ------
    ValueError
        If a command is not understood: it would stand in the page as it is.
    """
    known = re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{align*}", latex)
    result = convert(known, display=display)
    if found := LEFT_OVER.search(result):
        raise ValueError(f"{found[1]!r} is left over of the formula {latex!r}.")
    return result


def inline(self, node):
    """Write a formula in a line."""
    self.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def block(self, node):
    """Write a displayed formula with its number."""
    self.body.append(self.starttag(node, "div", CLASS="math equation", tabindex="0"))
    self.body.append(mathml(node.astext(), "block"))
    if node.get("number"):
        number = _("equation")
        self.body.append(f'<span class="eqno" aria-label="{number}">({node["number"]})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer under the name that `html_math_renderer` takes."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
