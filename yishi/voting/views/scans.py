"""Pages of a batch read by the machine: bring files in, see it read, what is left, close it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.voting import reader
from yishi.voting.actions import scans as do
from yishi.voting.forms import scans as forms
from yishi.voting.forms.counting import Reason
from yishi.voting.models import Batch, Poll, ScanFile
from yishi.voting.rules import counting as count
from yishi.voting.rules import scans as rules
from yishi.voting.views.counting import BATCHES, about, attempt, blame, crumbs
from yishi.voting.views.frame import POLLS
from yishi.voting.words import scans as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# With what the ledger and the hats ask for again and again.
SCANNED = BATCHES.prefetch_related("poll__options", "poll__officials")
COUNTED = POLLS.prefetch_related("options", "officials")
FILES = ScanFile.objects.select_related("batch__poll__meeting__body")


def of_poll(rule: Callable[..., bool]) -> Callable[..., bool]:
    """A rule on a poll, asked of one of its batches that is read by the machine."""

    def asked(user: Any, batch: Batch, now: Any) -> bool:
        return batch.way == Batch.Way.SCAN and rule(user, batch.poll, now)

    return asked


def of_batch(rule: Callable[..., bool]) -> Callable[..., bool]:
    """A rule on a batch, asked of one of its files."""

    def asked(user: Any, file: ScanFile, now: Any) -> bool:
        return rule(user, file.batch, now)

    return asked


# --- all batches ------------------------------------------------------------


@allow(rules.may_see_scans, poll=COUNTED)
def scans(request: Any, poll: Poll) -> HttpResponse:
    """Every batch with its ledger, and the next thing to do for whoever looks."""
    form = forms.BlankSheet()
    return render(request, "voting/scans/all.html", {**_all(request, poll), "form": form})


@allow(rules.may_see_scans, poll=COUNTED)
def scans_live(request: Any, poll: Poll) -> HttpResponse:
    return render(request, "voting/scans/all_live.html", _all(request, poll))


def _all(request: Any, poll: Poll) -> dict[str, Any]:
    about(request, poll)
    batches = list(poll.batches.filter(way=Batch.Way.SCAN))
    ledgers = rules.ledgers(poll, batches)
    rows: list[dict[str, Any]] = [
        {
            "batch": batch,
            "ledger": ledgers[batch.pk],
            "next": words.following(request.user, ledgers[batch.pk]),
        }
        for batch in batches
    ]
    first = next((row for row in rows if row["next"].key not in ("closed", *words.WAITING)), None)
    if first is not None:
        first["url"] = words.address(first["next"], first["batch"])
    return {
        "poll": poll,
        "rows": rows,
        "first": first,
        "closed": sum(batch.agreed_at is not None for batch in batches),
        "may_calibrate": rules.may_calibrate(request.user, poll, request.now),
        "crumbs": crumbs(request, poll, _("扫描读票"), live=True),
    }


@require_POST
@allow(rules.may_calibrate, poll=COUNTED)
def calibrate(request: Any, poll: Poll) -> HttpResponse:
    """A blank sheet of the printer and scanner at hand."""
    form = forms.BlankSheet(request.POST, request.FILES)
    if form.is_valid():
        try:
            do.calibrate(poll, form.cleaned_data["file"], by=request.user, at=request.now)
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("已用空白票校准。"))
            return redirect("scans", poll=poll.pk)
    return render(request, "voting/scans/all.html", {**_all(request, poll), "form": form}, status=400)


# --- one batch --------------------------------------------------------------


@allow(of_poll(rules.may_see_scans), batch=SCANNED)
def scan(request: Any, batch: Batch) -> HttpResponse:
    """One batch: what to do now, its sums, its files; a form to bring in another."""
    form = forms.Upload()
    return _shown(request, batch, form)


@allow(of_poll(rules.may_see_scans), batch=SCANNED)
def scan_live(request: Any, batch: Batch) -> HttpResponse:
    """What a page asks every two seconds; it also takes what has come into the folder and goes on reading."""
    if rules.may_scan(request.user, batch.poll, request.now):
        if batch.watching and batch.agreed_at is None:
            attempt(request, lambda: do.take_from_folder(batch, by=request.user, at=request.now))
        reader.wake(batch.poll_id)
    found = _batch(request, batch)
    if request.GET.get("step", "") != found["next"].key:
        # There is something else to do now: the whole page, with its form and its buttons.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "voting/scans/batch_live.html", found)


@require_POST
@allow(of_poll(rules.may_scan), batch=SCANNED)
def scan_upload(request: Any, batch: Batch) -> HttpResponse:
    form = forms.Upload(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, batch, form, status=400)
    for file in form.cleaned_data["given"]:
        attempt(request, partial(do.upload, batch, file, by=request.user, at=request.now))
    return redirect("batch_scan", batch=batch.pk)


@require_POST
@allow(of_poll(rules.may_scan), batch=SCANNED)
def scan_watch(request: Any, batch: Batch) -> HttpResponse:
    on = request.POST.get("on") == "1"
    attempt(request, lambda: do.watch(batch, on, by=request.user, at=request.now))
    return redirect("batch_scan", batch=batch.pk)


def _shown(request: Any, batch: Batch, form: forms.Upload, status: int = 200) -> HttpResponse:
    found = _batch(request, batch)
    # Bringing files in stands open where it is what is to be done, and where it is going on.
    bring = bool(form.errors) or batch.watching or found["next"].key in ("upload", "short")
    context = {**found, "form": form, "bring": bring}
    return render(request, "voting/scans/batch.html", context, status=status)


def _batch(request: Any, batch: Batch) -> dict[str, Any]:
    poll, user, now = batch.poll, request.user, request.now
    about(request, poll)
    ledger = rules.ledger(batch)
    step = words.following(user, ledger)
    files = [_file_row(file) for file in _files(batch)]
    return {
        "poll": poll,
        "batch": batch,
        "ledger": ledger,
        "next": step,
        "url": words.address(step, batch),
        "figures": figures(ledger),
        "files": files,
        "progress": _progress(files),
        "kinds": words.kinds(poll),
        "may_scan": rules.may_scan(user, poll, now) and batch.agreed_at is None,
        "may_judge": rules.may_judge(user, batch, now),
        "may_settle": rules.may_settle(user, batch, now),
        "may_see": rules.may_see_ballots(user, poll, now),
        "may_resize": count.may_resize(user, batch, now) and batch.agreed_at is None,
        "folder": do.folder() is not None,
        "after": _after(batch) if batch.agreed_at else None,
        "crumbs": scan_crumbs(request, batch),
    }


def scan_crumbs(request: Any, batch: Batch, here: str = "") -> list[tuple[str, str]]:
    """Down to the batch, and below it where `here` says so."""
    found = crumbs(request, batch.poll, str(batch), live=True)
    found.insert(-1, (reverse("scans", kwargs={"poll": batch.poll.pk}), _("扫描读票")))
    if here:
        found[-1] = (reverse("batch_scan", kwargs={"batch": batch.pk}), str(batch))
        found.append(("", here))
    return found


def figures(ledger: rules.Ledger) -> list[dict[str, Any]]:
    """The ledger of a batch: the box at the left, what became of it at the right."""
    settled = not (ledger.waiting or ledger.open or ledger.look or ledger.differs)
    return [
        {"label": _("清点"), "value": ledger.box, "accent": True},
        {"label": _("机器读定"), "value": ledger.read},
        {"label": _("判读定"), "value": ledger.adjudicated},
        {"label": _("转人工"), "value": ledger.hand},
        {"label": _("没有扫描"), "value": ledger.unscanned},
        {
            "label": _("还差"),
            "value": ledger.box - ledger.accounted,
            "bad": settled and bool(ledger.rows) and ledger.box != ledger.accounted,
        },
    ]


def _files(batch: Batch) -> Iterable[ScanFile]:
    return batch.files.select_related("by", "withdrawn_by").annotate(
        pages=Count("leaves"),
        done=Count("leaves", filter=~Q(leaves__state="waiting")),
        refused=Count("leaves", filter=Q(leaves__state="rejected")),
    )


def _file_row(file: Any) -> dict[str, Any]:
    kinds = {"waiting": "", "reading": "now", "read": "ok", "refused": "bad"}
    kind, word = kinds[file.state], file.get_state_display()
    if file.withdrawn_at:
        kind, word = "", _("已撤回")
    return {
        "file": file,
        "kind": kind,
        "word": word,
        "reason": words.reason(file.reason) if file.reason else "",
        "may_withdraw": file.withdrawn_at is None and file.state != ScanFile.State.REFUSED,
    }


def _progress(files: Iterable[dict[str, Any]]) -> dict[str, int] | None:
    """Pages read so far of those that stand, while something is being read."""
    live = [row["file"] for row in files if row["file"].withdrawn_at is None]
    if not any(file.state in ("waiting", "reading") for file in live):
        return None
    return {"done": sum(file.done for file in live), "pages": sum(file.pages for file in live)}


def _after(batch: Batch) -> Batch | None:
    """The next batch that is not closed."""
    left = batch.poll.batches.filter(way=Batch.Way.SCAN, agreed_at__isnull=True)
    return left.filter(number__gt=batch.number).first() or left.first()


# --- the whole batch: close, to the hand, scan anew ---------------------------


@allow(rules.may_close, batch=SCANNED)
def scan_close(request: Any, batch: Batch) -> HttpResponse:
    """Asks once, with the sums: a closed batch is not opened again."""
    about(request, batch.poll)
    ledger = rules.ledger(batch)
    if request.method == "POST" and attempt(
        request, lambda: do.close(batch, by=request.user, at=request.now)
    ):
        messages.success(request, _("第%(n)d批已核清。") % {"n": batch.number})
        return redirect("batch_scan", batch=batch.pk)
    context = {
        "poll": batch.poll,
        "batch": batch,
        "ledger": ledger,
        "figures": figures(ledger),
        "problems": ledger.problems,
        "rest": ledger.hand + ledger.unscanned,
        "crumbs": scan_crumbs(request, batch, _("核清")),
    }
    return render(request, "voting/scans/close.html", context)


@allow(rules.may_settle, batch=SCANNED)
def scan_hand(request: Any, batch: Batch) -> HttpResponse:
    def act(said: dict[str, Any]) -> None:
        do.to_hand(batch, by=request.user, at=request.now, why=said["why"])

    form = Reason(request.POST if request.method == "POST" else None)
    consequence = _(
        "机器或扫描仪不能用时才这样做：还没有读定、没有判读定的票全部转给两位计票人录入，已经定了的保留。"
    )
    title = _("第%(n)d批其余的票转人工计") % {"n": batch.number}
    return _asked(request, batch, form, act, title, consequence, _("其余转人工"))


@allow(rules.may_settle, batch=SCANNED)
def scan_unscanned(request: Any, batch: Batch) -> HttpResponse:
    def act(said: dict[str, Any]) -> None:
        do.set_unscanned(batch, said["n"], by=request.user, at=request.now, why=said["why"])

    form = forms.Unscanned(
        request.POST if request.method == "POST" else None, initial={"n": batch.unscanned or None}
    )
    title = _("第%(n)d批没有扫描的张数") % {"n": batch.number}
    return _asked(request, batch, form, act, title, "", _("确定"))


@allow(of_batch(rules.may_settle), file=FILES)
def scan_withdraw(request: Any, file: ScanFile) -> HttpResponse:
    def act(said: dict[str, Any]) -> None:
        do.withdraw(file, by=request.user, at=request.now, why=said["why"])

    form = Reason(request.POST if request.method == "POST" else None)
    consequence = _("这个文件的各页都不再计入，对它们的判读也不再算；文件和记录都留着。请把这些票重新扫描。")
    title = _("撤回文件：%(name)s") % {"name": file.name}
    return _asked(request, file.batch, form, act, title, consequence, _("撤回这个文件"))


def _asked(
    request: Any,
    batch: Batch,
    form: Any,
    act: Callable[[dict[str, Any]], None],
    title: str,
    consequence: str,
    submit: str,
) -> HttpResponse:
    """A form with a reason; what cannot simply be undone says its consequence."""
    about(request, batch.poll)
    back = reverse("batch_scan", kwargs={"batch": batch.pk})
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ValidationError as error:
            blame(form, error)
        else:
            return redirect(back)
    context = {"form": form, "title": title, "back": back, "submit": submit, "consequence": consequence}
    template = "web/confirm.html" if consequence else "web/form.html"
    return render(request, template, {**context, "crumbs": scan_crumbs(request, batch, title)})
