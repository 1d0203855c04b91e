"""What of a key is left to its user, in plain words: what to take from where, how it is checked."""

from balint_research.scoring.instrument import Instrument
from balint_research.scoring.telling.words import listed
from balint_research.scoring.user_key import CompareWith, FillIn, KeyForm, SignCheck


def to_complete(key: Instrument) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What has to be taken from where, and how it is checked: headings with their lines."""
    user = key.user_key
    if user is None:
        return ()
    blocks = (
        ("Take it from", user.take_from),
        ("To fill in", tuple(_fill_words(entry) for entry in user.fill_in)),
        ("What has to be true of the finished key", user.constraints),
        ("What is known of the form", tuple(_form_words(form) for form in user.forms)),
        ("Signs that have to come out", tuple(_sign_words(check) for check in user.sign_checks)),
        ("Published figures to compare with",
         tuple(_compare_words(figure) for figure in user.compare_with)),
    )
    return tuple((heading, lines) for heading, lines in blocks if lines)


def next_steps(key: Instrument) -> tuple[str, ...]:
    """The commands that lead to a finished key; nothing where nothing is left to fill in."""
    if key.user_key is None:
        return ()
    return (
        f"`balint instruments {key.id} --complete DIR` writes a commented template to fill in.",
        f"`balint instruments DIR/{key.id}.toml` checks the finished key; a study finds it in its "
        "folder `instruments`.",
    )


def _fill_words(entry: FillIn) -> str:
    return f"{entry.field}: {entry.expected}" if entry.expected else entry.field


def _form_words(form: KeyForm) -> str:
    return "; ".join([
        f"{form.n_items} items" if form.n_items else "number of items not known",
        *([f"{form.n_scales} scale{'' if form.n_scales == 1 else 's'}"] if form.n_scales else []),
        *([f"every item in exactly one of {listed(form.each_item_once)}"]
          if form.each_item_once else []),
    ])


def _sign_words(check: SignCheck) -> str:
    n = f", n {check.n}" if check.n is not None else ""
    key = f" [key {check.instrument}, scale {check.scale}]" if check.instrument else ""
    return (f"{check.correlate_with}{key}: {check.sign} correlation (published: "
            f"{check.expected_r}{n}; {check.source})")


def _compare_words(figure: CompareWith) -> str:
    return f"{figure.scale}: {figure.figure} ({figure.population}; {figure.source})"
