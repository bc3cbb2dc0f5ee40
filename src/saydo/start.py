"""How does a study of one's own begin? With a folder that holds all it needs.

`start_study` writes the notebooks, a commented params file with its schema, and a README from the
template. The notebooks are the same that this repository runs; an installed package brings them in
`saydo/template/notebooks`.
"""

from __future__ import annotations

from pathlib import Path

from saydo.errors import SaydoError
from saydo.params import render_schema
from saydo.slug import slug

TEMPLATE = Path(__file__).parent / "template"


class FolderNotEmpty(SaydoError):
    """The folder for a new study already holds something."""


def start_study(folder: Path) -> Path:
    """Write a new study into `folder` and return its params file.

    Raises:
        FolderNotEmpty: There is something in it, which might be overwritten.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(
            f"{folder} is not empty, and a new study could overwrite what is in it. "
            "Name a folder that does not exist yet, or an empty one."
        )
    name = folder.resolve().name or "study"
    params = Path("params", f"{slug(name)}.yml")
    texts = {
        params: _filled("params.yml", name=name, params=params),
        Path("params", "schema.json"): render_schema(),
        Path("README.md"): _filled("README.md", name=name, params=params),
        Path(".gitignore"): _filled("gitignore", name=name, params=params),
        Path("data", ".gitkeep"): "",
    }
    for notebook in template_notebooks():
        texts[Path("notebooks", notebook.name)] = notebook.read_text("utf-8")
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder / params


def template_notebooks() -> list[Path]:
    """The notebooks that come with saydo: in the package, or in the checkout it runs from."""
    folders = [TEMPLATE / "notebooks", Path(__file__).parents[2] / "notebooks"]
    for folder in folders:
        notebooks = sorted(folder.glob("*.ipynb"))
        if notebooks:
            return notebooks
    raise FileNotFoundError("this installation of saydo came without its notebooks; reinstall it")


def _filled(file: str, *, name: str, params: Path) -> str:
    text = (TEMPLATE / file).read_text("utf-8")
    # Not str.format: YAML has braces of its own.
    study = _yaml(name) if file.endswith(".yml") else name
    return text.replace("STUDY_NAME", study).replace("PARAMS_FILE", params.as_posix())


def _yaml(name: str) -> str:
    """A name that YAML reads as text, whatever it looks like (`1984`, `no`, `a: b`)."""
    plain = name.replace(" ", "").replace("-", "").replace("_", "")
    is_word = plain.isalpha() and name.lower() not in {
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
    }
    return name if is_word else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
