"""An instrument in the format of a survey program or a health record."""

from difflib import get_close_matches
from pathlib import Path
from typing import Literal, cast, get_args

from balint_research.errors import ScoringError
from balint_research.scoring.exchange import fhir, limesurvey, redcap
from balint_research.scoring.exchange.form import Form, form_of
from balint_research.scoring.exchange.wording import Wording
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument

Kind = Literal["redcap", "fhir", "limesurvey"]


def export_instrument(
    instrument: str | Path | Instrument,
    kind: Kind,
    *,
    wording: Wording | None = None,
    folder: Path | None = None,
) -> str:
    """The questionnaire as the text of a file that a survey program or health record imports.

    Use it to set up data collection so that the export can be scored without any mapping. The
    fields are named ``{id}_{n}`` and the codes are those of the key: ``br.score(export, id)``.
    LimeSurvey names its columns otherwise; `export_columns` gives them for `items`.

    Parameters
    ----------
    instrument : id of a key (``"teq"``), path of a key file, or an `Instrument`.
    kind : ``"redcap"``, ``"fhir"`` or ``"limesurvey"``.
    wording : the user's own wording (`read_wording`). Items without it carry a placeholder that
        says which item it is: label, number and our gist. The wording must then be put in from
        the official form.
    folder : a folder of own key files, searched first.

    Returns
    -------
    The text; write it in UTF-8.

    * ``redcap``: a data dictionary (CSV, 18 columns) with ``record_id`` as its first field.
      Uploading one *replaces* the fields of a project; to add to a project, append the rows
      after ``record_id`` to its own dictionary. Neighbouring items with the same options are a
      matrix.
    * ``fhir``: an R4 Questionnaire (JSON), status ``draft``, one `choice` item a question with
      the code as ``valueCoding`` and as ordinal value.
    * ``limesurvey``: a survey structure (save it with the ending ``.txt``; 3 to 6), one array
      question for neighbouring items with the same options. Its language is that of the wording,
      and must be one that LimeSurvey knows. Export the responses with *question codes* as
      headings and *answer codes* as answers.

    Notes
    -----
    Answers are labelled with the key's English anchors, or with the code where the key has none:
    lay them beside the official form, too. An option that counts as no answer ("not applicable")
    gets a code outside the range, 99 (999 where 99 could be an answer): score with
    ``missing_codes=[99]``. Keys that demand a declared direction are exported as printed: score
    with ``coding="as_printed"``. Keys with ``map_columns_by = "content"`` are scored with
    ``items=export_columns(...)``, since their columns are never matched by number.

    Texts are escaped so that a survey program shows them and runs nothing: HTML, LimeSurvey's
    ``{expressions}``, REDCap's ``[piping]``, and a leading ``=`` that a spreadsheet would compute.

    Raises
    ------
    ScoringError : an unknown instrument or kind; a key that is not established (its items have
        no certain numbers); wording of another questionnaire; names the format cannot take.

    Checked against the headers of real REDCap dictionaries, the R4B models of fhir.resources (its
    Questionnaire is R4's), and a reader written after LimeSurvey's importer; every shipped key
    comes back from each format with its item numbers and codes. No file was given to a running
    REDCap or LimeSurvey: look at the first one you import.

    Examples
    --------
    >>> lines = export_instrument("gad7", "redcap").splitlines()
    >>> lines[2].split(",", 2)[:2], lines[2].partition("wording of")[0][-40:]
    (['gad7_1', 'gad7'], 'GAD-7, item 1 (nervousness): put in the ')
    >>> export_instrument("gad7", "qualtrics")
    Traceback (most recent call last):
    balint_research.errors.ScoringError: There is no format 'qualtrics'. Allowed: 'redcap', \
'fhir', 'limesurvey'.
    """
    form = _form(instrument, kind, wording, folder)
    match kind:
        case "redcap":
            return redcap.dictionary_of(form)
        case "fhir":
            return fhir.questionnaire_of(form)
        case "limesurvey":
            return limesurvey.survey_of(form)


def export_columns(
    instrument: str | Path | Instrument, kind: Kind, *, folder: Path | None = None
) -> dict[int, str]:
    """The columns that the responses to an exported questionnaire will have: item -> column.

    Use it as `items` of `score`, where the columns are not ``{id}_{n}``. LimeSurvey allows no
    underscore and names an array's columns ``code[item]``; where the options change within the
    questionnaire, it has several arrays.

    Parameters and errors are those of `export_instrument`.

    Examples
    --------
    >>> export_columns("gad7", "limesurvey")[2]
    'gad7[2]'
    >>> export_columns("cbi", "limesurvey")[7]
    'cbip2[7]'
    """
    form = _form(instrument, kind, None, folder)
    if kind == "limesurvey":
        return limesurvey.columns_of(form)
    return {n: f"{form.key.id}_{n}" for n in form.texts}


def _form(
    instrument: str | Path | Instrument, kind: str, wording: Wording | None, folder: Path | None
) -> Form:
    known = cast("list[str]", list(get_args(Kind)))
    if kind not in known:
        near = get_close_matches(str(kind), known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        listed = ", ".join(f"'{name}'" for name in known)
        raise ScoringError(f"There is no format '{kind}'. Allowed: {listed}.{hint}")
    return form_of(load_instrument(instrument, folder), wording)
