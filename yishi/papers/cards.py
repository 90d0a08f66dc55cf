"""Cards on A4: name badges and sign-in cards, each with the QR code of one person's link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yishi.papers import typeset
from yishi.papers.documents.printed import qr_svg


@dataclass(frozen=True, slots=True)
class Card:
    """One card: a name, a line beneath (delegation, seat), and a QR code with its caption.

    Without `qr_text` the card is a name badge, with the name large in its middle.
    """

    name: str
    line: str = ""
    qr_text: str = ""
    caption: str = ""


def cards_pdf(cards: Sequence[Card], *, heading: str = "", stamp: str = "") -> bytes:
    """Ten cards of 90 mm × 54 mm a page, to be cut apart; `heading` (the meeting) is on each.

    Raises ValueError if there are no cards, or if a text is too long for a QR code.
    """
    if not cards:
        raise ValueError("no cards to print")
    data = {
        "heading": heading,
        "stamp": stamp,
        "cards": [
            {
                "name": card.name,
                "line": card.line,
                "caption": card.caption,
                "svg": qr_svg(card.qr_text) if card.qr_text else "",
            }
            for card in cards
        ],
    }
    return typeset.compile("cards.typ", data)
