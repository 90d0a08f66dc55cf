"""A published result as open data: totals for each option, never a ballot, an order or a voter.

docs/open-data.md says what each key means; a key keeps its name and meaning within a `version`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from yishi.voting.rules import outcomes

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.voting.models import Poll, Tally

FIGURES = {
    "members": "应到",
    "present": "实到",
    "issued": "发出",
    "returned": "收回",
    "valid": "有效",
    "invalid": "无效",
}
VOTES = {
    "for": "赞成",
    "against": "反对",
    "abstain": "弃权",
    "satisfied": "满意",
    "basically": "基本满意",
    "dissatisfied": "不满意",
}
# What a spreadsheet would take for the beginning of a formula, full-width signs as well.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
UNPRINTED = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]+")
SECRET = "Votes were cast by secret ballot: totals only, the VOTES section is empty on purpose."
NO_MONEY = "Costs and budget are not part of the record of the vote and are left out."


def open_data(poll: Poll, tally: Tally, url: str) -> dict[str, Any]:
    """The figures of one declared tally as plain data, the options in the order of the ballot."""
    rows = sorted(outcomes.result_rows(poll, tally), key=lambda row: (row["place"] is None, row["place"]))
    return {
        "version": 1,
        "url": url,
        "title": poll.title,
        "body": poll.meeting.body.name,
        "meeting": poll.meeting.title,
        "kind": poll.law.kind,
        "declared_at": _moment(poll.declared_at),
        "published_at": _moment(poll.published_at),
        "corrected": tally.replaces_id is not None,
        "figures": {name: tally.figures[name] for name in FIGURES},
        "sentence": {"zh": tally.outcome["sentence_zh"], "en": tally.outcome["sentence_en"]},
        "articles": tally.outcome["articles"],
        "options": [_option(row) for row in rows],
    }


def _option(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["place"],
        "title": row["title"],
        "votes": {name: row[name] for name in VOTES if name in row},
        "adopted": row["adopted"],
        "tied": row["tied"],
        "grade": row.get("grade"),
    }


def as_json(data: dict[str, Any]) -> str:
    """With `<` and `>` written as escapes, so that no program may take a title for markup."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e") + "\n"


def as_csv(data: dict[str, Any]) -> bytes:
    """One line for each option, the figures of the vote repeated on each; opens in Excel and WPS."""
    named = [name for name in VOTES if any(name in one["votes"] for one in data["options"])]
    out = io.StringIO()
    write = csv.writer(out).writerow
    votes = [VOTES[name] for name in named]
    write(["机关", "会议", "表决事项", "编号", "选项", *votes, "通过", "票数相等", *FIGURES.values()])
    for one in data["options"]:
        names = [data["body"], data["meeting"], data["title"], one["number"], one["title"]]
        cast = [one["votes"].get(name, "") for name in named]
        said = ["是" if one[key] else "否" for key in ("adopted", "tied")]
        write([cell(value) for value in (*names, *cast, *said, *data["figures"].values())])
    return out.getvalue().encode("utf-8-sig")


def as_pb(data: dict[str, Any]) -> str:
    """The Pabulib format (https://pabulib.org/format) as far as it can be filled in truthfully.

    The format wants every voter's ballot, every cost and the budget. Ballots are secret and are not
    kept as anybody's; costs and budget are not in the record of a vote. So VOTES has its header
    only, `budget` is left out, `cost` is empty, and the comment says so. `rule` is the majority
    of the law, which is none of the rules of Pabulib.
    """
    options = data["options"]
    meta: list[tuple[Any, ...]] = [
        ("description", f"{data['body']} {data['meeting']} {data['title']}"),
        ("comment", f"{SECRET} {NO_MONEY}"),
        ("country", "China"),
        ("unit", data["body"]),
        ("instance", data["declared_at"][:4]),
        ("num_projects", len(options)),
        ("num_votes", data["figures"]["valid"]),
        ("vote_type", "approval"),
        ("rule", "majority"),
    ]
    projects: list[tuple[Any, ...]] = [
        (n, "", one["title"], one["votes"]["for"], int(one["adopted"]))
        for n, one in enumerate(options, start=1)
    ]
    sections: list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]] = [
        ("META", ("key", "value"), meta),
        ("PROJECTS", ("project_id", "cost", "name", "votes", "selected"), projects),
        ("VOTES", ("voter_id", "vote"), []),
    ]
    lines = [
        ";".join(_plain(value) for value in line)
        for title, head, rows in sections
        for line in ((title,), head, *rows)
    ]
    return "\n".join(lines) + "\n"


def has_projects(poll: Poll) -> bool:
    """Whether things were chosen by approving them; persons elected and grades given are no projects."""
    return poll.law.kind in ("approve_each", "choose_up_to")


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""


def cell(value: Any) -> Any:
    """A number stays one; of a text that a spreadsheet might run, the beginning is made harmless."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = UNPRINTED.sub(" ", value)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _plain(value: Any) -> str:
    return UNPRINTED.sub(" ", str(value)).replace(";", "；")
