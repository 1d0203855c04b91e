"""How the columns of the items are named: by a pattern, a list, or with the wave in the name."""

from collections.abc import Iterator, Mapping, Sequence

from balint_research.study.study import InstrumentUse, Study


def is_suffixed(study: Study) -> bool:
    """Whether the wave is part of the item columns' names."""
    return any("{wave}" in name for use in study.instruments.values() for name in _patterns(use))


def suffix_of(study: Study, wave: str | None) -> str:
    """How the columns of the export name a wave."""
    labels = study.labels("wave").items()
    return next((theirs for theirs, ours in labels if ours == wave), wave or "")


def item_places(study: Study, name: str, wave: str | None) -> dict[int, str]:
    """Item number on the form -> column of the file, at one wave where waves are suffixes."""
    use = study.instruments[name]
    suffix = suffix_of(study, wave)
    items, numbered = use.items, use.form_numbers
    if isinstance(items, str):
        return {n: items.format(id=name, n=n, wave=suffix) for n in numbered}
    listed = items if isinstance(items, Mapping) else dict(zip(numbered, items, strict=True))
    return {n: column.format(wave=suffix) for n, column in listed.items()}


def shared_columns(study: Study) -> Iterator[str]:
    """Columns that would stand for two answers, as faults of `study.toml`.

    A short form may be scored from the items of a longer one, if its columns are listed or its
    `item_order` names the parent form.
    """
    waves: Sequence[str | None] = study.waves if is_suffixed(study) else (None,)
    own: dict[tuple[str, str], str] = {}      # instrument and column -> which answer it is
    by_pattern: dict[str, str] = {}           # column of a form by itself -> which answer it is
    for name, use in study.instruments.items():
        for wave in (wave for wave in waves if wave is None or wave in use.waves):
            for n, column in item_places(study, name, wave).items():
                answer = f"item {n} of {name}" + (f" at {wave}" if wave else "")
                alone = isinstance(use.items, str) and not use.is_part_of_form
                other = own.get((name, column)) or (by_pattern.get(column) if alone else None)
                if other:
                    yield f"instruments.{name}.items: the column '{column}' is already {other}"
                own.setdefault((name, column), answer)
                if alone:
                    by_pattern.setdefault(column, answer)


def _patterns(use: InstrumentUse) -> tuple[str, ...]:
    if isinstance(use.items, str):
        return (use.items,)
    return tuple(use.items.values() if isinstance(use.items, Mapping) else use.items)
