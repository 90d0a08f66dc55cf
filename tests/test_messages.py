"""The tool for the English catalogue: what it finds, what it calls wrong, what it writes."""

import gettext
import io
import json
from pathlib import Path

import pytest

from tools import messages
from tools.messages import Message

PYTHON = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("开会"), _("一" "二"), _(word)
ngettext("%(n)s人", "%(n)s人次", n)
pgettext("星期", "日")
"""
TEMPLATE = """{% load i18n %}<h1>{% translate "表决" %}</h1>
{% translate "日" context "星期" as day %}
<p title="{% translate '提示' %}">{% blocktranslate trimmed with n=count %}
  收回 {{ n }} 张
{% endblocktranslate %}</p>
{% blocktranslate count n=count %}一条{% plural %}{{ n }}条{% endblocktranslate %}
{{ _("按钮") }} {# 注释 #} <!-- 说明 -->"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    room = tmp_path / "yishi" / "room"
    (room / "templates").mkdir(parents=True)
    (room / "views.py").write_text(PYTHON, "utf-8")
    (room / "templates" / "page.html").write_text(TEMPLATE, "utf-8")
    (tmp_path / "yishi" / "locale" / "en" / "parts").mkdir(parents=True)
    return tmp_path / "yishi"


COMPLETE: messages.Parts = {
    "开会": "Meeting",
    "一二": "One two",
    "%(n)s人": ["%(n)s person", "%(n)s persons"],
    "星期|日": "Sunday",
    "表决": "Vote",
    "提示": "Hint",
    "收回 %(n)s 张": "%(n)s returned",
    "一条": ["one entry", "%(n)s entries"],
    "按钮": "Button",
}


def test_every_string_is_found_in_python_and_in_templates(sources: Path):
    found = messages.scan(sources)
    assert {message.key for message in found.places} == set(COMPLETE)
    assert Message("日", context="星期") in found.places
    assert len(found.places[Message("日", context="星期")]) == 2
    assert found.faults == []


def test_a_complete_catalogue_has_no_fault(sources: Path):
    assert messages.faults(messages.scan(sources), COMPLETE) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"开会": None}, "没有英文：开会"),
        ({"开会": ""}, "没有英文：开会"),
        ({"一条": ["one entry", ""]}, "没有英文：一条"),
        ({"散会": "Closing"}, "没有用到：散会"),
        ({"收回 %(n)s 张": "some returned"}, "占位不符：收回"),
        ({"收回 %(n)s 张": "%(m)s returned"}, "占位不符：收回"),
        ({"一条": ["%(x)s entry", "%(n)s entries"]}, "占位不符：一条"),
        ({"开会": ["Meeting", "Meetings"]}, "单复数不符：开会"),
        ({"一条": "entries"}, "单复数不符：一条"),
    ],
)
def test_every_gap_is_named(sources: Path, change: dict, words: str):
    texts = {key: text for key, text in (COMPLETE | change).items() if text is not None}
    (fault,) = messages.faults(messages.scan(sources), texts)
    assert words in fault


def test_chinese_outside_the_tags_is_found_with_its_line(sources: Path):
    page = sources / "room" / "templates" / "page.html"
    page.write_text('<p>ok</p>\n<p title="标题">x</p>', "utf-8")
    (fault,) = messages.scan(sources).faults
    assert fault.startswith("yishi/room/templates/page.html") and "标题" in fault
    page.write_text(f"{messages.BOTH_LANGUAGES}<p>标题 Title</p>", "utf-8")
    assert messages.scan(sources).faults == []


def test_an_f_string_cannot_be_translated(sources: Path):
    (sources / "room" / "views.py").write_text('_(f"{n}人")', "utf-8")
    assert "f-string" in messages.scan(sources).faults[0]


def test_two_parts_that_differ_and_a_broken_part_are_named(sources: Path):
    folder = sources / "locale" / "en" / "parts"
    (folder / "a.json").write_text(json.dumps({"人": "person"}))
    (folder / "b.json").write_text(json.dumps({"人": "people"}))
    (folder / "c.json").write_text("{")
    texts, faults = messages.parts(sources)
    assert texts == {"人": "person"}
    assert "b.json" in faults[0] and "c.json" in faults[1]


def test_the_compiled_catalogue_speaks_english_and_is_always_the_same(sources: Path):
    po, mo = messages.catalogue(messages.scan(sources), COMPLETE)
    assert (po, mo) == messages.catalogue(messages.scan(sources), COMPLETE)
    english = gettext.GNUTranslations(io.BytesIO(mo))
    assert english.gettext("开会") == "Meeting"
    assert english.pgettext("星期", "日") == "Sunday"
    assert english.ngettext("一条", "%(n)s条", 1) == "one entry"
    assert english.ngettext("一条", "%(n)s条", 2) == "%(n)s entries"
