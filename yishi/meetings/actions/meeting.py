"""A meeting planned, called, opened, closed, and rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.law import dates
from yishi.meetings.actions.screen import touch
from yishi.meetings.models import AgendaItem, Meeting, Screen, Voter
from yishi.meetings.rules import QUORUMS, may_plan, may_prepare, may_preside, notice_rule, quorum
from yishi.people.models import Body, Person, Term
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models.fields.files import FieldFile

CHANGEABLE = ("title", "starts_at", "place", "presiding", "term", "quorum")


@transaction.atomic
def plan(
    body: Body,
    *,
    title: str,
    starts_at: datetime,
    place: str = "",
    term: Term | None = None,
    presiding: Person | None = None,
    quorum: str = "",
    by: Any,
    at: datetime,
) -> Meeting:
    """A new meeting in preparation, with its big screen; `quorum` by the kind of body if not given."""
    require(may_plan(by, body, at))
    meeting = Meeting.objects.create(
        body=body,
        title=title.strip(),
        starts_at=starts_at,
        place=place.strip(),
        term=term or body.terms.filter(begins__lte=day(starts_at)).order_by("-number").first(),
        presiding=presiding,
        quorum=quorum or QUORUMS.get(Body.Kind(body.kind), "presidium"),
    )
    Screen.objects.create(meeting=meeting, at=at)
    write(body.chain, "meetings.planned", meeting, by=by, at=at, title=meeting.title)
    return meeting


@transaction.atomic
def change(
    meeting: Meeting, *, by: Any, at: datetime, why: str = "", revision: int | None = None, **fields: Any
) -> None:
    """Change title, starts_at, place, presiding, term or quorum.

    `revision` is the one the form was drawn from: ValidationError when another clerk has saved
    since. A closed meeting is not changed.
    """
    require(may_prepare(by, meeting, at))
    if meeting.state == Meeting.State.CLOSED:
        raise ValidationError(_("会议已闭会，不能再改。"))
    wrong = set(fields) - set(CHANGEABLE)
    if wrong:
        raise TypeError(f"not changeable: {wrong}")
    was = {name: str(getattr(meeting, name) or "") for name in fields}
    expected = meeting.revision if revision is None else revision
    changed = Meeting.objects.filter(pk=meeting.pk, revision=expected).update(
        **fields, revision=F("revision") + 1
    )
    if not changed:
        raise ValidationError(
            _("另一位经办人员刚才改过这次会议。您填的内容还在下面，请先对照新内容，再保存一次。"),
            code="stale",
        )
    meeting.refresh_from_db()
    now = {name: str(getattr(meeting, name) or "") for name in fields}
    what = {name: [was[name], now[name]] for name in fields if was[name] != now[name]}
    write(meeting.chain, "meetings.changed", meeting, by=by, at=at, why=why, changed=what)
    touch(meeting)


def late_notice(meeting: Meeting, at: datetime) -> str:
    """Why a notice given now comes too late, with the article; "" when it is in time."""
    rule = notice_rule(meeting)
    if rule is None or dates.in_time(rule, day(at), day(meeting.starts_at)):
        return ""
    last = dates.latest(rule, day(meeting.starts_at))
    english = (get_language() or "").startswith("en")
    basis = rule.article or (rule.note_en if english else rule.note_zh)
    return _("会议通知最迟应在%(day)s发出（会前%(days)d日，%(basis)s）。") % {
        "day": f"{last:%Y-%m-%d}",
        "days": rule.days,
        "basis": basis.rstrip("。."),
    }


@transaction.atomic
def call(meeting: Meeting, *, by: Any, at: datetime, why: str = "") -> None:
    """Send the notice: from now on the entitled see the meeting and its papers.

    ValidationError without an entitled list; or when the notice is late (code "late") and no
    reason is given: with a reason it goes ahead and the reason stays in the journal.
    """
    require(may_prepare(by, meeting, at))
    if not meeting.voters.exists():
        raise ValidationError(_("还没有应到名单，请先生成应到名单，再发出会议通知。"), code="no_voters")
    late = "" if meeting.is_rehearsal else late_notice(meeting, at)
    if late and not why.strip():
        raise ValidationError(_("%(late)s仍要发出的，请写明理由。") % {"late": late}, code="late")
    move(
        meeting,
        Meeting.State.CALLED,
        chain=meeting.chain,
        by=by,
        at=at,
        why=why.strip(),
        also={"called_at": at},
        late=bool(late),
    )


@transaction.atomic
def open_meeting(meeting: Meeting, *, by: Any, at: datetime, why: str = "") -> None:
    """Open the meeting. ValidationError without a quorum (code "quorum") unless a reason is given."""
    require(may_preside(by, meeting, at))
    enough = quorum(meeting)
    if not enough.met and not why.strip():
        english = (get_language() or "").startswith("en")
        said = enough.sentence_en if english else enough.sentence_zh
        raise ValidationError(_("%(said)s仍要宣布开会的，请写明理由。") % {"said": said}, code="quorum")
    move(
        meeting,
        Meeting.State.OPEN,
        chain=meeting.chain,
        by=by,
        at=at,
        why=why.strip(),
        also={"opened_at": meeting.opened_at or at, "closed_at": None},
        entitled=enough.members,
        present=enough.present,
        quorum_met=enough.met,
    )
    touch(meeting)


@transaction.atomic
def close_meeting(meeting: Meeting, *, by: Any, at: datetime, why: str = "") -> None:
    """Close the meeting; a sign-in still open ends with it."""
    require(may_preside(by, meeting, at))
    ends = {"closed_at": at}
    if meeting.sign_in_is_open:
        ends["sign_in_closed"] = at
    move(meeting, Meeting.State.CLOSED, chain=meeting.chain, by=by, at=at, why=why, also=ends)
    touch(meeting)


@transaction.atomic
def copy_as_rehearsal(meeting: Meeting, *, by: Any, at: datetime) -> Meeting:
    """A copy to practise on, with agenda and entitled list; no papers, deliveries or sign-ins."""
    require(may_prepare(by, meeting, at))
    original = meeting.rehearsal_of or meeting
    copy = Meeting.objects.create(
        body=meeting.body,
        term=meeting.term,
        title=meeting.title,
        starts_at=meeting.starts_at,
        place=meeting.place,
        presiding=meeting.presiding,
        quorum=meeting.quorum,
        rehearsal_of=original,
    )
    Screen.objects.create(meeting=copy, at=at)
    AgendaItem.objects.bulk_create(
        AgendaItem(meeting=copy, place=item.place, title=item.title) for item in meeting.agenda.all()
    )
    Voter.objects.bulk_create(Voter(meeting=copy, seat_id=v.seat_id) for v in meeting.voters.all())
    write(copy.chain, "meetings.rehearsal_made", copy, by=by, at=at, of=original.pk)
    return copy


@transaction.atomic
def wipe_rehearsal(meeting: Meeting, *, by: Any, at: datetime) -> None:
    """Delete a rehearsal and all in it; a real meeting is never deleted.

    The room above deletes the rehearsal's polls first: ValidationError while there are any.
    """
    require(may_prepare(by, meeting, at))
    if not meeting.is_rehearsal:
        raise ValidationError(_("这是正式会议，不能清除。"))
    write(meeting.chain, "meetings.rehearsal_wiped", meeting, by=by, at=at, of=meeting.rehearsal_of_id)
    stored = [material.file for material in meeting.materials.all()]
    try:
        meeting.delete()
    except ProtectedError:
        raise ValidationError(_("演练里还有表决事项，请先清除它们。"), code="polls") from None
    transaction.on_commit(lambda: _delete(stored))


def hold(meeting: Meeting) -> None:
    """Let two who press at once go one after the other, the second seeing what the first did."""
    meeting.refresh_from_db(
        fields=["state", "sign_in_opened", "sign_in_closed"],
        from_queryset=Meeting.objects.select_for_update(),
    )


def day(moment: datetime) -> date:
    """The day of a moment in the county's own time."""
    return timezone.localtime(moment).date()


def _delete(stored: list[FieldFile]) -> None:
    for file in stored:
        file.storage.delete(str(file.name))
