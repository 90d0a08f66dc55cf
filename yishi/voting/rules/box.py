"""The figures of a poll's box and their equation, and the tally that stands on them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from yishi.voting.models import Figure, Poll, Tally

Kind = Figure.Kind


@dataclass(frozen=True)
class Equation:
    """The figures of the box; None = not said yet. `balanced`: all said so far agree and
    entitled, present, issued and returned are there.

    Over both doors: issued = paper issued + slips out, returned = paper returned + ballots cast by
    phone. `printed`, `replaced`, `left_over` are of paper."""

    entitled: int | None
    present: int | None
    printed: int | None
    issued: int | None
    replaced: int | None
    left_over: int | None
    returned: int | None
    valid: int | None
    invalid: int | None
    paper_issued: int | None = None
    paper_returned: int | None = None
    slips: int | None = None
    cast: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        known = (self.entitled, self.present, self.issued, self.returned)
        return None not in known and not self.problems


def figures(poll: Poll) -> dict[str, int]:
    """The newest figure of each kind that was said; one query (none when prefetched)."""
    return {said.kind: said.value for said in poll.figures.all()}


def figure(poll: Poll, kind: str) -> int | None:
    """The newest figure of this kind."""
    return figures(poll).get(kind)


@dataclass(frozen=True)
class Sealed:
    """What the electronic box of a poll says: slips out, ballots cast (None until it is closed)."""

    slips: int
    cast: int | None


def electronic(poll: Poll) -> Sealed | None:
    """None for a poll on paper alone, and while the electronic box is not sealed."""
    box = getattr(poll, "box", None) if poll.by_phone else None
    if box is None:
        return None
    return Sealed(box.slips - len(box.exchanged.all()), box.cast)


def totals(poll: Poll) -> dict[str, int]:
    """The figures with issued and returned over both doors; what is not all said is left out."""
    said = figures(poll)
    if not poll.by_phone:
        return said
    sealed = electronic(poll)
    e = reckon(said, sealed=sealed, paper=poll.by_paper)
    found = {**said, Kind.ISSUED: e.issued, Kind.RETURNED: e.returned}
    return {str(kind): value for kind, value in found.items() if value is not None}


def equation(poll: Poll) -> Equation:
    """Entitled and present are those stated for this poll; valid and invalid those of its tally."""
    said = figures(poll)
    tally = newest(poll)
    counted = {} if tally is None or is_stale(poll, tally) else tally.figures
    doors: dict[str, Any] = {"sealed": electronic(poll), "paper": poll.by_paper} if poll.by_phone else {}
    e = reckon(said, counted.get("valid"), counted.get("invalid"), **doors)
    passed = {passed.gate for passed in poll.overrides.all()}
    return replace(e, problems=list(_problems(e, passed)))


PAPER_ONLY = Sealed(0, 0)


def reckon(
    said: dict[str, int],
    valid: int | None = None,
    invalid: int | None = None,
    *,
    sealed: Sealed | None = PAPER_ONLY,
    paper: bool = True,
) -> Equation:
    """`sealed` None: there is an electronic box and it is not sealed yet; `paper`: there is a paper one."""
    numbers: dict[str, Any] = {kind: said.get(kind) for kind in Kind.values}
    issued = said.get(Kind.ISSUED) if paper else 0
    returned = said.get(Kind.RETURNED) if paper else 0
    slips, cast = (sealed.slips, sealed.cast) if sealed else (None, None)
    numbers[Kind.ISSUED] = None if issued is None or slips is None else issued + slips
    numbers[Kind.RETURNED] = None if returned is None or cast is None else returned + cast
    return Equation(
        **numbers,
        valid=valid,
        invalid=invalid,
        paper_issued=issued,
        paper_returned=returned,
        slips=slips,
        cast=cast,
    )


def _problems(e: Equation, passed: set[str]) -> Any:
    def more(a: int | None, b: int | None) -> bool:
        return a is not None and b is not None and a > b

    if more(e.present, e.entitled):
        yield _("实到%(a)s，多于应到%(b)s。") % {"a": e.present, "b": e.entitled}
    if more(e.issued, e.present):
        yield _("发出%(a)s张，多于实到%(b)s人。") % {"a": e.issued, "b": e.present}
    if more(e.returned, e.issued):
        yield _("收回%(a)s张，多于发出%(b)s张，本次投票无效。") % {"a": e.returned, "b": e.issued}
    if "printed_balance" not in passed and (off := off_print(e)):
        yield off
    if e.valid is not None and e.valid + (e.invalid or 0) != e.returned:
        yield _("有效%(v)s张加无效%(i)s张，不等于收回%(r)s张。") % {
            "v": e.valid,
            "i": e.invalid,
            "r": e.returned,
        }


def off_print(e: Equation) -> str:
    """What is wrong with printed = issued + replaced + left over; empty while it is not all said."""
    if e.printed is None or e.paper_issued is None or e.left_over is None:
        return ""
    used = e.paper_issued + (e.replaced or 0) + e.left_over
    if used == e.printed:
        return ""
    return _("印制%(p)s张，而发出%(i)s加换票收回%(r)s加剩余%(l)s为%(u)s张。") % {
        "p": e.printed,
        "i": e.paper_issued,
        "r": e.replaced or 0,
        "l": e.left_over,
        "u": used,
    }


def is_stale(poll: Poll, tally: Tally) -> bool:
    """A figure was corrected after this tally was made: it must be made anew."""
    said = totals(poll)
    named = {"members": Kind.ENTITLED, "present": Kind.PRESENT, "issued": Kind.ISSUED}
    named["returned"] = Kind.RETURNED
    return any(tally.figures.get(name) != said.get(kind) for name, kind in named.items())


def newest(poll: Poll) -> Tally | None:
    """The newest tally (no query when prefetched)."""
    return max(poll.tallies.all(), key=lambda tally: tally.pk, default=None)


def confirmed(poll: Poll) -> Tally | None:
    """The newest tally confirmed by the chief scrutineer."""
    return poll.tallies.filter(confirmed_at__isnull=False).order_by("-pk").first()


def declared(poll: Poll) -> Tally | None:
    """The tally that was declared: the newest confirmed by then. A later correction must be
    declared too before anybody outside the hall sees it."""
    if poll.declared_at is None:
        return None
    return poll.tallies.filter(confirmed_at__lte=poll.declared_at).order_by("-pk").first()
