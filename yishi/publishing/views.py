"""Pages of documents: the clerk's, from the first draft on, and those for everybody."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.people.forms import WhyForm, done, put
from yishi.people.models import Body
from yishi.publishing import html, rules
from yishi.publishing.actions import documents as actions
from yishi.publishing.forms import AttachForm, ChangeForm, DocumentForm
from yishi.publishing.models import Attachment, Document
from yishi.publishing.words import feed
from yishi.web.access import allow, anyone

WHOLE = Document.objects.select_related("body")
PUBLISHED = Document.objects.published().select_related("body")
FILES = Attachment.objects.select_related("document__body")
PER_PAGE = 20


# --- the clerk ---------------------------------------------------------------


def crumbs(document: Document, here: str = "") -> list[tuple[str, str]]:
    own = reverse("document", args=[document.pk])
    last = [(own, document.title), ("", here)] if here else [("", document.title)]
    return [(reverse("documents"), _("公告文件")), *last]


@allow(rules.may_list_documents)
@require_safe
def documents(request: Any) -> HttpResponse:
    bodies = Body.objects.filter(pk__in=rules.worked_in(request.user))
    found = Document.objects.of(bodies).annotate(
        files=Count("attachments", filter=Q(attachments__withdrawn_at__isnull=True))
    )
    context = {
        "page": Paginator(found.order_by("-dated", "-pk"), PER_PAGE).get_page(request.GET.get("page")),
        "bodies": [body for body in bodies if rules.may_publish_for(request.user, body, request.now)],
        "many": len(bodies) > 1,
    }
    return render(request, "publishing/documents.html", context)


@allow(rules.may_publish_for, body=Body)
def document_new(request: Any, body: Body) -> HttpResponse:
    form = DocumentForm(request.POST or None, initial={"dated": localdate(request.now), "source": body.name})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft(body, **form.cleaned_data, by=request.user, at=request.now)
            messages.success(request, _("草稿已保存。下面就是发布后的样子，核对后再发布。"))
            return redirect("document", made.pk)
        except ValidationError as error:
            put(form, error)
    context = {"form": form, "title": _("新公告文件"), "note": body.name, "back": reverse("documents")}
    return render(request, "web/form.html", {**context, "submit": _("保存草稿，看预览")})


@allow(rules.may_see_document, document=WHOLE)
@require_safe
def document(request: Any, document: Document) -> HttpResponse:
    """The document as the public will see it, and what can be done now."""
    request.body_name = document.body.short_name
    context = {
        "document": document,
        "text": html.shown(document.text),
        "files": document.attachments.all(),
        "keeps": rules.may_keep_document(request.user, document, request.now),
        "crumbs": crumbs(document),
    }
    return render(request, "publishing/document.html", context)


@allow(rules.may_keep_document, document=WHOLE)
def document_change(request: Any, document: Document) -> HttpResponse:
    was = {name: getattr(document, name) for name in actions.FIELDS}
    form = ChangeForm(
        request.POST or None, document=document, initial={**was, "text": html.as_typed(document.text)}
    )
    if request.method == "POST" and done(form, actions.change, document, by=request.user, at=request.now):
        messages.success(request, _("已保存。"))
        return redirect("document", document.pk)
    back = reverse("document", args=[document.pk])
    context = {"form": form, "title": _("修改"), "back": back, "crumbs": crumbs(document, _("修改"))}
    return render(request, "web/form.html", context)


@allow(rules.may_keep_document, document=WHOLE)
@require_POST
def document_publish(request: Any, document: Document) -> HttpResponse:
    try:
        actions.publish(document, by=request.user, at=request.now)
        messages.success(request, _("已发布，任何人现在都可以看到。"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("document", document.pk)


@allow(rules.may_keep_document, document=WHOLE)
def document_withdraw(request: Any, document: Document) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, actions.withdraw, document, by=request.user, at=request.now):
        messages.success(request, _("已撤回。"))
        return redirect("document", document.pk)
    consequence = _("公众将看不到“%(title)s”，也不能再下载附件；内容和附件保留，可以重新发布。")
    context: dict[str, Any] = {"form": form, "title": _("撤回"), "submit": _("撤回")}
    context |= {"consequence": consequence % {"title": document.title}}
    context |= {"back": reverse("document", args=[document.pk]), "crumbs": crumbs(document, _("撤回"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_keep_document, document=WHOLE)
def document_attach(request: Any, document: Document) -> HttpResponse:
    form = AttachForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and done(form, actions.attach, document, by=request.user, at=request.now):
        messages.success(request, _("附件已加入。"))
        return redirect("document", document.pk)
    back = reverse("document", args=[document.pk])
    context: dict[str, Any] = {"form": form, "title": _("加入附件"), "submit": _("上传"), "back": back}
    return render(request, "web/form.html", {**context, "crumbs": crumbs(document, _("加入附件"))})


@allow(rules.may_keep_attachment, attachment=FILES)
def attachment_detach(request: Any, attachment: Attachment) -> HttpResponse:
    form, document = WhyForm(request.POST or None), attachment.document
    if request.method == "POST" and done(form, actions.detach, attachment, by=request.user, at=request.now):
        messages.success(request, _("附件已撤下。"))
        return redirect("document", document.pk)
    consequence = _("公众将不能再下载“%(title)s”；文件保留。") % {"title": attachment.title}
    context: dict[str, Any] = {"form": form, "title": _("撤下附件"), "submit": _("撤下")}
    context |= {"consequence": consequence, "back": reverse("document", args=[document.pk])}
    return render(request, "web/confirm.html", {**context, "crumbs": crumbs(document, _("撤下附件"))})


# --- everybody ---------------------------------------------------------------


@allow(anyone)
@require_safe
def documents_public(request: Any) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kind = kind if kind in Document.Kind.values else ""
    found = PUBLISHED.filter(kind=kind) if kind else PUBLISHED
    own = reverse("documents_public")
    tabs: list[dict[str, Any]] = [{"url": own, "label": _("全部"), "current": not kind}]
    tabs += [{"url": f"{own}?kind={k}", "label": k.label, "current": k == kind} for k in Document.Kind]
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "tabs": tabs,
        "crumbs": [(reverse("home"), _("首页")), ("", _("公告文件"))],
    }
    return render(request, "publishing/documents_public.html", context)


@allow(anyone)
@require_safe
def documents_rss(request: Any) -> HttpResponse:
    site = settings.YISHI_URL
    newest = PUBLISHED.newest()[:30]
    told = [(one, site + reverse("document_public", args=[one.pk])) for one in newest]
    text = feed.rss(told, site + reverse("documents_public"), site + reverse("documents_rss"))
    return HttpResponse(text, content_type="application/rss+xml; charset=utf-8")


@allow(anyone, document=PUBLISHED)
@require_safe
def document_public(request: Any, document: Document) -> HttpResponse:
    request.body_name = document.body.short_name
    here = [(reverse("documents_public"), _("公告文件")), ("", document.title)]
    context = {
        "document": document,
        "text": html.shown(document.text),
        "files": document.attachments.current(),
        "crumbs": [(reverse("home"), _("首页")), *here],
    }
    return render(request, "publishing/document_public.html", context)


@allow(rules.may_download, attachment=FILES)
@require_safe
def attachment_file(request: Any, attachment: Attachment) -> HttpResponseBase:
    """Always offered to be saved, never opened within our own site."""
    try:
        file = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        file,
        as_attachment=True,
        filename=attachment.filename,
        content_type=attachment.content_type,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"},
    )
