"""Documents drafted, changed, published and withdrawn: each refusal beside its permission."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from tests import make
from tests.make import NOW
from yishi.journal.models import Entry
from yishi.journal.moves import MoveError
from yishi.publishing.actions import documents
from yishi.publishing.models import Attachment, Document, Page
from yishi.publishing.rules import may_download, may_list_documents, may_see_document
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nhello\n%%EOF\n"
LATER = NOW + timedelta(hours=1)
State = Document.State


def said(**also):
    return {"kind": "announcement", "title": "征集公告", "text": "请说说。", "dated": NOW.date(), **also}


@pytest.fixture
def clerk():
    return make.clerk(make.body())


@pytest.fixture
def body(clerk):
    return clerk.roles.get().body


@pytest.fixture
def document(body, clerk):
    return documents.draft(body, **said(), by=clerk, at=NOW)


def verbs():
    return list(
        Entry.objects.filter(verb__startswith="publishing").order_by("pk").values_list("verb", flat=True)
    )


def test_only_the_clerk_of_the_body_drafts(body, clerk):
    for other in (make.chair(body), make.clerk(make.body()), make.user("", ("system", None))):
        with pytest.raises(Refused):
            documents.draft(body, **said(), by=other, at=NOW)
    made = documents.draft(body, **said(title=" 公告 ", text="一、时间\n十月"), by=clerk, at=NOW)
    assert made.title == "公告" and made.text == "<h2>一、时间</h2>\n<p>十月</p>"
    assert made.state == State.DRAFT and verbs() == ["publishing.drafted"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "长" * 121),
        ("title", ""),
        ("text", "<p>&nbsp;</p><script>x</script>"),
        ("text", "长" * 100_001),
        ("kind", "poem"),
        ("dated", date(1066, 1, 1)),
        ("source", "长" * 81),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(body, clerk, field, value):
    with pytest.raises(ValidationError) as refused:
        documents.draft(body, **said(**{field: value}), by=clerk, at=NOW)
    assert field in refused.value.error_dict and not Document.objects.exists()


def test_a_draft_is_published_withdrawn_with_a_reason_and_published_again(document, clerk):
    with pytest.raises(MoveError):
        documents.withdraw(document, by=clerk, at=NOW, why="有误")
    documents.publish(document, by=clerk, at=NOW)
    assert document.is_published and document.published_at == NOW
    with pytest.raises(MoveError):
        documents.publish(document, by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        documents.withdraw(document, by=clerk, at=LATER, why="  ")
    documents.withdraw(document, by=clerk, at=LATER, why="附件有误")
    assert document.state == State.WITHDRAWN
    documents.publish(document, by=clerk, at=LATER)
    assert document.published_at == LATER
    assert verbs() == [
        "publishing.drafted",
        "publishing.document.published",
        "publishing.document.withdrawn",
        "publishing.document.published",
    ]


def test_the_chair_sees_and_changes_nothing(document, body):
    chair = make.chair(body)
    assert may_see_document(chair, document, NOW) and may_list_documents(chair, NOW)
    assert not may_see_document(make.clerk(make.body()), document, NOW)
    assert not may_list_documents(make.user(), NOW)
    for act, also in (
        (documents.publish, {}),
        (documents.withdraw, {"why": "x"}),
        (documents.change, {"title": "别的"}),
    ):
        with pytest.raises(Refused):
            act(document, by=chair, at=NOW, **also)


def test_a_draft_is_changed_without_a_reason_and_the_published_with_one(document, clerk):
    documents.change(document, title="新标题", by=clerk, at=NOW)
    assert document.title == "新标题" and document.changed_at is None
    documents.publish(document, by=clerk, at=NOW)
    with pytest.raises(ValidationError) as refused:
        documents.change(document, text="改了", by=clerk, at=LATER)
    assert "why" in refused.value.error_dict
    document.refresh_from_db()
    documents.change(document, text="改了", why="日期写错", by=clerk, at=LATER)
    entry = Entry.objects.get(verb="publishing.changed", why="日期写错")
    assert entry.data == {"changes": ["text"]} and document.changed_at == LATER
    assert Page.objects.get().text.startswith("改了")


def test_nothing_changed_is_nothing_written(document, clerk):
    documents.change(document, **said(text=document.text), by=clerk, at=NOW)
    assert verbs() == ["publishing.drafted"]


def test_two_clerks_at_once_do_not_undo_each_other(document, clerk):
    other = Document.objects.get(pk=document.pk)
    documents.publish(document, by=clerk, at=NOW)
    with pytest.raises(MoveError):
        documents.change(other, title="旧稿", by=clerk, at=LATER)
    assert Page.objects.get().title == "征集公告"


def test_a_file_is_put_beside_and_taken_down_for_a_reason_and_kept(document, clerk):
    file = documents.attach(document, ContentFile(PDF, name="名单.pdf"), by=clerk, at=NOW)
    assert (file.title, file.filename, file.size) == ("名单", "名单.pdf", len(PDF))
    assert "名单" not in file.file.name and file.suffix == "PDF"
    documents.publish(document, by=clerk, at=NOW)
    assert "名单" in Page.objects.get().text
    with pytest.raises(ValidationError):
        documents.detach(file, by=clerk, at=NOW, why=" ")
    documents.detach(file, by=clerk, at=NOW, why="用错了文件")
    assert "名单" not in Page.objects.get().text
    assert file.file.storage.exists(file.file.name) and Attachment.objects.get().withdrawn_at == NOW
    with pytest.raises(MoveError):
        documents.detach(file, by=clerk, at=NOW, why="再来")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.exe", b"MZ", "kind"),
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"<html>", "content"),
        ("a.pdf", b"%PDF-1.7 cut", "damaged"),
        ("a.html", b"<script>", "kind"),
        ("a.svg", b"<svg/>", "kind"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_at_its_field(document, clerk, name, data, code):
    with pytest.raises(ValidationError) as refused:
        documents.attach(document, ContentFile(data, name=name), by=clerk, at=NOW)
    assert refused.value.error_dict["file"][0].code == code and not Attachment.objects.exists()


def test_who_may_download(document, body, clerk):
    file = documents.attach(document, ContentFile(PDF, name="名单.pdf"), by=clerk, at=NOW)
    stranger = make.clerk(make.body())
    assert may_download(clerk, file, NOW) and not may_download(stranger, file, NOW)
    documents.publish(document, by=clerk, at=NOW)
    assert may_download(stranger, file, NOW)
    with pytest.raises(Refused):
        documents.detach(file, by=stranger, at=NOW, why="x")
    documents.detach(file, by=clerk, at=NOW, why="有误")
    assert not may_download(stranger, file, NOW) and may_download(make.chair(body), file, NOW)
