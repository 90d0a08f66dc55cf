"""The clerk's pages: the polls of a meeting, one poll, its form, options, method and officials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.law import pack
from yishi.people.models import User
from yishi.voting.actions import after, polls, rehearsal, setup
from yishi.voting.forms import polls as forms
from yishi.voting.models import Official, Poll
from yishi.voting.rules import box, outcomes, rights, wording
from yishi.voting.rules import polls as rules
from yishi.voting.rules.sealed_keys import may_see_sealed
from yishi.voting.views.frame import MEETINGS, POLLS, article_here, english, page, sentence
from yishi.voting.words import method
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms as django_forms
    from django.http import HttpResponse

    from yishi.meetings.models import Meeting

CHIPS = {"draft": "", "ready": "info", "open": "now", "closed": "now", "declared": "ok", "void": "bad"}


@allow(rights.may_see_polls, meeting=MEETINGS)
def polls_of(request: Any, meeting: Meeting) -> HttpResponse:
    found = list(meeting.polls.with_records())
    for poll in found:
        poll.meeting = meeting
    rows = [
        {
            "poll": poll,
            "chip": CHIPS[poll.state],
            "step": rules.title(rules.step(poll)),
            "options": len(poll.options.all()),
        }
        for poll in found
    ]
    return page(
        request,
        "voting/polls.html",
        meeting,
        rows=rows,
        by_phone=any(poll.by_phone for poll in found) and may_see_sealed(request.user, meeting, request.now),
        may_plan=rights.may_plan(request.user, meeting, request.now),
        may_rehearse=rights.may_rehearse(request.user, meeting, request.now),
    )


@allow(rights.may_plan, meeting=MEETINGS)
def poll_new(request: Any, meeting: Meeting) -> HttpResponse:
    form = forms.PollForm(request.POST or None)
    if form.is_valid():
        try:
            made = setup.plan(meeting, **form.cleaned_data, by=request.user, at=request.now)
        except ValidationError as error:
            forms.put(form, error)
        else:
            messages.success(request, _("已建立，请核对票面，再起草票决办法。"))
            return redirect("poll", made.pk)
    notes = [
        {
            "title": wording.rule_title(key, rule),
            "article": article_here(rule.article),
            "note": rule.note_en if english() else rule.note_zh,
        }
        for key, rule in pack.load(settings.PACK).polls.items()
        if not key.startswith("method.")
    ]
    return page(
        request,
        "voting/poll_new.html",
        meeting,
        _("新表决事项"),
        form=form,
        notes=notes,
        title=_("新表决事项"),
        back=reverse("polls", args=[meeting.pk]),
    )


@allow(rights.may_work, poll=POLLS)
def poll(request: Any, poll: Poll) -> HttpResponse:
    """Everything about one poll; who prepares it finds here what is to be done next."""
    user, now = request.user, request.now
    law = poll.law
    points = [] if poll.previous_id else pack.load(settings.PACK).open_points(poll.rule_key)
    answers = setup.chosen(poll)
    tally = poll.tallies.current()
    return page(
        request,
        "voting/poll.html",
        poll,
        chip=CHIPS[poll.state],
        options=list(poll.options.all()),
        detailed=any(option.detail for option in poll.options.all()),
        law=law,
        article=article_here(law.article),
        rule_title=wording.rule_title(poll.rule_key, law),
        known=wording.known(law),
        note=law.note_en if english() else law.note_zh,
        points=[
            {
                "title": point.title_en if english() else point.title_zh,
                "answer": wording.choice_value(answers.get(point.key, point.default)),
                "note": point.note_en if english() else point.note_zh,
            }
            for point in points
        ],
        officials=in_order(poll.officials.select_related("user")),
        figures=poll.figures.select_related("by"),
        tally=tally,
        sentence=sentence(tally.outcome) if tally else "",
        next=None if poll.followed_by.exists() else outcomes.follow(poll, box.declared(poll)),
        followers=poll.followed_by.all(),
        may_change=rights.may_change(user, poll, now),
        may_prepare=rights.may_prepare(user, poll, now),
        may_name=rights.may_name_officials(user, poll, now),
        may_reopen=rights.may_reopen(user, poll, now),
        may_follow=rights.may_follow(user, poll, now),
        may_publish=rights.may_publish(user, poll, now),
    )


@allow(rights.may_change, poll=POLLS)
def poll_change(request: Any, poll: Poll) -> HttpResponse:
    # The form writes what was typed into its own copy; the action changes the row as it stands.
    form = forms.ChangeForm(request.POST or None, instance=POLLS.get(pk=poll.pk))

    def act(typed: dict[str, Any]) -> None:
        details = {name: typed[name] for name in setup.DETAILS}
        setup.change(poll, choices=form.choices(), **details, by=request.user, at=request.now)

    return _form(request, poll, form, _("票面与规则"), act)


@allow(rights.may_change, poll=POLLS)
def poll_options(request: Any, poll: Poll) -> HttpResponse:
    text = "\n".join(f"{o.title}\t{o.detail}".strip() for o in poll.options.all())
    form = forms.OptionsForm(request.POST or None, initial={"options": text})
    return _form(
        request,
        poll,
        form,
        _("选项"),
        lambda typed: setup.set_options(poll, typed["options"], by=request.user, at=request.now),
    )


@allow(rights.may_change, poll=POLLS)
def poll_method(request: Any, poll: Poll) -> HttpResponse:
    keeps = poll.method_text and rules.method_fits(poll)
    text = poll.method_text if keeps else method.draft(poll)
    form = forms.MethodForm(request.POST or None, initial={"method_text": text})
    note = _("经会议通过后，票面、规则和办法就不能再改。")
    if poll.method_text and not keeps:
        note = _("投票或计票方式改过：下面是按现在的规则重新起草的，保存后替换原稿。")
    return _form(
        request,
        poll,
        form,
        _("起草票决办法"),
        lambda typed: setup.draft_method(poll, typed["method_text"], by=request.user, at=request.now),
        note=note,
    )


@require_POST
@allow(rights.may_prepare, poll=POLLS)
def poll_method_paper(request: Any, poll: Poll) -> HttpResponse:
    try:
        setup.hand_over_method(poll, by=request.user, at=request.now)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect("poll", poll.pk)
    messages.success(request, _("已放入会议材料。"))
    return redirect("materials", poll.meeting_id)


@allow(rights.may_name_officials, poll=POLLS)
def poll_officials(request: Any, poll: Poll) -> HttpResponse:
    form = forms.OfficialForm(request.POST or None, late=poll.state not in rights.BEFORE)
    if form.is_valid():
        typed = form.cleaned_data
        user = User.objects.filter(username=typed["user"].strip(), is_active=True).first()
        try:
            if user is None:
                raise ValidationError({"user": _("没有这个账号，请从列表中选。")})
            setup.name_official(
                poll, user, typed["hat"], by=request.user, at=request.now, why=typed.get("why", "")
            )
        except ValidationError as error:
            forms.put(form, error)
        else:
            messages.success(request, _("已加入名单。"))
            return redirect("poll_officials", poll.pk)
    return page(
        request,
        "voting/officials.html",
        poll,
        _("监票、计票人员"),
        form=form,
        officials=in_order(poll.officials.select_related("user")),
        accounts=_accounts(poll),
        early=poll.state in rights.BEFORE,
    )


def in_order(officials: Any) -> list[Official]:
    """By hat as the list is read out."""
    hats = list(Official.Hat)
    return sorted(officials, key=lambda one: (hats.index(Official.Hat(one.hat)), one.pk))


def _accounts(poll: Poll) -> Any:
    """Whom the list offers: those who work in the body, and the voters of the meeting."""
    body = poll.meeting.body
    here = Q(roles__body=body, roles__ended__isnull=True)
    voters = Q(person__seats__in=poll.meeting.voters.values("seat"))
    return User.objects.filter(here | voters, is_active=True).distinct().order_by("name", "pk")


OFFICIALS = Official.objects.select_related("poll__meeting__body", "poll__meeting__presiding", "user")


def _may_remove(user: Any, official: Official, now: Any) -> bool:
    return rights.may_name_officials(user, official.poll, now)


@allow(_may_remove, official=OFFICIALS)
@require_POST
def official_remove(request: Any, official: Official) -> HttpResponse:
    _try(request, lambda: setup.remove_official(official, by=request.user, at=request.now), _("已移出名单。"))
    return redirect("poll_officials", official.poll_id)


@allow(rights.may_prepare, poll=POLLS)
@require_POST
def poll_place(request: Any, poll: Poll) -> HttpResponse:
    step = -1 if request.POST.get("to") == "up" else 1
    _try(request, lambda: setup.move_poll(poll, step, by=request.user, at=request.now))
    return redirect("polls", poll.meeting_id)


@allow(rights.may_change, poll=POLLS)
def poll_drop(request: Any, poll: Poll) -> HttpResponse:
    meeting = poll.meeting_id
    return _confirm(
        request,
        poll,
        _("删除表决事项"),
        _("“%(title)s”及其选项、名单将被删除，日志里留有记录。") % {"title": poll.title},
        lambda why: setup.drop(poll, by=request.user, at=request.now, why=why),
        reverse("polls", args=[meeting]),
    )


@allow(rights.may_reopen, poll=POLLS)
def poll_reopen(request: Any, poll: Poll) -> HttpResponse:
    return _confirm(
        request,
        poll,
        _("退回修改"),
        _("退回草拟后，票决办法须由会议重新通过。"),
        lambda why: polls.reopen(poll, by=request.user, at=request.now, why=why),
        reverse("poll", args=[poll.pk]),
    )


@allow(rights.may_publish, poll=POLLS)
def poll_withdraw(request: Any, poll: Poll) -> HttpResponse:
    return _confirm(
        request,
        poll,
        _("撤回公布"),
        _("公众将看不到这个结果。"),
        lambda why: polls.withdraw(poll, by=request.user, at=request.now, why=why),
        reverse("poll", args=[poll.pk]),
    )


@allow(rights.may_follow, poll=POLLS)
@require_POST
def poll_next(request: Any, poll: Poll) -> HttpResponse:
    """Set up the repeat, the second ballot or the further election."""
    try:
        made = after.set_up_next(poll, by=request.user, at=request.now)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect("poll", poll.pk)
    return redirect("chair" if made.state == Poll.State.READY else "poll", made.pk)


@allow(rights.may_rehearse, meeting=MEETINGS)
@require_POST
def rehearse(request: Any, meeting: Meeting) -> HttpResponse:
    copy = rehearsal.rehearse(meeting, by=request.user, at=request.now)
    messages.success(request, _("演练已建好，所有画面和纸面都有“演练”字样。"))
    return redirect("polls", copy.pk)


@allow(rights.may_rehearse, meeting=MEETINGS)
def rehearsal_wipe(request: Any, meeting: Meeting) -> HttpResponse:
    """Asked once: all of the rehearsal goes."""
    original = meeting.rehearsal_of_id
    if request.method == "POST":
        if _try(request, lambda: rehearsal.wipe(meeting, by=request.user, at=request.now), _("演练已清除。")):
            return redirect("polls", original)
        return redirect("polls", meeting.pk)
    return page(
        request,
        "web/confirm.html",
        meeting,
        _("清除演练"),
        title=_("清除演练"),
        consequence=_("演练的签到、票数和结果将全部删除，正式会议不受影响。"),
        submit=_("清除"),
        back=reverse("polls", args=[meeting.pk]),
    )


def _form(
    request: Any,
    poll: Poll,
    form: django_forms.BaseForm,
    title: str,
    act: Callable[[dict[str, Any]], None],
    note: str = "",
) -> HttpResponse:
    back = reverse("poll", args=[poll.pk])
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ValidationError as error:
            forms.put(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(back)
    return page(request, "web/form.html", poll, title, form=form, title=title, back=back, note=note)


def _confirm(
    request: Any, poll: Poll, title: str, consequence: str, act: Callable[[str], None], to: str
) -> HttpResponse:
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            act(form.cleaned_data["why"])
        except ValidationError as error:
            forms.put(form, error)
        else:
            return redirect(to)
    context: dict[str, Any] = {"form": form, "title": title, "consequence": consequence, "submit": title}
    return page(request, "web/confirm.html", poll, title, back=reverse("poll", args=[poll.pk]), **context)


def _try(request: Any, act: Callable[[], Any], done: str = "") -> bool:
    try:
        act()
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return False
    if done:
        messages.success(request, done)
    return True
