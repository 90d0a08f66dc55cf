"""What stands on the ballot of a project, in Chinese whatever the language of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yishi.projects.models import Project

MOST = 300


def detail(project: Project) -> str:
    """Content, place, cost and day in one line, cut to what a ballot holds."""
    parts = [" ".join(project.content.split()), " ".join(project.where.split())]
    if project.cost is not None:
        parts.append(f"投资{wan(project.cost)}万元")
    if project.ends_on is not None:
        day = project.ends_on
        parts.append(f"{day.year}年{day.month}月{day.day}日前完成")
    last = "；".join(part for part in parts[1:] if part)
    content = parts[0]
    room = MOST - len(last) - 1
    if len(content) > room:
        content = content[: max(room - 1, 0)] + "…"
    return "；".join(part for part in (content, last) if part)[:MOST]


def wan(fen: int) -> str:
    """Whole fen in 万元 without needless noughts: 120, 12.5."""
    whole, rest = divmod(fen, 1_000_000)
    return f"{whole}.{rest:06}".rstrip("0").rstrip(".")
