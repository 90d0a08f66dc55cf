"""A teller's pages: take a batch, key it sheet by sheet, hand it in, take over from another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.voting.actions import counting as do
from yishi.voting.forms import counting as forms
from yishi.voting.models import Batch, Keying, Sheet
from yishi.voting.rules import counting as rules
from yishi.voting.rules import marking
from yishi.voting.views.audits import piles, pulled
from yishi.voting.views.counting import BATCHES, about, attempt, crumbs, form_page
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Sequence


@allow(rules.may_wait, batch=BATCHES)
def keying(request: Any, batch: Batch) -> HttpResponse:
    """A teller's own page of a batch: take it, key it, wait for the other. Never another's marks."""
    if not rules.may_key(request.user, batch, request.now):
        return redirect("counting", poll=batch.poll.pk)
    mine = _mine(request, batch)
    about(request, batch.poll)
    context = {
        "poll": batch.poll,
        "batch": batch,
        "crumbs": crumbs(request, batch.poll, str(batch), live=True),
    }
    if mine is None or mine.left_at:
        free = not batch.agreed_at and len(rules.held(batch)) < 2 and mine is None
        context |= {"free": free, "left": bool(mine), "piles": piles(batch)}
        return render(request, "voting/counting/begin.html", context)
    if mine.finished_at:
        return render(request, "voting/counting/wait.html", {**context, **_standing(batch, mine)})
    return _keypad(request, batch, mine, context)


def _mine(request: Any, batch: Batch) -> Keying | None:
    return Keying.objects.filter(batch=batch, teller=request.user).first()


def _standing(batch: Batch, mine: Keying) -> dict[str, Any]:
    """What a teller who handed in may know: whether the other has too, and what came of it."""
    others = [one for one in rules.held(batch) if one.pk != mine.pk]
    later = batch.poll.batches.filter(agreed_at__isnull=True).exclude(way=Batch.Way.SCAN)
    later = later.exclude(keyings__teller=mine.teller)
    open_ = [b for b in later.prefetch_related("keyings") if len(rules.held(b)) < 2]
    return {"agreed": batch.agreed_at is not None, "other": bool(others), "next": next(iter(open_), None)}


@allow(rules.may_wait, batch=BATCHES)
def keying_live(request: Any, batch: Batch) -> HttpResponse:
    """What a waiting page asks for; once the count is over it is sent to the overview."""
    if not rules.may_key(request.user, batch, request.now):
        return HttpResponse(headers={"HX-Redirect": reverse("counting", args=[batch.poll.pk])})
    mine = _mine(request, batch)
    if mine is None or mine.finished_at is None:
        # There is something to do again: the whole page.
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"poll": batch.poll, "batch": batch, **_standing(batch, mine)}
    return render(request, "voting/counting/wait_live.html", context)


def _keypad(
    request: Any, batch: Batch, mine: Keying, context: dict[str, Any], refused: forms.Typed | None = None
) -> HttpResponse:
    poll, law = batch.poll, batch.poll.law
    options = list(poll.options.all())
    sheets = list(mine.sheets.all())
    asked = request.GET.get("sheet", "")
    first = next((sheet.number for sheet in sheets if not sheet.complete), len(sheets))
    number = int(asked) if asked.isdecimal() and 1 <= int(asked[:6]) <= len(sheets) else first
    sheet = sheets[number - 1]
    marks = refused.marks if refused else sheet.marks
    titles = [option.title for option in options]
    offered = forms.marks_offered(law.kind)
    papers = pulled(batch)
    gaps = refused.gaps if refused else range(len(marks) + 1, len(options) + 1)
    lines = [
        {
            "option": option,
            "n": i,
            "choices": [
                {**one, "on": i not in gaps and one["mark"] == (marks[i - 1] or forms.BLANK)}
                for one in offered
            ],
        }
        for i, option in enumerate(options, start=1)
    ]
    doubts: list[dict[str, Any]] = [
        {"key": str(i), "code": c, "label": w} for i, (c, w) in enumerate(Sheet.Doubt.choices, start=1)
    ]
    return render(
        request,
        "voting/counting/keying.html",
        {
            **context,
            "keying": mine,
            "law": law,
            "lines": lines,
            "offered": offered,
            "doubts": doubts,
            "sheet": sheet,
            "pulled": papers[number - 1] if papers else "",
            "write_ins": "、".join(refused.write_ins if refused else sheet.write_ins),
            "doubt": refused.doubt if refused else sheet.doubt,
            "done": sum(one.complete for one in sheets),
            "all_done": all(one.complete for one in sheets),
            "warning": marking.warning(law, marking.verdict(law, titles, sheet)) if sheet.marks else "",
            "again": sorted(
                (int(n), "、".join(map(str, lines)), sheets[int(n) - 1].complete)
                for n, lines in batch.differences.items()
            ),
            "data_json": json.dumps(_data(batch, sheets, offered, doubts, papers), ensure_ascii=False),
        },
        status=400 if refused else 200,
    )


def _data(
    batch: Batch,
    sheets: Sequence[Sheet],
    offered: list[dict[str, str]],
    doubts: list[dict[str, Any]],
    papers: list[str],
) -> dict[str, Any]:
    """What keypad.js needs; only this teller's own sheets, and where each lies."""
    names = ("number", "marks", "write_ins", "doubt", "revision", "complete")
    return {
        "url": reverse("key", kwargs={"batch": batch.pk, "number": 0}),
        "keys": {one["key"]: one["mark"] for one in offered},
        "doubts": {one["key"]: one["code"] for one in doubts},
        "sheets": [{name: getattr(sheet, name) for name in names} for sheet in sheets],
        "pulled": papers,
        "texts": {
            "saved": _("已保存"),
            "saving": _("正在保存…"),
            "unsaved": _("有录入还没有保存，正在重试，请不要关闭页面。"),
            "signin": _("登录已失效。请在新窗口重新登录，再刷新这个页面；显示为“已保存”的都还在。"),
            "lines": _("还有栏没有录入，空白的栏请按 0。"),
            "previous": _("上一张（第{n}张）："),
            "all": _("全部录完，按 Enter 交核对。"),
            "reload": _("请刷新页面。"),
        },
    }


@require_POST
@allow(rules.may_key, batch=BATCHES)
def begin(request: Any, batch: Batch) -> HttpResponse:
    attempt(request, lambda: do.begin(batch, by=request.user, at=request.now))
    return redirect("keying", batch=batch.pk)


@allow(rules.may_key, batch=BATCHES)
def take_over(request: Any, batch: Batch) -> HttpResponse:
    form = forms.TakeOver(request.POST if request.method == "POST" else None, batch=batch)
    back = reverse("keying", kwargs={"batch": batch.pk})

    def act(said: dict[str, Any]) -> None:
        said["keying"].batch = batch
        do.take_over(said["keying"], by=request.user, at=request.now, why=said["why"])

    note = _("接替后整批从头录入；原来录的留在记录里，您看不到。")
    return form_page(request, form, act, back, _("接替%(batch)s") % {"batch": batch}, batch.poll, note)


@require_POST
@allow(rules.may_key, batch=BATCHES)
def key(request: Any, batch: Batch, number: int) -> HttpResponse:
    """Save one sheet: a message of the keypad (JSON), or the plain form."""
    mine = _mine(request, batch)
    if mine is None:
        raise Http404
    mine.batch, mine.teller = batch, request.user
    prefetch_related_objects([batch.poll], "options")
    if request.content_type == "application/json":
        return _key_json(request, mine, number)
    said = forms.typed(request.POST, len(batch.poll.options.all()))
    if said.gaps:
        gaps = "、".join(map(str, said.gaps))
        messages.error(request, _("还有栏没有录入，空白的栏请选“空白”：第%(n)s栏。") % {"n": gaps})
        return _again(request, batch, mine, number, said)
    try:
        _save(request, mine, number, said)
    except do.Stale as error:
        messages.error(request, error.messages[0])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _again(request, batch, mine, number, said)
    after = number + 1 if number < batch.size else number
    return redirect(reverse("keying", kwargs={"batch": batch.pk}) + f"?sheet={after}")


def _again(request: Any, batch: Batch, mine: Keying, number: int, said: forms.Typed) -> HttpResponse:
    about(request, batch.poll)
    request.GET = request.GET.copy()
    request.GET["sheet"] = str(number)
    context = {
        "poll": batch.poll,
        "batch": batch,
        "crumbs": crumbs(request, batch.poll, str(batch), live=True),
    }
    return _keypad(request, batch, mine, context, said)


def _key_json(request: Any, mine: Keying, number: int) -> HttpResponse:
    said = forms.from_keypad(request)
    if said is None:
        return JsonResponse({"error": _("这条录入读不出来，请刷新页面。")}, status=400)
    try:
        sheet = _save(request, mine, number, said)
    except do.Stale as error:
        names = ("number", "marks", "write_ins", "doubt", "revision", "complete")
        stored = {name: getattr(error.sheet, name) for name in names}
        return JsonResponse({"error": error.messages[0], "sheet": stored}, status=409)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages), "code": error.code}, status=400)
    poll = mine.batch.poll
    titles = [option.title for option in poll.options.all()]
    reading = marking.verdict(poll.law, titles, sheet)
    # On a sheet half keyed only what no further line can mend is said.
    final = (
        len(sheet.marks) == len(titles)
        or bool(sheet.doubt)
        or reading.reason_code in ("too_many", "overvote")
    )
    warning = marking.warning(poll.law, reading) if final else ""
    return JsonResponse({"revision": sheet.revision, "warning": warning})


def _save(request: Any, mine: Keying, number: int, said: forms.Typed) -> Sheet:
    return do.key(
        mine,
        number,
        marks=said.marks,
        write_ins=said.write_ins,
        doubt=said.doubt,
        complete=said.complete,
        revision=said.revision,
        by=request.user,
        at=request.now,
    )


@require_POST
@allow(rules.may_key, batch=BATCHES)
def finish(request: Any, batch: Batch) -> HttpResponse:
    mine = _mine(request, batch)
    if mine is None:
        raise Http404
    mine.batch, mine.teller = batch, request.user
    attempt(request, lambda: do.finish(mine, by=request.user, at=request.now))
    return redirect("keying", batch=batch.pk)
