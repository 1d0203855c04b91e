"""Every fault of `[privacy]`, at once and with its path."""

from pathlib import Path

import pytest

from balint_research.study.study import read_study
from tests.study_folder import TOML
from tests.test_study import faults

CASES = {
    "k = 2": ["privacy.k: must be at least 3"],
    "l = 0": ["privacy.l: must be at least 1"],
    "l = 6": ["privacy.l: must not be larger than k; that many people have no more values"],
    "most_left_out = 1.0": ["privacy.most_left_out: must be a share from 0 to below 1"],
    'sensitive = {"who5.percnt" = []}': [
        "privacy.sensitive.who5.percnt: there is no scale of who5 'percnt'; did you mean "
        "'percent'?"],
    'sensitive = {"olbi.total" = [1, 1]}': [
        "privacy.sensitive.olbi.total: there is no instrument of the study 'olbi'; allowed: who5",
        "privacy.sensitive.olbi.total: has bounds that are not in ascending order"],
    'sensitive = {"who5.percent" = [50, 28]}': [
        "privacy.sensitive.who5.percent: has bounds that are not in ascending order"],
    'quasi_identifiers = ["role", "unit"]\nharmless = ["unit", "group", "role"]': [
        "privacy.harmless: 'unit' is already a quasi-identifier",
        "privacy.harmless: 'group' is no harmless column; people know who sat in it",
        "privacy.harmless: 'role' is already a quasi-identifier"],
    'quasi_identifiers = ["role", "role", " "]\nharmless = ["a", "a", "a"]': [
        "privacy.quasi_identifiers: 'role' is named twice",
        "privacy.quasi_identifiers: a name is empty",
        "privacy.harmless: 'a' is named twice"],
    'quasi_identifiers = ["participant", "arm"]\nharmless = ["participant"]': [
        "privacy.quasi_identifiers: 'participant' never goes out; a release has new random "
        "numbers; remove it",
        "privacy.quasi_identifiers: 'arm' is always told and always counts; remove it",
        "privacy.harmless: 'participant' never goes out; a release has new random numbers; remove "
        "it",
        "privacy.harmless: 'participant' is already a quasi-identifier"],
    'harmless = ["attendance", "waves"]': [
        "privacy.harmless: 'attendance' is no harmless column; who came is known to the group",
        "privacy.harmless: 'waves' is no harmless column; who answered may be known"],
    'levels = {unit = [{A = "x"}], arm = [{A = "x"}], participant = [[1]], group = []}': [
        "privacy.levels.unit: is no quasi-identifier; add it to privacy.quasi_identifiers",
        "privacy.levels.arm: 'arm' is always told and always counts; remove it",
        "privacy.levels.participant: 'participant' never goes out; a release has new random "
        "numbers; remove it",
        "privacy.levels.group: names no step"],
}

STEPS = {
    "[[40, 30]]": ["step 1 has bounds that are not in ascending order"],
    "[[30, 30], []]": ["step 1 has bounds that are not in ascending order", "step 2 is empty"],
    '[{}, {A = " "}]': ["step 1 is empty", "step 2 has a value without a wider value"],
    "[[30, 40], [35]]": ["step 2 is finer than step 1; a later step must only join what an "
                         "earlier one tells apart"],
    "[[30], [30, 40], [40]]": ["step 2 is finer than step 1; a later step must only join what an "
                               "earlier one tells apart"],
    '[{A = "x", B = "x", C = "y"}, {A = "p", B = "q", C = "q"}]': [
        "step 2 is finer than step 1; a later step must only join what an earlier one tells "
        "apart"],
    '[{1 = "x", 3 = "x"}, [2]]': ["step 2 is finer than step 1; a later step must only join what "
                                  "an earlier one tells apart"],
    '[[2], {1 = "x", 3 = "y", 4 = "z"}]': ["step 2 is finer than step 1; a later step must only "
                                           "join what an earlier one tells apart"],
}

FINE = [
    "[[30, 40, 50], [40]]", '[{A = "x", B = "x", C = "y"}, {A = "p", B = "p", C = "p"}]',
    '[{1 = "x", 3 = "y"}, [2]]', '[[2], {1 = "x", 3 = "y", 4 = "y"}]', '[[2], {A = "x", B = "y"}]',
]


@pytest.mark.parametrize("lines", CASES)
def test_a_fault_of_privacy(tmp_path: Path, lines: str) -> None:
    assert faults(tmp_path, f"{TOML}\n[privacy]\n{lines}\n") == CASES[lines]


@pytest.mark.parametrize("steps", STEPS)
def test_a_fault_of_levels(tmp_path: Path, steps: str) -> None:
    toml = f'{TOML}\n[privacy]\nquasi_identifiers = ["unit"]\nlevels.unit = {steps}\n'
    assert faults(tmp_path, toml) == [f"privacy.levels.unit: {line}" for line in STEPS[steps]]


@pytest.mark.parametrize("steps", FINE)
def test_levels_that_only_join(tmp_path: Path, steps: str) -> None:
    toml = f'{TOML}\n[privacy]\nquasi_identifiers = ["unit"]\nlevels.unit = {steps}\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    assert len(read_study(tmp_path).privacy.levels["unit"]) == 2


def test_attendance_needs_its_file(tmp_path: Path) -> None:
    toml = TOML.replace('attendance = "attendance.csv"\n', "")
    assert faults(tmp_path, toml + '[privacy]\nquasi_identifiers = ["attendance", "waves"]\n') == [
        "privacy.quasi_identifiers: 'attendance' is counted, and files.attendance is missing"]


def test_all_faults_at_once(tmp_path: Path) -> None:
    toml = TOML + "[privacy]\n" + "\n".join(
        ["k = 1", "l = 0", 'harmless = ["waves"]', "levels.unit = [[2, 1]]",
         'sensitive = {"who5.total" = []}'])
    assert [line.split(":")[0] for line in faults(tmp_path, toml)] == [
        "privacy.k", "privacy.l", "privacy.harmless", "privacy.levels.unit", "privacy.levels.unit",
        "privacy.sensitive.who5.total"]


def test_what_is_declared_is_kept(tmp_path: Path) -> None:
    toml = TOML + """
[privacy]
k = 7
quasi_identifiers = ["role", "attendance", "group"]
harmless = ["shoe"]
sensitive = {"who5.percent" = [28, 50]}
[privacy.levels]
attendance = [[50, 80], [50]]
group = [{G1 = "north", G2 = "north"}]
"""
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    privacy = read_study(tmp_path).privacy
    assert (privacy.k, privacy.l, privacy.harmless) == (7, 2, ("shoe",))
    assert privacy.levels["attendance"] == ((50.0, 80.0), (50.0,))
    assert privacy.levels["group"] == ({"G1": "north", "G2": "north"},)
    assert privacy.sensitive == {"who5.percent": (28.0, 50.0)}
