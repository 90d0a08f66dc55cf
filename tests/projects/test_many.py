"""A county with many calls, towns and proposals asks the database as often as one with few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from yishi.projects.models import Call

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return make.body("county_congress", "枫溪县人民代表大会")


def grown(county, n):
    """So many more towns, each with a call of its own, and as many more years of the county."""
    this = Call.objects.filter(body=county).first() or make.call(county)
    for _n in range(n):
        town = make.body(parent=county)
        make.call(town)
        before = make.call(county, year=Call.objects.filter(body=county).earliest("year").year - 1)
        for call in (this, before):
            said = make.proposal(call, "老小区加装电梯", name="某某", place=town)
            make.topic(call, "并入的", state="merged", merged_into=said.topic)
            make.topic(call, "储备的", state="reserved")


def queries(browser, addresses):
    found = {}
    for address in addresses:
        browser.get(address)  # what is new is read once
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200, address
        found[address] = len(seen)
    return found


def test_every_page_of_a_clerk_costs_the_same_however_many_calls_and_towns(county):
    grown(county, 2)
    call = Call.objects.get(body=county, year=2026)
    said = call.proposals.first()
    browser = make.client(make.clerk(county))
    addresses = [reverse("calls"), reverse("desk"), reverse("reserve", args=[county.pk])]
    names = ("call", "proposals", "topics", "topics_alike", "hand_in", "proposals_import", "proposals_file")
    addresses += [reverse(name, args=[call.pk]) for name in names]
    addresses += [reverse("proposal", args=[said.pk]), reverse("topic", args=[said.topic_id])]
    few = queries(browser, addresses)
    grown(county, 9)
    assert queries(browser, addresses) == few


def test_every_public_page_costs_the_same_however_many_calls_and_towns(county):
    grown(county, 2)
    call = Call.objects.get(body=county, year=2026)
    browser = make.client()
    addresses = [reverse(name) for name in ("home", "calls_public", "receipt_find", "sitemap")]
    addresses += [reverse(name, args=[call.pk]) for name in ("call_public", "propose")]
    addresses += [reverse("receipt_public", args=[call.proposals.first().receipt])]
    few = queries(browser, addresses)
    grown(county, 9)
    assert queries(browser, addresses) == few


def test_a_clerk_of_many_bodies_pays_no_more_for_the_list_of_calls(county):
    clerk = make.clerk(county)
    make.call(county)
    browser = make.client(clerk)
    few = queries(browser, [reverse("calls")])
    for _n in range(9):
        town = make.body(parent=county)
        make.Role.objects.create(user=clerk, body=town, duty="clerk", begun=make.NOW)
        make.call(town)
    assert queries(browser, [reverse("calls")]) == few
