"""A document comes out as PDF and .docx by GB/T 9704, whatever text is in it."""

import io
import re
import threading
import zipfile
from datetime import date

import docx as office
import pypdfium2
import pytest
import zxingcpp
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.papers.documents import (
    QR,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Quote,
    Signatures,
    Spacer,
    Spoken,
    Table,
    date_text,
    docx,
    pdf,
)

REPORT = Document(
    "计票报告单",
    "2026年民生实事项目票决",
    blocks=(
        Heading("一、投票情况"),
        Paragraph("应到代表327名，实到314名。"),
        Heading("（一）各项得票", 2),
        Table(["序号", "项目", "赞成"], [["1", "操场改造", "300"], ["2", "饮用水"]], [1, 4, 1]),
        Quote("第四十四条　选举人可以投赞成票。"),
        Spoken("现在宣布表决结果。"),
        Signatures(["总监票人", "监票人", "计票人"]),
        QR("https://example.org/p/1", "扫码查看"),
        Spacer(2),
        PageBreak(),
        Paragraph("附件", bold=True, align="center"),
    ),
    stamp="演练",
    issuer="桥头镇人民代表大会主席团",
    date=date(2019, 11, 27),
    number="桥人大〔2019〕3号",
    page_footer="由一次计票生成",
)
HOSTILE = (
    '#eval("1+1")',
    '#image("/etc/passwd") $x$ *b* _i_ <a> @ref \\ ` // /* [ ] { }',
    '"}] } #panic()',
    "<script>alert(1)</script>&amp;]]>",
    "😀👨‍👩‍👧 שלום مرحبا \u202egnp.exe",
    "\x00\x01\x08\x0b\x1f\x7f\ud800\uffff\ufdd0",
    "Llanfair" * 60,
    "长" * 5000,
    "{{ x }} {% y %}",
    " ",
    "",
)


def opened(data: bytes) -> pypdfium2.PdfDocument:
    assert data.startswith(b"%PDF-")
    return pypdfium2.PdfDocument(data)


def text_of(data: bytes) -> str:
    pages = (page.get_textpage().get_text_range() for page in opened(data))
    return re.sub(r"\s+", "", "".join(pages))


def full_of(text: str) -> Document:
    return Document(
        text,
        text[:300],
        (
            Heading(text[:300]),
            Paragraph(text),
            Table([text[:300], ""], [[text, text], [text]]),
            Quote(text),
            Spoken(text),
            Signatures([text[:40]]),
            QR("x", text[:100]),
        ),
        stamp=text[:10],
        issuer=text[:100],
        number=text[:30],
        page_footer=text[:60],
    )


def test_the_pdf_holds_all_words_as_text():
    text = text_of(pdf(REPORT))
    for words in (
        "计票报告单",
        "桥人大〔2019〕3号",
        "应到代表327名，实到314名。",
        "操场改造",
        "现在宣布表决结果。",
        "总监票人：",
        "扫码查看",
        "2019年11月27日",
        "由一次计票生成",
        "演练",
    ):
        assert words in text


def test_a_page_break_begins_one_page():
    assert len(opened(pdf(REPORT))) == 2
    assert len(opened(pdf(Document("题", blocks=[Paragraph("文")])))) == 1


def test_the_page_is_a4():
    width, height = opened(pdf(REPORT))[0].get_size()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)


@pytest.mark.parametrize(("characters", "lines"), [(28, 1), (29, 2), (56, 2)])
def test_a_line_holds_twenty_eight_characters(characters, lines):
    document = Document("", blocks=[Paragraph("国" * characters, indent=False)])
    page = opened(pdf(document))[0].get_textpage().get_text_range()
    assert len(re.findall("国+", page)) == lines


def test_a_page_holds_twenty_two_lines():
    lines = Paragraph("\n".join("国" for _ in range(60)))
    pages = opened(pdf(Document("", blocks=[PageBreak(), lines])))
    assert pages[1].get_textpage().get_text_range().count("国") == 22


def test_every_font_is_embedded():
    data = pdf(REPORT)
    for page in opened(data):
        for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
            font = pypdfium2.raw.FPDFTextObj_GetFont(item)
            assert pypdfium2.raw.FPDFFont_GetIsEmbedded(font) == 1


def test_the_same_document_gives_the_same_bytes():
    assert pdf(REPORT) == pdf(REPORT)


def test_large_print_is_larger():
    small = Document("主持词", blocks=[Spoken("各位代表：" * 40)])
    large = Document("主持词", blocks=[Spoken("各位代表：" * 40)], large=True)

    def size(document: Document) -> float:
        page = opened(pdf(document))[0].get_textpage()
        boxes = [page.get_charbox(index, loose=True) for index in range(10, page.count_chars())]
        return max(box[3] - box[1] for box in boxes)

    assert size(large) > size(small)


def test_the_header_of_a_long_table_returns_on_every_page():
    table = Table(["编号", "姓名"], [[str(n), "某某"] for n in range(100)])
    pages = opened(pdf(Document("名单", blocks=[table])))
    assert len(pages) > 2
    assert all("编号" in page.get_textpage().get_text_range() for page in pages)


def test_a_header_asked_not_to_return_does_not():
    table = Table(["编号", "姓名"], [[str(n), "某某"] for n in range(100)], repeat_header=False)
    pages = opened(pdf(Document("名单", blocks=[table])))
    assert "编号" not in pages[1].get_textpage().get_text_range()


@pytest.mark.parametrize(
    "table", [Table([], []), Table([""], []), Table(["甲"], []), Table([], [["甲", "乙"], []])]
)
def test_empty_tables_do_no_harm(table):
    assert len(opened(pdf(Document("表", blocks=[table])))) == 1
    assert office.Document(io.BytesIO(docx(Document("表", blocks=[table]))))


def test_the_code_on_the_page_can_be_read():
    page = opened(pdf(Document("码", blocks=[QR("https://example.org/结果?a=1")], stamp="演练")))[0]
    found = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    assert [code.text for code in found] == ["https://example.org/结果?a=1"]


def test_a_code_too_long_is_refused():
    with pytest.raises(ValueError, match="QR"):
        pdf(Document("码", blocks=[QR("长" * 5000)]))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(text):
    document = full_of(text)
    assert len(opened(pdf(document))) >= 1
    assert office.Document(io.BytesIO(docx(document)))


def test_what_looks_like_code_is_printed_as_typed():
    text = '#eval("1+1") #image("/etc/passwd") $x$ *b* @ref'
    assert text.replace(" ", "") in text_of(pdf(Document("题", blocks=[Paragraph(text)])))
    file = office.Document(io.BytesIO(docx(Document("题", blocks=[Paragraph(text)]))))
    assert text in [paragraph.text for paragraph in file.paragraphs]


def test_a_mark_that_turns_the_reading_direction_is_left_out():
    file = office.Document(io.BytesIO(docx(Document("王\u202e五", blocks=[]))))
    assert file.paragraphs[0].text == "王五"


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_printed(text):
    assert pdf(full_of(text)).startswith(b"%PDF-")
    assert docx(full_of(text)).startswith(b"PK")


def test_a_long_latin_word_stays_on_the_page():
    document = Document("题", blocks=[Table(["甲", "乙", "丙"], [["W" * 80] * 3])], lang="en")
    page = opened(pdf(document))[0]
    text = page.get_textpage()
    right = max(text.get_charbox(index)[2] for index in range(text.count_chars()))
    assert right <= page.get_width() - 26 / 25.4 * 72 + 1


def test_documents_are_printed_by_several_threads_at_once():
    done: list[bytes] = []
    threads = [threading.Thread(target=lambda: done.append(pdf(REPORT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4
    assert len(set(done)) == 1


def test_dates_are_written_as_the_standard_says():
    assert date_text(date(2019, 11, 27)) == "2019年11月27日"
    assert date_text(date(2026, 3, 1)) == "2026年3月1日"
    assert date_text(date(2019, 11, 27), "en") == "27 November 2019"
    assert date_text(None) == ""


def test_the_english_document_signs_in_english():
    document = Document(
        "Tally report", blocks=[Signatures(["Chief scrutineer"])], date=date(2026, 3, 1), lang="en"
    )
    text = text_of(pdf(document))
    assert "Chiefscrutineer:" in text
    assert "1March2026" in text


def test_the_docx_has_the_page_of_the_standard():
    section = office.Document(io.BytesIO(docx(REPORT))).sections[0]
    measured = [section.page_width, section.page_height, section.top_margin, section.left_margin]
    assert [round(length.mm) for length in measured] == [210, 297, 37, 28]
    width = section.page_width - section.left_margin - section.right_margin
    assert abs(width - Mm(156)) < Mm(0.1)


def test_the_docx_names_the_official_fonts_and_what_to_take_instead():
    data = docx(REPORT)
    normal = office.Document(io.BytesIO(data)).styles["Normal"]
    assert normal.element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert normal.font.size == Pt(16)
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        table = pack.read("word/fontTable.xml").decode()
        body = pack.read("word/document.xml").decode()
    for font in ("仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"):
        assert f'w:name="{font}"' in table
        assert table.split(f'w:name="{font}"')[1].startswith("><w:altName")
    assert "方正小标宋简体" in body


def test_in_word_a_table_stands_clear_of_the_text_and_who_signed_never_stands_alone_on_a_page():
    table = Table(["编号"], [["1"]])
    file = office.Document(
        io.BytesIO(docx(Document("题", blocks=[Paragraph("上"), table, Paragraph("下")], issuer="某镇人大")))
    )
    formats = {one.text: one.paragraph_format for one in file.paragraphs}
    assert formats["上"].space_after.pt > 0
    assert formats["下"].keep_with_next and formats[""].keep_with_next
    assert not formats["某镇人大"].keep_with_next


def test_the_docx_holds_the_table_and_every_word():
    file = office.Document(io.BytesIO(docx(REPORT)))
    cells = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    assert cells == [["序号", "项目", "赞成"], ["1", "操场改造", "300"], ["2", "饮用水", ""]]
    text = "\n".join(paragraph.text for paragraph in file.paragraphs)
    for words in ("计票报告单", "现在宣布表决结果。", "总监票人：", "2019年11月27日", "扫码查看"):
        assert words in text


def test_the_docx_is_stamped_only_when_asked():
    with zipfile.ZipFile(io.BytesIO(docx(REPORT))) as pack:
        headers = [name for name in pack.namelist() if name.startswith("word/header")]
        assert headers
        assert all("演练" in pack.read(name).decode() for name in headers)
    with zipfile.ZipFile(io.BytesIO(docx(Document("题")))) as pack:
        assert not any("textpath" in pack.read(name).decode("utf-8", "replace") for name in pack.namelist())
