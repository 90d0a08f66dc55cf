"""What can be done at each step of the hall: the form, the word on the button, who may, the action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yishi.voting.actions import after, polls
from yishi.voting.actions.sealed import box as electronic
from yishi.voting.forms import polls as forms
from yishi.voting.models import Figure, Poll
from yishi.voting.rules import box, rights, sealed
from yishi.voting.views.sealed.page import page_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms as django_forms

Kind = Figure.Kind


@dataclass(frozen=True)
class Do:
    """What can be done at a step: its form, the word on the button, who may, the action.

    `wait` is said to those who may not; `act(poll, form, by=, at=)`.
    """

    form: type[django_forms.Form]
    button: Any
    may: Callable[..., bool]
    act: Callable[..., Any]
    wait: Any = ""


def _says(kind: str) -> Callable[..., bool]:
    return lambda user, poll, now: rights.may_say(user, poll, kind, now)


def _say(kind: str) -> Callable[..., Any]:
    return lambda poll, form, **who: polls.say(poll, kind, form.cleaned_data["value"], **who)


def _issue(poll: Poll, form: Any, **who: Any) -> None:
    typed = form.cleaned_data
    polls.hand_out(poll, typed["issued"], typed["left_over"], typed["replaced"] or 0, **who)


def _returned(poll: Poll, form: Any, **who: Any) -> None:
    """More than issued makes the vote void: asked once more before it is."""
    value, said = form.cleaned_data["value"], box.equation(poll)
    returned, issued = value + (said.cast or 0), said.issued or 0
    if returned > issued and not form.cleaned_data["sure"]:
        text = _("收回%(r)s张，多于发出%(i)s张：登记后本次投票无效。请重新清点；数字无误的，再按一次。")
        asked = ValidationError(text % {"r": returned, "i": issued}, code="sure")
        raise ValidationError({"value": asked})
    polls.say(poll, Kind.RETURNED, value, **who)


def _seal_box(poll: Poll, form: Any, **who: Any) -> None:
    electronic.seal_box(poll, page_hash=page_hash(), **who)


CLERK = gettext_lazy("由经办人员办理。")
PRESIDES = gettext_lazy("由主持人办理。")
DOS = {
    "method": Do(
        forms.HandsForm,
        gettext_lazy("登记：票决办法通过"),
        rights.may_record_method,
        lambda poll, form, **who: polls.adopt_method(poll, form.votes(), why=form.cleaned_data["why"], **who),
        CLERK,
    ),
    "officials": Do(
        forms.HandsForm,
        gettext_lazy("登记：名单通过"),
        rights.may_record_officials,
        lambda poll, form, **who: polls.adopt_officials(
            poll, form.votes(), why=form.cleaned_data["why"], **who
        ),
        CLERK,
    ),
    "printed": Do(
        forms.PrintedForm, gettext_lazy("登记印制张数"), _says(Kind.PRINTED), _say(Kind.PRINTED), CLERK
    ),
    "quorum": Do(
        forms.NoForm,
        gettext_lazy("按签到清点到会人数"),
        rights.may_count_present,
        lambda poll, form, **who: polls.count_present(poll, **who),
        CLERK,
    ),
    "issued": Do(forms.IssueForm, gettext_lazy("登记发票"), _says(Kind.ISSUED), _issue, CLERK),
    "sealed": Do(
        forms.NoForm,
        gettext_lazy("票箱是空的，已当众加封"),
        rights.may_seal,
        lambda poll, form, **who: polls.seal(poll, **who),
        gettext_lazy("等总监票人和一名监票人各自登录，在这个页面确认封箱。"),
    ),
    "boxed": Do(
        forms.NoForm,
        gettext_lazy("封电子票箱"),
        sealed.may_seal_box,
        _seal_box,
        gettext_lazy("由监票人或经办人员封箱。"),
    ),
    "merged": Do(
        forms.NoForm,
        gettext_lazy("纸质票已核对，并入电子记录"),
        sealed.may_open_box,
        lambda poll, form, **who: electronic.open_record(poll, **who),
    ),
    "paper": Do(
        forms.ReasonForm,
        gettext_lazy("手机投票中断，改投纸质票"),
        rights.may_go_on_with_paper,
        lambda poll, form, **who: electronic.go_on_with_paper(poll, why=form.cleaned_data["why"], **who),
    ),
    "open": Do(
        forms.NoForm,
        gettext_lazy("开始投票"),
        rights.may_open,
        lambda poll, form, **who: polls.open_poll(poll, **who),
        PRESIDES,
    ),
    "closed": Do(
        forms.NoForm,
        gettext_lazy("投票截止"),
        rights.may_close,
        lambda poll, form, **who: polls.close_poll(poll, **who),
        PRESIDES,
    ),
    "returned": Do(
        forms.ReturnedForm,
        gettext_lazy("登记收回张数"),
        _says(Kind.RETURNED),
        _returned,
        gettext_lazy("等监票人清点收回的票。"),
    ),
    "declared": Do(
        forms.NoForm,
        gettext_lazy("宣布结果"),
        rights.may_declare,
        lambda poll, form, **who: polls.declare(poll, **who),
        gettext_lazy("由没有参加计票的主持人宣布。"),
    ),
    "published": Do(
        forms.NoForm,
        gettext_lazy("公布结果"),
        rights.may_publish,
        lambda poll, form, **who: polls.publish(poll, **who),
        gettext_lazy("公布与否由经办人员或主持人办理；演练的结果不公布。"),
    ),
    "annul": Do(
        forms.ReasonForm,
        pgettext_lazy("作废", "本次投票作废"),
        rights.may_void,
        lambda poll, form, **who: polls.void(poll, why=form.cleaned_data["why"], **who),
    ),
    "correct": Do(
        forms.CorrectForm,
        gettext_lazy("更正数字"),
        lambda user, poll, now: any(rights.may_say(user, poll, kind, now) for kind in Kind),
        lambda poll, form, **who: polls.say(
            poll,
            form.cleaned_data["kind"],
            form.cleaned_data["value"],
            why=form.cleaned_data["why"],
            **who,
        ),
    ),
    "next": Do(
        forms.NoForm,
        gettext_lazy("准备下一轮投票"),
        rights.may_follow,
        lambda poll, form, **who: after.set_up_next(poll, **who),
    ),
}


# The gates that a step's own button meets.
OWN = {
    "method": {"method_adopted"},
    "officials": {"officials_adopted"},
    "printed": {"printed"},
    "sealed": {"sealed"},
    "issued": {"printed_balance", "issued"},
    "boxed": {"boxed"},
}
