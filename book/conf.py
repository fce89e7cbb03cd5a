"""Sphinx settings of the web book; `python3 course.py book` calls it on a prepared tree."""

import os
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # the extensions beside this file
CITATION = yaml.safe_load((HERE.parent / "CITATION.cff").read_text(encoding="utf-8"))
REPOSITORY = os.environ.get(
    "CONVCOURSE_REPOSITORY", CITATION.get("repository-code", "")
)

project = "Convolution"
author = ", ".join(
    " ".join(filter(None, [a.get("given-names"), a.get("family-names"), a.get("name")]))
    for a in CITATION["authors"]
)
copyright = f"{author}. Text and figures CC BY 4.0, code MIT"
release = CITATION["version"]
language = "en-GB"

extensions = ["myst_nb", "mathematics", "finish"]
nb_execution_mode = "off"  # the stored outputs are the tested ones
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "attrs_inline", "colon_fence"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
math_number_all = True
math_eqref_format = "({number})"


suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]

html_theme = "sphinx_book_theme"
html_title = "Convolution"
html_static_path = [str(HERE / "_static")]
html_favicon = str(HERE / "_static" / "favicon.svg")
html_css_files = ["book.css"]
html_sourcelink_suffix = ""  # what the download button gives: book.py puts it there
html_show_sourcelink = False
html_baseurl = os.environ.get("CONVCOURSE_BOOK_URL", "")
html_theme_options = {
    "use_download_button": True,
    "use_fullscreen_button": True,
    "home_page_in_toc": False,
    "navbar_persistent": [],  # one search field is enough
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "max_navbar_depth": 2,
    "collapse_navbar": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "navigation_with_keys": False,  # the arrow keys belong to the figures
}
html_context = {"default_mode": "auto"}
if REPOSITORY:
    html_theme_options |= {
        "repository_url": REPOSITORY,
        "repository_branch": os.environ.get("CONVCOURSE_BRANCH", "main"),
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        },
    }
