"""The text of a document: pasted HTML cut down to a few plain elements, typed text made into paragraphs."""

from __future__ import annotations

import re
from html import escape, unescape

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "caption", "sup", "sub"),
}
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
# Thrown away with what is in them: no text of the author's.
NOT_TEXT = {"script", "style", "title", "template", "noscript", "iframe", "object", "textarea", "select"}
# Word and browsers write the same thing in several ways.
SAME = {
    **{"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3"},
    **{"b": "strong", "i": "em", "div": "p", "section": "p", "article": "p"},
}
_SAME = re.compile(rf"<(/?)({'|'.join(SAME)})(?=[\s>/])", re.IGNORECASE)
_ANY = re.compile(rf"<(?:{'|'.join([*TAGS, *SAME, 'span', 'font'])})(?=[\s>/])[^<>]*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"<(?:p|h[1-6]|ul|ol|table|blockquote|div|section|article)(?=[\s>/])[^<>]*>", re.IGNORECASE
)
_EMPTY = re.compile(r"<(p|h2|h3|strong|em|li)>(?:\s|&nbsp;|\u3000|<br>)*</\1>")
_HEADINGS = (
    ("h2", re.compile(r"第?[一二三四五六七八九十百]{1,4}[、章].{1,38}(?<![。；;：:，,])$")),
    ("h3", re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)].{1,38}(?<![。；;：:，,])$")),
)


def clean(typed: str) -> str:
    """Safe HTML from what was typed or pasted: no styles, classes, pictures or scripts."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not _ANY.search(text):
        text = _paragraphs(escape(text, quote=False))
    elif not _BLOCK.search(text):
        text = _paragraphs(text)
    text = _SAME.sub(lambda found: f"<{found[1]}{SAME[found[2].lower()]}", text)
    text = nh3.clean(
        text,
        tags=TAGS,
        clean_content_tags=NOT_TEXT,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener",
    )
    # An element may be empty only once what was in it is gone.
    while (smaller := _EMPTY.sub("", text)) != text:
        text = smaller
    return re.sub(r"\n{2,}", "\n", text).strip()


def _paragraphs(text: str) -> str:
    """Paragraphs where blank lines part them; where there are none, each line is one."""
    parted = re.search(r"\n[ \t\u3000]*\n", text.strip()) is not None
    made: list[str] = []
    lines: list[str] = []

    def close() -> None:
        if lines:
            made.append(f"<p>{'<br>'.join(lines)}</p>")
            lines.clear()

    for line in (line.strip(" \t\u3000") for line in text.split("\n")):
        heading = next((tag for tag, looks in _HEADINGS if looks.match(line)), "")
        if not line or heading:
            close()
        if heading:
            made.append(f"<{heading}>{line}</{heading}>")
        elif line:
            lines.append(line)
            if not parted:
                close()
    close()
    return "\n".join(made)


def as_typed(html: str) -> str:
    """What to show in the text box: plain text where that would give the same again, else the HTML."""
    text = re.sub(r"</(?:p|h2|h3)>\s*", "\n\n", html)
    text = re.sub(r"<(?:p|h2|h3)>", "", text).replace("<br>", "\n")
    text = unescape(text).strip()
    return text if clean(text) == html else html


def shown(html: str) -> SafeString:
    """As a page shows it: cleaned when it was saved; a wide table scrolls by itself, by keys too."""
    region = f'<div class="table-wrap" tabindex="0" role="region" aria-label="{escape(_("表格"))}"><table>'
    return mark_safe(html.replace("<table>", region).replace("</table>", "</table></div>"))


def plain(html: str) -> str:
    """The words alone, a space between elements: for searching, feeds and short lines."""
    joined = re.sub(r"</?(?:strong|em|a|sup|sub)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", joined)).split())
