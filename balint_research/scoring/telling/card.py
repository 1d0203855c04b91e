"""A questionnaire's key as a fragment of HTML: what Jupyter shows of an `Instrument`."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from balint_research.scoring.instrument import Instrument
from balint_research.scoring.telling import key_tables, words
from balint_research.scoring.telling.key_tables import KeyTable
from balint_research.scoring.telling.to_complete import next_steps, to_complete

CODE = re.compile(r"`([^`]+)`")
# No colour of its own but lines drawn in the colour of the text: it reads in light and dark themes.
# No heading either: a heading inside an output would break the order of the notebook's own.
STYLE = """
.balint-key { max-width: 64rem; line-height: 1.4; }
.balint-key .name { font-size: 1.2em; margin: 0 0 .3em; }
.balint-key .scroll { overflow-x: auto; margin: .9em 0 .4em; }
.balint-key .scroll:focus-visible { outline: 2px solid currentColor; }
.balint-key table { border-collapse: collapse; margin: 0; width: 100%; table-layout: auto;
  color: inherit; }
.balint-key table.wide { min-width: 44rem; }
.balint-key caption { text-align: left; font-weight: bold; padding: 0 0 .2em; caption-side: top;
  color: inherit; }
.balint-key.balint-key.balint-key th,
.balint-key.balint-key.balint-key td {   /* notebooks align cells to the right */
  text-align: left; vertical-align: top; padding: .25em .8em .25em 0;
  border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.balint-key tbody th { font-weight: normal; }
.balint-key .facts tbody th { font-weight: bold; }
.balint-key .facts td { overflow-wrap: anywhere; }
.balint-key ul { margin: .2em 0 .6em; padding-left: 1.3em; }
.balint-key p, .balint-key li { margin: .3em 0; overflow-wrap: anywhere; }
"""


def card_html(instrument: Instrument) -> str:
    """The key of one questionnaire as a fragment of HTML that needs nothing else.

    A notebook shows it for an `Instrument` that stands on the last line of a cell. It holds no
    item wording and no gist; the sheet to check against the official form is
    `balint instruments ID --sheet`.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> "mean of items 7, 8, 9, 10, 11, 12, 13" in card_html(load_instrument("cbi"))
    True
    """
    return "\n".join([
        f'<div class="balint-key" role="group" aria-label="{escape(instrument.label)}: key">',
        f"<style>{STYLE}</style>",
        f'<p class="name"><strong>{escape(words.title(instrument))}</strong></p>',
        *_parts(instrument),
        "</div>",
    ])


def inline_html(text: str) -> str:
    """A text of a key file as HTML: escaped, what stands between backticks as code.

    A name may be broken after each underscore, so that none pushes a table out of its page.

    Examples
    --------
    >>> inline_html("give `items`, n < 5"), inline_html("coded_1_5")
    ('give <code>items</code>, n &lt; 5', 'coded_<wbr>1_<wbr>5')
    """
    return CODE.sub(r"<code>\1</code>", escape(text)).replace("_", "_<wbr>")


def _parts(key: Instrument) -> Iterator[str]:
    yield _table(key_tables.overview_table(key))
    yield from _left_to_user(key)
    yield from _told(key_tables.scales_table(key))
    yield from map(_paragraph, words.rule_notes(key))
    yield from _listing("As the key file puts it", words.scale_notes(key))
    yield from _told(key_tables.unscored_table(key))
    yield from _answers(key)
    yield from _told(key_tables.coding_table(key))
    yield from _told(key_tables.order_table(key))
    yield from _told(key_tables.unusable_table(key))
    verified = key_tables.verification_table(key)
    yield _table(verified) if verified else _paragraph(f"Verification: {words.NONE_HERE}.")


def _answers(key: Instrument) -> Iterator[str]:
    labels = key_tables.answers_table(key)
    codes = f"Codes: {words.sentence(words.answers_words(key))}"
    yield _table(labels) if labels else _paragraph(codes)
    yield from map(_paragraph, words.answers_notes(key))


def _left_to_user(key: Instrument) -> Iterator[str]:
    for heading, lines in to_complete(key):
        yield from _listing(heading, lines)
    yield from map(_paragraph, next_steps(key))


def _told(table: KeyTable | None) -> Iterator[str]:
    if table is not None:
        yield _table(table)


def _table(table: KeyTable) -> str:
    """A table in a box that scrolls sideways on a narrow screen, also by keyboard."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(
        f'<tr><th scope="row">{inline_html(first)}</th>'
        + "".join(f"<td>{inline_html(cell)}</td>" for cell in rest) + "</tr>"
        for first, *rest in table.rows
    )
    kind = "facts" if not head else "wide" if len(table.head) > 4 else "few"
    return (
        f'<div class="scroll" role="group" aria-label="{escape(table.title)}" tabindex="0">'
        f'<table class="{kind}"><caption>{escape(table.title)}</caption>'
        + (f"<thead><tr>{head}</tr></thead>" if head else "")
        + f"<tbody>{rows}</tbody></table></div>"
    )


def _listing(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<p><strong>{escape(heading)}</strong></p>"
        yield "<ul>" + "".join(f"<li>{inline_html(line)}</li>" for line in lines) + "</ul>"


def _paragraph(text: str) -> str:
    return f"<p>{inline_html(text)}</p>"
