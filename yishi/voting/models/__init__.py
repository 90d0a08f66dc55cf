"""Polls and their paper count; sealed voting."""

from yishi.voting.models.polls import (
    Batch,
    Figure,
    Keying,
    Official,
    Option,
    Override,
    Poll,
    Ruling,
    Seal,
    Sheet,
    Tally,
)
from yishi.voting.models.sealed import (
    CastBallot,
    Draw,
    ExchangedSlip,
    RecordEntry,
    SealedBox,
    SealedSession,
    SlipLot,
    StruckSlip,
    Trustee,
)

__all__ = [
    "Batch",
    "CastBallot",
    "Draw",
    "ExchangedSlip",
    "Figure",
    "Keying",
    "Official",
    "Option",
    "Override",
    "Poll",
    "RecordEntry",
    "Ruling",
    "Seal",
    "SealedBox",
    "SealedSession",
    "Sheet",
    "SlipLot",
    "StruckSlip",
    "Tally",
    "Trustee",
]
