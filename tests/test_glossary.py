"""One thing, one word: every model and every state of ours is in the glossary."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

GLOSSARY = (Path(__file__).resolve().parent.parent / "docs" / "glossary.md").read_text("utf-8")
WORDS = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", GLOSSARY))))
OURS = [model for model in apps.get_models() if model.__module__.startswith("yishi.")]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_is_in_the_glossary(model):
    assert model.__name__ in WORDS


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_state_is_in_the_glossary(model):
    kinds = [
        kind for kind in vars(model).values() if isinstance(kind, type) and issubclass(kind, models.Choices)
    ]
    missing = [
        f"{kind.__qualname__}.{value}" for kind in kinds for value in kind.values if value not in WORDS
    ]
    assert missing == []
