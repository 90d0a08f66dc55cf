"""Files that lie about what they are, where they go or how large they are, sent as a user would."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import make
from tests.faults.town import PDF, let_go
from tests.hall import Hall
from yishi.meetings.models import Material, Meeting

MB = 1024 * 1024


@pytest.fixture
def desk(db):
    """A called meeting and the client of its clerk."""
    meeting = make.meeting(state=Meeting.State.CALLED)
    return meeting, make.client(make.clerk(meeting.body))


def send(desk, data, name, kind="application/pdf", **also):
    meeting, client = desk
    file = SimpleUploadedFile(name, data, kind)
    return client.post(f"/meetings/{meeting.pk}/materials/", {"file": file, **also})


def stored():
    return sorted(p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file())


def office(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name, data in {"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>", **members}.items():
            pack.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\x00" + b"\x00" * 900, "议案.pdf"),
        (b"<html><script>alert(1)</script>", "议案.pdf"),
        (b"<html><script>alert(1)</script>", "议案.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图.svg"),
        (b"<svg onload='alert(1)'/>", "图.png"),
        (b"#!/bin/sh\nrm -rf /\n", "议案.sh"),
        (b"GIF89a" + b"\x00" * 99, "图.jpg"),
        (PDF[:9], "议案.pdf"),
        (b"", "议案.pdf"),
        (office(**{"word/vbaProject.bin": "x"}), "议案.docx"),
        (office()[:-40], "议案.docx"),
        (PDF, "议案.pdf.exe"),
        (PDF, "议案"),
        (PDF, ".pdf"),
        (b"\x00\x01\x02", "说明.txt"),
    ],
)
def test_what_a_file_is_not_it_is_not_taken_for(desk, data, name):
    before = stored()
    answer = send(desk, data, name, "application/pdf")
    assert answer.status_code == 200
    (told,) = answer.context["form"].errors["file"]
    assert told in answer.content.decode()
    assert not Material.objects.exists() and stored() == before


def test_what_was_typed_beside_a_refused_file_is_still_there(desk):
    answer = send(desk, b"MZ", "议案.pdf", title="关于预算的议案")
    assert 'value="关于预算的议案"' in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/x.pdf",
        "..\\..\\x.pdf",
        "/etc/passwd.pdf",
        "C:\\a.pdf",
        "a\x00b.pdf",
        "\u202efdp.exe.pdf",
    ],
)
def test_a_file_goes_nowhere_but_to_its_own_folder(desk, name):
    before = set(stored())
    send(desk, PDF, name)
    (new,) = set(stored()) - before
    assert new.parent == Path(settings.MEDIA_ROOT) / "materials"
    assert len(new.stem) == 32 and new.suffix == ".pdf"
    assert new.stat().st_mode & 0o077 == 0
    kept = Material.objects.get().filename
    assert not set(kept) & set('/\\\x00"\u202e')


@pytest.mark.parametrize(
    ("data", "name", "inline"),
    [
        (PDF, "预算 草案;a=b.pdf", True),
        (b"<script>alert(1)</script>", "说明.txt", False),
        (office(), "议案.docx", False),
    ],
)
def test_a_file_is_given_back_as_what_it_was_taken_for_and_as_nothing_else(desk, data, name, inline):
    send(desk, data, name)
    answer = desk[1].get(f"/materials/{Material.objects.get().pk}/file/")
    let_go(answer)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert "text/html" not in answer["Content-Type"] and "no-store" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "\n" not in answer["Content-Disposition"]


def test_no_address_leads_to_the_uploads_but_that_of_the_paper(desk):
    send(desk, PDF, "议案.pdf")
    file = Material.objects.get().file.name
    for address in (f"/{file}", f"/uploads/{file}", f"/media/{file}", f"/static/../uploads/{file}"):
        assert make.client().get(address).status_code == 404, address
        assert desk[1].get(address).status_code == 404, address


def test_the_largest_file_goes_through_and_one_byte_more_is_said_at_the_field(desk, settings):
    settings.MAX_UPLOAD = MB
    full = b"%PDF-1.7\n" + b"x" * (MB - 15) + b"%%EOF\n"
    assert len(full) == MB
    assert send(desk, full, "议案.pdf").status_code == 302
    over = send(desk, full + b"\n", "议案.pdf")
    assert "文件超过1MB" in over.content.decode()
    assert Material.objects.count() == 1


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    """The real server, as it runs in a town."""
    opened = Hall(tmp_path_factory.mktemp("hall"))
    opened.seed(1, 1)
    opened.start()
    yield opened
    opened.kill()


def test_a_browser_that_sends_fifty_megabytes_gets_the_page_that_says_so(hall, browser, tmp_path):
    """Not a broken connection: the server answers before it has read what is too much."""
    large = tmp_path / "议案.pdf"
    large.write_bytes(b"%PDF-1.7\n" + b"\x00" * 50 * MB + b"%%EOF")
    context = browser.new_context(base_url=f"http://127.0.0.1:{hall.port}", locale="zh-CN")
    page = context.new_page()
    page.goto("/account/login/")
    page.evaluate(
        """() => {
            const form = document.createElement("form");
            form.method = "post"; form.enctype = "multipart/form-data"; form.action = "/account/login/";
            const file = document.createElement("input");
            file.type = "file"; file.name = "file"; file.id = "large";
            form.append(file); document.body.append(form);
        }"""
    )
    page.set_input_files("#large", str(large))
    page.evaluate("document.querySelector('#large').form.submit()")
    page.get_by_text("内容太大").first.wait_for(timeout=30_000)
    assert "一次最多上传 20 MB" in page.inner_text("main")
    context.close()
    assert hall.ask("GET", "/account/login/")[0] == 200
    assert not [p for p in (hall.folder / "uploads").rglob("*") if p.is_file()]
