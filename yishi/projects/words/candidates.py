"""What is said of candidates: what is missing, how they differ, what became of them, the table, the map."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.safestring import mark_safe
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from yishi.papers.maps import Mark, Pin, Town, svg
from yishi.papers.tables import Column, Sheet
from yishi.people.models import Body
from yishi.projects.models import SHEET, Landmark, Project, Spot
from yishi.projects.rules.calls import map_owner, towns_of
from yishi.projects.rules.ledger import public_state
from yishi.projects.rules.topics import asked
from yishi.projects.words.calls import place_name
from yishi.web.templatetags.web import yuan, zhdate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yishi.projects.models import Call, Topic, Version

State = Project.State
FEN = 1_000_000  # in 万元
with override("zh-hans"):
    STATES = {value: str(words) for value, words in State.choices}


def label(name: str) -> str:
    """What a field of the sheet is called."""
    if name in ("x", "y"):
        return _("地图上从左") if name == "x" else _("地图上从上")
    return str(Project._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def lacking(project: Project, names: Sequence[str]) -> str:
    told = _("%(number)d. %(title)s：还缺%(names)s")
    return told % {"number": project.number, "title": project.title, "names": "、".join(names)}


def prefilled(call: Call, topic: Topic) -> dict[str, Any]:
    """The beginning of a sheet from a topic: its title, and where most of its proposals want it."""
    said = list(topic.proposals.select_related("place"))
    most = Counter((one.where, one.place_id) for one in said).most_common(1)
    if not most:
        return {"title": topic.title}
    (where, town), _n = most[0]
    place = next((one.place for one in said if one.place_id == town), None)
    return {"title": topic.title, "where": where, "place": place}


def remarks(call: Call, candidates: int) -> list[str]:
    """What is unusual in the number of places, each a sentence with its source; nothing is refused."""
    seats, numbers, found = call.seats, asked().numbers, []
    if seats is None:
        return []
    usual, surplus = numbers.usual, numbers.surplus_percent
    if usual and not usual.least <= seats <= usual.most:
        told = _("一年通常选%(least)d至%(most)d项（%(source)s），这次拟选%(seats)d项。")
        found.append(
            told % {"least": usual.least, "most": usual.most, "source": usual.source, "seats": seats}
        )
    if candidates < seats:
        told = _("候选项目只有%(n)d项，少于拟选的%(seats)d项。")
        found.append(told % {"n": candidates, "seats": seats})
    elif surplus and (candidates - seats) * 100 < surplus.percent * seats:
        told = _("候选%(n)d项，拟选%(seats)d项，差额不到%(percent)d%%（%(source)s）。")
        given = {"n": candidates, "seats": seats, "percent": surplus.percent, "source": surplus.source}
        found.append(told % given)
    return found


def usual() -> str:
    """How many projects a year are usual, with where that is from."""
    one = asked().numbers.usual
    if one is None:
        return ""
    told = _("一年通常选%(least)d至%(most)d项（%(source)s）。")
    return told % {"least": one.least, "most": one.most, "source": one.source}


def committee_source() -> str:
    """Why the standing committee deliberates first, with the article."""
    first = asked().committee_first
    if first is None:
        return ""
    return _("县的候选项目先经常委会审议，再提请大会表决（%(source)s）。") % {"source": first.source}


def sheet_rows(project: Project) -> list[tuple[str, str]]:
    """The sheet line by line: what each is called and what stands there, "" where nothing does."""
    place = place_name(project.place)
    return [
        (_("建设内容"), project.content),
        (_("地点"), f"{project.where}（{place}）" if place and project.where else project.where or place),
        (_("投资"), "" if project.cost is None else wan(project.cost)),
        (_("资金来源"), project.funds),
        (_("责任单位"), project.unit.name if project.unit else ""),
        (_("起止时间"), dates(project)),
        (_("群众提出"), asked_by(project)),
    ]


def asked_by(project: Project) -> str:
    """How many asked for it, or that the government proposed it."""
    return _("%(n)d人") % {"n": project.people} if project.people else _("政府提出")


def dates(project: Project) -> str:
    """From when to when, in the language of the page: 2026年3月1日至2026年11月30日."""
    begins, ends = zhdate(project.starts_on), zhdate(project.ends_on)
    return _("%(begins)s至%(ends)s") % {"begins": begins, "ends": ends} if begins and ends else begins or ends


# --- versions ----------------------------------------------------------------


def shown(sheet: Mapping[str, Any], bodies: Mapping[int, Body]) -> dict[str, str]:
    """A kept sheet as people read it; `bodies` by their key, for place and unit."""
    found = {name: str(sheet.get(name) or "") for name in SHEET}
    place, unit = (bodies.get(sheet.get(name) or 0) for name in ("place", "unit"))
    found |= {"place": place_name(place), "unit": unit.name if unit else ""}
    cost = sheet.get("cost")
    found["cost"] = "" if cost is None else wan(cost)
    found |= {name: "" if sheet.get(name) is None else str(sheet[name]) for name in ("x", "y")}
    days = {name: found[name] for name in ("starts_on", "ends_on")}
    found |= {name: zhdate(date.fromisoformat(day)) if day else "" for name, day in days.items()}
    return found


def wan(fen: int) -> str:
    """Money in 万元 to the fen, without needless noughts: 120万元; CNY 1,200,000.00 in English."""
    if (get_language() or "").startswith("en"):
        return yuan(fen)
    whole, rest = divmod(fen, FEN)
    text = f"{whole:,}.{rest:06d}".rstrip("0").rstrip(".")
    return _("%(amount)s万元") % {"amount": text}


def compared(old: Version, new: Version) -> list[dict[str, Any]]:
    """Every line of the sheet in both versions: label, old, new, and whether it was changed."""
    keys = {one.sheet.get(name) for one in (old, new) for name in ("place", "unit")} - {None}
    bodies = Body.objects.in_bulk([key for key in keys if isinstance(key, int)])
    before, after = shown(old.sheet, bodies), shown(new.sheet, bodies)
    return [
        {
            "label": label(name),
            "old": before[name],
            "new": after[name],
            "changed": old.sheet.get(name) != new.sheet.get(name),
        }
        for name in SHEET
    ]


def changes(names: Iterable[str]) -> str:
    """The fields that changed, by what they are called."""
    return "、".join(label(name) for name in names)


# --- what became of it -------------------------------------------------------


def became_of(project: Project) -> str:
    """What became of a project, for who asked for it; public facts only, "" before candidates are public."""
    if project.call.candidates_at is None:
        return ""
    named = {"number": project.number, "title": project.title, "why": project.reason}
    day = zhdate(project.completed_on)
    return {
        State.CANDIDATE: _("已列为候选项目第%(number)d号“%(title)s”，等待表决。"),
        State.WITHDRAWN: _("候选项目第%(number)d号“%(title)s”已退出候选：%(why)s"),
        State.RECOMMENDED: _("候选项目“%(title)s”已获票选推荐，等待确认。"),
        State.ADOPTED: _("候选项目“%(title)s”已票决通过，正在实施。"),
        State.NOT_ADOPTED: _("候选项目“%(title)s”这次没有入选。"),
        State.COMPLETED: _("项目“%(title)s”已完工（%(day)s）。") if day else _("项目“%(title)s”已完工。"),
        State.CLOSED: _("项目“%(title)s”已办结。"),
        State.STOPPED: _("项目“%(title)s”已终止：%(why)s"),
    }[State(public_state(project))] % {**named, "day": day}


# --- the map -----------------------------------------------------------------


def map_of(call: Call, projects: Iterable[Project] = (), *, size: int = 54) -> str:
    """The map with the projects of one call as numbered pins; "" where it would say nothing."""
    return drawn(call.body, projects, size=size)


def drawn(body: Body, projects: Iterable[Project] = (), *, size: int = 54, blank: bool = False) -> str:
    """The map of one body with these projects; a constant number of queries, whatever is on it.

    "" where it has neither towns nor landmarks (unless `blank`, to have something to click on), and
    where none of the projects has a place on it.
    """
    found, landmarks = list(towns_of(body)), Landmark.objects.filter(body=map_owner(body))
    known = {one.body_id: one for one in Spot.objects.filter(body__in=found)} if found else {}
    towns = [_town(one, known.get(one.pk)) for one in found]
    marks = [Mark(one.name, one.x, one.y) for one in landmarks]
    pins = [Pin(str(one.number), one.x, one.y, place_name(one.place)) for one in projects]
    names = {one.name for one in towns}
    is_lost = pins and all(pin.x is None and pin.town not in names for pin in pins)
    if not blank and (is_lost or not (towns or marks)):
        return ""
    drawing = svg(towns, pins, marks, title=_("项目位置示意图"), size=size)
    return mark_safe(drawing)  # every name in it is escaped where it is drawn


def _town(body: Body, spot: Spot | None) -> Town:
    return Town(place_name(body), spot.x if spot else None, spot.y if spot else None)


# --- as Excel ----------------------------------------------------------------

COLUMNS = (
    Column("编号", "number", kind="integer", width=8, help="已有项目的编号；新项目不填"),
    Column("项目名称", "title", required=True, width=30, help="不超过80字"),
    Column("建设内容", "content", width=44, help="不超过2000字"),
    Column("地点", "where", width=24, help="不超过80字"),
    Column("乡镇街道", "place", width=16, help="写简称，例如枫溪镇；不填也可以"),
    Column("投资（万元）", "cost", width=14, help="例如120或者120.5"),
    Column("资金来源", "funds", width=30, help="不超过200字"),
    Column("责任单位", "unit", width=20, help="写全称或者简称"),
    Column("开工日期", "starts_on", kind="date", width=14),
    Column("完成日期", "ends_on", kind="date", width=14),
    Column("地图从左", "x", kind="integer", width=10, help="0至1000"),
    Column("地图从上", "y", kind="integer", width=10, help="0至1000"),
)
_OUT = (
    *COLUMNS,
    Column("群众提出人数", "people", kind="integer", width=14),
    Column("状态", "state", width=14),
)


def candidates_sheet(call: Call, projects: Iterable[Project]) -> Sheet:
    """The candidates with their whole sheets, by the columns they are taken in by, and two more."""
    return Sheet(f"{call.year}年候选项目", _OUT, [_row(one) for one in projects])


def _row(one: Project) -> dict[str, Any]:
    names = ("number", "title", "content", "where", "funds", "starts_on", "ends_on", "x", "y", "people")
    with override("zh-hans"):
        cost = "" if one.cost is None else wan(one.cost).removesuffix("万元").replace(",", "")
    return {
        **{name: getattr(one, name) for name in names},
        "place": place_name(one.place),
        "unit": one.unit.name if one.unit else "",
        "cost": cost,
        "state": STATES[one.state],
    }


def previewed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows read from a table as the preview shows them: number or None, and the sheet in words."""
    keys = {row["sheet"].get(name) for row in rows for name in ("place", "unit")} - {None}
    bodies = Body.objects.in_bulk(list(keys))
    return [{"number": row["number"], "sheet": shown(row["sheet"], bodies)} for row in rows]
