"""A poster on one A4 page: a question, a large QR code, until when, and who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from yishi.papers import typeset
from yishi.papers.documents.printed import qr_svg

MOST_TEXT = 260  # characters; a poster is read while passing by


@dataclass(frozen=True, slots=True)
class Poster:
    """`title` is the question, `line` what it is about, `text` cut short where the page would overflow.

    `more` stands where text was cut (see the page); `notes` are short lines under the code.
    """

    title: str
    line: str
    text: str
    when: str
    qr_text: str
    caption: str
    address: str
    notes: Sequence[str] = ()
    issuer: str = ""
    more: str = "……"


def poster_pdf(poster: Poster) -> bytes:
    """The poster; ValueError if the address is too long for a QR code."""
    text = poster.text
    if len(text) > MOST_TEXT:
        text = text[:MOST_TEXT].rstrip() + poster.more
    return typeset.compile(
        "poster.typ",
        {**asdict(poster), "text": text, "notes": list(poster.notes), "svg": qr_svg(poster.qr_text)},
    )
