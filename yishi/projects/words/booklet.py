"""The candidates' sheets as one paper for deputies, in large print: contents, then a page for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.papers.documents import (
    Block,
    Document,
    Drawing,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    date_text,
)
from yishi.projects.models import CommitteeReview
from yishi.projects.words.calls import place_name
from yishi.projects.words.candidates import map_of, sheet_rows, wan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from yishi.papers.documents.content import Lang
    from yishi.projects.models import Call, Project

MAP = 92  # mm; with it a sheet of usual length fits one page


def title(call: Call, again: bool = False) -> str:
    """What the paper is called; a later one of the same meeting says that it was changed."""
    told = _("%(year)d年民生实事候选项目（修改稿）") if again else _("%(year)d年民生实事候选项目")
    return told % {"year": call.year}


def booklet(
    call: Call, projects: Sequence[Project], *, on: date | None = None, again: bool = False
) -> Document:
    """The booklet in the language of the page; `projects` whole and in their order."""
    lang: Lang = "en" if (get_language() or "").startswith("en") else "zh"
    blocks: list[Block] = [
        *_contents(call, projects),
        *_reviews(call, lang),
        *(block for one in projects for block in _page(one, lang)),
    ]
    return Document(
        title(call, again),
        call.body.name,
        blocks,
        lang=lang,
        page_footer=title(call, again) if on is None else f"{title(call, again)}  {date_text(on, lang)}",
        large=True,
    )


def _contents(call: Call, projects: Sequence[Project]) -> list[Block]:
    told = _("候选项目共%(n)d项，拟选%(seats)d项。") if call.seats else _("候选项目共%(n)d项。")
    header = [_("编号"), _("项目"), _("投资"), _("责任单位")]
    rows = [
        [str(one.number), one.title, wan(one.cost or 0), one.unit.short_name if one.unit else ""]
        for one in projects
    ]
    return [
        Paragraph(told % {"n": len(projects), "seats": call.seats}),
        Table(header, rows, (1, 3.4, 2, 2.9), ("center", "left", "right", "left")),
    ]


def _reviews(call: Call, lang: Lang) -> list[Block]:
    blocks: list[Block] = []
    for one in CommitteeReview.objects.filter(call=call, projects__isnull=False).distinct():
        if not blocks:
            blocks.append(Heading(_("县人大常委会审议意见")))
        told = _("%(day)s审议：%(text)s") % {"day": date_text(one.held_on, lang), "text": one.text}
        blocks.append(Paragraph(told))
    return blocks


def _page(project: Project, lang: Lang) -> list[Block]:
    where = " ".join(filter(None, (place_name(project.place), project.where)))
    rows = sheet_rows(project)[1:]  # the content stands above them, larger
    drawing = map_of(project.call, [project], size=64)
    caption = _("第%(number)d号项目的位置（示意图，不按比例）") % {"number": project.number}
    alt = _("示意图：%(where)s") % {"where": where}
    return [
        PageBreak(),
        Heading(
            f"{project.number}. {project.title}" if lang == "en" else f"{project.number}．{project.title}"
        ),
        Paragraph(project.content),
        Table([], rows, (1, 3.2)),
        *([Drawing(drawing, caption, MAP, alt)] if drawing else []),
    ]
