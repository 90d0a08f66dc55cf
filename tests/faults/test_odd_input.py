"""Input no form of ours would send: answered with a page that says what is wrong, never with 500."""

import pytest

from tests import make
from tests.faults.town import addresses, let_go, patterns, town

pytestmark = pytest.mark.django_db

FAR = ("0001-01-01", "9999-12-31")
HUGE = ("9" * 19, "9" * 30, "9" * 4400)
ODD = ("", "-1", "²", "\x00", "[]", *FAR, HUGE[1], HUGE[2])


@pytest.fixture
def ours():
    return town()


def everyone(ours):
    yield "clerk", ours.clerk
    yield "chair", ours.chair
    yield "deputy", ours.deputy
    yield "teller", make.official(ours.poll, "one")
    yield "chief", make.official(ours.poll, "chief")
    for duty in ("system", "security", "auditor"):
        yield duty, make.user("", (duty, None))


def fails(client, method, address, data=None):
    """Whether this breaks us; told with what broke, so that the list of failures can be read."""
    try:
        answer = getattr(client, method)(address, data or {})
    except Exception as error:
        return f"{method} {address[:80]} {type(error).__name__} {str(error)[:90]}"
    let_go(answer)
    return f"{method} {address} {answer.status_code}" if answer.status_code >= 500 else ""


def doors(ours):
    """Each address with the client of the first who may enter there."""
    clients = [make.client(user) for _who, user in everyone(ours)]
    for name, address in addresses(ours):
        if name in ("account_logout", "link_use"):
            continue
        for client in clients:
            answer = client.get(address)
            let_go(answer)
            if answer.status_code not in (302, 403, 404):
                yield client, address
                break


@pytest.mark.parametrize("number", HUGE)
def test_a_number_too_large_for_any_row_is_not_found(number):
    for who in (None, make.clerk(make.body())):
        client = make.client(who)
        for name, pattern in patterns():
            if "<int:" not in str(pattern.pattern):
                continue
            path = str(pattern.pattern)
            for key in pattern.pattern.converters:
                path = (
                    path.replace(f"<int:{key}>", number)
                    .replace(f"<str:{key}>", "x")
                    .replace(f"<slug:{key}>", "x")
                )
            assert client.get(f"/{path}").status_code in (302, 403, 404, 405), name


QUERIES = (
    "page",
    "only",
    "q",
    "by",
    "chain",
    "verb",
    "first",
    "last",
    "thing",
    "kind",
    "order",
    "standing",
    "delegation",
    "district",
    "key",
    "sheet",
    "number",
    "next",
    "tally",
    "fragment",
    "year",
    "body",
    "tab",
)


def test_whatever_stands_in_the_query_is_passed_over(ours):
    told = []
    for client, address in doors(ours):
        if address.endswith((".pdf", ".docx")):
            continue
        for odd in ODD:
            told.append(fails(client, "get", address, dict.fromkeys(QUERIES, odd)))
    assert sorted(set(filter(None, told))) == []


FIELDS = (
    "voter",
    "title",
    "titles",
    "starts_at",
    "begins",
    "ends",
    "number",
    "place",
    "presiding",
    "quorum",
    "revision",
    "why",
    "verb",
    "code",
    "scene",
    "up",
    "down",
    "done",
    "drop",
    "days",
    "name",
    "phone",
    "sex",
    "term",
    "person",
    "same",
    "post",
    "username",
    "duty",
    "body",
    "kind",
    "parent",
    "short_name",
    "reason",
    "rows",
    "agenda_item",
    "seats",
    "rule_key",
    "batch_size",
    "size",
    "value",
    "figure",
    "hat",
    "user",
    "official",
    "option",
    "after",
    "for",
    "against",
    "abstain",
    "text",
    "decision",
    "marks",
    "csrfmiddlewaretoken",
    "next",
    "language",
    "theme",
    "login",
    "password",
    "district",
    "delegation",
    "email",
    "colour",
    "option-0",
    "option-1",
    "detail",
    "entitled",
    "present",
    "printed",
    "issued",
    "returned",
    "left_over",
    "replaced",
    "gate",
    "open_count",
    "reason_code",
)


def test_whatever_is_posted_is_answered(ours):
    told = []
    for client, address in list(doors(ours)):
        for odd in (*ODD, "长" * 6000):
            moment = f"{odd}T00:00" if odd in FAR else odd
            data = {**dict.fromkeys(FIELDS, odd), "starts_at": moment}
            told.append(fails(client, "post", address, data))
    assert sorted(set(filter(None, told))) == []


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_meeting_is_not_planned_at_the_end_of_time(ours, moment):
    form = {"title": "第六次会议", "starts_at": moment, "place": "会堂", "quorum": "congress"}
    client = make.client(ours.clerk)
    answer = client.post(f"/meetings/new/{ours.body.pk}/", form)
    assert answer.status_code == 200 and answer.context["form"].errors["starts_at"]
