"""Slips (投票码): lots made, doors taken and given back, leftovers struck, a slip exchanged for paper.

No code of a slip ever comes here, and nothing written here says which slip somebody took: public
keys arrive sorted for each vote, `Draw` names a person and no slip, the journal counts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yishi.ballot.errors import Fault
from yishi.ballot.group import IDENTITY, parse_point
from yishi.journal.chain import write
from yishi.meetings.models import Voter
from yishi.voting.actions.polls import one_more_paper
from yishi.voting.actions.sealed import wall
from yishi.voting.models import Draw, ExchangedSlip, Poll, SealedBox, SealedSession, SlipLot, StruckSlip
from yishi.voting.rules import sealed as rules
from yishi.voting.rules.slips import MOST, paper_instead, paper_offered, under_way, unsealed
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    Listings = Mapping[str, Sequence[str]]

Door = Draw.Door
State = Poll.State


# --- made and struck ---------------------------------------------------------


def add_lot(session: SealedSession, listings: Listings, *, by: Any, at: datetime) -> SlipLot:
    """Slips were printed: keep their public keys, {uuid: [64 hex]}, for every vote not yet sealed.

    Raises ValidationError: other uuids than those (code "sealed" for one whose box is sealed), uneven
    counts, none or over 2,000, what is no point of the group, one that is there already.
    """
    require(rules.may_desk(by, session, at))
    size = _even(listings)
    if size > MOST:
        raise ValidationError(_("一次最多登记%(most)d张，请分批制作。") % {"most": MOST})
    for publics in listings.values():
        for public in publics:  # before the pen is taken: thousands of points take seconds
            _point(public)
    return _keep_lot(session, listings, size, by=by, at=at)


@transaction.atomic
def _keep_lot(session: SealedSession, listings: Listings, size: int, *, by: Any, at: datetime) -> SlipLot:
    _hold(session)
    _of_this_session(session, listings)
    seen = {public for lot in session.lots.all() for some in lot.listings.values() for public in some}
    for publics in listings.values():
        if len(set(publics)) < size or seen & set(publics):
            raise ValidationError(_("这批投票码已经登记过，或其中有重复，没有再登记。"), code="known")
        seen |= set(publics)
    kept = {uuid: sorted(publics) for uuid, publics in listings.items()}
    made = SlipLot.objects.create(session=session, size=size, listings=kept, at=at, by=by)
    write(session.chain, "voting.slips_made", session.meeting, by=by, at=at, size=size)
    wall.slips(session, by=by, at=at)
    return made


@transaction.atomic
def strike(session: SealedSession, listings: Listings, *, by: Any, at: datetime, why: str = "") -> StruckSlip:
    """Strike leftovers, or slips brought back, from the list of every vote not yet sealed.

    That the keys of several votes are of the same slips only the codes could show, which are not
    sent. Raises ValidationError: as in `add_lot`; code "struck" or "unknown" for one that is not
    live; code "out" when more would be struck than are left.
    """
    require(rules.may_desk(by, session, at))
    _hold(session)
    count = _even(listings)
    _of_this_session(session, listings)
    whole = SealedSession.objects.prefetch_related("lots", "struck").get(pk=session.pk)
    for uuid, publics in listings.items():
        gone = {public for one in whole.struck.all() for public in one.listings.get(uuid, ())}
        if gone & set(publics):
            raise ValidationError(_("这张投票码已经注销过，没有重复计数。"), code="struck")
        if len(set(publics)) < count or set(publics) - set(rules.live(whole, uuid)):
            raise ValidationError(_("这不是本次会议的投票码，没有注销。"), code="unknown")
    left = rules.slips(session).left
    if count > left:
        raise ValidationError(
            _(
                "按登记只剩%(left)d张没有发出，不能注销%(count)d张。退回的投票码请先在“签到领票”里退回，再注销。"
            )
            % {"left": left, "count": count},
            code="out",
        )
    kept = {uuid: sorted(publics) for uuid, publics in listings.items()}
    made = StruckSlip.objects.create(
        session=session, count=count, listings=kept, at=at, by=by, why=why.strip()
    )
    write(session.chain, "voting.slips_struck", session.meeting, by=by, at=at, why=why.strip(), count=count)
    wall.slips(session, by=by, at=at)
    return made


@transaction.atomic
def discard(lot: SlipLot, *, by: Any, at: datetime, why: str) -> StruckSlip:
    """Strike a whole batch (整批作废) whose paper was spoilt or lost after its codes were forgotten.

    Raises ValidationError: no reason; nothing of it left to strike; code "out" when the batch is
    larger than what was not drawn, so that some of it must be in somebody's hands.
    """
    require(rules.may_desk(by, lot.session, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    live = {uuid: set(rules.live(lot.session, uuid)) for uuid in unsealed(lot.session)}
    listings = {uuid: sorted(some & set(lot.listings.get(uuid, ()))) for uuid, some in live.items()}
    if not any(listings.values()):
        raise ValidationError(_("这批投票码都已注销，或者各项表决都已封箱。"), code="struck")
    return strike(lot.session, listings, by=by, at=at, why=why)


def _hold(session: SealedSession) -> None:
    """Whoever changes slips or doors of this meeting waits here."""
    SealedSession.objects.select_for_update().get(pk=session.pk)


def _even(listings: Listings) -> int:
    sizes = {len(publics) for publics in listings.values()}
    if len(sizes) != 1 or not (size := sizes.pop()):
        raise ValidationError(_("公开名单不完整：每项表决的张数要相同，至少一张。"), code="uneven")
    return size


def _of_this_session(session: SealedSession, listings: Listings) -> None:
    wanted = set(unsealed(session))
    if not wanted:
        raise ValidationError(_("预留的各项表决都已封箱，投票码不能再增减。"), code="sealed")
    if set(listings) & (set(session.uuids) - wanted):
        raise ValidationError(_("其中有一项表决已经封箱，它的名单不能再改。"), code="sealed")
    if set(listings) != wanted:
        raise ValidationError(_("这份名单不是本次会议的，请在本次会议的页面上重新制作。"), code="session")


def _point(public: str) -> None:
    try:
        if parse_point(public) != IDENTITY:
            return
    except Fault:
        pass
    raise ValidationError(
        _("公开名单有损坏，没有登记。请重新上传；仍不行就作废这批，重新制作。"), code="point"
    )


# --- doors -------------------------------------------------------------------


@transaction.atomic
def draw(session: SealedSession, voter: Voter, door: str, *, by: Any, at: datetime) -> bool:
    """Who is here takes one door: a slip drawn by their own hand, or paper. False: had it already.

    Raises ValidationError: not of this meeting, not here, the other door was taken, no slip left,
    no vote with a paper door.
    """
    require(rules.may_desk(by, session, at))
    _hold(session)
    door = Door(door)
    voter = Voter.objects.named().get(pk=voter.pk)
    if voter.meeting_id != session.meeting_id:
        raise ValidationError(_("%(name)s不在本次会议的应到名单上。") % {"name": voter})
    had = Draw.objects.filter(voter=voter).first()
    if had is not None and had.door == door:
        return False
    if had is not None:
        raise ValidationError(
            _("%(name)s已领%(door)s，投票码和纸质票只能领一种。要换，先退回。")
            % {"name": voter, "door": had.get_door_display()},
            code="other",
        )
    if not voter.is_here:
        raise ValidationError(_("%(name)s还没有签到，请先签到再领票。") % {"name": voter}, code="absent")
    _there_is(session, door)
    try:
        with transaction.atomic():
            Draw.objects.create(session=session, voter=voter, door=door, by=by)
    except IntegrityError:
        raise ValidationError(
            _("%(name)s刚刚在另一台电脑上领了票。") % {"name": voter}, code="other"
        ) from None
    write(session.chain, "voting.door_taken", voter, by=by, at=at, door=door)
    wall.slips(session, by=by, at=at)
    return True


def _there_is(session: SealedSession, door: str) -> None:
    if door == Door.SLIP and rules.slips(session).left < 1:
        raise ValidationError(_("投票码已发完，请先加印。"), code="none")
    if door == Door.PAPER and not paper_offered(session.meeting):
        raise ValidationError(_("本次会议的表决没有纸质票可选，请领投票码。"), code="none")


@transaction.atomic
def undraw(session: SealedSession, voter: Voter, *, by: Any, at: datetime, why: str) -> None:
    """The door was given back, with a reason. A slip counts as left over until `strike` strikes it.

    Raises ValidationError: no reason, nothing taken, a vote is under way (who has voted could
    otherwise vote again through the other door).
    """
    require(rules.may_desk(by, session, at))
    _hold(session)
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    had = session.draws.filter(voter=voter).first()
    if had is None:
        raise ValidationError(_("%(name)s没有领票，不用退回。") % {"name": voter})
    if under_way(session):
        raise ValidationError(
            _("有一项表决已经封箱、还没有截止，现在退回就可能投两次。请等它截止，或用“换纸质票”。"),
            code="under_way",
        )
    had.delete()
    write(session.chain, "voting.door_given_back", voter, by=by, at=at, why=why.strip(), door=had.door)
    wall.slips(session, by=by, at=at)


# --- exchanged ---------------------------------------------------------------


def standing(box: SealedBox, credential: str) -> str:
    """free | in | exchanged | unknown: whether a sheet may be given for this slip in this vote."""
    if box.exchanged.filter(credential=credential).exists():
        return "exchanged"
    if rules.lies_in(box, credential):
        return "in"
    return "free" if credential in _listed(box) else "unknown"


def _listed(box: SealedBox) -> set[str]:
    """The public keys of the Setup, without their weights."""
    return {entry.partition(",")[0] for entry in json.loads(box.listing)}


@transaction.atomic
def exchange(box: SealedBox, credential: str, *, by: Any, at: datetime) -> ExchangedSlip:
    """A slip that has no ballot in the box gets a sheet: it cannot be used in this vote any more.

    Who holds it is not asked. The sheet counts as one more issued. Raises ValidationError (code: what
    `standing` says, "closed", "paper", or "none_left"). The poll's row is locked, as `cast` does before
    it asks for exchanged slips.
    """
    require(rules.may_desk(by, box.poll.meeting.sealed, at))
    poll = Poll.objects.select_for_update(no_key=True).get(pk=box.poll_id)
    if poll.state not in (State.READY, State.OPEN):
        raise ValidationError(_("这项表决已经截止，不能再换。"), code="closed")
    if not paper_instead(poll):
        raise ValidationError(_("这项表决没有纸质票。"), code="paper")
    found = standing(box, credential)
    if found != "free":
        raise ValidationError(told(found), code=found)
    made = ExchangedSlip.objects.create(box=box, credential=credential)
    count = box.exchanged.count()
    # Printed on the report, so that it is not in the language of the page.
    one_more_paper(poll, by=by, at=at, why="投票码换领纸质票")
    write(box.poll.chain, "voting.slip_exchanged", box.poll, by=by, at=at, count=count)
    return made


def told(found: str) -> str:
    """What `standing` found, as a sentence to the desk."""
    return {
        "free": _("票箱里没有这张投票码的票，可以换领纸质票。"),
        "in": _("这张投票码的票已经在票箱里，不能再领纸质票。"),
        "exchanged": _("这张投票码在这项表决中已经换过纸质票。"),
        "unknown": _("这张投票码不在这项表决的名单上。"),
    }[found]
