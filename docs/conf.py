"""The guide as static HTML: Sphinx with MyST (Markdown). scripts/docs.sh builds it and treats every warning as an error."""

project = "Keraunos"
copyright = "the maintainers of Keraunos"
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["api.dox", "Doxyfile"]
html_theme = "sphinx_rtd_theme"
html_theme_options = {"navigation_depth": 2, "collapse_navigation": False}
html_static_path = ["style"]
html_css_files = ["keraunos.css"]
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
highlight_language = "none"
