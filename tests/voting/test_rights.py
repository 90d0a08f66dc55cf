"""Who may do what, for every pair of hat and state: what is not written here is refused."""

import pytest

from tests import make
from tests.make import NOW
from yishi.voting.models import Poll
from yishi.voting.rules import rights

pytestmark = pytest.mark.django_db

PEOPLE = (
    "clerk", "chair", "presiding", "chief", "watcher", "one", "caller",
    "deputy", "other_clerk", "other_chair", "nobody",
)  # fmt: skip
HALL = ("clerk", "chair", "presiding", "chief", "watcher", "one", "caller")
STATES = ("draft", "ready", "open", "closed", "declared", "void")
BOX = ("clerk", "chief", "watcher")
HEADS = ("chair", "presiding")


def says(kind: str):
    return lambda user, poll, now: rights.may_say(user, poll, kind, now)


# what -> (predicate, {state: who may})
TABLE = {
    "see": (rights.may_work, dict.fromkeys(STATES, HALL)),
    "prepare": (rights.may_prepare, dict.fromkeys(STATES, ("clerk",))),
    "change": (rights.may_change, {"draft": ("clerk",)}),
    "reopen": (rights.may_reopen, {"ready": ("clerk",)}),
    "name officials": (
        rights.may_name_officials,
        {"draft": ("clerk",), "ready": ("clerk",), "open": HEADS, "closed": HEADS},
    ),
    "record method": (rights.may_record_method, {"draft": ("clerk", *HEADS)}),
    "record officials": (
        rights.may_record_officials,
        {"draft": ("clerk", *HEADS), "ready": ("clerk", *HEADS)},
    ),
    "say printed": (
        says("printed"),
        {"draft": BOX, "ready": BOX, "open": BOX, "closed": BOX, "declared": ("chief",)},
    ),
    "say issued": (says("issued"), {"ready": BOX, "open": BOX, "closed": BOX, "declared": ("chief",)}),
    "say returned": (says("returned"), {"closed": BOX, "declared": ("chief",)}),
    "count present": (
        rights.may_count_present,
        dict.fromkeys(("ready", "open", "closed"), (*BOX, *HEADS)),
    ),
    "seal": (rights.may_seal, {"ready": ("chief", "watcher")}),
    "open": (rights.may_open, {"ready": HEADS}),
    "close": (rights.may_close, {"open": HEADS}),
    "void": (rights.may_void, {"open": HEADS, "closed": HEADS}),
    "override": (rights.may_override, dict.fromkeys(("draft", "ready", "open", "closed"), HEADS)),
    "declare": (rights.may_declare, {"closed": HEADS, "declared": HEADS}),
    "publish": (rights.may_publish, {"declared": ("clerk", *HEADS)}),
    "follow": (rights.may_follow, {"declared": ("clerk", *HEADS), "void": ("clerk", *HEADS)}),
}


@pytest.mark.parametrize("what", TABLE)
def test_every_pair_of_hat_and_state(what: str) -> None:
    may, allowed = TABLE[what]
    poll = make.hall("form")
    people = cast(poll)
    wrong = []
    for state in STATES:
        Poll.objects.filter(pk=poll.pk).update(state=state)
        stands = Poll.objects.whole().get(pk=poll.pk)
        for name in PEOPLE:
            if may(people[name], stands, NOW) != (name in allowed.get(state, ())):
                wrong.append((state, name))
    assert wrong == []


def cast(poll: Poll) -> dict[str, make.User]:
    """One person for every hat, and some who have none here."""
    meeting = poll.meeting
    seat = make.seat(meeting.body)
    voter = meeting.voters.first()
    presiding = make.deputy_user(seat)
    meeting.presiding = seat.person
    meeting.save()
    elsewhere = make.body()
    return {
        **{n: make.official(poll, n) for n in ("clerk", "chair", "chief", "watcher", "one", "caller")},
        "presiding": presiding,
        "deputy": make.deputy_user(voter.seat),
        "other_clerk": make.clerk(elsewhere),
        "other_chair": make.chair(elsewhere),
        "nobody": make.user(),
    }


def test_a_role_that_ended_no_longer_counts() -> None:
    poll = make.hall("sealed")
    chair = make.official(poll, "chair")
    assert rights.may_open(chair, poll, NOW)
    chair.roles.update(ended=NOW)
    assert not rights.may_open(make.User.objects.get(pk=chair.pk), poll, NOW)


def test_who_keyed_a_batch_may_not_declare_even_without_a_hat() -> None:
    poll = make.hall("returned")
    make.counted(poll, [["f", "f", "a"]] * 5)
    teller = make.official(poll, "one")
    make.Role.objects.create(user=teller, body=poll.meeting.body, duty="chair", begun=NOW)
    poll.officials.filter(user=teller).delete()
    stands = Poll.objects.whole().get(pk=poll.pk)
    assert not rights.may_declare(make.User.objects.get(pk=teller.pk), stands, NOW)
    assert rights.may_declare(make.official(poll, "chair"), stands, NOW)
