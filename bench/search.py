"""Searching 20,000 public pages by the index, beside the naive way (`LIKE '%word%'` over the same rows).

`python -m bench.search [PAGES]` on a database of its own; with DATABASE_URL on that PostgreSQL.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SEED = 7
PAGES = 20_000
LENGTH = 600  # characters of a page, that of a short announcement
# What people type: common and rare words, places, long words, several words, one character.
QUERIES = (
    *("票决", "道路", "加装电梯", "农村饮用水", "苍坡村", "古道 修复", "养老 食堂", "2026年度"),
    *("溪", "民生实事项目", "芙蓉渡 停车场", "岸线整治", "学校 扩建 操场", "没有这个词"),
)
KNOWN = """
道路改造 桥梁加固 加装电梯 农村饮用水 管网更新 停车场 充电桩 公园绿化 学校扩建 操场 幼儿园
卫生院 养老服务 食堂 文化礼堂 古道修复 岸线整治 污水处理 垃圾分类 公交线路 路灯 票决 征集
代表 审议 监督 进度 验收 满意度 资金 民生实事项目 群众 联络站
"""
PLACES = """
苍坡 芙蓉 渡港 枫林 孤山 溪西 岸南 梅坦 龙头 包岙 溪口 白泉 上坳 石桥 金竹 东皋
"""
LETTERS = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多"
)


def pages(count: int) -> list[tuple[str, str]]:
    """Title and text of each: 4,000 words, a few of them common and most of them rare, as in any language.

    The words that are looked for stand among the others, from common to rare.
    """
    dice, known, places = random.Random(SEED), KNOWN.split(), PLACES.split()
    words = ["".join(dice.choices(LETTERS, k=dice.choice((2, 2, 2, 3)))) for _n in range(4_000)]
    for n, word in enumerate(known):
        words[10 + n * 100] = word
    weights = list(accumulate(1 / (10 + n) for n in range(len(words))))
    found = []
    for n in range(count):
        place = dice.choice(places) + dice.choice("村镇渡口坑岙")
        title = f"{dice.choice((2024, 2025, 2026))}年度{place}{dice.choice(known)}{dice.choice(known)}"
        text = "，".join("".join(dice.choices(words, cum_weights=weights, k=4)) for _n in range(LENGTH // 10))
        found.append((title, f"第{n}号，{text}"))
    return found


def measure(count: int = PAGES) -> dict[str, Any]:
    """{"ours_ms", "ours_p95_ms", "naive_ms", "naive_p95_ms", "times", "fill_s"}; all is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as folder:
        env = {**os.environ, "YISHI_DATA": folder, "YISHI_SECRET_KEY": "only-for-this-measurement-" * 2}
        env |= {"DJANGO_SETTINGS_MODULE": "yishi.settings", "PYTHONPATH": str(ROOT)}
        for command in (["yishi.cli", "migrate"], ["bench.search", "--inside", str(count)]):
            done = subprocess.run(
                [sys.executable, "-m", *command], cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE
            )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def inside(count: int) -> dict[str, Any]:
    """Fill the index and time every query both ways, five times; the first page of twenty with its number."""
    import django

    django.setup()
    from datetime import timedelta

    from django.db import transaction
    from django.db.models import Q
    from django.utils import timezone

    from yishi.publishing import search
    from yishi.publishing.actions import index
    from yishi.publishing.models import Page

    def ours(query: str) -> int:
        number = sum(search.counts(query).values())
        search.hits(list(search.find(query).values_list("pk", flat=True)[:20]), query)
        return number

    def naive(query: str) -> int:
        found = Page.objects.select_related("body")
        for word in query.split():
            found = found.filter(Q(title__icontains=word) | Q(text__icontains=word))
        list(found.order_by("-at")[:20])
        return found.count()

    now, began = timezone.now(), time.perf_counter()
    with transaction.atomic():
        for n, (title, text) in enumerate(pages(count)):
            at = now - timedelta(minutes=n)
            index.put(f"/documents/{n}/", kind="document", title=title, text=text, at=at)
    fill = time.perf_counter() - began
    for query in QUERIES:
        assert ours(query) == naive(query), query
    mine, theirs = ([_took(work, query) for query in QUERIES for _n in range(5)] for work in (ours, naive))
    return {
        **_said("ours", mine),
        **_said("naive", theirs),
        "times": round(sum(theirs) / sum(mine), 1),
        "fill_s": round(fill, 1),
    }


def _took(work: Callable[[str], object], query: str) -> float:
    began = time.perf_counter()
    work(query)
    return 1000 * (time.perf_counter() - began)


def _said(name: str, took: list[float]) -> dict[str, float]:
    took = sorted(took)
    p95 = took[int(0.95 * len(took))]
    return {f"{name}_ms": round(took[len(took) // 2], 2), f"{name}_p95_ms": round(p95, 1)}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        print(json.dumps(inside(int(sys.argv[2]))))
    else:
        print(json.dumps(measure(*map(int, sys.argv[1:2])), indent=1))
