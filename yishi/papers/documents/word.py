"""The document as .docx, to edit: it names the official fonts, with fallbacks, and embeds none."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any
from xml.sax.saxutils import quoteattr

import docx as office
import segno
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from yishi.papers.documents.content import (
    QR,
    Block,
    Document,
    Drawing,
    Heading,
    Measures,
    PageBreak,
    Paragraph,
    Quote,
    Signatures,
    Spacer,
    Spoken,
    Table,
    date_text,
    measures,
)
from yishi.papers.documents.printed import table as rectangle
from yishi.papers.typeset import clean, png

FANGSONG, KAITI, HEITI, BIAOSONG = "仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"
# What Word and WPS take where the official font is missing (w:altName in the font table).
FALLBACKS = {
    FANGSONG: "仿宋,FangSong,STFangsong,Noto Serif SC",
    KAITI: "楷体,KaiTi,STKaiti,Noto Serif SC",
    HEITI: "SimHei,Microsoft YaHei,Noto Sans SC",
    BIAOSONG: "方正小标宋_GBK,FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,宋体",
}
SIDES = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
TYPE_WIDTH = 210.0  # mm of A4, less the margins


def docx(document: Document) -> bytes:
    """The .docx of the document; the same document gives the same text and styles."""
    paper = _Paper(document)
    paper.title()
    for block in document.blocks:
        paper.draw(block)
    paper.sign()
    out = io.BytesIO()
    paper.file.save(out)
    return out.getvalue()


class _Paper:
    """One .docx being written, block by block."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.zh = document.lang == "zh"
        self.m: Measures = measures(document)
        self.file: Any = office.Document()
        self.breaks = False  # whether what comes next begins a new page
        self._properties()
        self._styles()
        self._page()
        self._fonts()

    # --- the page ---

    def _properties(self) -> None:
        core = self.file.core_properties
        core.title = _safe(self.document.title)[:255]
        core.author, core.comments, core.last_modified_by = "", "", ""
        core.created = core.modified = datetime(2000, 1, 1)
        core.language = "zh-CN" if self.zh else "en-GB"

    def _styles(self) -> None:
        normal = self.file.styles["Normal"]
        _set_font(normal.element.get_or_add_rPr(), FANGSONG, self.zh)
        normal.font.size = Pt(self.m.body)
        if self.m.tracking:
            # 每行28个字, in twentieths of a point. Not by a character grid: what draws .docx besides
            # Word gives a character wider than its cell two cells.
            tracking = OxmlElement("w:spacing")
            tracking.set(qn("w:val"), str(round(self.m.tracking * 20)))
            normal.element.rPr.find(qn("w:sz")).addprevious(tracking)
        layout = normal.paragraph_format
        layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        layout.line_spacing = Pt(self.m.pitch)
        layout.space_before = layout.space_after = Pt(0)
        for level, (font, bold) in enumerate(((HEITI, False), (KAITI, False), (FANGSONG, True)), start=1):
            style = self.file.styles[f"Heading {level}"]
            properties = style.element.get_or_add_rPr()
            for old in list(properties):
                properties.remove(old)
            _set_font(properties, font, self.zh)
            style.font.size = Pt(self.m.body)
            style.font.bold = bold or not self.zh
            style.paragraph_format.space_before = Pt(0 if self.zh else self.m.body * 0.8)
            style.paragraph_format.space_after = Pt(0)
            style.paragraph_format.keep_with_next = True

    def _page(self) -> None:
        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(self.m.top), Mm(self.m.bottom)
        section.left_margin, section.right_margin = Mm(self.m.left), Mm(self.m.right)
        # 页码在版心下边缘之下7 mm.
        section.footer_distance = Mm(max(10, self.m.bottom - 7 - 6))
        self.file.settings.odd_and_even_pages_header_footer = True
        self._footer(section.footer, odd=True)
        self._footer(section.even_page_footer, odd=False)
        if self.document.stamp:
            for header in (section.header, section.even_page_header):
                _watermark(header, self.document.stamp)

    def _footer(self, footer: Any, *, odd: bool) -> None:
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = self.file.styles["Normal"]
        tabs = paragraph.paragraph_format.tab_stops
        width = TYPE_WIDTH - self.m.left - self.m.right
        tabs.add_tab_stop(Mm(width), 2)
        note = _safe(self.document.page_footer)
        if odd:
            self._run(paragraph, note + "\t", HEITI, self.m.small - 1)
            self._number(paragraph)
        else:
            self._number(paragraph)
            self._run(paragraph, "\t" + note, HEITI, self.m.small - 1)

    def _number(self, paragraph: Any) -> None:
        self._run(paragraph, "— ", "宋体", 14)
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        run = self._run(paragraph, "1", "宋体", 14)
        field.append(run._r)
        paragraph._p.append(field)
        self._run(paragraph, " —", "宋体", 14)

    def _fonts(self) -> None:
        """Write the fallbacks into the font table, where Word looks when a font is missing."""
        fonts = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{alternatives}"/>'
            '<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
            for name, alternatives in FALLBACKS.items()
        )
        for part in self.file.part.package.iter_parts():
            if str(part.partname) == "/word/fontTable.xml":
                blob = part.blob.decode("utf-8").replace("</w:fonts>", f"{fonts}</w:fonts>")
                part._blob = blob.encode("utf-8")

    # --- text ---

    def _run(self, paragraph: Any, text: str, font: str, size: float, *, bold: bool = False) -> Any:
        run = paragraph.add_run(_safe(text))
        _set_font(run._r.get_or_add_rPr(), font, self.zh)
        run.font.size = Pt(size)
        run.bold = bold or None
        return run

    def _lines(
        self,
        text: str,
        font: str = FANGSONG,
        size: float | None = None,
        *,
        bold: bool = False,
        align: str = "left",
        indent: bool = False,
        pitch: float | None = None,
    ) -> list[Any]:
        """One paragraph a line; left ones are justified, as a Chinese page is."""
        made = []
        for line in filter(str.strip, clean(text).split("\n")):
            paragraph = self.file.add_paragraph()
            self._run(paragraph, line, font, size or self.m.body, bold=bold)
            layout = paragraph.paragraph_format
            layout.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if align == "left" else SIDES[align]
            if indent and self.zh and align == "left":
                _indent(paragraph)
            if pitch:
                layout.line_spacing = Pt(pitch)
            if not self.zh:
                layout.space_after = Pt(self.m.body * 0.5)
            made.append(paragraph)
        return made

    def title(self) -> None:
        document, m = self.document, self.m
        self._lines(document.title, BIAOSONG, m.title, align="center", pitch=m.title * 1.5)
        self._lines(document.subtitle, KAITI, align="center")
        self._lines(document.number, align="center")
        self.file.add_paragraph()

    def sign(self) -> None:
        document = self.document
        day = date_text(document.date, document.lang)
        if not (document.issuer or day):
            return
        for above in self.file.paragraphs[-1:]:  # who signed and when never stand alone on a page
            above.paragraph_format.keep_with_next = True
        self.file.add_paragraph().paragraph_format.keep_with_next = True
        for paragraph in self._lines("\n".join((document.issuer, day)), align="right"):
            if self.zh:
                paragraph.paragraph_format.right_indent = Pt(self.m.body * 4)
            paragraph.paragraph_format.keep_together = True

    # --- blocks ---

    def draw(self, block: Block) -> None:
        m = self.m
        breaks, self.breaks = self.breaks, isinstance(block, PageBreak)
        if breaks and not isinstance(block, Heading | PageBreak):
            self.file.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        match block:
            case Heading():
                heading = self.file.add_heading(_safe(block.text), min(max(block.level, 1), 3))
                # A break of its own would leave an empty line above the heading.
                heading.paragraph_format.page_break_before = breaks or None
                if self.zh:
                    _indent(heading)
            case Paragraph():
                self._lines(block.text, bold=block.bold, align=block.align, indent=block.indent)
            case Quote():
                for paragraph in self._lines(block.text, KAITI):
                    paragraph.paragraph_format.left_indent = Pt(m.body * 2)
            case Spoken():
                for paragraph in self._lines(
                    block.text, FANGSONG, m.spoken, bold=True, pitch=m.spoken * 1.75
                ):
                    _bar(paragraph)
            case Spacer():
                for _ in range(max(1, round(block.lines))):
                    self.file.add_paragraph()
            case QR():
                self._qr(block)
            case Drawing():
                drawn = io.BytesIO(png(block.svg, block.width))
                self._picture(drawn, block.width, block.caption, block.alt)
            case Table():
                self._table(block)
            case Signatures():
                self._signatures(block)

    def _qr(self, block: QR) -> None:
        picture = io.BytesIO()
        segno.make(block.text or " ", error="m", micro=False).save(picture, kind="png", scale=10, border=0)
        picture.seek(0)
        self._picture(picture, block.size, block.caption, block.caption)

    def _picture(self, picture: io.BytesIO, width: float, caption: str, alt: str) -> None:
        paragraph = self.file.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        # A picture is cut off in a line of exact height.
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        drawn = paragraph.add_run().add_picture(picture, width=Mm(width))
        drawn._inline.docPr.set("descr", _safe(alt))
        self._lines(caption, size=self.m.table, align="center")

    def _table(self, block: Table) -> None:
        if not block.columns:
            return
        plain = rectangle(block)
        self._lines(block.caption, HEITI, self.m.table + 1, align="center")
        rows = [plain["header"], *plain["rows"]] if plain["header"] else plain["rows"]
        if not rows:
            return
        if above := self.file.paragraphs[-1:]:
            above[0].paragraph_format.space_after = Pt(self.m.table * 0.5)  # no line of text on the frame
        grid = self.file.add_table(rows=len(rows), cols=plain["columns"], style="Table Grid")
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        grid.autofit = False
        total = TYPE_WIDTH - self.m.left - self.m.right
        widths = [Mm(total * share / sum(plain["widths"])) for share in plain["widths"]]
        for x, width in enumerate(widths):
            grid.columns[x].width = width
        for y, (row, cells) in enumerate(zip(grid.rows, rows, strict=True)):
            head = bool(plain["header"]) and y == 0
            if head and block.repeat_header:
                row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for x, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
                cell.width = widths[x]
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                paragraph = cell.paragraphs[0]
                paragraph.alignment = SIDES["center" if head else plain["align"][x]]
                paragraph.paragraph_format.line_spacing = Pt(self.m.table * 1.6)
                self._run(paragraph, clean(text), HEITI if head else FANGSONG, self.m.table)
        self.file.add_paragraph().paragraph_format.line_spacing = Pt(self.m.pitch / 2)

    def _signatures(self, block: Signatures) -> None:
        self.file.add_paragraph()
        labels = list(block.labels)
        colon = "：" if self.zh else ": "
        half = (TYPE_WIDTH - self.m.left - self.m.right) / 2
        for pair in (labels[i : i + 2] for i in range(0, len(labels), 2)):
            paragraph = self.file.add_paragraph()
            tabs = paragraph.paragraph_format.tab_stops
            # A tab with a leader of underscores draws the line to sign on.
            for number, label in enumerate(pair):
                tabs.add_tab_stop(Mm(half * (number + 1) - 6), 0, 3)
                if number:
                    tabs.add_tab_stop(Mm(half * number + 2))
                    self._run(paragraph, "\t", FANGSONG, self.m.body)
                self._run(paragraph, f"{_safe(label)}{colon}\t", FANGSONG, self.m.body)
            paragraph.paragraph_format.space_after = Pt(self.m.body * 0.9)


def _safe(text: str) -> str:
    """Text XML can hold, line ends turned to spaces."""
    return re.sub(r"\n+", " ", clean(text)).strip("\n")


def _set_font(properties: Any, font: str, zh: bool) -> None:
    """Name the font for Chinese and, in a Chinese document, for Latin too."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    latin = font if zh else "Times New Roman"
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), latin)
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _indent(paragraph: Any) -> None:
    """首行缩进两字, counted in characters, so that it follows when the size is changed."""
    properties = paragraph._p.get_or_add_pPr()
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")


def _bar(paragraph: Any) -> None:
    paragraph.paragraph_format.left_indent = Mm(5)
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="18" w:space="8" w:color="000000"/></w:pBdr>'
    )
    paragraph._p.get_or_add_pPr().insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _watermark(header: Any, words: str) -> None:
    """Large pale words behind the page, as Word's own watermark is written."""
    header.is_linked_to_previous = False
    width = min(420, 150 * len(words))
    shape = (
        f"<w:r {nsdecls('w')} xmlns:v='urn:schemas-microsoft-com:vml' "
        "xmlns:o='urn:schemas-microsoft-com:office:office'><w:rPr><w:noProof/></w:rPr><w:pict>"
        "<v:shapetype id='_x0000_t136' coordsize='21600,21600' o:spt='136' adj='10800' "
        "path='m@7,l@8,m@5,21600l@6,21600e'><v:formulas><v:f eqn='sum #0 0 10800'/>"
        "<v:f eqn='prod #0 2 1'/><v:f eqn='sum 21600 0 @1'/><v:f eqn='sum 0 0 @2'/>"
        "<v:f eqn='sum 21600 0 @3'/><v:f eqn='if @0 @3 0'/><v:f eqn='if @0 21600 @1'/>"
        "<v:f eqn='if @0 0 @2'/><v:f eqn='if @0 @4 21600'/></v:formulas>"
        "<v:path textpathok='t' o:connecttype='rect'/><v:textpath on='t' fitshape='t'/>"
        "</v:shapetype><v:shape id='stamp' o:spid='_x0000_s2049' type='#_x0000_t136' "
        f"style='position:absolute;width:{width}pt;height:150pt;rotation:325;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
        "mso-position-vertical:center;mso-position-vertical-relative:margin' "
        "o:allowincell='f' fillcolor='#e4e4e4' stroked='f'>"
        f"<v:textpath style='font-family:\"黑体\";font-size:1pt' string={quoteattr(_safe(words))}/>"
        "</v:shape></w:pict></w:r>"
    )
    header.paragraphs[0]._p.append(parse_xml(shape))
