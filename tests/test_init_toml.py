"""Whatever columns are called, the proposal is TOML and gives their names back."""

import csv
import string
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balint_research.study.propose.propose import propose_study
from balint_research.study.propose.toml_text import as_pattern, comment, key, pair, quoted, shown
from balint_research.study.propose.wave_words import in_order, is_wave_word
from balint_research.study.propose.waves_in_names import MARK, unfold

TEXTS = st.text(max_size=30)
# control characters make a file no text; MARK is of our own
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
PARTS = st.one_of(NAMES, st.sampled_from([
    'say "x"', "{n}", "{wave}", "{", "}}", "a\nb", "a\r\nb", "\\", "'''", '"""', "#", "=", "[x]",
    "ß", "問", "\x7f", "\x85", "\u2028", "pre_", "_t1", "responses.", MARK, "%s", "\t",
]))


@given(st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS) | st.integers(-9999, 9999) | st.booleans()))
def test_any_key_and_value_comes_back(table: dict[str, Any]) -> None:
    text = "\n".join(pair(name, of) for name, of in table.items())
    assert tomllib.loads(text) == table
    assert tomllib.loads(pair("x", table)) == {"x": table}
    assert tomllib.loads(f"[{'.'.join(map(key, ['a', *table]))}]") is not None


@given(st.lists(TEXTS, max_size=12), st.sampled_from(["", "CONFIRM"]))
def test_names_in_a_comment_never_leave_it(names: list[str], mark: str) -> None:
    for text in (f"columns: {shown(names)}.", *names):
        lines = comment(text, mark)
        assert tomllib.loads("\n".join(lines)) == {}
        assert all(line.startswith("#") for line in lines)


@given(TEXTS)
def test_a_name_is_no_pattern(name: str) -> None:
    assert as_pattern(name).format(n=1, id="x", wave="y") == name
    assert quoted(name).isprintable() or not name.isprintable()


def expanded(items: str | list[str] | dict[str, str], waves: list[str]) -> list[str]:
    """The columns that `items` names, as a study reads it."""
    patterns = [items] * 5 if isinstance(items, str) else (
        items if isinstance(items, list) else list(items.values()))
    return [pattern.format(n=n, id="who5", wave=wave) if isinstance(items, str) else
            pattern.format(wave=wave)
            for wave in waves for n, pattern in enumerate(patterns, 1)]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(before=PARTS, after=PARTS, other=PARTS, waves=st.sampled_from([(), ("pre", "post")]))
def test_any_names_of_columns_come_back(
    before: str, after: str, other: str, waves: tuple[str, ...]
) -> None:
    """Questions before and after the number, other columns beside, waves at the end or none."""
    items = [f"c{before}-who5-{n}-{after}z{f'_{wave}' if wave else ''}"
             for wave in waves or ("",) for n in range(1, 6)]
    header = ["participant", f"o{other}o", *items]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "export.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows([f"p{i}", f"x{i}", *[(i + k) % 6 for k in range(len(items))]]
                             for i in range(12))
        proposal = propose_study(path, instruments=["who5"])
    document = tomllib.loads(proposal.toml)
    found = document["instruments"]["who5"]
    if not waves or "{wave}" in str(found["items"]):
        names = expanded(found["items"], document["study"]["waves"])
        assert set(names) == set(items)
        assert all(n in name for n, name in zip(string.digits[1:6] * 2, names, strict=False))
    else:  # the names hold other words for waves, or our own mark
        names = expanded(found["items"], [""])
        assert len(names) == len(set(names)) == 5
        assert set(names) <= set(items)
    assert all(len(row) > 0 for row in proposal.findings["value"])


@pytest.mark.parametrize("text", ["", "_", "1", "12", "phq", "who5", "total", "a1", "item 3"])
def test_these_are_no_waves(text: str) -> None:
    assert not is_wave_word(text)


@pytest.mark.parametrize("text", [
    "pre", "Post", "t0", "T_1", "W2", "month6", "6m", "12 months", "baseline", "follow_up",
    "FU2", "one_year_followup", "wave 3", "zeitpunkt 2", "vorher",
])
def test_these_are_waves(text: str) -> None:
    assert is_wave_word(text)


@pytest.mark.parametrize(("waves", "ordered"), [
    (["post", "pre"], ["pre", "post"]), (["t2", "t10", "t1"], ["t1", "t2", "t10"]),
    (["12 months", "baseline", "6 weeks"], ["baseline", "6 weeks", "12 months"]),
    (["followup", "screening", "post", "baseline", "mid"],
     ["screening", "baseline", "mid", "post", "followup"]),
    (["nachher", "vorher"], ["vorher", "nachher"]), (["red", "blue"], ["red", "blue"]),
    (["month6", "month0"], ["month0", "month6"]), (["1 year", "6 months"], ["6 months", "1 year"]),
    (["fu2", "fu1", "post"], ["post", "fu1", "fu2"]),
])
def test_waves_in_their_order_in_time(waves: list[str], ordered: list[str]) -> None:
    assert in_order(waves) == ordered


@given(st.lists(st.text(alphabet="ab12_tpre.", max_size=9), unique=True, max_size=30))
def test_unfolded_names_fold_back(names: list[str]) -> None:
    found = unfold(names)
    if found is None:
        return
    back = [stem.replace(MARK, wave) for stem, columns in found.columns.items()
            for wave in columns]
    written = [name for columns in found.columns.values() for name in columns.values()]
    assert back == written
    assert len(written) == len(set(written))
    assert set(written) <= set(names)
    assert set(found.waves) == {wave for columns in found.columns.values() for wave in columns}
