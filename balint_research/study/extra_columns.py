"""Columns of answers that nothing uses, though they are named as if they were items."""

import re
import string
from collections.abc import Collection, Iterator, Sequence

from balint_research.errors import Issue, printable
from balint_research.study.contracts import allowed_words
from balint_research.study.findings import found
from balint_research.study.read.table import TextTable
from balint_research.study.study import Study


def extra_columns(
    study: Study, table: TextTable, used: Collection[str]
) -> Iterator[Issue]:
    """Columns named by the pattern with another number, or at another wave."""
    header = [column for column in table.frame.columns if column not in used]
    for name, use in study.instruments.items():
        if not isinstance(use.items, str) or use.is_part_of_form:
            continue  # a longer form has other items of the same name
        words = {"instrument": use.key.label, "id": name}
        known = (*study.labels("wave"), *study.waves)
        numbered = _matching(use.items, name, header, "|".join(map(re.escape, known)))
        extra = [column for column, n in numbered if int(n) not in use.form_numbers]
        if extra:
            yield found("item_extra", file=table.file, count=len(extra),
                        first=printable(extra[0]), words=words)
        if "{wave}" in use.items:
            elsewhere = {column for column, n in _matching(use.items, name, header, ".+")
                         if int(n) in use.form_numbers} - set(extra)
            others = elsewhere - {column for column, _ in numbered}
            if others:
                yield found("unknown_wave_suffix", file=table.file, count=len(others),
                            allowed=allowed_words(study, "unknown_wave"), words=words)


def _matching(
    pattern: str, name: str, header: Sequence[str], wave: str
) -> list[tuple[str, str]]:
    """Columns that the pattern could have named, with their item number."""
    parts = []
    for text, field, _, _ in string.Formatter().parse(pattern):
        parts.append(re.escape(text))
        if field == "n":
            again = any("(?P<n>" in part for part in parts)
            parts.append("(?P=n)" if again else r"(?P<n>\d{1,4})")
        elif field == "id":
            parts.append(re.escape(name))
        elif field == "wave":
            parts.append(f"(?:{wave})")
    regex = re.compile("".join(parts))
    return [(column, match["n"]) for column in header if (match := regex.fullmatch(column))]
