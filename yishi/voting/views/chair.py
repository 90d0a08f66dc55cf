"""The chair's page: the step we are at, the words to say, its gates, and the next step as one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.people.rules import works_in
from yishi.voting.actions import polls
from yishi.voting.forms import polls as forms
from yishi.voting.models import Figure, Poll
from yishi.voting.rules import box, outcomes, reading, rights, sealed, sealed_count
from yishi.voting.rules import counting as count
from yishi.voting.rules import polls as rules
from yishi.voting.views.doing import DOS, OWN, Do
from yishi.voting.views.frame import POLLS, page
from yishi.voting.views.public import shown
from yishi.voting.words import script
from yishi.web.access import allow

if TYPE_CHECKING:
    from django.http import HttpResponse

Kind = Figure.Kind
SPARE = 20  # one sheet in twenty


# Only to read: an action must see the rows as they stand.
RECORDS = POLLS.with_records()


@allow(rights.may_work, poll=RECORDS)
def chair(request: Any, poll: Poll) -> HttpResponse:
    return _page(request, poll)


@allow(rights.may_work, poll=POLLS)
@require_POST
def chair_do(request: Any, poll: Poll, verb: str) -> HttpResponse:
    """One button was pressed; what could not be done is said at its field, with what was typed."""
    do = DOS.get(verb)
    if do is None:
        raise Http404
    form = do.form(request.POST)
    if form.is_valid():
        try:
            done = do.act(poll, form, by=request.user, at=request.now)
        except ValidationError as error:
            forms.put(form, error)
            if _asks(error):
                form.data = {**request.POST.dict(), "sure": "on"}
        else:
            return redirect("chair", done.pk if isinstance(done, Poll) else poll.pk)
    if not form.fields:
        messages.error(request, "".join(map(str, form.non_field_errors())))
        return redirect("chair", poll.pk)
    return _page(request, RECORDS.get(pk=poll.pk), {verb: form})


def _asks(error: ValidationError) -> bool:
    errors = getattr(error, "error_dict", {}).get("value", [])
    return any(one.code == "sure" for one in errors)


@allow(rights.may_work, poll=POLLS)
@require_POST
def gate_override(request: Any, poll: Poll, gate: str) -> HttpResponse:
    form = forms.ReasonForm(request.POST)
    if form.is_valid():
        try:
            polls.override(poll, gate, by=request.user, at=request.now, why=form.cleaned_data["why"])
        except ValidationError as error:
            messages.error(request, "".join(error.messages))
        else:
            messages.warning(request, _("已越过这个条件，理由将印在计票报告单上。"))
    else:
        messages.error(request, _("请写明理由。"))
    return redirect("chair", poll.pk)


def _page(request: Any, poll: Poll, bound: dict[str, Any] | None = None) -> HttpResponse:
    user, now, bound = request.user, request.now, bound or {}
    steps = rules.steps(poll, now)
    key = rules.reached(poll, steps)
    step = next((one for one in steps if one.key == key), None)
    tally = box.newest(poll)
    do = DOS.get(key)
    may = do is not None and do.may(user, poll, now)
    task = bound.get(key) or (do.form(**_first(poll, key)) if do and may else None)
    return page(
        request,
        "voting/chair.html",
        poll,
        _("主持"),
        steps=steps,
        step=step,
        key=key,
        title=rules.title(key),
        do=do,
        task=task,
        link=None if task is not None and step and _ready(key, step) else _link(poll, key, user, now),
        merge=_merge(poll, key, user, now),
        electronic=_electronic(poll),
        scanned=reading.how_far(poll) if poll.by_machine and poll.state == Poll.State.CLOSED else None,
        ready=step is not None and _ready(key, step),
        # What is being typed must not be swept away.
        live=task is None or not task.fields,
        said=script.words(poll, key, tally),
        figures=_figures(poll),
        problems=box.equation(poll).problems,
        gates=_gates(step),
        ahead=_ahead(steps, key),
        result=shown(poll, tally)
        if tally and key in ("confirmed", "declared", "published", "done")
        else None,
        seals=poll.seals.select_related("user"),
        others=_others(poll, step, user, now, bound),
        hands=key in ("method", "officials"),
        copies=_copies(poll),
        works=works_in(user, poll.meeting.body),
        next=_next(poll, user, now),
    )


def _ready(key: str, step: rules.Step) -> bool:
    """Whether the button can be pressed: gates that the button itself meets do not count."""
    return all(gate.passed or gate.key in OWN.get(key, ()) for gate in step.gates)


def _first(poll: Poll, key: str) -> dict[str, Any]:
    """What a form starts with: as many papers out as people want paper, the rest left over."""
    said = box.figures(poll)
    if key == "issued":
        want = _paper_doors(poll) if poll.by_phone else said.get(Kind.PRESENT)
        issued = said.get(Kind.ISSUED, want)
        left = said.get(Kind.LEFT_OVER)
        if left is None and Kind.PRINTED in said and issued is not None:
            left = max(said[Kind.PRINTED] - issued, 0)
        return {"initial": {"issued": issued, "left_over": left, "replaced": said.get(Kind.REPLACED, 0)}}
    return {}


def _paper_doors(poll: Poll) -> int:
    """Who took paper when signing in, or got it for a slip."""
    exchanged = len(poll.box.exchanged.all()) if hasattr(poll, "box") else 0
    return sealed.slips(poll.meeting.sealed).papers + exchanged


def _link(poll: Poll, key: str, user: Any, now: Any) -> dict[str, str] | None:
    """Where the step is done, when it is not done here."""
    places = {
        "form": ("poll", poll.pk, _("去填写票面")),
        "method": ("poll", poll.pk, _("去起草票决办法")),
        "officials": ("poll_officials", poll.pk, _("去指定人员")),
        "quorum": ("attendance", poll.meeting_id, _("去签到页")),
        "counted": ("counting", poll.pk, _("去计票")),
        "confirmed": ("tally", poll.pk, _("去核对计票结果")),
        "keys": ("sealed_session", poll.meeting_id, _("去安排密封投票")),
        "slips": ("sealed_session", poll.meeting_id, _("去领票台")),
    }
    if key == "counted" and poll.by_phone and (not poll.by_paper or sealed_count.sealed_in(poll)):
        places["counted"] = ("open_page", poll.pk, _("打开电子票箱"))
    if key == "officials" and not rights.may_name_officials(user, poll, now):
        return None
    if key not in places:
        return None
    name, pk, label = places[key]
    return {"url": reverse(name, args=[pk]), "label": label}


def _merge(poll: Poll, key: str, user: Any, now: Any) -> Do | None:
    """With both doors: the button that seals the counted paper ballots into the record."""
    if key != "counted" or not (poll.by_phone and poll.by_paper) or sealed_count.sealed_in(poll):
        return None
    do = DOS["merged"]
    done = do.may(user, poll, now) and not count.paper_problems(count.progress(poll))
    return do if done else None


def _electronic(poll: Poll) -> dict[str, Any] | None:
    """What is public of the electronic box, to be compared with what hangs on the wall."""
    sealed_box = getattr(poll, "box", None) if poll.by_phone else None
    if sealed_box is None:
        return None
    return {
        "box": sealed_box,
        "fingerprint": sealed_count.election_of(sealed_box).fingerprint,
        "last": sealed_count.last_hash(sealed_box),
        "stage": sealed_count.stage(sealed_box),
        "exchanged": len(sealed_box.exchanged.all()),
    }


def _figures(poll: Poll) -> list[dict[str, Any]]:
    e = box.equation(poll)
    over = e.returned is not None and e.issued is not None and e.returned > e.issued
    return [
        {"label": _("应到"), "value": e.entitled},
        {"label": _("实到"), "value": e.present},
        *([{"label": _("印制"), "value": e.printed, "bad": bool(box.off_print(e))}] if poll.by_paper else []),
        {"label": _("发出"), "value": e.issued, "note": _split(poll, e.slips, e.paper_issued)},
        *(
            [{"label": _("换票收回"), "value": e.replaced}, {"label": _("剩余"), "value": e.left_over}]
            if poll.by_paper
            else []
        ),
        {
            "label": _("收回"),
            "value": e.returned,
            "bad": over,
            "note": _split(poll, e.cast, e.paper_returned),
        },
        {"label": _("有效"), "value": e.valid},
        {"label": _("无效"), "value": e.invalid},
    ]


def _split(poll: Poll, phone: int | None, paper: int | None) -> str:
    """A figure over both doors, by door."""
    if poll.doors != Poll.Doors.BOTH or phone is None or paper is None:
        return ""
    return _("手机%(a)s＋纸质%(b)s") % {"a": phone, "b": paper}


def _gates(step: rules.Step | None) -> list[rules.Gate]:
    """Without those that the button below meets by itself: they need not be asked for above it."""
    found = step.gates if step else ()
    own = OWN.get(step.key, set()) - {"printed_balance", "sealed"} if step else set()
    return [gate for gate in found if gate.passed or gate.key not in own]


def _ahead(steps: list[rules.Step], key: str) -> list[rules.Gate]:
    """What other rooms ask for before voting opens, shown from the start: there is time to do it."""
    opening = next(one for one in steps if one.key == "open")
    ahead = [gate for gate in opening.gates if gate.key != "quorum"] if key != "open" else []
    return sorted(ahead, key=lambda gate: gate.passed)  # what is still to be done first


def _copies(poll: Poll) -> int:
    """One sheet for everybody entitled, and some to spare for those that are spoiled."""
    entitled = poll.meeting.voters.count()
    return entitled + max(entitled // SPARE, 3)


def _others(
    poll: Poll, step: rules.Step | None, user: Any, now: Any, bound: dict[str, Any]
) -> list[dict[str, Any]]:
    """What may be needed beside the step: going on with a gate unmet, a correction, making it void."""
    found = []
    for gate in step.gates if step else ():
        if gate.soft and not gate.passed and rights.may_override(user, poll, now):
            label = _("没有满足也要继续：%(gate)s") % {"gate": gate.text}
            url = reverse("gate_override", args=[poll.pk, gate.key])
            form: Any = forms.ReasonForm(auto_id=f"id_{gate.key}_%s")
            note = _("理由会印在计票报告单上。")
            found.append({"url": url, "label": label, "form": form, "danger": True, "note": note})
    for verb in ("correct", "paper", "annul"):
        do = DOS[verb]
        if do.may(user, poll, now) and (verb != "correct" or poll.figures.exists()):
            form = bound.get(verb) or do.form(auto_id=f"id_{verb}_%s")
            url = reverse("chair_do", args=[poll.pk, verb])
            more = {"open": verb in bound, "danger": verb == "annul"}
            found.append({"url": url, "label": do.button, "form": form, **more})
    return found


def _next(poll: Poll, user: Any, now: Any) -> dict[str, Any] | None:
    """The vote that follows this one, or the button that sets it up."""
    made = poll.followed_by.first()
    if made is not None:
        return {"poll": made, "label": made.get_after_display()}
    follow = outcomes.follow(poll, box.declared(poll))
    if follow is None:
        return None
    kind, seats, titles = follow
    may = rights.may_follow(user, poll, now)
    return {"label": Poll.After(kind).label, "seats": seats, "titles": titles, "may": may}
