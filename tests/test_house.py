"""The stairs where the import linter cannot see: relations of models, and what the law imports."""

import ast
import re
import sys
import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent


def _floors() -> dict[str, int]:
    """Each room with the number of its floor, the law's being the highest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    stairs = project["tool"]["importlinter"]["contracts"][0]
    assert stairs["exhaustive"] is True
    return {
        room: number for number, layer in enumerate(stairs["layers"]) for room in re.findall(r"\w+", layer)
    }


def test_every_relation_of_a_model_points_down_or_stays_in_its_room():
    floors = _floors()
    seen = 0
    for model in apps.get_models():
        if not model.__module__.startswith("yishi."):
            continue
        here = model.__module__.split(".")[1]
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            outgoing = field.is_relation and (field.concrete or field.many_to_many)
            if not outgoing or target is None or not target.__module__.startswith("yishi."):
                continue
            there = target.__module__.split(".")[1]
            if target._meta.label == "people.User":  # settings.AUTH_USER_MODEL, the one exception
                continue
            seen += 1
            assert here == there or floors[here] < floors[there], f"{model.__name__}.{field.name}"
    assert seen


def test_the_law_needs_nothing_but_the_standard_library():
    files = list((ROOT / "yishi" / "law").rglob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                known = name.split(".")[0] in sys.stdlib_module_names
                assert known or name.startswith("yishi.law"), f"{file.name}: {name}"


def test_no_file_of_the_house_is_a_cupboard_for_everything():
    for file in (ROOT / "yishi").rglob("*.py"):
        assert file.stem not in ("utils", "helpers", "common", "services", "managers"), file


def test_every_address_has_a_name_of_its_own():
    """Two pages of one name: links to the first lead to the second."""
    from django.urls import get_resolver

    names: list[str] = []

    def walk(patterns):
        for one in patterns:
            if hasattr(one, "url_patterns"):
                if one.namespace is None and "allauth" not in str(one.urlconf_name):
                    walk(one.url_patterns)
            elif one.name and one.callback.__module__.startswith("yishi."):
                names.append(one.name)

    walk(get_resolver().url_patterns)
    assert len(names) > 200
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
