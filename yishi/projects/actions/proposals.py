"""Proposals taken in: one by one from the public, a desk or a deputy, or a whole list at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.papers.typeset import clean
from yishi.projects.models import Call, Contact, Proposal, Topic
from yishi.projects.photos import stripped
from yishi.projects.rules.calls import may_keep_call, may_propose, places, sources, takes_late
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.files import File

    from yishi.people.models import Body

LONGEST = {"what": 80, "where": 80, "why": 2000, "name": 40, "phone": 40}
MOST_PEOPLE = 100_000
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
FIELDS = ("what", "where", "why", "name", "phone")


@dataclass(frozen=True)
class Taken:
    """How many rows of a list became proposals, and how many had been handed in before."""

    new: int
    known: int


def plain(text: str) -> str:
    """One line without control characters, its blanks single."""
    return " ".join(INVISIBLE.sub("", clean(text)).split())


def plain_lines(text: str) -> str:
    """Lines kept, each made plain; of several empty lines one."""
    lines = [plain(line) for line in clean(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def check_said(said: dict[str, str], people: int) -> None:
    """Refuse, at its field, what is missing or too long: nothing is cut off silently."""
    wrong: dict[str, str] = {}
    for name, most in LONGEST.items():
        if (length := len(said[name])) > most:
            wrong[name] = _("最多%(most)d字，现在有%(length)d字，请缩短。") % {"most": most, "length": length}
    for name in ("what", "where"):
        if not said[name]:
            wrong[name] = _("请填写这一项。")
    if not 1 <= people <= MOST_PEOPLE:
        wrong["people"] = _("人数请写1到100000之间的整数。")
    if wrong:
        raise ValidationError(wrong)


def tidy(typed: dict[str, Any]) -> dict[str, str]:
    return {n: (plain_lines if n == "why" else plain)(str(typed.get(n) or "")) for n in FIELDS}


def voice(call: Call, said: dict[str, str], source: str, voice_of: str, by: Any) -> str:
    """Who speaks, without saying who; the same person in another call is another voice.

    A phone tells best. A deputy is the account, a resident the address. Of somebody for whom a clerk
    writes, the name is known, or else only that it is the one who said just this.
    """
    digits = re.sub(r"\D", "", said["phone"])
    if len(digits) >= 7:
        who = f"phone:{digits}"
    elif source == Proposal.Source.RESIDENT or (source == Proposal.Source.DEPUTY and not said["name"]):
        who = f"user:{by.pk}" if getattr(by, "pk", None) else f"from:{voice_of}"
    else:
        who = f"name:{source}:{said['name']}" if said["name"] else f"text:{source}:{_text(said)}"
    return salted_hmac("yishi.projects.voice", f"{call.pk}:{who}", algorithm="sha256").hexdigest()


def _text(said: dict[str, str]) -> str:
    return "\n".join((said["what"], said["where"], said["why"]))


@transaction.atomic
def propose(
    call: Call,
    *,
    source: str,
    what: str,
    where: str,
    why: str = "",
    place: Body | None = None,
    photo: File[bytes] | None = None,
    name: str = "",
    phone: str = "",
    people: int = 1,
    voice_of: str = "",
    by: Any = None,
    at: datetime,
) -> Proposal:
    """Take in one proposal with a topic of its own and its receipt.

    The same text of the same voice gives the earlier proposal back. Raises ValidationError at the
    field that is wrong.
    """
    held = Call.objects.select_for_update(of=("self",)).select_related("body").get(pk=call.pk)
    if source == Proposal.Source.RESIDENT:
        require(may_propose(by, held, at), _("这次征集现在不接受建议。"))
    else:
        require(source in sources(by, held, at))
    said = tidy({"what": what, "where": where, "why": why, "name": name, "phone": phone})
    check_said(said, people)
    if place and not places(held).filter(pk=place.pk).exists():
        raise ValidationError({"place": _("请从列表里选择乡镇、街道。")})
    spoken = voice(held, said, source, voice_of, by)
    text = {key: said[key] for key in ("what", "where", "why")}
    if earlier := Proposal.objects.filter(call=held, voice=spoken, **text).order_by("pk").first():
        return earlier
    row = Proposal(call=held, source=source, place=place, people=people, voice=spoken, at=at, by=by, **text)
    if photo:
        clean_photo = stripped(photo)
        row.photo.save("photo.jpg", clean_photo, save=False)
    row.topic = Topic.objects.create(call=held, title=said["what"], posts=1, people=people)
    row.save()
    if said["name"] or said["phone"]:
        Contact.objects.create(proposal=row, name=said["name"], phone=said["phone"])
    write(held.chain, "projects.proposed", row, by=by, at=at, source=source, people=people)
    return row


@transaction.atomic
def take_in(call: Call, rows: list[dict[str, Any]], *, by: Any, at: datetime) -> Taken:
    """All rows of a checked list, or none: {source, what, where, why, place (pk), people, name, phone}."""
    require(may_keep_call(by, call, at) and takes_late(call, at))
    held = Call.objects.select_for_update(of=("self",)).select_related("body").get(pk=call.pk)
    if not rows:
        raise ValidationError(_("表里没有数据行。"))
    allowed, known_places = sources(by, held, at), set(places(held).values_list("pk", flat=True))
    seen = set(Proposal.objects.filter(call=held).values_list("voice", "what", "where", "why"))
    new: list[tuple[Proposal, dict[str, str]]] = []
    for row in rows:
        said, people = tidy(row), row.get("people") or 1
        check_said(said, people)
        if row["source"] not in allowed or (row.get("place") and row["place"] not in known_places):
            raise ValidationError(_("来源或者乡镇、街道不对，请重新上传。"))
        spoken = voice(held, said, row["source"], "", by)
        mark = (spoken, said["what"], said["where"], said["why"])
        if mark not in seen:
            seen.add(mark)
            text = {key: said[key] for key in ("what", "where", "why")}
            made = Proposal(call=held, source=row["source"], people=people, voice=spoken, at=at, by=by)
            for key, value in {**text, "place_id": row.get("place") or None}.items():
                setattr(made, key, value)
            new.append((made, said))
    _store(held, new)
    taken = Taken(len(new), len(rows) - len(new))
    write(held.chain, "projects.taken_in", held, by=by, at=at, number=taken.new)
    return taken


def _store(call: Call, new: list[tuple[Proposal, dict[str, str]]]) -> None:
    topics = [Topic(call=call, title=row.what, posts=1, people=row.people) for row, _said in new]
    for topic, (row, _said) in zip(Topic.objects.bulk_create(topics), new, strict=True):
        row.topic = topic
    Proposal.objects.bulk_create([row for row, _said in new])
    Contact.objects.bulk_create(
        Contact(proposal=row, name=said["name"], phone=said["phone"])
        for row, said in new
        if said["name"] or said["phone"]
    )
