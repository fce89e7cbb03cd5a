"""Fixtures that several test files share: one JupyterLab and one browser for all."""

from browser import browser, course, open_notebook, server

__all__ = ["browser", "course", "open_notebook", "server"]
