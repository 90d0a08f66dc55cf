"""The one way to typst: a template of ours, user text as data beside it, PDF bytes back."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.papers import fonts

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).with_name("typst")

# Left out: C0 and C1 controls but tab and newline, lone surrogates, noncharacters, and the marks
# that turn the reading direction, with which a name could be made to look like another.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff"
    "\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """The text without characters that cannot be printed; every line end becomes a newline."""
    return _UNWANTED.sub("", re.sub(r"\r\n?|\x0b|\x0c|\x85|\u2028|\u2029", "\n", text))


def compile(template: str, data: Any, *, system_fonts: bool = False) -> bytes:
    """The PDF of a template in `typst/` filled with JSON-like data (as `sys.inputs.data`).

    Text never becomes typst source, and the template folder is all typst can read. The same
    data gives the same bytes. With `system_fonts`, official fonts installed here come first.
    """
    return _compiled(template, data, system_fonts, format="pdf", timestamp=0)


def png(svg: str, width: float, *, dots: int = 220) -> bytes:
    """An SVG of ours as PNG, `width` mm wide at so many dots an inch, for papers that take no SVG."""
    return _compiled("drawing.typ", {"svg": svg, "width": width}, False, format="png", ppi=dots)


def _compiled(template: str, data: Any, system_fonts: bool, **how: Any) -> bytes:
    import typst  # on first use: 7 MB of memory for each worker

    done: bytes = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(system_fonts),
        sys_inputs={"data": json.dumps(_cleaned(data), ensure_ascii=False)},
        **how,
    )
    return done


def _cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, dict):
        return {key: _cleaned(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_cleaned(value) for value in data]
    return data


@lru_cache(maxsize=2)
def _fonts(system: bool) -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=system, font_paths=[str(fonts.folder())])
