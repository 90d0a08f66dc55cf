"""A town with one of everything in it: what a stranger may try to open, what a hostile title may stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.urls import URLPattern, get_resolver, reverse

from tests import make
from tests.make import NOW
from yishi.ballot.elections import new_uuid
from yishi.meetings import actions
from yishi.meetings.models import AgendaItem, Material, Meeting
from yishi.people.actions import make_link
from yishi.people.models import Body, Link, Office, Person, Role, Seat, Term, User
from yishi.projects.models import (
    Call,
    Change,
    Comment,
    CommitteeReview,
    Inspection,
    Photo,
    Project,
    Proposal,
    Report,
    Slip,
    Supervision,
)
from yishi.publishing.actions import documents
from yishi.publishing.models import Attachment
from yishi.voting.actions import counting
from yishi.voting.models import Batch, Draw, Poll, ScanFile, ScanPage, SealedSession, SlipLot, Trustee

if TYPE_CHECKING:
    from collections.abc import Iterator

PDF = b"%PDF-1.7\nhello\n%%EOF\n"
KINDS = ("pdf", "docx")
PAPERS = {
    "meeting_paper": [{"name": n, "kind": k} for n in ("notice", "attendance", "minutes") for k in KINDS],
    "polls_minutes": [{"kind": kind} for kind in KINDS],
    "poll_paper": [
        {"name": n, "kind": k} for n in ("method", "report", "announcement", "script") for k in KINDS
    ],
}


@dataclass
class Town:
    body: Body
    clerk: User
    chair: User
    deputy: User
    meeting: Meeting
    item: AgendaItem
    paper: Material
    seat: Seat
    office: Office
    term: Term
    role: Role
    link: Link
    code: str
    poll: Poll
    batch: Batch
    proposal: Proposal
    project: Project
    attachment: Attachment


def town(title: str = "第十七届人民代表大会第五次会议", word: str = "民生实事") -> Town:
    """A called meeting with sign-in open, a paper, and a poll whose papers are being counted."""
    poll = make.returned(2, (f"{word}甲", f"{word}乙", f"{word}丙"), title=f"{word}票决")
    meeting = poll.meeting
    Meeting.objects.filter(pk=meeting.pk).update(
        title=title, state=Meeting.State.CALLED, called_at=NOW, place=word
    )
    meeting.refresh_from_db()
    clerk, chair = make.official(poll, "clerk"), make.official(poll, "chair")
    make.voters(meeting, 3)
    seat = meeting.voters.first().seat
    actions.add_items(meeting, [f"{word}议程"], by=clerk, at=NOW)
    paper = actions.add_material(meeting, ContentFile(PDF, name="草案.pdf"), title=word, by=clerk, at=NOW)
    actions.open_sign_in(meeting, by=clerk, at=NOW)
    actions.show(meeting, "agenda", by=clerk, at=NOW)
    deputy = make.deputy_user(seat)
    link, code = make_link(seat, by=clerk, at=NOW)
    batch = counting.lay_out(poll, by=clerk, at=NOW)[0]
    _slips(meeting, clerk)
    _scan(batch, title, clerk)
    said = _proposal(meeting.body, title, word)
    return Town(
        body=meeting.body,
        clerk=clerk,
        chair=chair,
        deputy=deputy,
        meeting=meeting,
        item=meeting.agenda.get(),
        paper=paper,
        seat=seat,
        office=make.office(meeting.body),
        term=meeting.term,
        role=clerk.roles.get(),
        link=link,
        code=code,
        poll=poll,
        batch=batch,
        proposal=said,
        project=_project(said.call, title, word, clerk),
        attachment=_attachment(meeting.body, title, word, clerk),
    )


def _slips(meeting: Meeting, clerk: User) -> None:
    """A session of sealed voting in which somebody took a paper ballot at the slip desk."""
    session = SealedSession.objects.create(
        meeting=meeting, uuid=new_uuid(), uuids=[new_uuid()], salt="salt", threshold=1, at=NOW
    )
    SlipLot.objects.create(session=session, size=1, listings={session.uuids[0]: ["0" * 64]}, at=NOW, by=clerk)
    Draw.objects.create(session=session, voter=meeting.voters.first(), door="paper", by=clerk)
    Trustee.objects.create(session=session, index=1, user=make.official(meeting.polls.get(), "chief"))


def _scan(batch: Batch, title: str, clerk: User) -> None:
    """A file of a scanner with a page that was read."""
    file = ScanFile.objects.create(
        batch=batch, name=f"{title[:150]}.pdf", sha256="0" * 64, size=1, state="read", at=NOW, by=clerk
    )
    ScanPage.objects.create(file=file, batch=batch, index=1, state="read", ballot=1, side=1)


def _proposal(body: Body, title: str, word: str) -> Proposal:
    """What a resident said in the town's call, with a name that is nobody's business."""
    call = make.call(
        body, title=title[:120], text=word, closes_on=date(2098, 1, 1), erase_on=date(2099, 1, 1)
    )
    return make.proposal(call, word[:80], name="林阿婆", phone="13800000001", where=word[:80], why=title)


def _project(call: Call, title: str, word: str, clerk: User) -> Project:
    """An adopted project with one of everything that may be said of it; unpublished, as its call says."""
    made = make.project(
        call, f"{word}项目"[:80], state="adopted", content=title, where=word[:80], funds=word, place=call.body
    )
    first, who = made.versions.get(), {"at": NOW, "by": clerk}
    day = NOW.date()
    point = make.milestone(made, f"{word}节点"[:80])
    CommitteeReview.objects.create(call=call, held_on=day, text=word, **who)
    Comment.objects.create(call=call, project=made, who="林阿公代表", text=word, version=first, **who)
    report = Report.objects.create(project=made, month=day.replace(day=1), percent=5, text=word, **who)
    later = {"due_before": point.due_on, "due_after": point.due_on + timedelta(days=30)}
    Slip.objects.create(milestone=point, why=word, **later, **who)
    Supervision.objects.create(project=made, milestone=point, number=1, text=word, due_on=day, **who)
    Inspection.objects.create(project=made, held_on=day, deputies="林阿公", text=word, findings=word, **who)
    Change.objects.create(project=made, sheet=first.sheet, why=word, **who)
    file = ContentFile(b"no picture", name="photo.jpg")
    Photo.objects.create(project=made, report=report, file=file, caption=word[:80], **who)
    return made


def _attachment(body: Body, title: str, word: str, clerk: User) -> Attachment:
    """A file beside a draft that nobody has published yet."""
    draft = make.document(body, title[:120], text=f"<p>{escape(word)}</p>", source=word[:80])
    return documents.attach(draft, ContentFile(PDF, name="公告.pdf"), title=word[:120], by=clerk, at=NOW)


def keys(of: Town) -> dict[str, Any]:
    """What stands in an address for each of its keywords."""
    person: Person = of.seat.person
    return {
        "body": of.body.pk,
        "meeting": of.meeting.pk,
        "material": of.paper.pk,
        "seat": of.seat.pk,
        "office": of.office.pk,
        "term": of.term.pk,
        "role": of.role.pk,
        "link": of.link.pk,
        "code": of.code,
        "voter": of.meeting.voters.first().pk,
        "account": of.deputy.pk,
        "person": person.pk,
        "poll": of.poll.pk,
        "batch": of.batch.pk,
        "official": of.poll.officials.first().pk,
        "number": 1,
        "verb": "open",
        "gate": "method",
        "call": of.proposal.call_id,
        "topic": of.proposal.topic_id,
        "proposal": of.proposal.pk,
        "receipt": of.proposal.receipt,
        "project": of.project.pk,
        "milestone": of.project.milestones.get().pk,
        "review": of.project.call.reviews.get().pk,
        "comment": of.project.comments.get().pk,
        "version": of.project.versions.get().pk,
        "report": of.project.reports.get().pk,
        "slip": of.project.milestones.get().slips.get().pk,
        "supervision": of.project.supervisions.get().pk,
        "inspection": of.project.inspections.get().pk,
        "change": of.project.changes.get().pk,
        "photo": of.project.photos.get().pk,
        "document": of.attachment.document_id,
        "attachment": of.attachment.pk,
        "file": of.batch.files.get().pk,
        "page": of.batch.leaves.get().pk,
        "row": 0,
        "kind": "blank",
        "session": of.meeting.sealed.pk,
        "lot": of.meeting.sealed.lots.get().pk,
        "trustee": of.meeting.sealed.keyholders.get().pk,
        "session_uuid": of.meeting.sealed.uuid,
        "box_uuid": "NoBoxOfThisTown",
    }


def addresses(of: Town) -> Iterator[tuple[str, str]]:
    """Name and address of every view of the house, filled with what is in this town."""
    known = keys(of)
    for name, pattern in patterns():
        also_known = {"code": of.meeting.voters.first().code} if name == "code_use" else {}
        for also in PAPERS.get(name, [also_known]):
            filled = {key: {**known, **also}[key] for key in pattern.pattern.converters}
            yield name, reverse(name, kwargs=filled)


def patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every view by the name of its address (`web:preferences`, `poll`)."""
    for found in get_resolver().url_patterns:
        if isinstance(found, URLPattern):
            yield str(found.name), found
            continue
        prefix = f"{found.namespace}:" if found.namespace else ""
        for inner in found.url_patterns:
            yield f"{prefix}{inner.name}", inner


def let_go(answer: Any) -> None:
    """Close the file an answer still holds, and not the database connection with it."""
    for close in getattr(answer, "_resource_closers", ()):
        close()
