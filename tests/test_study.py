"""`study.toml` to `Study`, and every fault at once with its path."""

from pathlib import Path

import pytest

from balint_research.errors import StudyError
from balint_research.study.study import read_study
from tests.study_folder import TOML


def faults(folder: Path, toml: str) -> list[str]:
    """The numbered lines of the error."""
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    heading, *lines = str(caught.value).splitlines()
    number = f"{len(lines)} fault{'s were' if len(lines) != 1 else ' was'} found"
    assert heading == f"{folder / 'study.toml'}: {number}; nothing was read."
    return [line.split(". ", 1)[1] for line in lines]


def test_every_default_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TOML, encoding="utf-8-sig")
    study = read_study(tmp_path)
    assert (study.baseline, study.primary_wave, study.folder) == ("pre", "post", tmp_path)
    assert study.arms is not None
    assert study.arms.all == ("balint", "waitlist")
    use = study.instruments["who5"]
    assert (use.key.id, use.items, use.waves) == ("who5", "{id}_{n}", ("pre", "post"))
    assert use.form_numbers == (1, 2, 3, 4, 5)
    assert (study.duplicate_rows, study.synthetic, study.labels("wave")) == (None, False, {})
    assert study.scale("who5", "percent").range == (0.0, 100.0)
    assert read_study(tmp_path / "study.toml") == study


def test_data_may_lie_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TOML, encoding="utf-8")
    study = read_study(tmp_path, tmp_path / "elsewhere")
    assert study.folder == tmp_path / "elsewhere"
    assert study.path == tmp_path / "study.toml"


def test_what_the_export_says_is_kept(tmp_path: Path) -> None:
    toml = TOML + """
items = "W{n:02}"
coding = {min = 1, max = 6}
missing_codes = [99]
missing = {min_share = 0.8}
already_reversed = false
waves = ["post", "pre"]
[columns]
arm = "responses.intervention"
[values.arm]
1 = "balint"
[resolve]
duplicate_rows = "keep_last"
"""
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    study = read_study(tmp_path)
    use = study.instruments["who5"]
    assert (use.coding, use.missing_codes, use.min_share) == ((1, 6), (99.0,), 0.8)
    assert use.waves == ("pre", "post")  # in the order of the study
    assert study.labels("arm") == {"1": "balint"}
    assert study.duplicate_rows == "keep_last"


def test_items_of_a_longer_form_keep_the_numbers_of_that_form(tmp_path: Path) -> None:
    toml = TOML + '[instruments.mbi_2item]\nitems = "mbi_{n}"\nitem_order = "mbi_hss_numbers"\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    assert read_study(tmp_path).instruments["mbi_2item"].form_numbers == (8, 10)


def test_own_key_files_beside_the_study_come_first(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[1] / "instruments" / "who5.toml"
    own = shipped.read_text(encoding="utf-8").replace('abbreviation = "WHO-5"',
                                                      'abbreviation = "Mine"')
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "who5.toml").write_text(own, encoding="utf-8")
    (tmp_path / "study.toml").write_text(TOML, encoding="utf-8")
    assert read_study(tmp_path).instruments["who5"].key.label == "Mine"


def test_faults_of_type_are_told_all_at_once(tmp_path: Path) -> None:
    toml = (TOML.replace("title", "titel").replace('design = "individually_randomised"',
                                                   'design = "randomised"')
            + 'coding = 3\nmissing_codes = ["x"]\nmissing = {share = 0.8}\n')
    assert faults(tmp_path, toml) == [
        "study.title: is missing",
        "study.design: must be one of 'single_group', 'controlled', 'individually_randomised', "
        "'cluster_randomised' or 'cross_sectional'",
        "study.titel: is not a known key; did you mean 'title'?",
        "instruments.who5.missing.min_share: is missing",
        "instruments.who5.missing.share: is not a known key; did you mean 'min_share'?",
        "instruments.who5.coding: must be text or a table",
        "instruments.who5.missing_codes: must be a number or a table",
    ]


def test_faults_of_meaning_are_told_all_at_once(tmp_path: Path) -> None:
    toml = """
[study]
title = "Everything wrong"
design = "controlled"
waves = ["pre", "post", "post"]
baseline = "per"
primary_wave = "later"
primary_outcome = "teq.totel"

[arms]
control = "balint"
treated = ["balint"]

[files]
participants = "../participants.csv"
sessions = "/somewhere/sessions.csv"
responses = {pre = "a.csv", psot = "a.csv"}

[columns]
partcipant = "id"
group = "sessions.g"
wave = "w"
rater = "w"

[values.wave]
1 = "before"
[values.arm]
1 = "baIint"

[instruments.teq]
items = "teq_{m}"
coding = {min = 1, mx = 5}
missing_codes = [3]
missing = {min_share = 8}
waves = ["pre", "mid"]

[instruments.tec]
[instruments.olbi]
"""
    *others, olbi = faults(tmp_path, toml)
    assert olbi.startswith("instruments.olbi.coding: OLBI is stored in either direction")
    assert others == [
        "instruments.tec: There is no instrument 'tec'. Did you mean 'teq'? `balint instruments` "
        "lists all.",
        "study.waves: 'post' stands twice",
        "study.baseline: there is no wave 'per'; did you mean 'pre'?",
        "study.primary_wave: there is no wave 'later'; allowed: pre, post",
        "arms.treated: 'balint' is already the control arm",
        "files.responses.psot: there is no wave 'psot'; did you mean 'post'?",
        "files.responses: no file is named for the wave 'post'",
        "files.participants: must be a file inside the folder of the study",
        "files.sessions: must be a file inside the folder of the study",
        "files.responses.psot: 'a.csv' is already the file of files.responses.pre",
        "columns.partcipant: there is no column 'partcipant'; did you mean 'participant'?",
        "columns.group: can be taken from participants or responses only",
        "columns.rater: the column 'w' is already wave",
        "values.wave.1: there is no wave 'before'; allowed: pre, post",
        "values.arm.1: there is no arm 'baIint'; did you mean 'balint'?",
        "study.primary_outcome: there is no scale of teq 'totel'; did you mean 'total'?",
        "instruments.teq.waves: there is no wave 'mid'; allowed: pre, post",
        "instruments.teq.coding.mx: there is no key 'mx'; did you mean 'max'?",
        "instruments.teq.coding.max: is missing",
        "instruments.teq.items: 'teq_{m}' has a brace with another name than {id}, {n}, {wave}",
    ]


@pytest.mark.parametrize(("old", "new", "expected"), [
    ('"who5.percent"', '"who5"',
     "study.primary_outcome: must be an instrument and one of its scales, as in 'teq.total'"),
    ('"who5.percent"', '"teq.total"',
     "study.primary_outcome: there is no instrument of the study 'teq'; allowed: who5"),
    ("[instruments.who5]", '[instruments.who5]\nwaves = ["pre"]',
     "study.primary_outcome: who5 is not given at the primary wave 'post'"),
    ('waves = ["pre", "post"]', 'waves = ["pre"]',
     "study.waves: the design individually_randomised needs at least two waves; with one it "
     "is cross_sectional"),
    ('design = "individually_randomised"', 'design = "single_group"',
     "arms: a single_group study has no arms; remove the table or choose another design"),
    ('waves = ["pre", "post"]', 'waves = ["pre", "post"]\nprimary_wave = "pre"',
     "study.primary_wave: is the baseline; name a later wave"),
    ('waves = ["pre", "post"]', 'waves = ["pre", "post", "pre"]',
     "study.waves: 'pre' stands twice"),
    ('waves = ["pre", "post"]', 'waves = ["pre", "post"]\nbaseline = "post"',
     "study.baseline: is the last wave; set primary_wave to a wave after the baseline"),
    ('treated = ["balint"]', "treated = []", "arms.treated: must name at least one"),
    ("[instruments.who5]", '[instruments.who5]\nitem_order = "x"',
     "instruments.who5.item_order: WHO-5 has no item order 'x'. Allowed: none."),
    ("[instruments.who5]", '[instruments.who5]\nitems = ["a", "b"]',
     "instruments.who5.items: `items` has 2 columns; WHO-5 has 5 items."),
    ("[instruments.who5]", '[instruments.who5]\nitems = ["a", "b", "c", "d", "a"]',
     "instruments.who5.items: the column 'a' stands for two items"),
    ("[instruments.who5]", "[instruments.who5]\nmissing_codes = [3]",
     "instruments.who5.missing_codes: `missing_codes` 3.0 are answers of WHO-5 in this coding "
     "(whole numbers 0 to 5). Remove them, or declare the `coding`."),
    ("[instruments.who5]",
     '[instruments.who5]\nitems = "q{n}"\n[instruments.gad7]\nitems = "q{n}"',
     "instruments.gad7.items: the column 'q1' is already item 1 of who5"),
    ("[instruments.who5]", '[instruments.who5]\nitems = ["a_{wave}", "b_{wave}", "c", "d_{wave}", '
     '"e_{wave}"]', "instruments.who5.items: the column 'c' is already item 3 of who5 at pre"),
    ("[instruments.who5]", '[instruments.who5]\nitems = "q{n}{wave}"\n[values.wave]\n2 = "pre"\n'
     '12 = "post"\n[instruments.teq]\nitems = "q{n}{wave}"',
     "instruments.teq.items: the column 'q112' is already item 1 of who5 at post"),
    ("[instruments.who5]", '[instruments.who5]\nitems = "who5_{n[0]}"',
     "instruments.who5.items: 'who5_{n[0]}' has a brace with another name than {id}, {n}, {wave}"),
    ('responses = "responses.csv"', 'responses = "a\\u0000b.csv"',
     "files.responses: must be a file inside the folder of the study"),
    ('waves = ["pre", "post"]', 'waves = ["pre", "mid", "post"]\nbaseline = "mid"\n'
     'primary_wave = "pre"', "study.primary_wave: lies before the baseline; name a later wave"),
    ('waves = ["pre", "post"]', 'waves = ["pre", "mid", "post"]\nbaseline = "post"\n'
     'primary_wave = "pre"', "study.primary_wave: lies before the baseline; name a later wave"),
    ("[instruments.who5]", "[instruments.who5]\nalready_reversed = [7]",
     "instruments.who5.already_reversed: `already_reversed` names items that WHO-5 does not have: "
     "7. Allowed: whole numbers 1 to 5."),
    ("[instruments.who5]", "[instruments.who5]\nmissing = {min_share = 8}",
     "instruments.who5.missing.min_share: `min_share` must be above 0 and at most 1 (0.8 means "
     "80 %)."),
    *[('waves = ["pre", "post"]', f'waves = ["pre", "post"]\ncovariates = ["role", "{name}"]',
       f"study.covariates: '{name}' is no covariate; name columns that describe people before the "
       "groups began") for name in ("participant", "arm", "group")],
    ('waves = ["pre", "post"]', 'waves = ["pre", "post"]\ncovariates = ["role", "role"]',
     "study.covariates: 'role' stands twice"),
    ("[instruments.who5]", '[instruments.who5]\nitems = "w{n}_{wave}"\n[instruments.teq]',
     "instruments.teq.items: needs {wave}, as another instrument has it; or declare the one wave "
     "at which it is given"),
])
def test_a_fault_of_meaning(old: str, new: str, expected: str, tmp_path: Path) -> None:
    assert expected in faults(tmp_path, TOML.replace(old, new))


def test_covariates_are_kept_in_their_order(tmp_path: Path) -> None:
    toml = TOML.replace("[arms]", 'covariates = ["years", "role"]\n[arms]')
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    assert read_study(tmp_path).covariates == ("years", "role")
    (tmp_path / "study.toml").write_text(TOML, encoding="utf-8")
    assert read_study(tmp_path).covariates == ()


def test_covariates_need_a_file_of_the_participants(tmp_path: Path) -> None:
    toml = TOML.replace("[arms]", 'covariates = ["role"]\n[arms]').replace(
        'participants = "participants.csv"\n', "")
    assert faults(tmp_path, toml) == [
        "study.covariates: are columns of the participants, and files.participants is missing"]


def test_a_share_that_a_published_rule_overrides_is_refused(tmp_path: Path) -> None:
    toml = TOML + '[instruments.cbi]\nmissing = {min_share = 0.8}\n'
    assert faults(tmp_path, toml) == [
        "instruments.cbi.missing: CBI has a published rule, which is used; remove this line"]


def test_a_primary_outcome_must_be_one_that_is_compared(tmp_path: Path) -> None:
    toml = TOML.replace("who5.percent", "phq9.major_depressive_syndrome").replace("who5", "phq9")
    assert faults(tmp_path, toml) == [
        "study.primary_outcome: 'major_depressive_syndrome' of phq9 is described, never compared "
        "(a secondary scale or a yes/no rule); choose another scale"]


@pytest.mark.parametrize(("text", "expected"), [
    (b"[study", "not valid TOML"), (b"\xff\xfe", "the file is not text in UTF-8")])
def test_a_file_that_is_no_toml(text: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(text)
    with pytest.raises(StudyError, match=expected):
        read_study(tmp_path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="the file does not exist"):
        read_study(tmp_path)


def test_a_link_that_leads_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "responses.csv").write_text("x", encoding="utf-8")
    (folder / "responses.csv").symlink_to(tmp_path / "responses.csv")
    assert faults(folder, TOML) == [
        "files.responses: must be a file inside the folder of the study"]
