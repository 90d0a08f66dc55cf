"""What is settled of a row, a ballot, a page: the machine proposes, two agree, the chief settles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yishi.law.count import MARKS
from yishi.voting.models import ScanPage, Sheet
from yishi.voting.rules.marking import doubted, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from yishi.law.count import Reading
    from yishi.law.rule import PollRule
    from yishi.voting.models import Batch, Poll, ScanDecision, ScanLook

# What becomes of a page that is not counted as it was read, and of one that is after all.
HAND, NO_BALLOT, DUPLICATE = FATES = ("hand", "not_a_ballot", "duplicate")
KEEP = "ballot"
VALID, VOID = "valid", "void"
AGREE = 2
# The options of a layout as the marks of law.count.
LETTERS = {
    "for": "f",
    "choice": "f",
    "against": "a",
    "abstain": "x",
    "satisfied": "s",
    "basically": "b",
    "dissatisfied": "d",
}
# A page that was refused for one of these is surely some paper of this poll: it goes to the hand.
PAPER = frozenset(
    {"corner", "scale", "resolution", "distorted", "machine", "other_version", "unreadable", "too_large"}
)
# These are surely no ballot of this poll; of any other page nobody knows.
OTHER = frozenset({"blank", "not_a_ballot", "other_form"})
UNREAD = 0  # among `found_sides`: some page of a ballot, nobody knows which
Said = dict[int, tuple[str, str]]


@dataclass(frozen=True)
class RowStand:
    """One row of one ballot. `letters` and `name`: what counts, None while it is open.

    `read`: what the machine read ("" blank), None where it is in doubt; `why`: the doubt. `state`:
    read | look (blank, nobody looked yet) | open (in doubt) | differs (for the chief) | adjudicated.
    `said`: user pk -> (value, name), the newest of each.
    """

    page: ScanPage
    row: int
    write_in: bool
    read: str | None
    why: str
    state: str
    letters: str | None
    name: str = ""
    said: Said = field(default_factory=dict)


@dataclass(frozen=True)
class BallotStand:
    """One ballot of a batch, all its pages. state: read | look | open | differs | adjudicated | hand |
    excluded | duplicate.

    `marks` and `write_ins` are there once every row is settled. `proposed`: why the whole ballot
    may be void or doubtful (`void` for what the law says, else a Sheet.Doubt), "" where nothing
    speaks against it; it counts once `verdict` ("valid", "void", a Sheet.Doubt) is settled.
    """

    batch: Batch
    number: int
    pages: tuple[ScanPage, ...]
    rows: tuple[RowStand, ...]
    state: str
    marks: list[str]
    write_ins: list[str]
    proposed: str = ""
    verdict: str = ""
    reading: Reading | None = None
    said: Said = field(default_factory=dict)

    @property
    def doubt(self) -> str:
        """As a teller would have put it down: "" for a plain sheet."""
        return self.verdict if self.verdict in Sheet.Doubt.values else ""

    @property
    def is_settled(self) -> bool:
        return self.state in ("read", "adjudicated")

    @property
    def is_out(self) -> bool:
        return self.state in ("excluded", "duplicate")


@dataclass(frozen=True)
class PageStand:
    """A page that was refused, that looks like another, or that somebody would not count as it was read.

    `fate`: one of FATES or KEEP, "" while it is open. `proposed`: what the machine takes it for.
    """

    page: ScanPage
    proposed: str
    fate: str
    state: str  # open | differs | settled
    said: Said = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """What is printed on a ballot, once for all ballots; `sides`: how many pages it has."""

    law: PollRule
    titles: list[str]
    sides: int


def page_stand(page: ScanPage, chief: int | None, *, suspected: bool) -> PageStand | None:
    """None for a page that is counted as it was read. To the hand one scrutineer may send it; to leave a
    picture out takes two. `suspected`: it looks like another page that counts."""
    said = [one for one in _said(page) if one.row is None and one.value in (*FATES, KEEP)]
    newest = _newest(said)
    values = {value for value, _name in newest.values()}
    refused = page.state == ScanPage.State.REJECTED
    if not refused and not suspected and values <= {KEEP}:
        return None
    proposed = DUPLICATE if suspected else KEEP
    if refused:
        proposed = NO_BALLOT if page.reason in OTHER else HAND
    if HAND in values and not any(one.settles for one in said):
        return PageStand(page, proposed, HAND, "settled", newest)
    answer, state = _settled(said, chief)
    return PageStand(page, proposed, answer[0] if answer else "", state, newest)


def row_stands(page: ScanPage, n_options: int, chief: int | None) -> Iterator[RowStand]:
    """How the rows of a page that was read stand."""
    said, looks = defaultdict(list), defaultdict(list)
    for one in _said(page):
        said[one.row].append(one)
    for look in _looks(page):
        looks[look.row].append(look.flagged)
    for row in page.reading.get("rows", []):
        yield _row_stand(page, row, n_options, said[row["row"]], looks[row["row"]], chief)


def _row_stand(
    page: ScanPage,
    one: dict[str, Any],
    n_options: int,
    said: Sequence[ScanDecision],
    looks: Sequence[bool],
    chief: int | None,
) -> RowStand:
    row, flagged = one["row"], any(looks)
    read = None if one["doubt"] else LETTERS[one["option"]] if one["option"] else ""
    write_in = row >= n_options
    # A name cannot be read by the machine: whatever is marked or written there is for people.
    doubtful = read is None or flagged or bool(said) or (write_in and read != "")
    why = one.get("why") or "" if read is None else "flagged" if flagged else "name" if doubtful else ""
    common = (page, row, write_in, None if doubtful else read, why)
    if not doubtful:
        state = "look" if read == "" and not looks else "read"
        return RowStand(*common, state=state, letters=read)
    answer, state = _settled(said, chief)
    if answer is None:
        return RowStand(*common, state=state, letters=None, said=_newest(said))
    return RowStand(*common, "adjudicated", answer[0], answer[1], _newest(said))


def ballot_stand(
    form: Form,
    batch: Batch,
    number: int,
    pages: Sequence[ScanPage],
    stands: Mapping[int, PageStand],
    chief: int | None,
) -> BallotStand:
    """How one ballot stands. `stands`: of those of its pages that have one, by key."""
    law, titles = form.law, form.titles
    odd = [stands[page.pk] for page in pages if page.pk in stands]
    fate = next((one.fate for one in odd if one.fate in FATES), "")
    if fate:
        state = {HAND: "hand", NO_BALLOT: "excluded", DUPLICATE: "duplicate"}[fate]
        return BallotStand(batch, number, tuple(pages), (), state, [], [])
    states = {one.state for one in odd if not one.fate}
    if any(page.state == ScanPage.State.REJECTED for page in pages):
        return BallotStand(batch, number, tuple(pages), (), _worst(states) or "open", [], [])
    if sorted(page.side or 0 for page in pages) != list(range(1, form.sides + 1)):
        return BallotStand(batch, number, tuple(pages), (), "hand", [], [])
    found = [row for page in pages for row in row_stands(page, len(titles), chief)]
    rows = tuple(sorted(found, key=lambda one: one.row))
    said = [d for page in pages for d in _said(page) if is_verdict(d)]
    states |= {row.state for row in rows}
    if worst := _worst(states):
        return BallotStand(batch, number, tuple(pages), rows, worst, [], [], said=_newest(said))
    marks = [row.letters or "" for row in rows if not row.write_in]
    names = [row.name for row in rows if row.write_in and row.letters]
    reading = read_sheet(law, titles, marks, names)
    proposed = _proposed(pages, reading)
    # What was said of other marks than it has now says nothing of it.
    fitting = [one for one in said if one.value in verdicts(reading)]
    verdict, state = "", "adjudicated" if "adjudicated" in states else "read"
    if proposed or any(value != VALID for value, _name in _newest(fitting).values()):
        answer, stand = _settled(fitting, chief, alike=Sheet.Doubt.values)
        verdict, state = (answer[0], "adjudicated") if answer else ("", stand)
    if verdict in Sheet.Doubt.values:
        reading = doubted(law, reading, verdict)
    return BallotStand(
        batch, number, tuple(pages), rows, state, marks, names, proposed, verdict, reading, _newest(said)
    )


def is_verdict(said: ScanDecision) -> bool:
    """Said of a whole ballot, not of a row nor of what becomes of a page."""
    return said.row is None and said.value not in (*FATES, KEEP)


def verdicts(reading: Reading) -> list[str]:
    """What a ballot can be said to be. What the law makes void nobody makes valid; its marks can be wrong."""
    return [VOID if reading.valid is False else VALID, *Sheet.Doubt.values]


def by_marks(poll: Poll, ballot: BallotStand) -> Reading:
    """What the law makes of its marks alone."""
    titles = [option.title for option in poll.options.all()]
    return read_sheet(poll.law, titles, ballot.marks, ballot.write_ins)


def answers(law_kind: str) -> list[str]:
    """What a row can be decided to be: one mark, none, or two."""
    letters = list(MARKS[law_kind])
    return [*letters, "", *([letters[0] + letters[1]] if len(letters) > 1 else [])]


def _proposed(pages: Sequence[ScanPage], reading: Reading) -> str:
    """What two people must say of the whole ballot before it counts; the law's own doubts go to the chief."""
    if reading.valid is False:
        return VOID
    if any(page.reading.get("elsewhere") for page in pages):
        return Sheet.Doubt.SIGNED.value
    return ""


def _worst(states: set[str]) -> str:
    return next((one for one in ("differs", "open", "look") if one in states), "")


def _said(page: ScanPage) -> list[ScanDecision]:
    """Oldest first; fetched for many pages at once as `all_said`."""
    found: list[ScanDecision] | None = getattr(page, "all_said", None)
    return list(page.decisions.all()) if found is None else found


def _looks(page: ScanPage) -> list[ScanLook]:
    found: list[ScanLook] | None = getattr(page, "all_looks", None)
    return list(page.looks.all()) if found is None else found


def _newest(said: Iterable[ScanDecision]) -> Said:
    return {one.by_id: (one.value, one.name) for one in said}


def _settled(
    said: Sequence[ScanDecision], chief: int | None, *, alike: Sequence[str] = ()
) -> tuple[tuple[str, str] | None, str]:
    """(what was settled or None, open | differs | settled). `alike`: values that do not differ."""
    last = next((one for one in reversed(said) if one.settles and one.by_id == chief), None)
    if last is not None:
        return (last.value, last.name), "settled"
    newest = list(_newest(said).values())
    if len({("" if value in alike else value, name) for value, name in newest}) > 1:
        return None, "differs"
    return (newest[0], "settled") if len(newest) >= AGREE else (None, "open")


# --- the pages of a file in their order --------------------------------------


def side_of(page: ScanPage, of: int) -> int | None:
    """Which page of a form of `of` pages it is, for `places`."""
    if page.state == ScanPage.State.READ:
        return page.side
    if of == 1:
        return UNREAD if page.reason in PAPER else None
    return None if page.reason in OTHER else UNREAD


def in_order(found_sides: Iterable[int | None], of: int) -> bool:
    """Pages 1 to `of` again and again to the end; one UNREAD stands for the page that is due."""
    due = 1
    for side in found_sides:
        if side is None:
            continue
        if side not in (UNREAD, due):
            return False
        due = due % of + 1
    return due == 1


def places(found_sides: Sequence[int | None], of: int) -> list[int | None]:
    """Which ballot each page belongs to, counting from 1, for a form of `of` pages.

    `found_sides`: the page of the form, None for what is no page of a ballot, UNREAD for one that was
    refused. A ballot is a run of pages 1 to `of`; a page out of turn begins another ballot, which then
    lacks pages. A page unread ends a run, so that no ballot is made of two papers; it is a ballot of its own
    where the form has one page.
    """
    found: list[int | None] = []
    ballot, last = 0, of
    for side in found_sides:
        if side is None or (side == UNREAD and of > 1):
            found.append(None)
            last = last if side is None else of
            continue
        if side != last + 1 or of == 1:
            ballot += 1
        found.append(ballot)
        last = side
    return found
