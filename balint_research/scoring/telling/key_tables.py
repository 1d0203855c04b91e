"""A key as tables of text: the same for the card in Jupyter and for the printed sheet."""

from dataclasses import dataclass

from balint_research.scoring.instrument import Instrument
from balint_research.scoring.telling import words


@dataclass(frozen=True, kw_only=True)
class KeyTable:
    """A table of texts: what it shows, its columns, its rows. The first cell of a row names it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def overview_table(key: Instrument) -> KeyTable:
    """What the questionnaire is, as facts; no column heads."""
    return KeyTable(title="In brief", head=(), rows=words.overview(key))


def answers_table(key: Instrument) -> KeyTable | None:
    """Every code with its labels; None where no code has one."""
    response = key.response
    if not response.anchors and not response.other_anchors:
        return None
    others = {f"Label ({words.items_words(other.items)})": other.anchors
              for other in response.other_anchors}
    columns = {"Label" + (" (other items)" if others else ""): response.anchors, **others}
    return KeyTable(
        title="Answers: the codes of the printed form",
        head=("Code", *columns),
        rows=tuple(
            (str(code), *(labels.get(str(code), words.NOT_GIVEN) for labels in columns.values()))
            for code in response.codes
        ),
    )


def scales_table(key: Instrument) -> KeyTable | None:
    """How each scale is scored; None in an incomplete key.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> scales_table(load_instrument("cbi")).rows[1][1:]
    ('mean of items 7, 8, 9, 10, 11, 12, 13', '13 (100 − answer)', '0 to 100', 'worse', \
'at least 4 of 7 items (mean of those answered)')
    """
    if not key.scales:
        return None
    return KeyTable(
        title="Scales",
        head=("Scale", "Score", "Reversed", "Range", "Higher means", "Answers needed"),
        rows=tuple(
            (f"{words.scale_words(scale)} [{key.id}_{name}]", words.score_words(scale),
             words.reversed_words(scale, key), words.range_words(scale.range),
             words.direction_words(scale), words.needs_words(scale, key))
            for name, scale in key.scales.items()
        ),
    )


def unscored_table(key: Instrument) -> KeyTable | None:
    """Scales that are known of and not scored; None where there are none."""
    if not key.unscored_scales:
        return None
    return KeyTable(
        title="Scales that are not scored",
        head=("Scale", "Items", "Range", "Higher means", "Why not scored", "Note"),
        rows=tuple(
            (f"{scale.name} [{name}]",
             words.NOT_GIVEN if scale.n_items is None else str(scale.n_items),
             words.range_words(scale.range), words.direction_words(scale), scale.reason,
             scale.notes or "none")
            for name, scale in key.unscored_scales.items()
        ),
    )


def coding_table(key: Instrument) -> KeyTable | None:
    """Other ways the answers are stored, by the id that chooses them."""
    if not key.coding_variants:
        return None
    return KeyTable(
        title="Other codings that can be chosen",
        head=("coding\N{NO-BREAK SPACE}=", "What it is", "Codes", "How to tell", "Source"),
        rows=tuple(
            (name, variant.what, words.coding_words(variant), variant.how_to_tell, variant.source)
            for name, variant in key.coding_variants.items()
        ),
    )


def order_table(key: Instrument) -> KeyTable | None:
    """Other numberings of the items, by the id that chooses them."""
    if not key.item_order_variants:
        return None
    effect = {"scores_change": "scores are wrong without it", "labels_only": "labels only"}
    return KeyTable(
        title="Other item orders that can be chosen",
        head=("item_order\N{NO-BREAK SPACE}=", "What it is", "Item numbers", "Effect", "Source"),
        rows=tuple(
            (name, variant.what, words.order_words(variant), effect[variant.effect],
             variant.source)
            for name, variant in key.item_order_variants.items()
        ),
    )


def unusable_table(key: Instrument) -> KeyTable | None:
    """Codings and item orders that are known of and cannot be chosen."""
    if not key.unusable_variants:
        return None
    return KeyTable(
        title="Known of, but cannot be used",
        head=("Name", "Kind", "What it is", "Why not", "Instead"),
        rows=tuple(
            (name, variant.kind.replace("_", " "), variant.what, variant.why, variant.instead)
            for name, variant in key.unusable_variants.items()
        ),
    )


def verification_table(key: Instrument) -> KeyTable | None:
    """How the key was checked, and with what result."""
    if not key.evidence.verification:
        return None
    return KeyTable(
        title="Verification",
        head=("Checked with", "Kind", "Result"),
        rows=tuple((check.what, check.how, check.result) for check in key.evidence.verification),
    )
