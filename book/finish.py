"""A Sphinx extension: last touches on each page."""

import re


def lazy(app, page, template, context, doctree):
    """Let pictures wait until they are near the window: a chapter opens light."""
    body = context.get("body", "")
    context["body"] = re.sub(r"<img(?![^>]*loading=)", '<img loading="lazy"', body)


def light(app, page, template, context, doctree):
    """Leave out the theme's icons as a script: 1.5 MB, and its font draws them too."""
    context["script_files"] = [
        s for s in context.get("script_files", []) if "fontawesome" not in str(s)
    ]


def setup(app):
    """Connect to the page writer."""
    app.connect("html-page-context", lazy)
    app.connect("html-page-context", light, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
