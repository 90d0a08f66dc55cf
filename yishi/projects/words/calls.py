"""What the papers of a call say: the poster, the form to fill in by hand, the list as Excel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from yishi.papers.documents import (
    Block,
    Document,
    Heading,
    Paragraph,
    Spacer,
    Table,
    date_text,
)
from yishi.papers.posters import Poster
from yishi.papers.tables import Column, Sheet
from yishi.projects.models import Proposal, Topic
from yishi.projects.rules.calls import places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.people.models import Body
    from yishi.projects.models import Call

with override("zh-hans"):  # the sheet is Chinese whoever asks for it
    SOURCES = {value: str(words) for value, words in Proposal.Source.choices}
    STATES = {value: str(words) for value, words in Topic.State.choices}
HAND_SOURCES = {key: words for key, words in SOURCES.items() if key != Proposal.Source.RESIDENT}

COLUMNS = (
    Column("来源", "source", required=True, choices=tuple(HAND_SOURCES.values()), width=16),
    Column("希望办什么事", "what", required=True, width=36, help="不超过80字"),
    Column("在什么地方", "where", required=True, width=28, help="不超过80字"),
    Column("为什么要办", "why", width=44, help="不超过2000字"),
    Column("乡镇街道", "place", width=16, help="写简称，例如枫溪镇；不填也可以"),
    Column("人数", "people", kind="integer", width=8, help="代表多少人提出，不填为1"),
    Column("称呼", "name", width=14, help="只用于答复，到期删除"),
    Column("电话", "phone", width=16, help="只用于答复，到期删除"),
)
_OUT = (
    Column("回执号", "receipt", width=18),
    Column("提出日期", "at", kind="date", width=14),
    Column("来源", "source", width=16),
    *COLUMNS[1:6],
    Column("同类事项", "topic", width=30),
    Column("办理状态", "state", width=14),
)

# What makes a place's name that of its organ; a street's committee may be named after the county's congress.
_ORGAN = re.compile(r"(?<=.)(人民代表大会|人大)?(常务委员会|常委会|工作委员会|工委)?$")
_ABOVE = re.compile(r"^.*(人民代表大会|人大)(常务委员会|常委会)?(?=.+(镇|乡|街道)$)")


def place_name(body: Body | None) -> str:
    """The town or street as people say it: 枫溪镇 of 枫溪镇人大, 瓯北街道 of 瓯北街道人大工委."""
    if body is None:
        return ""
    name, short = _ORGAN.sub("", body.name), _ORGAN.sub("", body.short_name)
    if name != body.name:
        return _ABOVE.sub("", name)
    return _ABOVE.sub("", short) or body.name


def became(topic: Topic) -> str:
    """What became of a proposal, in plain words for who made it."""
    return {
        Topic.State.OPEN: _("已收到，还没有研究。研究后这里会写明结果。"),
        Topic.State.SHORTLISTED: _("已列入候选项目，接下来要提请人民代表大会票决。"),
        Topic.State.RESERVED: _("这次没有列入候选，已放进项目储备库，以后年度再研究。"),
        Topic.State.DECLINED: _("这次没有列入候选项目。"),
    }.get(Topic.State(topic.state), str(topic.get_state_display()))


def proposals_sheet(call: Call, proposals: Iterable[Proposal], *, contacts: bool) -> Sheet:
    columns = (*_OUT, *COLUMNS[6:]) if contacts else _OUT
    return Sheet(f"{call.year}年征集", columns, [_row(one, contacts) for one in proposals])


def _row(one: Proposal, contacts: bool) -> dict[str, Any]:
    contact = getattr(one, "contact", None) if contacts else None
    return {
        "receipt": one.receipt,
        "at": localtime(one.at).date(),
        "source": SOURCES[one.source],
        "what": one.what,
        "where": one.where,
        "why": one.why,
        "place": place_name(one.place),
        "people": one.people,
        "topic": one.topic.title,
        "state": STATES[one.topic.state],
        "name": contact.name if contact else "",
        "phone": contact.phone if contact else "",
    }


def blank_sheet(call: Call) -> Sheet:
    """The list to fill in, with the towns and streets to choose from."""
    names = tuple(place_name(body) for body in places(call))
    place = Column("乡镇街道", "place", choices=names, width=16, help="不填也可以") if names else COLUMNS[4]
    return Sheet("填报", (*COLUMNS[:4], place, *COLUMNS[5:]))


def poster(call: Call, address: str) -> Poster:
    """The poster for a notice board: what is asked, until when, and the code that leads to the form."""
    return Poster(
        title="您希望政府办什么事？",
        line=call.title,
        text=call.text,
        when=f"{date_text(call.opens_on)}至{date_text(call.closes_on)}",
        qr_text=address,
        caption="扫码提建议，不用注册",
        address=address,
        notes=(
            "不会用手机的，可以到代表联络站或者村（社区）填写纸质表。",
            f"称呼、电话可以不留；留了只用于答复，{date_text(call.erase_on)}删除。",
        ),
        issuer=call.body.name,
        more="……（全文扫码可见）",
    )


def paper_form(call: Call) -> Document:
    """The form to fill in by hand, for those who come in person."""
    rows = [
        ["希望办什么事", "\n\n"],
        ["在什么地方", "\n\n"],
        ["为什么要办", "\n\n\n\n\n\n"],
        ["多少人一起提出", ""],
        ["称呼（可不填）", ""],
        ["电话（可不填）", ""],
    ]
    blocks: list[Block] = [
        Paragraph(f"征集时间：{date_text(call.opens_on)}至{date_text(call.closes_on)}"),
        Table([], rows, widths=(1, 3)),
        Spacer(0.5),
        Heading("说明", 3),
        Paragraph(
            f"称呼和电话只有{call.body.name}的经办人员能看到，只用于答复，{date_text(call.erase_on)}删除。"
        ),
        Paragraph("交表后请索取回执号，凭号可以查询办理情况。"),
        Paragraph("回执号：________－________－________"),
    ]
    return Document("民生实事项目建议表", call.title, blocks, page_footer=call.body.name)
