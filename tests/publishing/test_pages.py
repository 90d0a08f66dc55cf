"""The clerk's pages and the public ones: nothing typed is lost, lists stay cheap."""

from xml.etree import ElementTree

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.make import NOW
from yishi.publishing.actions import documents
from yishi.publishing.models import Attachment, Document

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nhello\n%%EOF\n"


@pytest.fixture
def clerk():
    return make.clerk(make.body())


@pytest.fixture
def body(clerk):
    return clerk.roles.get().body


def typed(**also):
    return {"kind": "speech", "title": "在县人代会上的讲话", "source": "主任", "dated": "2026-01-20",
            "text": "各位代表：\n\n一、过去一年\n\n办成十件实事。", **also}  # fmt: skip


def public(body, clerk, title="征集公告", **fields):
    made = make.document(body, title, **fields)
    documents.publish(made, by=clerk, at=NOW)
    return made


def queries(address, client):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_from_the_draft_by_the_preview_to_the_public_page(body, clerk):
    client = make.client(clerk)
    assert "还没有公告文件" in client.get("/publishing/").content.decode()
    answer = client.post(f"/publishing/new/{body.pk}/", typed())
    document = Document.objects.get()
    own, address = f"/publishing/{document.pk}/", f"/documents/{document.pk}/"
    assert answer.url == own and "<h2>一、过去一年</h2>" in client.get(own).content.decode()
    assert make.client().get(address).status_code == 404
    file = SimpleUploadedFile("名单.pdf", PDF, "application/pdf")
    assert client.post(f"{own}attach/", {"file": file}).url == own
    assert client.post(f"{own}publish/").url == own
    page = make.client().get(address).content.decode()
    assert "<h2>一、过去一年</h2>" in page and "名单" in page and "data-print hidden" in page
    assert document.title in make.client().get("/").content.decode()
    assert f"{address}</loc>" in make.client().get("/sitemap.xml").content.decode()


def test_nothing_typed_is_lost_when_something_is_wrong(body, clerk):
    client = make.client(clerk)
    page = client.post(f"/publishing/new/{body.pk}/", typed(dated="x", text="甲 < 乙\n丙")).content.decode()
    assert "甲 &lt; 乙\n丙" in page and "在县人代会上的讲话" in page and "error" in page
    page = client.post(f"/publishing/new/{body.pk}/", typed(text="<p></p>")).content.decode()
    assert "请写正文" in page and "在县人代会上的讲话" in page
    assert not Document.objects.exists()


def test_a_change_shows_the_text_as_it_was_typed_and_keeps_it(body, clerk):
    client = make.client(clerk)
    client.post(f"/publishing/new/{body.pk}/", typed())
    document = Document.objects.get()
    form = client.get(f"/publishing/{document.pk}/change/").context["form"]
    assert form["text"].value() == typed()["text"] and "why" not in form.fields
    client.post(f"/publishing/{document.pk}/change/", typed(text=typed()["text"].replace("\n", "\r\n")))
    assert Document.objects.get().text == document.text
    client.post(f"/publishing/{document.pk}/publish/")
    page = client.post(f"/publishing/{document.pk}/change/", typed(text="改写")).content.decode()
    assert "已经发布，修改请写明理由" in page and "改写" in page
    client.post(f"/publishing/{document.pk}/change/", typed(text="改写", why="笔误"))
    told = make.client().get(f"/documents/{document.pk}/").content.decode()
    assert "改写" in told and "修改" in told


def test_withdrawing_asks_why_and_takes_the_page_and_its_files_away(body, clerk):
    document, client = public(body, clerk), make.client(clerk)
    file = documents.attach(document, ContentFile(PDF, name="名单.pdf"), by=clerk, at=NOW)
    answer = make.client().get(f"/documents/files/{file.pk}/")
    assert answer.status_code == 200 and b"".join(answer.streaming_content) == PDF
    own = f"/publishing/{document.pk}/withdraw/"
    assert "征集公告" in client.get(own).content.decode()
    assert client.post(own, {"why": ""}).status_code == 200
    assert client.post(own, {"why": "有误"}).status_code == 302
    assert make.client().get(f"/documents/{document.pk}/").status_code == 404
    assert make.client().get(f"/documents/files/{file.pk}/").status_code == 302
    assert "征集公告" not in make.client().get("/documents/").content.decode()


def test_a_file_is_only_saved_under_its_own_name_and_never_sniffed(body, clerk):
    document = public(body, clerk)
    file = documents.attach(document, ContentFile(PDF, name="名单 1.pdf"), by=clerk, at=NOW)
    answer = make.client().get(f"/documents/files/{file.pk}/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%90%8D")
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Type"] == "application/pdf"
    file.file.storage.delete(file.file.name)
    assert make.client().get(f"/documents/files/{file.pk}/").status_code == 404


def test_a_file_that_is_refused_says_why_at_its_field(body, clerk):
    document, client = make.document(body), make.client(clerk)
    file = SimpleUploadedFile("a.pdf", b"no pdf", "application/pdf")
    page = client.post(f"/publishing/{document.pk}/attach/", {"file": file, "title": "名单"}).content.decode()
    assert "内容不是PDF" in page and 'value="名单"' in page and not Attachment.objects.exists()


def test_a_file_is_taken_down_for_a_reason(body, clerk):
    document, client = public(body, clerk), make.client(clerk)
    file = documents.attach(document, ContentFile(PDF, name="名单.pdf"), by=clerk, at=NOW)
    assert client.post(f"/publishing/files/{file.pk}/detach/", {"why": "有误"}).status_code == 302
    assert "名单" not in make.client().get(f"/documents/{document.pk}/").content.decode()
    assert "已撤下" in client.get(f"/publishing/{document.pk}/").content.decode()


def test_the_chair_reads_and_is_offered_nothing_to_do(body, clerk):
    document, client = make.document(body), make.client(make.chair(body))
    page = client.get(f"/publishing/{document.pk}/").content.decode()
    assert "请大家说说想法" in page and "publish/" not in page and "change/" not in page
    for name in ("publish", "change", "withdraw", "attach"):
        assert client.post(f"/publishing/{document.pk}/{name}/", {}).status_code == 403


def test_the_public_list_is_by_kind_with_what_is_on_top_first(body, clerk):
    public(body, clerk, "旧公告", top=True)
    public(body, clerk, "新讲话", kind="speech")
    make.document(body, "草稿")
    page = make.client().get("/documents/").content.decode()
    assert page.index("旧公告") < page.index("新讲话") and "草稿" not in page
    page = make.client().get("/documents/?kind=speech").content.decode()
    assert "旧公告" not in page and "新讲话" in page
    assert "旧公告" in make.client().get("/documents/?kind=%00").content.decode()
    assert "这里还没有发布内容" in make.client().get("/documents/?kind=news").content.decode()


def test_queries_do_not_grow_and_a_page_holds_twenty(body, clerk):
    public(body, clerk, "甲")
    places = [("/documents/", make.client()), ("/publishing/", make.client(clerk)), ("/", make.client())]
    for place in places:
        queries(*place)  # what is asked once for each session
    few = [queries(*place) for place in places]
    for n in range(22):
        public(body, clerk, f"乙{n}")
    assert [queries(*place) for place in places] == few
    assert make.client().get("/documents/").content.decode().count("乙") == 20


def test_the_feed_tells_of_published_documents(body, clerk):
    def items():
        answer = make.client().get("/documents/rss.xml", headers={"host": "localhost"})
        assert answer["Content-Type"].startswith("application/rss+xml")
        return list(ElementTree.fromstring(answer.content).iter("item"))

    assert items() == []
    document = public(body, clerk, "征集<公告>\x0b", text="<p>请说说 &amp; 写写</p>")
    (item,) = items()
    assert item.findtext("title") == "征集<公告> " and "请说说 & 写写" in item.findtext("description")
    assert item.findtext("link").endswith(f"/documents/{document.pk}/")
    robots = make.client().get("/robots.txt").content.decode()
    assert "Allow: /documents/" in robots and "/documents/rss.xml" in robots and "/publishing" not in robots


def test_a_title_with_markup_is_shown_as_text(body, clerk):
    document = public(body, clerk, "<script>alert(1)</script>")
    for address in ("/", "/documents/", f"/documents/{document.pk}/"):
        page = make.client().get(address).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_way_there_is_in_the_navigation(body, clerk):
    assert 'href="/publishing/"' in make.client(clerk).get("/desk/").content.decode()
    assert 'href="/documents/"' in make.client().get("/").content.decode()
    assert 'href="/publishing/"' not in make.client(make.user()).get("/desk/").content.decode()
