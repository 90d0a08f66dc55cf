"""docs/law.md says what the pack says."""

from pathlib import Path

from yishi.law.articles import LAWS
from yishi.law.command import run
from yishi.law.pack import load

TEXT = (Path(__file__).parents[2] / "docs" / "law.md").read_text("utf-8")


def test_every_setting_and_its_values_are_in_the_page() -> None:
    for key, choice in load().choices.items():
        line = next(line for line in TEXT.splitlines() if line.startswith(f"| `{key}` |"))
        values = [f"`{value}`" for value in choice.allowed]
        assert [line.find(value) for value in values] == sorted(map(line.find, values))
        assert all(value in line for value in values) and choice.allowed[0] == choice.default


def test_every_law_is_in_the_page_with_its_date() -> None:
    for short, law in LAWS.items():
        assert any(f"《{short}》" in line and law.date in line for line in TEXT.splitlines())


def test_the_example_runs() -> None:
    example = TEXT.split("```json\n")[1].split("```")[0]
    assert run(example.encode()).adopted == ("…",)
