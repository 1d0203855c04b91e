"""A questionnaire's key as a printable page, for a second person to check against the form."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from balint_research.reporting import format as to
from balint_research.scoring.examples import ExampleResult, run_examples
from balint_research.scoring.instrument import Example, Instrument
from balint_research.scoring.telling import key_tables, words
from balint_research.scoring.telling.card import inline_html
from balint_research.scoring.telling.key_tables import KeyTable
from balint_research.scoring.telling.to_complete import next_steps, to_complete

if TYPE_CHECKING:
    from jinja2 import Template

    from balint_research.scoring.exchange.wording import Wording

COMPUTED_DIGITS = 4  # examples print four decimals


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """One item as the page lists it."""

    number: int
    gist: str
    use: str
    scored: bool
    turned: bool
    wording: str | None


@dataclass(frozen=True, kw_only=True)
class BandPart:
    """One set of cut-offs: a table where it has bands, and what its source says beside them."""

    name: str
    source: str
    table: KeyTable | None
    statements: tuple[str, ...]


def key_page(instrument: Instrument, wording: "Wording | None" = None) -> str:
    """The key of one questionnaire as one page of HTML that needs nothing else.

    Print it (A4) and give it to a second person: every item with its direction in each scale and
    a box to tick, codes, scales, rules, cut-offs, published figures, worked examples with what
    the key gives, doubts, sources, and a field to sign.

    Parameters
    ----------
    instrument : the key, as `load_instrument` gives it; also an incomplete one or one's own.
    wording : the item texts of a licensed user (`read_wording`). They stand beside the gists, and
        the page says that it must not be passed on.

    Raises
    ------
    ScoringError : the wording is of another questionnaire, or the key has no items to lay it
        beside.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> key_page(load_instrument("who5")).count('<input type="checkbox"')
    13
    """
    return _template().render(
        **_of_the_key(instrument), **_of_the_evidence(instrument),
        banners=tuple(_banners(instrument, wording)), items=_items(instrument, wording),
        language=wording.language if wording else None,
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("balint_research.reporting"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters |= {"capital": to.sentence_case, "stop": words.sentence}
    safe = environment.filters["safe"]
    environment.filters["inline"] = lambda text: safe(inline_html(text))
    return environment.get_template("key_sheet.html.j2")


def _of_the_key(key: Instrument) -> dict[str, object]:
    """What has to be compared with the form."""
    return {
        "key": key, "title": words.title(key), "none_here": words.NONE_HERE,
        "overview": key_tables.overview_table(key),
        "to_complete": to_complete(key), "next_steps": next_steps(key),
        "answers": key_tables.answers_table(key), "codes": words.answers_words(key),
        "answer_notes": words.answers_notes(key), "counted": _counted(key),
        "scales": key_tables.scales_table(key), "scale_notes": words.scale_notes(key),
        "unscored": key_tables.unscored_table(key), "rule_notes": words.rule_notes(key),
        "codings": key_tables.coding_table(key), "orders": key_tables.order_table(key),
        "unusable": key_tables.unusable_table(key),
    }


def _of_the_evidence(key: Instrument) -> dict[str, object]:
    """How its scores are read, and why the key can be trusted."""
    from balint_research import __version__

    return {
        "bands": _bands(key), "band_rule": words.BAND_RULE, "norms": _norms(key),
        "changes": tuple(words.change_words(change) for change in key.reference.change),
        "examples": _examples(key), "doubts": words.doubts_words(key), "sources": _sources(key),
        "verification": key_tables.verification_table(key), "version": __version__,
    }


def _banners(key: Instrument, wording: "Wording | None") -> Iterator[str]:
    """What must not be overlooked."""
    if wording is not None:
        yield ("This page holds licensed wording that is yours to use: it must not be passed on, "
               "published or put into a repository.")
    if key.key_status != "established":
        yield (f"Status of this key: {words.status_words(key)}. Open doubts: "
               f"{words.sentence(words.doubts_words(key))}")
    if key.response.must_declare:
        yield "Direction of the codes: a study has to declare it, the numbers do not show it."
    if key.map_columns_by == "content":
        yield ("The item numbers are not those of the printed form: compare the items by content, "
               "never by number.")


def _items(key: Instrument, wording: "Wording | None") -> tuple[ItemRow, ...]:
    texts = _texts(key, wording) if wording is not None else {}
    return tuple(
        ItemRow(number=n, gist=gist, use=words.item_words(n, key), scored=n in key.scored_items,
                turned=n in key.reversed_anywhere, wording=texts.get(n))
        for n, gist in key.items.items()
    )


def _texts(key: Instrument, wording: "Wording") -> dict[int, str]:
    """The wording of every item that has one."""
    from balint_research.scoring.exchange.form import form_of

    form = form_of(key, wording)  # refuses the wording of another questionnaire
    return {n: text for n, text in form.texts.items() if n not in form.placeholders}


def _counted(key: Instrument) -> str:
    """How many items there are, and how many count."""
    if not key.items:
        return "No item numbers are established: they have to come from the official form."
    rest = len(key.items) - len(key.scored_items)
    unused = f"; {rest} in no scale" if rest else ""
    return f"{to.counted(len(key.items), 'item')}; {len(key.scored_items)} scored{unused}."


def _bands(key: Instrument) -> tuple[BandPart, ...]:
    return tuple(
        BandPart(
            name=name, source=bands.source, table=_band_table(key, name),
            statements=tuple(
                "; ".join(part for part in (statement.what, statement.notes) if part)
                + ("" if statement.source == bands.source else f" (source: {statement.source})")
                for statement in bands.statements),
        )
        for name, bands in key.band_sets.items()
    )


def _band_table(key: Instrument, name: str) -> KeyTable | None:
    """Every band of a set with the scores that belong to it, and the scores that have none."""
    rows: list[tuple[str, ...]] = []
    for scale_id, bands in key.band_sets[name].bands.items():
        scale = key.scales[scale_id]
        rows += [
            (scale.name, f"{band.label} ({band.notes})" if band.notes else band.label,
             words.range_words((band.low, band.high)), words.band_words(bands, i))
            for i, band in enumerate(bands)
        ]
        without = words.bandless_words(bands, scale)
        if without:
            rows.append((scale.name, "no band in this set", "not printed", without))
    if not rows:
        return None
    head = ("Scale", "Band", "As printed", "Scores that belong to it")
    return KeyTable(title=f"Cut-offs of the set {name}", head=head, rows=tuple(rows))


def _norms(key: Instrument) -> KeyTable | None:
    rows = tuple(
        (_scale_name(key, norm.scale) or norm.target or "the whole form", norm.population,
         words.norm_words(norm), norm.source)
        for norm in key.reference.norms
    )
    head = ("Scale", "Population", "Figures", "Source")
    return KeyTable(title="Published figures", head=head, rows=rows) if rows else None


def _scale_name(key: Instrument, scale: str | None) -> str | None:
    return key.scales[scale].name if scale else None


def _examples(key: Instrument) -> KeyTable | None:
    """Every worked example: what its answers must give, and whether the key gives it."""
    if not key.examples:
        return None
    results = run_examples(key)
    return KeyTable(
        title="Worked examples: answers in the order of the items",
        head=("No.", "Answers", "Scores they must give", "Come out", "Kind and source"),
        rows=tuple(
            (str(i), _answers(example), _expected(example),
             _outcome([result for result in results if result.number == i]),
             f"{to.label(example.kind)}: {example.source}")
            for i, example in enumerate(key.examples, 1)
        ),
    )


def _answers(example: Example) -> str:
    return " ".join("no-answer" if answer == "none" else str(answer) for answer in example.answers)


def _expected(example: Example) -> str:
    return ", ".join(f"{scale} {_score(None if value == 'none' else value)}"
                     for scale, value in example.scores.items())


def _outcome(results: list[ExampleResult]) -> str:
    wrong = [
        f"{result.scale}: the key gives {_computed(result.computed)}, the example says "
        f"{_score(result.expected)}"
        for result in results if not result.agrees
    ]
    return f"no: {'; '.join(wrong)}" if wrong else "yes"


def _score(value: float | None) -> str:
    return "no score" if value is None else words.number(value)


def _computed(value: float | None) -> str:
    return "no score" if value is None else to.number(value, COMPUTED_DIGITS)


def _sources(key: Instrument) -> KeyTable:
    rows = tuple((source.what, source.url or words.NOT_GIVEN) for source in key.evidence.sources)
    return KeyTable(title="Sources of this key", head=("What was read", "Where"), rows=rows)
