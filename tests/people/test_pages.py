"""Every page of the room opens for those it is for, in both languages, and for nobody else."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import make
from yishi.people.models import Link

pytestmark = pytest.mark.django_db


def walk(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_every_view_of_the_house_says_who_may_enter():
    views = list(walk(get_resolver().url_patterns))
    assert len(views) > 50
    assert [address for address, view in views if not hasattr(view, "allowed")] == []


def house():
    """A town with one of everything, and the people who work with it."""
    town = make.body()
    term = make.term(town)
    seat = make.seat(town, term=term)
    office = make.office(town)
    account = make.user("somebody")
    role = make.clerk(make.body()).roles.get()
    link = Link.objects.create(
        user=make.deputy_user(seat), digest="0" * 64, made=make.NOW, made_by=account, expires=make.NOW
    )
    users = {
        "clerk": make.clerk(town, "clerk"),
        "chair": make.chair(town, "chair"),
        "stranger": make.clerk(make.body(), "stranger"),
        "deputy": link.user,
        **{duty: make.user(duty, (duty, None)) for duty in ("system", "security", "auditor")},
    }
    ids = {"body": town.pk, "term": term.pk, "seat": seat.pk, "office": office.pk, "link": link.pk}
    return users, {**ids, "account": account.pk, "role": role.pk, "person": make.person().pk}


CLERK, CHAIR, SYSTEM, SECURITY, AUDITOR = "clerk", "chair", "system", "security", "auditor"
PAGES = {
    "bodies": ((), {CLERK, CHAIR, SYSTEM, SECURITY, "stranger"}),
    "body_add": ((), {SYSTEM}),
    "body": (("body",), {CLERK, CHAIR, SYSTEM, SECURITY}),
    "body_change": (("body",), {SYSTEM}),
    "term_add": (("body",), {CLERK, SYSTEM}),
    "term_change": (("term",), {CLERK, SYSTEM}),
    "office_add": (("body",), {CLERK}),
    "office_end": (("office",), {CLERK}),
    "links": (("body",), {CLERK}),
    "seats": (("body",), {CLERK, CHAIR, SYSTEM, SECURITY}),
    "seat_add": (("body",), {CLERK}),
    "seats_file": (("body",), {CLERK, CHAIR}),
    "seats_blank": (("body",), {CLERK}),
    "seats_import": (("body",), {CLERK}),
    "seat": (("seat",), {CLERK, CHAIR}),
    "seat_change": (("seat",), {CLERK}),
    "seat_end": (("seat",), {CLERK}),
    "seat_reopen": (("seat",), {CLERK}),
    "seat_suspend": (("seat",), {CLERK}),
    "seat_restore": (("seat",), {CLERK}),
    "users": ((), {SYSTEM, SECURITY}),
    "user_add": ((), {SYSTEM}),
    "user": (("account",), {SYSTEM, SECURITY}),
    "user_change": (("account",), {SYSTEM}),
    "user_password": (("account",), {SYSTEM}),
    "user_stop": (("account",), {SYSTEM}),
    "user_start": (("account",), {SYSTEM}),
    "role_add": (("account",), {SECURITY}),
    "role_end": (("role",), {SECURITY}),
    "journal": ((), {CLERK, CHAIR, AUDITOR, "stranger"}),
    "journal_print": ((), {CLERK, CHAIR, AUDITOR, "stranger"}),
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_open_for_whom_they_are_for_and_for_nobody_else(language):
    users, ids = house()
    clients = {name: make.client(user) for name, user in users.items()}
    clients["nobody"] = make.client()
    for page, (names, allowed) in PAGES.items():
        address = reverse(page, kwargs={name: ids[name] for name in names})
        for name, client in clients.items():
            client.cookies["django_language"] = language
            status = client.get(address).status_code
            wanted = 200 if name in allowed else 302 if name == "nobody" else 403
            assert status == wanted, f"{page}: {name}"


POSTS = {
    "seats_take_in": (("body",), {CLERK}),
    "link_make": (("seat",), {CLERK}),
    "link_revoke": (("seat", "link"), {CLERK}),
    "user_tie": (("account", "person"), {SYSTEM}),
    "journal_verify": ((), {AUDITOR}),
}


def test_what_is_only_posted_is_refused_to_all_others():
    users, ids = house()
    for page, (names, allowed) in POSTS.items():
        address = reverse(page, kwargs={name: ids[name] for name in names})
        for name, user in users.items():
            status = make.client(user).post(address).status_code
            assert (status != 403) == (name in allowed), f"{page}: {name}"


def test_every_page_of_this_room_is_in_the_tables_above():
    from yishi.people.urls import urlpatterns

    assert {pattern.name for pattern in urlpatterns} == {*PAGES, *POSTS, "link_use"}
