"""A whole vote through the browser: 327 deputies, 314 present, 314 papers, 12 candidates for 10.

The register and 312 sign-ins are made directly; the last two come in by the clerk's list and by a
deputy's own phone. One batch of 14 sheets is keyed by both tellers with real keys; the other 300
sheets are sent to the page's own address with the page's own session, as keypad.js sends them,
since 7,200 key presses would take longer than the whole suite.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from tests import make
from yishi.meetings.models import Voter
from yishi.papers.documents import Document, Paragraph, pdf
from yishi.voting.models import Batch, Poll

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS, PRESENT = 327, 314
TITLES = [
    f"{name}项目"
    for name in [
        "校舍",
        "道路",
        "公厕",
        "照料",
        "步道",
        "管网",
        "路灯",
        "车位",
        "绿道",
        "诊室",
        "广场",
        "雨棚",
    ]
]
# Ten over half of 327 (164), one below, one far below; together below 10 for each of 314 sheets.
VOTES = [312, 305, 300, 291, 288, 280, 266, 251, 240, 170, 163, 40]
HATS = {"总监票人": "chief", "监票人": "watch", "计票人甲": "one", "计票人乙": "two"}


@pytest.fixture
def enter(open_browser: Any, live_server: Any) -> Any:
    """`enter(user)`: this person at a machine of their own, signed in."""

    def opened(user: Any, **options: Any) -> Any:
        page = open_browser(**options)
        cookie = make.client(user).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return page

    return opened


def sheets() -> list[list[str]]:
    """314 sheets that give each project its votes; nobody chooses more than ten."""
    made: list[list[str]] = [[] for _sheet in range(PRESENT)]
    for n in VOTES:
        for i, sheet in enumerate(sorted(made, key=lambda one: one.count("f"))):
            sheet.append("f" if i < n else "a")
    assert max(sheet.count("f") for sheet in made) <= 10
    return made


def next_step(page: Any, meeting: Any) -> None:
    """On the meeting's page the next step; where it asks for a reason, the reason."""
    page.goto(f"/meetings/{meeting.pk}/")
    page.click("main .button.primary.big")
    page.wait_for_load_state()
    if page.locator("main form [name=why]").count():
        page.fill("main form [name=why]", "临时召开，当天通知")
        page.click("main form .button.primary, main form .button.danger")
        page.wait_for_load_state()
        # The page that asks for the reason is a refusal (422), which Chromium notes in its console.
        page.problems[:] = [line for line in page.problems if "422" not in line]


def press_step(page: Any, poll: Poll, key: str, **typed: Any) -> None:
    """On the chair's page: the step we are at, its fields, its one button."""
    page.goto(f"/voting/{poll.pk}/chair/")
    assert page.locator("[data-step]").get_attribute("data-step") == key
    for name, value in typed.items():
        page.fill(f"#hall [name={name.rstrip('_')}]", str(value))
    page.click("#hall form .button.primary")
    page.wait_for_load_state()
    assert page.locator("[data-step]").get_attribute("data-step") != key, page.text_content("#hall")


def key_by_hand(page: Any, batch: Batch, ballots: list[list[str]]) -> None:
    """Every mark by the number pad; Enter after each sheet, and once more to hand the batch in."""
    page.goto(f"/voting/batches/{batch.pk}/")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-keypad=ready]")
    for sheet in ballots:
        for mark in sheet:
            page.keyboard.press({"f": "1", "a": "2"}[mark])
        page.keyboard.press("Enter")
    page.wait_for_selector("#saved[data-state=all]")
    page.keyboard.press("Enter")
    page.wait_for_selector("html:not([data-keypad=ready])")


def key_by_address(page: Any, batch: Batch, ballots: list[list[str]]) -> None:
    """The same messages as the keypad's, one for each sheet, from the page itself."""
    page.goto(f"/voting/batches/{batch.pk}/")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-keypad=ready]")
    page.evaluate(
        """async ([batch, ballots]) => {
          const token = document.querySelector("#keying [name=csrfmiddlewaretoken]").value;
          for (const [i, marks] of ballots.entries()) {
            const body = JSON.stringify({marks, write_ins: [], doubt: "", complete: true, revision: 1});
            const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
            const url = `/voting/batches/${batch}/sheets/${i + 1}/`;
            const answer = await fetch(url, {method: "POST", headers, body});
            if (!answer.ok) throw new Error(await answer.text());
          }
        }""",
        [batch.pk, ballots],
    )
    page.goto(f"/voting/batches/{batch.pk}/")
    page.click("#finish button")
    page.wait_for_load_state()


def test_a_session_of_327_deputies_votes_from_the_agenda_to_the_published_result(
    enter: Any, open_browser: Any, transactional_db: Any
) -> None:
    congress = make.body("county_congress", name="枫溪县人民代表大会")
    make.term(congress)
    clerk, chair = make.clerk(congress, name="经办"), make.chair(congress, name="主持")
    crew = {key: make.user(key, name=name) for name, key in HATS.items()}
    make.seats(congress, MEMBERS, term=congress.terms.get())

    # Agenda, entitled list, notice: the clerk's pages.
    desk = enter(clerk)
    desk.goto(f"/meetings/new/{congress.pk}/")
    desk.fill("[name=title]", "第三次全体会议")
    starts = timezone.localtime() - timedelta(minutes=5)
    for name, value in (("starts_at_0", f"{starts:%Y-%m-%d}"), ("starts_at_1", f"{starts:%H:%M}")):
        if desk.locator(f"[name={name}]").count():
            desk.fill(f"[name={name}]", value)
    if desk.locator("[name=starts_at]").count():
        desk.fill("[name=starts_at]", f"{starts:%Y-%m-%dT%H:%M}")
    desk.click("main form .button.primary")
    desk.wait_for_url("**/meetings/*/")
    meeting = congress.meetings.get()
    desk.goto(f"/meetings/{meeting.pk}/agenda/")
    desk.fill("main textarea", "听取报告\n票决民生实事项目")
    desk.click("main form .button.primary")
    desk.goto(f"/meetings/{meeting.pk}/entitled/")
    desk.click("main form .button.primary")
    desk.wait_for_load_state()
    assert meeting.voters.count() == MEMBERS
    desk.goto(f"/meetings/{meeting.pk}/materials/")
    booklet = pdf(Document(title="候选项目说明", blocks=(Paragraph("十二个候选项目。"),)))
    desk.set_input_files(
        "[name=file]", {"name": "候选项目说明.pdf", "mimeType": "application/pdf", "buffer": booklet}
    )
    desk.click("main form:has([name=file]) .button.primary")
    desk.wait_for_load_state()
    assert meeting.materials.count() == 1
    next_step(desk, meeting)  # the notice, late with its reason
    next_step(desk, meeting)  # sign-in opens
    meeting.refresh_from_db()
    assert meeting.state == "called" and meeting.sign_in_is_open

    here = list(meeting.voters.order_by("pk")[: PRESENT - 2])
    Voter.objects.filter(pk__in=[v.pk for v in here]).update(
        attendance="present", arrived_at=timezone.now(), how="code"
    )
    late, own = meeting.voters.filter(attendance="expected").select_related("seat__person")[:2]
    desk.goto(f"/meetings/{meeting.pk}/attendance/?q={late.seat.person.name}")
    desk.click(f"button[name=voter][value='{late.pk}']")
    desk.wait_for_load_state()
    phone = enter(make.deputy_user(own.seat), viewport={"width": 390, "height": 844})
    phone.goto(f"/meetings/{meeting.pk}/sign-in/")
    phone.click("main form .button.primary")
    phone.wait_for_selector("text=签到已完成")
    assert meeting.voters.numbers()["present"] == PRESENT
    next_step(desk, meeting)  # the meeting opens
    meeting.refresh_from_db()
    assert meeting.state == "open"

    # The poll: form, method, officials.
    desk.goto(f"/meetings/{meeting.pk}/polls/new/")
    desk.fill("[name=title]", "民生实事项目票决")
    desk.check("[name=rule_key][value='projects.county.vote']")
    desk.fill("[name=seats]", "10")
    desk.fill("[name=batch_size]", "50")
    desk.fill("[name=options]", "\n".join(f"{t}\t投资{n}万元" for n, t in enumerate(TITLES, start=30)))
    desk.click("main form .button.primary")
    desk.wait_for_load_state()
    poll = meeting.polls.get()
    assert poll.options.count() == 12
    desk.goto(f"/polls/{poll.pk}/method/")
    assert "应选10个" in desk.input_value("[name=method_text]")
    desk.click("main form .button.primary")
    desk.wait_for_load_state()
    for hat, key in (
        ("chief_scrutineer", "chief"),
        ("scrutineer", "watch"),
        ("teller", "one"),
        ("teller", "two"),
    ):
        desk.goto(f"/polls/{poll.pk}/officials/")
        desk.check(f"[name=hat][value={hat}]")
        desk.fill("[name=user]", key)
        desk.click("main form.form .button.primary")
        desk.wait_for_load_state()
    assert poll.officials.count() == 4

    # The hall: each by the one who may.
    stage = enter(chair)
    press_step(stage, poll, "method", for_=PRESENT)
    press_step(stage, poll, "officials", for_=PRESENT)
    press_step(desk, poll, "printed", value=330)
    press_step(desk, poll, "quorum")
    press_step(desk, poll, "issued", issued=PRESENT, left_over=16)
    machines = {key: enter(user) for key, user in crew.items()}
    machines["chief"].goto(f"/voting/{poll.pk}/chair/")
    machines["chief"].click("#hall form .button.primary")
    machines["chief"].wait_for_load_state()
    press_step(machines["watch"], poll, "sealed")
    press_step(stage, poll, "open")
    press_step(stage, poll, "closed")
    press_step(desk, poll, "returned", value=PRESENT)

    # The count.
    desk.goto(f"/voting/{poll.pk}/counting/")
    desk.click("main form .button.primary")
    desk.wait_for_load_state()
    batches = list(poll.batches.all())
    assert [batch.size for batch in batches] == [50] * 6 + [14]
    left = iter(sheets())
    for batch in batches:
        ballots = [next(left) for _sheet in range(batch.size)]
        keyed = key_by_hand if batch.size == 14 else key_by_address
        for key in ("one", "two"):
            keyed(machines[key], batch, ballots)
        batch.refresh_from_db()
        assert batch.agreed_at, batch
    machines["chief"].goto(f"/voting/{poll.pk}/tally/")
    machines["chief"].click("text=汇总计票结果")
    machines["chief"].wait_for_load_state()
    machines["chief"].click("form[action$='/tally/confirm/'] button")
    machines["chief"].wait_for_selector("text=确认")

    # Declared, published, read by anybody.
    press_step(stage, poll, "declared")
    stage.goto(f"/voting/{poll.pk}/chair/")
    stage.click("#hall form .button.primary")
    stage.wait_for_load_state()
    public = open_browser()
    public.goto(f"/results/{poll.pk}/")
    text = public.text_content("main")
    for said in ("应到代表327名，实到314名", "发出表决票314张，收回314张，有效314张", "10个项目通过"):
        assert said in text, text
    outcome = poll.tallies.get().outcome
    assert outcome["adopted"] == TITLES[:10] and outcome["not_adopted"] == TITLES[10:]
    assert [line["for"] for line in poll.tallies.get().lines()] == VOTES
