"""Pictures of every kind of page, and digests of what the pages say: `docs/snapshots/`.

    make snapshots

A sample report is made in English and in Arabic and taken in Chromium: every kind of page at 390
and 1280 px; overview, scorecard and drivers also at 1280 px in Arabic and in the dark, at 1920 px,
and as printed on A4 and Letter. `tests/browser/test_snapshots.py` fails when a page is another than
its snapshot.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from page_digests import digests
from PIL import Image
from sample_pages import BROWSER, KINDS, ROOT, chromium, sample_project, sample_report

FOLDER = ROOT / "docs" / "snapshots"
INDEX = ROOT / "docs" / "snapshots.md"


@dataclass(frozen=True)
class Shot:
    """One picture of one kind of page."""

    kind: str
    width: int
    """CSS pixels."""
    height: int
    """Where the picture ends, at the latest."""
    variant: str = ""
    language: str = "en"
    scheme: str = "light"
    media: str = "screen"

    @property
    def file(self) -> str:
        return f"{self.kind}-{self.variant or self.width}.webp"


PHONE, DESK = (390, 4200), (1280, 3600)
# Two sheets, at 96 px an inch.
A4, LETTER = (794, 2 * 1123), (816, 2 * 1056)

SHOTS = [Shot(kind, *size) for kind in KINDS for size in (PHONE, DESK)] + [
    shot
    for kind in ("overview", "scorecard", "drivers")
    for shot in (
        Shot(kind, 1920, 2400),
        Shot(kind, *DESK, "arabic", language="ar"),
        Shot(kind, *DESK, "dark", scheme="dark"),
        Shot(kind, *A4, "a4", media="print"),
        Shot(kind, *LETTER, "letter", media="print"),
    )
]


def taken(browser: Any, report: Path, shot: Shot) -> Image.Image:
    """The picture of a page, without the foot and the minutes that no two runs share."""
    size = {"width": shot.width, "height": 900}
    context = browser.new_context(offline=True, viewport=size, color_scheme=shot.scheme)
    page = context.new_page()
    page.emulate_media(media=shot.media)
    page.goto((report / KINDS[shot.kind]).resolve().as_uri())
    # Margins are of sheets, and there are none here.
    sheet = "html { padding: 14mm }" if shot.media == "print" else ""
    page.add_style_tag(content=f".foot {{ visibility: hidden }} {sheet}")
    page.evaluate(_WITHOUT_MINUTES)
    page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
    clip = {
        "x": 0,
        "y": 0,
        "width": shot.width,
        "height": min(shot.height, page.evaluate("document.documentElement.scrollHeight")),
    }
    png = page.screenshot(full_page=True, clip=clip, animations="disabled")
    context.close()
    return _fewer_colours(Image.open(BytesIO(png)).convert("RGB"))


_WITHOUT_MINUTES = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode())
    texts.currentNode.data =
      texts.currentNode.data.replace(/\\d+ \\w+ \\d{4},? \\d\\d:\\d\\d/g, "…");
}"""


def _fewer_colours(picture: Image.Image) -> Image.Image:
    """33 levels of each colour: nobody sees it, and the file is a quarter smaller."""
    levels = (np.asarray(picture).astype(int) + 4) // 8 * 8
    return Image.fromarray(np.minimum(levels, 255).astype("uint8"))


def share_changed(before: Image.Image, after: Image.Image) -> float:
    """The share of pixels that differ by more than smoothing does; 1 where the size does."""
    if before.size != after.size:
        return 1.0
    differences = np.abs(np.asarray(before).astype(int) - np.asarray(after).astype(int))
    return float((differences.max(axis=2) > 24).mean())


def drawn_with(browser: Any, report: Path) -> dict[str, str]:
    """What pictures depend on beside the page: the browser, and the fonts of this machine."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((report / KINDS["overview"]).resolve().as_uri())
    client = context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    main = client.send("DOM.querySelector", {"nodeId": root, "selector": "h1"})["nodeId"]
    fonts = client.send("CSS.getPlatformFontsForNode", {"nodeId": main})["fonts"]
    context.close()
    return {"chromium": browser.version, "font": ", ".join(font["familyName"] for font in fonts)}


def index() -> str:
    """`docs/snapshots.md`: which picture is of what."""
    variants = list(dict.fromkeys(shot.file.removeprefix(f"{shot.kind}-") for shot in SHOTS))
    heads = [variant.removesuffix(".webp") for variant in variants]
    rows = []
    for kind in KINDS:
        there = {shot.file for shot in SHOTS if shot.kind == kind}
        files = [f"{kind}-{variant}" for variant in variants]
        cells = [f"[see](snapshots/{file})" if file in there else "" for file in files]
        rows.append(f"| {kind.replace('-', ' ')} | {' | '.join(cells)} |")
    head = f"| page | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}"
    return "\n".join([_ABOUT, head, *rows]) + "\n"


_ABOUT = """\
# Snapshots

The pages of a small sample company (`make_snapshots.py` makes it), each as far down as its picture
goes: at 390 and 1280 px, and some at 1920 px, in Arabic, in the dark, and as two sheets of paper.

A test fails when a page is made of something else than when its picture was taken (`pages.json`
has digests of each section's words, marks and figures, and of the style), and, where Chromium and
the fonts are those of the pictures, when it looks otherwise. Then: `make snapshots`, look at the
pictures that changed, and commit them with the change.
"""


def main() -> None:
    """Write all pictures, `pages.json` and the page that leads to them."""
    if BROWSER is None:
        sys.exit("Snapshots need Chromium: apt-get install chromium fonts-dejavu-core")
    with tempfile.TemporaryDirectory() as draft, chromium() as browser:
        project = sample_project(Path(draft) / "project")
        reports = {
            language: sample_report(project, Path(draft) / "reports", language)
            for language in sorted({shot.language for shot in SHOTS})
        }
        folder = Path(draft) / "snapshots"
        folder.mkdir()
        for shot in SHOTS:
            picture = taken(browser, reports[shot.language], shot)
            picture.save(folder / shot.file, lossless=True)
        pages = {
            kind: digests((reports["en"] / path).read_text("utf-8")) for kind, path in KINDS.items()
        }
        known = {**drawn_with(browser, reports["en"]), "pages": pages}
        text = json.dumps(known, indent=1, ensure_ascii=False) + "\n"
        (folder / "pages.json").write_text(text, "utf-8")
        # Only when all are there: what fails on the way leaves the pictures as they were.
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(folder, FOLDER)
    INDEX.write_text(index(), "utf-8")
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{len(SHOTS)} pictures, {size / 1e6:.1f} MB, in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
