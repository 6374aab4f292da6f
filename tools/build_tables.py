"""Build bot/text/tables/ once from opencc and pypinyin, so that neither is needed at run time.

Usage: python tools/build_tables.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import opencc
from pypinyin import Style, pinyin

TABLES = Path(__file__).resolve().parents[1] / "bot" / "text" / "tables"
COMMON_LAST = 0x9FFF


def simplified() -> str:
    """Lines of a traditional character and its simplified one."""
    convert = opencc.OpenCC("t2s").convert
    pairs = []
    for code in range(0x3400, COMMON_LAST + 1):
        character = chr(code)
        result = convert(character)
        if result != character and len(result) == 1:
            pairs.append(character + result)
    return "\n".join(pairs) + "\n"


def syllables() -> str:
    """Lines of a toneless syllable and the characters of GB 2312 read so (first reading)."""
    by_syllable: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            by_syllable[pinyin(character, style=Style.NORMAL)[0][0]].append(character)
    return "".join(f"{key} {''.join(chars)}\n" for key, chars in sorted(by_syllable.items()))


if __name__ == "__main__":
    TABLES.mkdir(parents=True, exist_ok=True)
    (TABLES / "simplified.txt").write_text(simplified(), "utf-8")
    (TABLES / "syllables.txt").write_text(syllables(), "utf-8")
    print(f"wrote {TABLES}")
