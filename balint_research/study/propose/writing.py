"""What was found, as the text of a study.toml that a person confirms line by line."""

from collections.abc import Iterator, Mapping, Sequence

from balint_research.errors import number_of
from balint_research.study.propose.draft import Draft
from balint_research.study.propose.questionnaires import Recognised
from balint_research.study.propose.roles import Role, control_of
from balint_research.study.propose.sources import Source
from balint_research.study.propose.toml_text import CONFIRM, FILL, comment, key, pair, shown
from balint_research.study.propose.writing_instruments import instrument_blocks

DESIGNS = "single_group, controlled, individually_randomised, cluster_randomised, cross_sectional"

Lines = Iterator[str]


def toml_of(draft: Draft) -> str:
    """The text of study.toml."""
    blocks = [_heading(draft), _study(draft), _arms(draft), _files(draft), _columns(draft),
              _values(draft), _reading(draft), _resolve(draft),
              *instrument_blocks(draft)]
    texts = ["\n".join(block) for block in blocks]
    return "\n\n".join(text for text in texts if text) + "\n"


def _heading(draft: Draft) -> Lines:
    yield from comment(
        "A PROPOSAL, made by `balint init --from`; nobody has confirmed it. Lay every line marked "
        "CONFIRM beside the questionnaire, the protocol and the codebook, and correct it. Replace "
        "every FILL IN. Then remove the line `confirmed = false`, and check it all with "
        "`balint validate` and the name of this folder.")
    for source in draft.parts.every:
        if named := draft.named_in(source):
            yield "#"
            yield from comment(
                f"{shown([source.name])} has {number_of(len(named), 'column')} that name"
                f"{'s' if len(named) == 1 else ''} people: {shown(named, 30)}. Delete "
                f"{'it' if len(named) == 1 else 'them'} from the copy in this folder.", "FIRST")


# --- [study] -------------------------------------------------------------------------------------


def _study(draft: Draft) -> Lines:
    layout = draft.layout
    yield "[study]"
    yield pair("confirmed", False)
    yield pair("title", draft.title or f"{FILL}: the title of the study")
    design, why = _design(draft)
    yield from comment(f"{why}. One of {DESIGNS}.", CONFIRM)
    yield pair("design", design)
    order = " The order is that in time; the first is the baseline." if len(
        layout.waves) > 1 else ""
    yield from comment(f"{layout.evidence} (confidence: {layout.confidence}).{order}", CONFIRM)
    for warning in layout.warnings:
        yield from comment(f"{warning}.", f"{CONFIRM}, WARNING")
    yield pair("waves", layout.waves)
    yield from _primary(draft)


def _design(draft: Draft) -> tuple[str, str]:
    if len(draft.layout.waves) == 1:
        return "cross_sectional", "there is one wave"
    if draft.allocation.arm is None:
        return "single_group", "no column of arms was found"
    return "individually_randomised", ("there are arms; whether people were drawn by lot, whole "
                                       "groups were, or nobody was, no export tells")


def _primary(draft: Draft) -> Lines:
    layout = draft.layout
    least = min(2, len(layout.waves))
    one = next((one for one in draft.known if len(one.waves) >= least and _scales(one)), None)
    if one is None:
        why = ("no questionnaire that was recognised" if draft.known else "no questionnaire") + (
            " was given at two waves" if least == 2 and draft.known else " was recognised"
            if not draft.known else " has a scale that is compared")
        yield from comment(f"{why}. Write an instrument and one of its scales, as in "
                           "\"teq.total\".", FILL)
        yield pair("primary_outcome", FILL)
        return
    scales = _scales(one)
    others = f"; its other scales: {', '.join(scales[1:])}" if len(scales) > 1 else ""
    yield from comment("the first questionnaire that was recognised"
                       f"{' and given at two waves' if least == 2 else ''}{others}. The protocol "
                       "says which outcome is the primary one.", CONFIRM)
    yield pair("primary_outcome", f"{one.key.id}.{scales[0]}")
    if one.waves[0] != layout.waves[0]:
        yield from comment(f"{one.key.id} has no answer at an earlier wave.", CONFIRM)
        yield pair("baseline", one.waves[0])
    if least == 2:
        yield from comment("the last wave with answers to it.", CONFIRM)
        yield pair("primary_wave", one.waves[-1])


def _scales(one: Recognised) -> list[str]:
    """The scales that are compared."""
    return [name for name, scale in one.key.scales.items()
            if not scale.secondary and scale.score != "criteria"]


# --- arms, files, columns, values ----------------------------------------------------------------


def _has_arms(draft: Draft) -> bool:
    return draft.allocation.arm is not None and len(draft.layout.waves) > 1


def _arms(draft: Draft) -> Lines:
    arm = draft.allocation.arm
    if arm is None:
        return
    if not _has_arms(draft):
        yield from comment(f"The column {shown([arm.column])} could be one of arms; a study of one "
                           "wave compares none.")
        return
    control = control_of(draft.allocation.arms)
    yield "[arms]"
    if control is None:
        yield from comment("no arm is named like a control: move its name from `treated` to "
                           "`control`.", FILL)
    else:
        yield from comment("it is named like a control. The other way round, every difference "
                           "would have the wrong sign.", CONFIRM)
    yield pair("control", control or FILL)
    yield pair("treated", [name for name in draft.allocation.arms if name != control])


def _files(draft: Draft) -> Lines:
    parts, layout = draft.parts, draft.layout
    yield "[files]"
    for name in ("participants", "sessions", "attendance"):
        source = getattr(parts, name)
        if source is not None:
            yield from comment(f"by its columns, this file is the table of {name}.", CONFIRM)
            yield pair(name, source.name)
    if layout.kind == "files":
        yield from comment("which file is of which wave.", CONFIRM)
        yield pair("responses", {wave: source.name for wave, source in layout.tables})
    else:
        yield pair("responses", layout.sources[0].name)
    if parts.left_out:
        names = shown(source.name for source in parts.left_out)
        yield from comment(f"not used, for neither ids nor items were found there: {names}.",
                           CONFIRM)


def _columns(draft: Draft) -> Lines:
    roles = list(_named(draft))
    if not roles:
        return
    yield "[columns]"
    for ours, role, text in roles:
        if role is None:
            yield from comment(text, FILL)
            yield pair(ours, FILL)
        else:
            yield from comment(f"{role.evidence} (confidence: {role.confidence}).", CONFIRM)
            if ours == "participant" and (lacking := _without(draft, text)):
                yield from comment(f"it has another name in {shown(lacking)}: rename it there.",
                                   f"{FILL}")
            yield pair(ours, text)


def _named(draft: Draft) -> Iterator[tuple[str, Role | None, str]]:
    """Our name, what was found, and the column (or what is to be filled in)."""
    layout, given = draft.layout, draft.allocation
    if layout.person is None:
        yield "participant", None, ("no column of participants was found: one that is filled in "
                                    "each row, and the same for a person at each wave. Name it, or "
                                    "add it to the export.")
    elif layout.person.column != "participant":
        yield "participant", layout.person, layout.person.column
    if layout.column is not None and layout.column.column != "wave":
        yield "wave", layout.column, layout.column.column
    pairs = (("arm", given.arm if _has_arms(draft) else None, given.arm_table),
             ("group", given.group, given.group_table))
    for ours, role, table in pairs:
        if role is not None and (ours != role.column or _elsewhere(draft, table)):
            yield ours, role, f"{table}.{role.column}" if _elsewhere(draft, table) else role.column


def _without(draft: Draft, column: str) -> list[str]:
    """The other tables of people that do not have this column."""
    return [source.name for name, source in draft.parts.all
            if name in ("participants", "attendance")
            and not {column, "participant"}.intersection(source.table.frame.columns)]


def _elsewhere(draft: Draft, table: str) -> bool:
    """What describes people stands with the answers although there is a table of people."""
    return table == "responses" and draft.parts.participants is not None


def _values(draft: Draft) -> Lines:
    layout = draft.layout
    if layout.renamed:
        yield "[values.wave]"
        yield from comment("what the export calls the waves = what they are called here; another "
                           "name goes into `waves` too.", CONFIRM)
        yield from (pair(theirs, ours) for theirs, ours in layout.renamed.items())
    arms = [(theirs, ours) for theirs, ours in draft.allocation.names if theirs != ours]
    if arms and _has_arms(draft):
        yield from [""] if layout.renamed else []
        yield "[values.arm]"
        yield from comment("what the export calls the arms = what they are called here.", CONFIRM)
        yield from (pair(theirs, ours) for theirs, ours in arms)


def _reading(draft: Draft) -> Lines:
    told = False
    texts = [text for one in draft.known for text in one.candidate.coding.no_answer]
    names = {str(path): name for name, path in draft.copies.items()}
    for source in {source.file: source for _, source in draft.parts.all}.values():
        lines = list(_reading_of(source, names, texts if source in draft.layout.sources else []))
        if lines:
            yield from [""] if told else []
            yield f"[reading.{key(source.file)}]"
            yield from lines
            told = True


def _reading_of(
    source: Source, names: Mapping[str, str], no_answer: Sequence[str]
) -> Lines:
    reading = source.reading
    if reading.dialect is not None:
        yield from comment(dialect_evidence(source), CONFIRM)
        yield pair("dialect", reading.dialect)
    if reading.dictionary is not None:
        yield from comment("the data dictionary turns the labels into codes.", CONFIRM)
        yield pair("dictionary", names[reading.dictionary])
    if reading.header_lines is not None:
        yield from comment(f"{reading.header_lines} lines together name the columns.", CONFIRM)
        yield pair("header_lines", reading.header_lines)
    if reading.repeat_instrument is not None:
        yield from comment("the questionnaires stand in the rows of this repeating instrument.",
                           CONFIRM)
        yield pair("repeat_instrument", reading.repeat_instrument)
    missing = {**reading.missing, **{text: text for text in no_answer}}
    if missing:
        yield from comment("texts that are no answers = why there is none.", CONFIRM)
        yield pair("missing", missing)


def dialect_evidence(source: Source) -> str:
    """How the reading recognised the program that wrote the file."""
    told = [issue for issue in source.table.issues if issue.rule == "dialect"]
    return " ".join(f"{issue.what} Evidence: {issue.evidence}." for issue in told) or (
        "recognised by its columns.")


def _resolve(draft: Draft) -> Lines:
    if draft.layout.repeated and not draft.layout.warnings:
        yield "# [resolve]"
        yield from comment(
            f"{number_of(draft.layout.repeated, 'row')} share person and wave with another row. "
            "Look at them, then say which row counts (keep_first, keep_last, drop_all), or correct "
            "the file.", FILL)
        yield '# duplicate_rows = "keep_first"'
