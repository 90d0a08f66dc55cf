"""Where the delivery is read: a unit's own projects, a body's whole list, one project, its photos."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, F, IntegerField, Min, Q, Value, When
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yishi.papers.tables import write_xlsx
from yishi.projects.actions import sheets
from yishi.projects.actions.supervision import supervise_overdue as issue_overdue
from yishi.projects.forms.delivery import DeliveryFilter
from yishi.projects.models import Call, Change, Inspection, Photo, Project, Slip, Supervision
from yishi.projects.rules import calls as call_rules
from yishi.projects.rules import delivery as rules
from yishi.projects.rules.ledger import is_open_delivery
from yishi.projects.words import delivery as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from datetime import date

CALL = Call.objects.select_related("body__parent__parent")
FOUND = Project.objects.whole().select_related("call__body__parent")
WHOLE = FOUND.prefetch_related(
    "milestones__slips__by",
    "reports__photos",
    "reports__by",
    "supervisions__milestone",
    "inspections__photos",
    "changes__meeting",
    "versions",
)
LISTED = Project.objects.with_delivery().to_deliver()
PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def crumbs(request: Any, project: Project, here: str = "") -> list[tuple[str, str]]:
    """By the list from which this person comes: the body's, or the unit's own."""
    own = reverse("project_delivery", args=[project.pk])
    last = [(own, project.title), ("", here)] if here else [("", project.title)]
    if rules.may_list_delivery(request.user, project.call, request.now):
        return [(reverse("call_delivery", args=[project.call_id]), _("实施进展")), *last]
    return [(reverse("unit_projects"), _("我单位承办的项目")), *last]


def back(project: Project) -> str:
    return reverse("project_delivery", args=[project.pk])


# --- the unit's list ---------------------------------------------------------


@allow(rules.may_list_units)
@require_safe
def unit_projects(request: Any) -> HttpResponse:
    """我单位承办的项目: what runs and is due first on top; the report is one tap away."""
    today = localdate(request.now)
    mine = LISTED.of_unit(rules.units_of(request.user)).filter(unit__kind__in=rules.UNITS)
    runs = Case(
        When(state=Project.State.ADOPTED, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    due = Min("milestones__due_on", filter=Q(milestones__done_on=None))
    found = mine.annotate(runs=runs, due=due).order_by("runs", F("due").asc(nulls_last=True), "-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    waits = _to_answer(page.object_list)
    rows = [{**row_of(one, today), "waits": waits[one.pk]} for one in page.object_list]
    return render(request, "projects/unit_projects.html", {"page": page, "rows": rows})


def row_of(project: Project, today: date) -> dict[str, Any]:
    """One line of a list, from what was fetched with it."""
    last, month = rules.last_report(project), rules.unreported(project, today) or today.replace(day=1)
    return {
        "project": project,
        "standing": rules.standing(project, today),
        "last": last,
        "stage": rules.next_due(project),
        "month": month,
        "is_reported": last is not None and last.month >= month,
    }


def _to_answer(projects: Any) -> Counter[int]:
    """How many notices and findings wait for the unit's answer, by project."""
    found: Counter[int] = Counter()
    keys = [one.pk for one in projects]
    for rows, state in ((Supervision.objects, "issued"), (Inspection.objects, "open")):
        found.update(rows.filter(project__in=keys, state=state).values_list("project", flat=True))
    return found


# --- the body's list ---------------------------------------------------------


@allow(rules.may_list_delivery, call=CALL)
@require_safe
def call_delivery(request: Any, call: Call) -> HttpResponse:
    today = localdate(request.now)
    form = DeliveryFilter(request.GET or None, call=call)
    rows, counted = chosen(call, form, today)
    supervises = rules.may_supervise_overdue(request.user, call, request.now)
    context = {
        "call": call,
        "form": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "counted": [(rules.CHIPS[key], word, counted[key]) for key, word in rules.WORDS.items()],
        "any": bool(counted),
        "overdue": rules.unwatched(call, today).count() if supervises else 0,
        "asked": _asked(call),
        "waiting": _waiting(call),
        "crumbs": _call_crumbs(request, call),
    }
    return render(request, "projects/call_delivery.html", context)


def chosen(call: Call, form: DeliveryFilter, today: date) -> tuple[list[dict[str, Any]], Counter[str]]:
    """The lines that fit what was asked for, the late ones first, and how many stand in each state."""
    every = [row_of(one, today) for one in LISTED.filter(call=call)]
    typed = form.cleaned_data if form.is_valid() else {}
    order = list(rules.WORDS)
    rows = [
        row
        for row in every
        if (not typed.get("standing") or row["standing"].key == typed["standing"])
        and (not typed.get("unit") or row["project"].unit_id == typed["unit"].pk)
    ]
    rows.sort(key=lambda row: (order.index(row["standing"].key), row["project"].number))
    return rows, Counter(row["standing"].key for row in every)


def _asked(call: Call) -> int:
    """How many slips and changes wait for a decision."""
    running = call.projects.running()  # of what is finished or stopped nothing can be decided
    slips = Slip.objects.filter(milestone__project__in=running, state=Slip.State.ASKED).count()
    return slips + Change.objects.filter(project__in=running, state=Change.State.ASKED).count()


def _waiting(call: Call) -> list[Project]:
    """The projects in which something that was asked waits for a decision."""
    slip = Q(milestones__slips__state=Slip.State.ASKED)
    change = Q(changes__state=Change.State.ASKED)
    return list(call.projects.running().filter(slip | change).distinct().order_by("number", "pk"))


def _call_crumbs(request: Any, call: Call) -> list[tuple[str, str]]:
    if not call_rules.may_see_call(request.user, call, request.now):
        return []
    return [
        (reverse("calls"), _("征集")),
        (reverse("call", args=[call.pk]), call.title),
        ("", _("实施进展")),
    ]


@allow(rules.may_list_delivery, call=CALL)
@require_safe
def call_delivery_file(request: Any, call: Call) -> HttpResponse:
    today = localdate(request.now)
    rows, _counted = chosen(call, DeliveryFilter(request.GET or None, call=call), today)
    data = write_xlsx([words.delivery_sheet(call, [row["project"] for row in rows], today)])
    name = f'attachment; filename="delivery-{call.year}.xlsx"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=XLSX, headers=headers)


@allow(rules.may_supervise_overdue, call=CALL)
@require_POST
def supervise_overdue(request: Any, call: Call) -> HttpResponse:
    try:
        n = len(issue_overdue(call, by=request.user, at=request.now))
        told = ngettext("已发出%(n)d份督办单。", "已发出%(n)d份督办单。", n) % {"n": n}
        messages.success(request, told if n else _("没有逾期而没有督办的节点。"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("call_delivery", call.pk)


# --- one project -------------------------------------------------------------


@allow(rules.may_see_delivery, project=WHOLE)
@require_safe
def project_delivery(request: Any, project: Project) -> HttpResponse:
    today = localdate(request.now)
    user, now = request.user, request.now
    last, plan = rules.last_report(project), rules.planned(project, today)
    supervised = [one for one in project.supervisions.all() if one.state != Supervision.State.CLOSED]
    context = {
        "project": project,
        "call": project.call,
        "standing": rules.standing(project, today),
        "bars": [
            {
                "label": _("已报进度"),
                "n": last.percent if last else 0,
                "text": f"{last.percent if last else 0}%",
            },
            *(
                [{"label": _("按计划"), "n": plan, "text": f"{plan}%", "soft": True}]
                if plan is not None
                else []
            ),
        ],
        "stages": [{"it": one, "is_overdue": one.is_overdue(today)} for one in project.milestones.all()],
        "beyond": rules.beyond(project),
        "asked_slips": [s for m in project.milestones.all() for s in m.slips.all() if s.state == "asked"],
        "changes": [_change(project, one) for one in project.changes.all()],
        "reports": rules.may_report(user, project, now),
        "supervises": rules.may_supervise(user, project, now),
        "decides": rules.is_of_body(user, project),
        "of_unit": rules.is_of_unit(user, project),
        "answers": rules.is_of_unit(user, project) or rules.is_clerk(user, project.call.body),
        "inspects": rules.may_inspect(user, project, now),
        "reopens": rules.may_reopen(user, project, now),
        "watched": {one.milestone_id for one in supervised},
        "crumbs": crumbs(request, project),
    }
    context["next"] = next_action(project, context, today)
    return render(request, "projects/project_delivery.html", context)


def _change(project: Project, change: Change) -> dict[str, Any]:
    waits = change.state == Change.State.ASKED and change.kind == Change.Kind.SHEET
    rows = words.differences(sheets.of(project), change.sheet) if waits else []
    return {"it": change, "rows": rows}


def next_action(project: Project, known: dict[str, Any], today: date) -> tuple[str, str] | None:
    """The one thing this person does next here: address and word."""
    found = (_to_decide(project, known) if known["decides"] else None) or (
        _to_be_answered(project) if known["of_unit"] else None
    )
    if found is None and known["reports"]:
        found = _to_report(project, known, today)
    late = [row["it"] for row in known["stages"] if row["is_overdue"]]
    if found is None and known["supervises"] and any(one.pk not in known["watched"] for one in late):
        found = reverse("supervise", args=[project.pk]), _("发督办单")
    return found


def _to_decide(project: Project, known: dict[str, Any]) -> tuple[str, str] | None:
    """What waits for the body that called."""
    if known["supervises"]:
        for change in project.changes.all():
            if change.state == Change.State.ASKED:
                return reverse("change_approve", args=[change.pk]), _("登记变更的决定")
        for slip in known["asked_slips"]:
            return reverse("slip_accept", args=[slip.pk]), _("决定延期申请")
    for notice in project.supervisions.all():
        if notice.state == Supervision.State.ANSWERED:
            return reverse("supervision_close", args=[notice.pk]), _("核查督办单的答复")
    for seen in project.inspections.all():
        if seen.state == Inspection.State.ANSWERED:
            return reverse("inspection_close", args=[seen.pk]), _("核查视察问题的答复")
    return None


def _to_be_answered(project: Project) -> tuple[str, str] | None:
    """What waits for the unit's answer."""
    for notice in project.supervisions.all():
        if notice.state == Supervision.State.ISSUED:
            return reverse("supervision_answer", args=[notice.pk]), _("答复督办单")
    for seen in project.inspections.all():
        if seen.state == Inspection.State.OPEN:
            return reverse("inspection_answer", args=[seen.pk]), _("答复视察发现的问题")
    return None


def _to_report(project: Project, known: dict[str, Any], today: date) -> tuple[str, str] | None:
    """The plan, then month by month, then the end."""
    key, stages, last = [project.pk], project.milestones.all(), rules.last_report(project)
    if not stages:
        return reverse("milestones", args=key), _("制定实施计划")
    if known["beyond"]:
        return reverse("milestones", args=key), _("调整节点日期")
    if last and last.percent == 100 and all(one.done_on for one in stages):
        return reverse("project_complete", args=key), _("登记完工")
    month = rules.unreported(project, today) or today.replace(day=1)
    if last is None or last.month < month:
        return reverse("report_new", args=key), _("报送%(n)d月进展") % {"n": month.month}
    return None


@allow(
    rules.may_see_photo,
    photo=Photo.objects.select_related(
        "project__call__body__parent", "project__unit", "project__poll__meeting"
    ),
)
@require_safe
def delivery_photo(request: Any, photo: Photo) -> HttpResponseBase:
    """Of a public project for everybody; of another only for who sees its delivery."""
    try:
        file = photo.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    is_public = is_open_delivery(photo.project)
    headers = {"Cache-Control": "public, max-age=3600" if is_public else "private, no-store"}
    return FileResponse(file, filename="photo.jpg", content_type="image/jpeg", headers=headers)
