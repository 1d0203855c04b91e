"""`balint link` as a person uses it: what it says, what it writes, and what it keeps to itself."""

import csv
import json
import stat
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import balint_research.cli.linking
from balint_research.cli.main import app
from balint_research.study.contracts import LINK_KEY
from balint_research.study.link.link import link_waves
from balint_research.study.link.write import write_links

assert balint_research.cli.linking   # registers the command

ELEMENTS = ("birth_day=day, mother=letters:2-12, month=month, town=text, siblings=number:0-15")
HEAD = ["birth_day", "mother", "month", "town", "siblings", "gender", "age", "teq_1"]
# No cell of the code occurs anywhere else, so that every file and message can be searched for it.
SECRETS = ["xylo", "quetz", "zorn", "wimbl", "jaspr", "kvass", "Zwolle", "Ypern", "Ulan", "Quito",
           "Xanten", "Vaduz"]
PRE = [
    ["17", "xylo", "3", "Zwolle", "7", "w", "31", "3"],
    ["21", "quetz", "12", "Ypern", "none", "m", "42", "1"],
    ["30", "zorn", "May", "Ulan", "8", "w", "55", "2"],
    ["12", "wimbl", "8", "Quito", "9", "m", "38", "4"],
    ["19", "kvass", "10", "Vaduz", "11", "w", "44", "0"],
]
POST = [
    ["30", "zorn", "5", "Ulan", "8", "w", "56", "1"],           # identical
    ["17", "xylo", "märz", "Zwole", "7", "w", "32", "4"],       # a slip
    ["21", "quetz", "12", "Ypern", "6", "m", "42", "3"],        # one element
    ["12", "wimbl", "8", "", "9", "m", "38", "2"],              # two candidates
    ["12", "wimbl", "8", "Xanten", "9", "m", "39", "2"],
    ["99", "jaspr", "1", "", "5", "w", "60", "2"],              # nobody
]


def balint(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert not told(result.output)
    return result


def told(text: str) -> list[str]:
    """The secrets that a text gives away."""
    return [secret for secret in SECRETS if secret.casefold() in text.casefold()]


def write(path: Path, rows: list[list[str]], head: list[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "pre.csv", PRE), write(tmp_path / "post.csv", POST)


def link(files: tuple[Path, ...], out: Path, *more: str | Path) -> Result:
    return balint("link", *files, "--elements", ELEMENTS, "--budget", "0.9", "-o", out, *more)


def test_end_to_end(files: tuple[Path, Path], tmp_path: Path) -> None:
    out, private = tmp_path / "linked", tmp_path / "linked-private"
    before = [path.read_bytes() for path in files]
    result = link(files, out)
    assert result.exit_code == 0, result.output
    assert "3 linked, 60 % of the 5 possible" in result.output
    assert "1 with identical codes; 1 with one slip inside one element; 1 with one" in result.output
    assert "To be decided by a person: 2 pairs in 1 group." in result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "linkage.md", "links.csv", "manifest.json", "post.csv", "pre.csv", "tables"]
    assert sorted(path.name for path in private.iterdir()) == [
        "key.csv", "manifest.json", "to_decide.csv"]
    assert [path.read_bytes() for path in files] == before
    pre, post = (pd.read_csv(out / f"{name}.csv") for name in ("pre", "post"))
    assert list(pre.columns) == ["participant", "gender", "age", "teq_1"]
    assert pre["participant"].is_monotonic_increasing
    both = pre.merge(post, on="participant")
    assert set(zip(both["age_x"], both["age_y"], strict=True)) == {(31, 32), (42, 42), (55, 56)}
    links = pd.read_csv(out / "links.csv")
    assert list(links.columns) == ["participant", "wave", "how"]
    assert links["how"].value_counts().to_dict() == {
        "single": 5, "exact": 2, "one_edit": 2, "one_element": 2}


def test_no_code_leaves_the_private_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    out, private = tmp_path / "linked", tmp_path / "linked-private"
    link(files, out, "--compare", "age,gender")
    for path in out.rglob("*"):
        assert path.is_dir() or not told(path.read_text(encoding="utf-8")), path
        assert "17" not in path.name
    assert len(told((private / "key.csv").read_text(encoding="utf-8"))) == len(SECRETS)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in private.iterdir()} == {0o600}


def test_the_key_says_who_is_who(files: tuple[Path, Path], tmp_path: Path) -> None:
    link(files, tmp_path / "linked")
    key = pd.read_csv(tmp_path / "linked-private" / "key.csv", dtype=str)
    assert list(key.columns) == [LINK_KEY, "participant", "wave", "file", "row", *HEAD[:5]]
    row = key[(key["wave"] == "post") & (key["row"] == "3")].iloc[0]
    assert row[HEAD[:5]].tolist() == POST[1][:5]       # as it was typed
    assert row["file"] == "post.csv"
    links = pd.read_csv(tmp_path / "linked" / "links.csv")
    assert set(links["participant"]) == set(key["participant"])


def test_what_is_to_be_decided_shows_both_codes_and_is_read_back(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out, private = tmp_path / "linked", tmp_path / "linked-private"
    link(files, out, "--constants", "gender")
    path = private / "to_decide.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert frame[["town_a", "town_b", "gender_b", "differing", "decision"]].to_numpy().tolist() == [
        ["Quito", "", "m", "town", ""], ["Quito", "Xanten", "m", "town", ""]]
    frame["decision"] = ["no", "yes"]
    frame.to_csv(path, index=False)
    lost = link(files, out, "--constants", "gender")
    assert lost.exit_code == 1 and "2 decisions" in lost.output and "--decisions" in lost.output
    assert path.exists()
    done = link(files, out, "--constants", "gender", "--decisions", path)
    assert done.exit_code == 0, done.output
    assert "Rows of the earlier key kept their ids." in done.output
    assert pd.read_csv(out / "links.csv")["how"].value_counts()["decided"] == 2
    assert not path.exists()
    kept = private / "decisions.csv"
    assert pd.read_csv(kept)["decision"].tolist() == ["no", "yes"]
    again = link(files, out, "--constants", "gender", "--decisions", kept)
    assert again.exit_code == 0 and kept.exists()


def test_faults_of_the_decisions_name_the_file_and_the_lines(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    link(files, tmp_path / "linked")
    text = (tmp_path / "linked-private" / "to_decide.csv").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(text.replace("\n", "xylo-kvass\n").replace("decisionxylo-kvass", "decision"),
                     encoding="utf-8")
    result = link(files, tmp_path / "linked2", "--decisions", wrong)
    assert result.exit_code == 1
    assert "wrong.csv, rows 2, 3: 2 rows have a decision that is neither yes nor no" in (
        result.output)
    assert not (tmp_path / "linked2").exists()


def test_a_third_wave_keeps_the_ids(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "linked"
    link(files, out)
    first = pd.read_csv(out / "links.csv").sort_values(["participant", "wave"])
    later = write(tmp_path / "later.csv", [PRE[4], POST[0]])
    result = link((*files, later), tmp_path / "three", "--key", tmp_path / "linked-private")
    assert result.exit_code == 0, result.output
    second = pd.read_csv(tmp_path / "three" / "links.csv")
    assert set(first["participant"]) == set(second["participant"])
    counts = second.groupby("participant")["wave"].nunique().value_counts().to_dict()
    assert counts == {1: 4, 2: 3, 3: 1}


def test_a_key_of_other_files_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    link(files, tmp_path / "linked")
    write(files[0], PRE[::-1])
    result = link(files, tmp_path / "other", "--key", tmp_path / "linked-private")
    assert result.exit_code == 1
    assert "pre.csv" in result.output and "4 rows of the earlier key" in result.output
    assert not (tmp_path / "other").exists()


def test_a_toml_file_and_options_over_it(files: tuple[Path, Path], tmp_path: Path) -> None:
    toml = tmp_path / "code.toml"
    spelt = "\n".join(f'{name} = "{what}"' for name, what in (
        part.strip().split("=") for part in ELEMENTS.split(",")))
    toml.write_text(f'names = ["t0", "t1"]\nconstants = ["gender"]\nbudget = 0.9\n'
                    f"[elements]\n{spelt}\n", encoding="utf-8")
    result = balint("link", *files, "--elements", toml, "-o", tmp_path / "linked", "--seed", "1")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "linked" / "t1.csv").exists()
    made = json.loads((tmp_path / "linked" / "manifest.json").read_text(encoding="utf-8"))
    assert (made["constants"], made["budget"], made["seeded"]) == (["gender"], 0.9, True)
    toml.write_text('budgt = 1\n[elements]\nmother = 3\n', encoding="utf-8")
    wrong = balint("link", *files, "--elements", toml, "-o", tmp_path / "linked2")
    assert wrong.exit_code == 1
    assert "did you mean 'budget'?" in wrong.output and "must be text" in wrong.output


@pytest.mark.parametrize("more", [
    ["--tolerance", "all"], ["--names", "a"], ["--names", "a,links"], ["--names", "a,a"],
    ["--decisions", "nowhere.csv"],
])
def test_a_wrong_call_exits_2(files: tuple[Path, Path], tmp_path: Path, more: list[str]) -> None:
    assert link(files, tmp_path / "linked", *more).exit_code == 2
    assert not (tmp_path / "linked").exists()


def test_one_file_or_a_missing_one_is_a_wrong_call(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    assert link(files[:1], tmp_path / "linked").exit_code == 2
    result = link((files[0], tmp_path / "nowhere.csv"), tmp_path / "linked")
    assert result.exit_code == 2 and "does not exist" in result.output


def test_faults_are_told_with_their_files_and_nothing_is_written(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    names = {path.name for path in tmp_path.iterdir()}
    result = balint("link", *files, "--elements", "birth_day=day, road=text", "--constants",
                    "site", "-o", tmp_path / "linked")
    assert result.exit_code == 1
    for place in ("pre.csv, column 'road'", "post.csv, column 'road'", "column 'site'"):
        assert place in result.output
    assert {path.name for path in tmp_path.iterdir()} == names


def test_files_without_rows_are_told_together(tmp_path: Path) -> None:
    empty = [write(tmp_path / f"{name}.csv", []) for name in ("a", "b")]
    result = link((empty[0], empty[1]), tmp_path / "linked")
    assert result.exit_code == 1
    assert "a.csv" in result.output and "b.csv" in result.output


@pytest.mark.parametrize("private", ["linked", "linked/key", "."])
def test_the_key_never_lies_in_the_results(
    files: tuple[Path, Path], tmp_path: Path, private: str
) -> None:
    result = link(files, tmp_path / "linked", "--key", tmp_path / private)
    assert result.exit_code == 1
    assert not (tmp_path / "linked").exists()


def test_a_folder_with_other_files_is_not_touched(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "linked-private").mkdir()
    (tmp_path / "linked-private" / "notes.txt").write_text("mine", encoding="utf-8")
    assert link(files, tmp_path / "linked").exit_code == 1
    assert not (tmp_path / "linked").exists()
    assert [path.name for path in (tmp_path / "linked-private").iterdir()] == ["notes.txt"]


def test_secrets_planted_in_every_element_are_never_told(tmp_path: Path) -> None:
    """Cells that are no such element, one column after the other, and in all at once."""
    for place in range(6):
        rows = [[*row] for row in PRE]
        for row, secret in zip(rows, SECRETS[:5], strict=True):
            for column in range(5) if place == 5 else [place]:
                row[column] = f"={secret} 1"
        before = write(tmp_path / "pre.csv", rows)
        after = write(tmp_path / "post.csv", POST)
        out = tmp_path / f"linked{place}"
        link((before, after), out)     # balint() searches what it says
        for path in out.rglob("*"):
            assert path.is_dir() or not told(path.read_text(encoding="utf-8")), path


def test_formulas_in_the_list_for_a_person_are_harmless(tmp_path: Path) -> None:
    rows = [["17", "xylo", "3", "=1+1", "7", "w", "31", "3"]]
    others = [["17", "xylo", "3", "Ulan", "7", "w", "31", "3"],
              ["17", "xylo", "3", "Quito", "7", "w", "31", "3"]]
    link((write(tmp_path / "pre.csv", [*rows, *PRE[1:]]),
          write(tmp_path / "post.csv", [*others, *PRE[1:]])), tmp_path / "linked")
    frame = pd.read_csv(tmp_path / "linked-private" / "to_decide.csv")
    assert frame["town_a"].tolist() == ["'=1+1"] * 2


def test_columns_that_name_a_person_are_warned_of(tmp_path: Path) -> None:
    head = [*HEAD, "email"]
    pre = write(tmp_path / "pre.csv", [[*row, "a@example.org"] for row in PRE], head)
    result = link((pre, write(tmp_path / "post.csv", POST)), tmp_path / "linked")
    assert result.exit_code == 0
    assert "column 'email', wave 'pre': The column is kept beside the new ids" in result.output
    assert "a@example.org" not in result.output


def test_the_library_writes_the_same_folders(tmp_path: Path) -> None:
    waves = {"pre": pd.DataFrame(PRE, columns=HEAD), "post": pd.DataFrame(POST, columns=HEAD)}
    report = link_waves(*waves.values(), names=list(waves), budget=0.9, seed=1, elements=dict(
        part.strip().split("=") for part in ELEMENTS.split(",")))
    out, private = write_links(report, waves, tmp_path / "linked")
    assert (out / "links.csv").exists() and (private / "key.csv").exists()
