"""A page without what it does not use of style, script and marks: a report has thousands."""

from __future__ import annotations

import re

from saydo.runs.markup import tight

_RULE = re.compile(r"([^{}]+)\{((?:[^{}]|\{[^{}]*\})*)\}")
"""A rule, or a group of rules such as `@media`, of a style sheet without remarks."""


_CLASSES = re.compile(r"""\sclass=["']([^"']*)["']""")


def lean(html: str) -> str:
    """The page with no more than it needs of the theme's style and script.

    The script is for tables of class `sortable`, to which it adds a `finder`.
    """
    head, mark, body = html.partition("</head>")
    classes = {name for names in _CLASSES.findall(body) for name in names.split()}
    if "sortable" in classes:
        classes.add("finder")
    else:
        head = re.sub(r" script-src [^;]*;", "", head)
        body = re.sub(r"<script>.*?</script>\n?", "", body, flags=re.DOTALL)
    style = re.search(r"(?<=<style>).*?(?=</style>)", head, flags=re.DOTALL)
    if style is not None:
        head = head[: style.start()] + used_css(style[0], classes) + head[style.end() :]
    return head + mark + _tight_main(body, right_to_left='dir="rtl"' in head)


def _tight_main(body: str, *, right_to_left: bool) -> str:
    """Of what stands around it there is little."""
    before, main, rest = body.partition("<main")
    content, end, after = rest.rpartition("</main>")
    return before + main + tight(content, right_to_left=right_to_left) + end + after


def smaller_css(css: str) -> str:
    """The same style sheet without the space and remarks that are for its readers alone."""
    told = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    tight = re.sub(r"\s*([{};])\s*", r"\1", told)
    return re.sub(r"([:,]) +", r"\1", tight).replace(";}", "}").strip()


def used_css(css: str, classes: set[str]) -> str:
    """The rules that can apply where no other classes are than these."""
    kept = []
    for selectors, told in _RULE.findall(css):
        if selectors.lstrip().startswith("@"):
            told = used_css(told, classes) if "{" in told else told
        else:
            asked = _selectors(selectors)
            selectors = ",".join(each for each in asked if _classes(each) <= classes)
        if selectors and told:
            kept.append(f"{selectors}{{{told}}}")
    return "".join(kept)


def _selectors(text: str) -> list[str]:
    """Those between commas, but for commas within parentheses."""
    return re.split(r",(?![^(]*\))", text)


def _classes(selector: str) -> set[str]:
    """Classes that an element and those around it must have; not those that are one of several."""
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r":(?:is|not)\([^()]*\)", "", selector)))
