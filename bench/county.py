"""A county after ten years: 35,000 proposals, some 2,000 topics a year, 30 projects a year; its list pages.

`python -m bench.county` builds it in a folder of its own, asks for each page of PAGES one after the
other as its clerk (or as anybody) and says how long each took and how many queries it needed, here
and in a small county beside it: as many, or a page grows with the county.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIMIT = 100  # ms at p95
TIMES = 40
YEARS = 10
PROPOSALS = 3_500  # of each year
LIVE = 2_000  # topics of each year after the same were merged
PROJECTS = 30  # of each year
RESULTS = 25
SMALL = 60  # proposals of the small county, all of one year
TOWNS = 22
# (name, address, who asks). The address is filled in from the county: {body}, {call} (this year's,
# open), {old} (last year's, screened), {topic}, {proposal}, {receipt}, {candidate} (this year's),
# {project} (last year's, completed): a new list page is one more line here.
PAGES: list[tuple[str, str, str]] = [
    ("calls", "/projects/calls/", "clerk"),
    ("one call", "/projects/calls/{call}/", "clerk"),
    ("proposals", "/projects/calls/{call}/proposals/", "clerk"),
    ("proposals, in the middle", "/projects/calls/{call}/proposals/?page=35", "clerk"),
    ("proposals, filtered", "/projects/calls/{old}/proposals/?source=resident&state=declined", "clerk"),
    ("proposals, searched", "/projects/calls/{call}/proposals/?q=路灯", "clerk"),
    ("proposals, nothing found", "/projects/calls/{call}/proposals/?q=没有这个词", "clerk"),
    ("one proposal", "/projects/proposals/{proposal}/", "clerk"),
    ("topics", "/projects/calls/{call}/topics/", "clerk"),
    ("topics, in the middle", "/projects/calls/{call}/topics/?page=20", "clerk"),
    ("topics, filtered", "/projects/calls/{old}/topics/?state=reserved", "clerk"),
    ("topics that may be the same", "/projects/calls/{call}/alike/", "clerk"),
    ("one topic", "/projects/topics/{topic}/", "clerk"),
    ("reserve", "/projects/bodies/{body}/reserve/", "clerk"),
    ("desk", "/desk/", "clerk"),
    ("meetings", "/meetings/", "clerk"),
    ("candidates", "/projects/calls/{call}/candidates/", "clerk"),
    ("one candidate", "/projects/candidates/{candidate}/", "clerk"),
    ("deliberation", "/projects/calls/{call}/deliberation/", "clerk"),
    ("vote", "/projects/calls/{old}/vote/", "clerk"),
    ("delivery", "/projects/calls/{old}/delivery/", "clerk"),
    ("one project's delivery", "/projects/delivery/{project}/", "clerk"),
    ("rating", "/projects/calls/{old}/rating/", "clerk"),
    ("board", "/board/", ""),
    ("board of one year", "/board/?year=2021", ""),
    ("ledger", "/ledger/", ""),
    ("ledger of one year", "/ledger/{old}/", ""),
    ("one project's story", "/ledger/projects/{project}/", ""),
    ("public candidates", "/candidates/{old}/", ""),
    ("documents", "/documents/", ""),
    ("public calls", "/calls/", ""),
    ("public call", "/calls/{call}/", ""),
    ("propose", "/calls/{call}/propose/", ""),
    ("receipt", "/receipts/{receipt}/", ""),
    ("home", "/", ""),
    ("search", "/search/?q=项目", ""),
    ("results", "/results/", ""),
]


def measure() -> list[dict[str, Any]]:
    """[{"name", "p50", "p95", "work", "first" (ms), "queries", "queries_small"}] of every page."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as folder:
        env = {**os.environ, "YISHI_DATA": folder, "YISHI_SECRET_KEY": "only-for-this-measurement-" * 2}
        env |= {"DJANGO_SETTINGS_MODULE": "yishi.settings", "PYTHONPATH": str(ROOT)}
        env.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "bench.county", "--here"]
        made = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
        return json.loads(made.stdout.splitlines()[-1])


# --- inside the county's own process --------------------------------------------


def _here() -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.core.management import call_command

    for command in ("migrate", "createcachetable"):
        call_command(command, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    small = _county("small", SMALL, LIVE * SMALL // PROPOSALS, years=2, projects=3)
    large = _county("large", PROPOSALS, LIVE, YEARS, PROJECTS)
    _results()
    return [_page(name, address, who, small, large) for name, address, who in PAGES]


def _page(name: str, address: str, who: str, small: dict[str, Any], large: dict[str, Any]) -> dict[str, Any]:
    few = _queries(small["browsers"][who], address.format(**small))
    browser, path = large["browsers"][who], address.format(**large)
    began = time.perf_counter()
    browser.get(path)
    first = time.perf_counter() - began
    many = _queries(browser, path)
    took, worked = [], []
    for _time in range(TIMES):
        began, before = time.perf_counter(), time.process_time()
        answer = browser.get(path)
        worked.append(1000 * (time.process_time() - before))
        took.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    took.sort()
    return {
        "name": name,
        "p50": took[TIMES // 2],
        "p95": took[int(0.95 * TIMES)],
        "work": sorted(worked)[TIMES // 2],
        "first": 1000 * first,
        "queries": many,
        "queries_small": few,
    }


def _queries(browser: Any, path: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        browser.get(path)
    return len(seen)


def _county(name: str, proposals: int, live: int, years: int, projects: int) -> dict[str, Any]:
    """A county with its calls, this year's open, those before screened; gives what PAGES fill in."""
    from django.utils import timezone

    from tests import make
    from yishi.projects.models import Proposal, Topic

    now = timezone.localtime()
    congress = make.body("county_congress", f"{name}县人民代表大会", code=name)
    towns = [
        make.body("town_congress", f"第{n}镇人民代表大会", congress, short_name=f"第{n}镇人大")
        for n in range(TOWNS)
    ]
    unit = make.body("department", f"{name}县建设局", congress)
    clerk = make.clerk(congress, f"clerk-{name}")
    made = []
    for back in range(years - 1, -1, -1):
        year = now.year + 1 - back
        days = {
            "opens_on": now.date() - timedelta(days=365 * back + 20),
            "closes_on": now.date() - timedelta(days=365 * back - 20),
            "erase_on": now.date() - timedelta(days=365 * (back - 1) - 20),
        }
        title, public = f"{year}年民生实事项目征集公告", now if back else None
        call = make.call(congress, year=year, title=title, candidates_at=public, **days)
        _proposed(call, towns, proposals, live, screened=back > 0)
        made.append((call, _projects(call, unit, projects, screened=back > 0)))
    (old, project), (call, candidate) = made[-2:]
    said = Proposal.objects.filter(call=call).first()
    topic = Topic.objects.filter(call=call).first()
    assert said is not None and topic is not None
    return {
        "body": congress.pk,
        "call": call.pk,
        "old": old.pk,
        "topic": topic.pk,
        "proposal": said.pk,
        "candidate": candidate.pk,
        "project": project.pk,
        "receipt": said.receipt,
        "browsers": {"clerk": make.client(clerk), "": make.client()},
    }


def _proposed(call: Any, towns: list[Any], proposals: int, live: int, *, screened: bool) -> None:
    """Each in a topic of its own first; so many were then merged, most of them into a few."""
    from django.utils import timezone

    from bench.alike import proposals as invented
    from yishi.projects.models import Contact, Proposal, Topic

    dice = random.Random(call.year)
    state = Topic.State
    texts = invented(YEARS * PROPOSALS)
    texts = dice.sample(texts, proposals)
    texts[1] = texts[0]  # so that the small county too has two that say the same
    topics = [Topic(call=call, title=text.what[:80], posts=1, people=1) for text in texts]
    leads = list(range(live))
    lead_of = {
        n: n if n < live else leads[min(int(dice.paretovariate(0.7)) - 1, live - 1)] for n in range(proposals)
    }
    for n, lead in lead_of.items():
        if n != lead:
            topics[lead].posts += 1
            topics[lead].people += 1
    if screened:
        for topic in topics[:live]:
            topic.state = dice.choices((state.SHORTLISTED, state.RESERVED, state.DECLINED), (1, 9, 90))[0]
            topic.reason, topic.decided_at = "已列入交通局明年的养护计划。", timezone.now()
    kept = Topic.objects.bulk_create(topics[:live])
    _carried(call)
    for n, topic in enumerate(topics[live:], start=live):
        topic.state, topic.merged_into, topic.posts, topic.people = state.MERGED, kept[lead_of[n]], 0, 0
    Topic.objects.bulk_create(topics[live:])
    source = list(Proposal.Source)
    day = timedelta(days=1)
    begun = timezone.now() - (timezone.localdate() - call.opens_on)
    made = Proposal.objects.bulk_create(
        Proposal(
            call=call,
            topic=kept[lead_of[n]],
            source=dice.choices(source, (80, 8, 6, 4, 2))[0],
            what=text.what[:80],
            where=text.where[:80],
            why="老人孩子多，晚上看不见路，已经反映过好几次了。" * dice.randint(0, 6),
            place=towns[int(text.block[1:-1])] if text.block else None,
            voice=f"{dice.getrandbits(256):064x}",
            at=begun + dice.random() * 20 * day,
        )
        for n, text in enumerate(texts)
    )
    Contact.objects.bulk_create(
        Contact(proposal=one, name="某某", phone="13800000000") for one in made if one.source == "resident"
    )


def _carried(call: Any) -> None:
    """One in ten of what last year kept in reserve comes again this year."""
    from yishi.projects.models import Topic

    before = Topic.objects.filter(call__body=call.body, call__year=call.year - 1, state="reserved")
    Topic.objects.bulk_create(
        Topic(call=call, title=one.title, carried_from=one)
        for one in before.order_by("pk")[: before.count() // 10]
    )


def _projects(call: Any, unit: Any, how_many: int, *, screened: bool) -> Any:
    """This year's are candidates, those of the years before were adopted; gives the first."""
    from datetime import date

    from yishi.projects.models import Milestone, Project

    state = Project.State.COMPLETED if screened else Project.State.CANDIDATE
    made = Project.objects.bulk_create(
        Project(
            call=call, number=n, title=f"第{n}项老小区加装电梯", content="为六层以上老小区加装电梯30台",
            where="枫溪村", cost=1_200_000_00, unit=unit, state=state,
            adopted_at=call.published_at if screened else None,
            completed_on=date(call.year, 11, 20) if screened else None,
        )
        for n in range(1, how_many + 1)
    )  # fmt: skip
    Milestone.objects.bulk_create(
        Milestone(project=one, title="完成主体施工", due_on=date(call.year, 3 * n, 1), percent=25 * n)
        for one in made
        for n in range(1, 5)
        if screened
    )
    return made[0]


def _results() -> None:
    """Votes declared and published."""
    from tests import make
    from tests.make import NOW
    from yishi.voting.actions import polls
    from yishi.voting.models import Poll

    for _n in range(RESULTS):
        poll = make.hall("returned")
        make.counted(poll, [["f", "f", "a"]] * 5)
        polls.declare(Poll.objects.get(pk=poll.pk), by=make.official(poll, "chair"), at=NOW)
        polls.publish(Poll.objects.get(pk=poll.pk), by=make.official(poll, "clerk"), at=NOW)


def table(found: list[dict[str, Any]]) -> str:
    """For the eye. `work`: the processor's median, which says more than p95 on a machine that is busy
    with other things; `first`: the first visit to a worker; queries beside those in the small county."""
    lines = [
        f"{'':2}{'page':<30}{'p50':>8}{'p95':>8}{'work':>8}{'first':>8}  queries  (limit {LIMIT} ms at p95)"
    ]
    for one in found:
        times = "".join(f"{one[name]:>8.1f}" for name in ("p50", "p95", "work", "first"))
        queries = f"{one['queries']:>4} ({one['queries_small']})"
        lines.append(f"{'✓' if good(one) else '✗'} {one['name']:<30}{times}  {queries}")
    return "\n".join(lines)


def good(one: dict[str, Any]) -> bool:
    return one["p95"] <= LIMIT and not grows(one)


def grows(one: dict[str, Any]) -> bool:
    return one["queries"] > one["queries_small"]


if __name__ == "__main__":
    if sys.argv[1:] == ["--here"]:
        print(json.dumps(_here()))
    else:
        measured = measure()
        print(table(measured))
        sys.exit(0 if all(map(good, measured)) else 1)
