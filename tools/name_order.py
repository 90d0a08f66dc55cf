"""Makes `yishi/people/strokes.txt` and `pinyin.txt`: all common Chinese characters in each order.

Strokes: the PRC stroke order table of the package cn-sort (MIT), run as
`uv run --no-project --with cn-sort==0.14.0 python tools/name_order.py`; CLDR's stroke collation is
not used because it counts radicals such as 阝 the other way. Pinyin: the collation of ICU, through
Node (`Intl.Collator`).
"""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).parent.parent / "yishi" / "people"
PINYIN = """
const characters = JSON.parse(require("fs").readFileSync(0));
const collator = new Intl.Collator("zh-u-co-pinyin");
process.stdout.write(characters.sort(collator.compare).join(""));
"""


def main() -> None:
    found = find_spec("cn_sort")
    assert found is not None and found.origin is not None
    words = json.loads((Path(found.origin).parent / "res" / "all_word.json").read_text("utf-8"))
    levels = {
        word["chinese"]: word["stroke_increment_level"]
        for word in words["all_word"]
        if len(word["chinese"]) == 1 and "\u4e00" <= word["chinese"] <= "\u9fff"
    }
    by_strokes = sorted(levels, key=lambda c: (levels[c], c))
    by_pinyin = subprocess.run(
        ["node", "-e", PINYIN],
        input=json.dumps(sorted(levels)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name, order in (("strokes", "".join(by_strokes)), ("pinyin", by_pinyin)):
        lines = [order[i : i + 100] for i in range(0, len(order), 100)]
        (TARGET / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
