"""The big screen's sign-in scene: signed in = slips out + papers out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yishi.meetings.actions.screen import show
from yishi.meetings.models import Screen
from yishi.voting.rules.sealed import slips as numbers
from yishi.voting.rules.slips import paper_offered

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.voting.models import SealedSession


def slips(session: SealedSession, *, by: Any, at: datetime) -> None:
    """Push how many took which door; what the hall looks at stays as it is."""
    now = numbers(session)
    papers = now.papers if now.papers or paper_offered(session.meeting) else None
    data = {"slips": now.out, "papers": papers, "out": now.out + now.papers}
    show(session.meeting, Screen.Scene.SIGN_IN, data, by=by, at=at, take=False)
