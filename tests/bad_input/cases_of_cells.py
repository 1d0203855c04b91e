"""Files that can be read and whose cells are not what the study says."""

from collections.abc import Callable

from tests.bad_input.corpus import (
    CODE,
    MAIL,
    NAME,
    PHONE,
    SMALL,
    Case,
    cell,
    changed,
    column,
    small_responses,
)
from tests.study_folder import ITEMS, Rows, as_csv

THIRD = 5   # column of who5_3, counted from 1
ROW = 4


def cases() -> list[Case]:
    """Faults of answers, of ids and waves, of the layout, and what names a person."""
    return [*_answers(), *_people_and_waves(), *_layouts(), *_identifiers()]


def _cells(name: str, change: Callable[[Rows], object], *rules: str, says: tuple[str, ...] = (),
           toml: str | None = None) -> Case:
    return Case(name=f"cells-{name}", files={"responses.csv": changed(change)}, rules=rules,
                says=says, toml=toml)


def _answer(name: str, value: str, rule: str, *says: str) -> Case:
    """One answer that is no number stops the scoring of the file alone, too, in less time."""
    return Case(name=f"cells-{name}", files={"responses.csv": changed(cell(ROW, THIRD, value))},
                command="score" if rule == "text_answers" else "validate", rules=(rule,),
                says=("column 'who5_3'", f"row {ROW}", *says))


def _answers() -> list[Case]:
    return [
        _answer("decimal-comma", "1,5", "text_answers", "with a point"),
        _answer("percent-sign", "40%", "text_answers", "numeric codes"),
        _answer("formula", "=SUM(A1:A3)", "text_answers"),
        _answer("formula-that-runs-a-program", "=cmd|'/C calc'!A0", "text_answers"),
        _answer("error-of-a-spreadsheet", "#REF!", "text_answers"),
        _answer("date-of-a-spreadsheet", "2026-01-05", "text_answers"),
        _answer("date-in-words", "5-Jan", "text_answers"),
        _answer("label", f"Most of the time, says {NAME}", "text_answers"),
        _answer("number-and-words", f"4 {PHONE}", "text_answers"),
        _answer("space-of-no-width", "3\N{ZERO WIDTH SPACE}", "text_answers"),
        _answer("digit-above-the-line", "\N{SUPERSCRIPT THREE}", "text_answers"),
        _answer("minus-sign-of-typographers", "\N{MINUS SIGN}1", "text_answers"),
        _answer("underscores", "1_0", "text_answers"),
        _answer("hexadecimal", "0x3", "text_answers"),
        _answer("infinity-in-words", "inf", "text_answers"),
        _answer("boolean", "TRUE", "text_answers"),
        _answer("too-large-for-a-number", "1e999", "text_answers"),
        _answer("four-hundred-digits", "7" * 400, "text_answers"),
        _answer("above-the-codes", "77123", "range", "0 to 5"),
        _answer("below-the-codes", "-1", "range"),
        _answer("between-the-codes", "2.5", "range"),
        _answer("a-trace-above-a-code", "3.000001", "range"),
        _cells("decimal-commas-in-a-whole-column",
               column(THIRD, lambda value: f"{value},5"), "range",
               says=("column 'who5_3'", "decimal commas")),
        Case(name="cells-digits-of-another-script", stops=False, files={
            "responses.csv": changed(cell(ROW, THIRD, "\N{FULLWIDTH DIGIT THREE}"))}),
        _cells("every-answer-a-label", column(THIRD, lambda _: NAME), "text_answers",
               says=("column 'who5_3'", "12 answers")),
        _cells("every-code-one-higher",
               lambda rows: [column(n, lambda value: str(int(value) + 1))(rows)
                             for n in range(3, 8)], "shifted_coding"),
    ]


def _people_and_waves() -> list[Case]:
    def twin(rows: Rows) -> None:
        rows.append(list(rows[1]))

    def copied(rows: Rows) -> None:
        for before, after in zip(rows[1:7], rows[7:], strict=True):
            after[2:7] = before[2:7]

    def strangers(rows: Rows) -> None:
        for i, row in enumerate(rows[7:]):
            row[0] = f"zq-stranger-{i}"

    return [
        _cells("unknown-wave", cell(ROW, 2, NAME), "unknown_wave",
               says=("column 'wave'", "row 4", "pre")),
        _cells("wave-never-filled", column(2, lambda _: ""), "empty_required",
               says=("column 'wave'",)),
        _cells("person-never-filled", column(1, lambda _: ""), "empty_column",
               says=("column 'participant'",)),
        _cells("row-twice", twin, "duplicate_rows", says=("rows 2, 14", "[resolve]")),
        _cells("wave-copied", copied, "copied_wave"),
        _cells("nobody-twice", strangers, "no_common_participant", says=("wave 'post'",)),
        _cells("wave-without-rows", lambda rows: rows.__delitem__(slice(7, None)), "empty_wave",
               says=("wave 'post'",)),
    ]


def _layouts() -> list[Case]:
    def without(name: str) -> Callable[[Rows], object]:
        def change(rows: Rows) -> None:
            place = rows[0].index(name)
            for row in rows:
                del row[place]

        return change

    wide = [["participant", *[f"{item}_{wave}" for wave in ("pre", "post") for item in ITEMS]]]
    long = small_responses()
    wide += [[before[0], *before[2:7], *after[2:7]]
             for before, after in zip(long[1:7], long[7:], strict=True)]
    both = as_csv(wide).encode()
    suffixed = SMALL + 'items = "{id}_{n}_{wave}"\n'
    one_less = as_csv([row[:-1] for row in wide]).encode()
    return [
        _cells("without-person", without("participant"), "missing_column",
               says=("'participant'", "[columns]")),
        _cells("without-wave", without("wave"), "missing_column", says=("'wave'",)),
        _cells("without-an-item", without("who5_3"), "item_missing", says=("who5_3",)),
        _cells("item-of-a-longer-form", cell(1, 8, "who5_6"), "item_extra",
               says=("'who5_6'",)),
        Case(name="cells-pre-and-post-side-by-side", files={"responses.csv": both},
             rules=("missing_column", "item_missing")),
        Case(name="cells-pre-and-post-side-by-side-declared", files={"responses.csv": both},
             toml=suffixed, stops=False),
        Case(name="cells-last-item-of-post-missing", files={"responses.csv": one_less},
             toml=suffixed, rules=("item_missing",), says=("who5_5_post",)),
    ]


def _identifiers() -> list[Case]:
    def spelt(name: str, column: str) -> Case:
        """What is wrong with the column's name must not reach the terminal."""
        def change(rows: Rows) -> None:
            rows[0][-1], rows[3][-1] = column, MAIL

        return _cells(name, change, "direct_identifier", says=("Delete the column",))

    def named(name: str, value: str) -> Case:
        def change(rows: Rows) -> None:
            rows[0][-1] = name
            rows[3][-1] = value

        return _cells(f"{name.replace(' ', '-')}-of-a-person", change, "direct_identifier",
                      says=(f"column '{name}'", "Delete the column"))

    def given(rows: Rows) -> None:
        rows[0][0] = MAIL
        rows[1][0] = CODE

    return [
        named("remarks", f"write to {MAIL}"), named("comments", f"ring {PHONE} at night"),
        named("host", "192.0.2.17"), named("surname", "Quetzalcoatl"),
        named("where", "52.520, 13.404"), named("born", "1984-02-29"),
        spelt("name-that-colours-the-terminal", "re\x1b[31mmarks\x07"),
        spelt("name-of-two-lines", "re\nmarks\r\n9 stop the run:"),
        spelt("name-written-backwards", "re\N{RIGHT-TO-LEFT OVERRIDE}skram"),
        spelt("name-without-end", "remarks " * 2000),
        _cells("an-address-as-the-name-of-a-column", given, "missing_column"),
    ]
