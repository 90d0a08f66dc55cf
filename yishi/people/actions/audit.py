"""The auditor's proof that nobody changed the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.journal.chain import SYSTEM, verify, write
from yishi.people import rules
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.journal.chain import Fault
    from yishi.people.models import User


def verify_journal(*, by: User, at: datetime) -> list[Fault]:
    """Every fault of every chain; that somebody looked is itself in the journal."""
    require(rules.is_auditor(by))
    faults = list(verify())
    write(SYSTEM, "journal.verified", "journal", by=by, at=at, faults=len(faults))
    return faults
