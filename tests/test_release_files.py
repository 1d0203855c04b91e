"""The folder of a release: four descriptions that agree with the tables, and an honest report."""

import csv
import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balint_research.errors import OutputError, PrivacyError
from balint_research.reporting.release.about import about
from balint_research.reporting.release.codebook import codebook_page
from balint_research.reporting.release.disclosure import disclosure_page
from balint_research.reporting.release.schema_script import schema_script
from balint_research.reporting.release.write import release, write_release
from balint_research.study.contracts import StudyData
from balint_research.study.release.fields import Field
from balint_research.study.release.prepare import Release
from balint_research.study.study import Study
from tests import release_study
from tests.release_study import SECRETS

FILES = [
    "README.md", "codebook.html", "data/description-participants_data.csv",
    "data/description-responses_data.csv", "data/description-scores_data.csv",
    "data/description-sessions_data.csv", "datapackage.json", "dataset_description.json",
    "disclosure.html", "disclosure.json", "manifest.json", "schema.py",
]  # fmt: skip
DATA = [name for name in FILES if name.startswith("data/")]
Rows = list[dict[str, str]]


@pytest.fixture
def read() -> tuple[Study, StudyData]:
    return release_study.read()


@pytest.fixture
def prepared() -> Release:
    return release_study.prepared()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(release_study.prepared(), tmp_path_factory.mktemp("open") / "data set")


def rows(folder: Path, name: str) -> Rows:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(folder: Path, name: str) -> list[str]:
    return (folder / name).read_text(encoding="utf-8").split("\n", 1)[0].split(",")


def loaded(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


# --- the folder ----------------------------------------------------------------------------------


def test_the_folder_is_whole_and_its_hashes_are_right(folder: Path) -> None:
    there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")
                   if path.is_file())
    assert there == sorted(FILES)
    manifest = loaded(folder, "manifest.json")
    assert (manifest["package"], manifest["kind"], manifest["k"]) == (
        "balint_research", "release", 5)
    assert manifest["known"] == ["arm", "group", "role"]
    assert manifest["levels"] == {"group": 0, "role": 0, "years_of_practice": None,
                                  "training_year": None}
    assert manifest["results"] == {
        name: sha256((folder / name).read_bytes()).hexdigest()
        for name in FILES if name != "manifest.json"}


def test_no_file_holds_what_must_not_go(folder: Path, read: tuple[Study, StudyData]) -> None:
    for name in FILES:
        text = (folder / name).read_text(encoding="utf-8")
        assert [secret for secret in SECRETS if secret in text] == [], name
        assert not re.search(r"KX\d\d|Okafor|patient-\d|words \d|team \d", text), name
        assert str(read[0].folder) not in text and str(Path.home()) not in text, name


def test_a_release_is_never_replaced(prepared: Release, tmp_path: Path) -> None:
    """Others may hold it, and the next one is checked against it."""
    out = write_release(prepared, tmp_path / "open")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match=r"is a release.*Name another folder"):
        write_release(prepared, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_an_earlier_release_is_named_and_counted(
    read: tuple[Study, StudyData], folder: Path, tmp_path: Path
) -> None:
    """One person fewer than before: the other 59 together with the old 60 would tell who it is."""
    study, data = read
    gone = data.participants["participant"].iloc[0]
    fewer = replace(data, participants=data.participants[
        data.participants["participant"] != gone], responses=data.responses[
        data.responses["participant"] != gone], attendance=data.attendance[
        data.attendance["participant"] != gone])
    with pytest.raises(PrivacyError):
        release(study, fewer, out=tmp_path / "open", earlier=[folder])
    out = release(study, data, out=tmp_path / "open", earlier=[folder])
    assert loaded(out, "manifest.json")["earlier"] == [folder.name]
    assert f"Checked against '{folder.name}'" in (out / "disclosure.html").read_text(
        encoding="utf-8").replace("&#39;", "'")


def test_synthetic_data_say_so_and_others_do_not(prepared: Release, folder: Path) -> None:
    for name in ("README.md", "codebook.html", "disclosure.html", "dataset_description.json",
                 "datapackage.json"):
        assert "SYNTHETIC data: nobody answered" in (folder / name).read_text(encoding="utf-8")
    real = replace(prepared, study=replace(prepared.study, synthetic=False))
    told = about(real)
    assert "ynthetic" not in "".join([told.title, told.description, codebook_page(real, told),
                                      disclosure_page(real, told)])
    assert about(prepared, authors="A. Nobody").citation == (
        "A. Nobody. Balint groups in one clinic (synthetic data) [anonymised data set].")


# --- the four descriptions -----------------------------------------------------------------------


def test_psych_ds_describes_every_column_of_every_file(folder: Path) -> None:
    """The rules of the Psych-DS schema: required fields, types, headers and names of files."""
    told = loaded(folder, "dataset_description.json")
    assert (told["@type"], told["@context"]) == ("Dataset", "http://schema.org/")
    assert told["name"] and told["description"]
    names = [variable["name"] for variable in told["variableMeasured"]]
    assert len(names) == len(set(names))
    assert set(names) == {column for name in DATA for column in header(folder, name)}
    for variable in told["variableMeasured"]:
        assert variable["@type"] == "PropertyValue" and variable["description"]
        for value in variable.get("valueReference", ()):
            assert value["@type"] == "PropertyValue" and value["value"] and value["name"]
    for name in DATA:
        assert re.fullmatch(r"([a-z]+-[a-zA-Z0-9]+_)+data\.csv", name.rpartition("/")[2])


TYPES: Mapping[str, Callable[[str], Any]] = {
    "string": str, "integer": int, "number": float,
    "boolean": lambda cell: {"True": True, "False": False}[cell],
}


def faults_of(package: dict[str, Any], folder: Path) -> list[str]:
    """Every cell that breaks the data package, by a reading of the specification of our own."""
    faults = []
    tables = {resource["name"]: rows(folder, resource["path"]) for resource in package["resources"]}
    for resource in package["resources"]:
        schema, name = resource["schema"], resource["name"]
        if [field["name"] for field in schema["fields"]] != header(folder, resource["path"]):
            faults.append(f"{name}: header")
        for field in schema["fields"]:
            limits = field.get("constraints", {})
            for cell in (row[field["name"]] for row in tables[name]):
                if cell in schema["missingValues"]:
                    if limits.get("required"):
                        faults.append(f"{name}.{field['name']}: required")
                    continue
                value = TYPES[field["type"]](cell)
                if value not in limits.get("enum", [value]) or not (
                        limits.get("minimum", value) <= value <= limits.get("maximum", value)):
                    faults.append(f"{name}.{field['name']}: value")
        keys = Counter(tuple(row[key] for key in schema["primaryKey"]) for row in tables[name])
        faults += [f"{name}: key"] if max(keys.values()) > 1 else []
        for foreign in schema.get("foreignKeys", ()):
            known = {row[foreign["reference"]["fields"]]
                     for row in tables[foreign["reference"]["resource"]]}
            if any(row[foreign["fields"]] not in known for row in tables[name]):
                faults.append(f"{name}: foreign key")
    return faults


def test_the_data_package_holds_of_every_cell(folder: Path) -> None:
    package = loaded(folder, "datapackage.json")
    assert [resource["path"] for resource in package["resources"]] == [
        "data/description-participants_data.csv", "data/description-responses_data.csv",
        "data/description-scores_data.csv", "data/description-sessions_data.csv"]
    assert faults_of(package, folder) == []
    narrow = json.loads(json.dumps(package))
    narrow["resources"][2]["schema"]["fields"][4]["constraints"]["maximum"] = 1
    assert set(faults_of(narrow, folder)) == {"scores.value: value"}


def test_the_codebook_says_what_every_column_is(prepared: Release, folder: Path) -> None:
    page = (folder / "codebook.html").read_text(encoding="utf-8")
    for fields in prepared.fields.values():
        for field in fields:
            assert f'<th scope="row">{field.name}</th>' in page, field.name
    assert prepared.study.instruments["who5"].key.citation.split(";")[0] in unescape(page)
    assert "refused" not in page   # why somebody did not answer stays with the team


# --- the contract that travels with the data -----------------------------------------------------


def script(folder: Path, name: str) -> Any:
    """`schema.py` of a folder as a module."""
    spec = importlib.util.spec_from_file_location(name, folder / "schema.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_runs_beside_the_tables(folder: Path) -> None:
    run = subprocess.run([sys.executable, "-W", "error", "schema.py"], cwd=folder, text=True,
                         capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "Every table keeps the contract.\n", "")


def cell(column: str, value: str) -> Callable[[Rows], Rows]:
    return lambda table: [row | {column: value} if i == 3 else row for i, row in enumerate(table)]


BREAKS: list[tuple[str, Callable[[Rows], Rows], str]] = [
    ("participants", cell("role", "NA"), "column role: not_nullable, 1 times"),
    ("participants", cell("role", "director"), "column role: isin"),
    ("participants", cell("person", "1.5"), "column person: whole numbers"),
    ("responses", cell("who5_1", "7"), "column who5_1: isin"),
    ("responses", cell("who5_1", "often"), "column who5_1: "),
    ("responses", cell("person", "61"), "rows of people who are not in"),
    ("responses", lambda table: [*table, table[0]], "multiple_fields_uniqueness"),
    ("scores", cell("value", "101"), "column value: in_range"),
    ("scores", lambda table: [{key: value for key, value in row.items() if key != "status"}
                              for row in table], "column_in_dataframe"),
    ("sessions", cell("held", "perhaps"), "column held: isin"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "change", "told"), BREAKS)
def test_a_broken_table_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    table: str, change: Callable[[Rows], Rows], told: str,
) -> None:
    contract = script(folder, "contract")
    (tmp_path / "data").mkdir()
    for name in DATA:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    name = f"data/description-{table}_data.csv"
    changed = change(rows(folder, name))
    with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(changed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed)
    contract.HERE = tmp_path
    assert contract.main() == 1
    said = capsys.readouterr().out
    assert told in said and name in said


HOSTILE = 'x"]; raise SystemExit #\n<script>alert(1)</script>\'{{ 1 }}'


def test_no_name_or_value_of_a_file_becomes_code(
    prepared: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = prepared.tables["participants"].assign(**{HOSTILE: HOSTILE})
    field = Field(name=HOSTILE, title=HOSTILE, kind="text", role="harmless",
                  levels={HOSTILE: HOSTILE}, required=True)
    fields = {**prepared.fields, "participants": (*prepared.fields["participants"], field)}
    hostile = replace(prepared, tables={**prepared.tables, "participants": people}, fields=fields)
    out = write_release(hostile, tmp_path / "open", title=HOSTILE)
    assert script(out, "hostile").main() == 0
    assert capsys.readouterr().out == "Every table keeps the contract.\n"
    for name in ("codebook.html", "disclosure.html"):
        assert "<script>" not in (out / name).read_text(encoding="utf-8")
    assert "<script>" not in (out / "README.md").read_text(encoding="utf-8").replace("\\<", "")
    assert HOSTILE in [variable["name"] for variable in loaded(
        out, "dataset_description.json")["variableMeasured"]]


def test_the_script_is_the_same_for_the_same_release(prepared: Release) -> None:
    assert schema_script(prepared) == schema_script(prepared)


# --- the disclosure report -----------------------------------------------------------------------


def matches(one: Mapping[str, str], other: Mapping[str, str], known: list[str]) -> bool:
    return all("NA" in (one[name], other[name]) or one[name] == other[name] for name in known)


def test_the_report_counts_what_is_in_the_files(
    folder: Path, read: tuple[Study, StudyData]
) -> None:
    """Every number again from the written CSVs, by loops over people."""
    told, known = loaded(folder, "disclosure.json"), loaded(folder, "manifest.json")["known"]
    people = rows(folder, "data/description-participants_data.csv")
    answers = rows(folder, "data/description-responses_data.csv")
    classes = {row["person"]: tuple(row[name] for name in known) for row in people}
    sizes = Counter(classes.values())
    assert told["people"] == len(people) == 60
    assert told["people_left_out"] == "0"
    assert (told["smallest_class"], told["classes"]) == (min(sizes.values()), len(sizes))
    assert told["smallest_class_wildcard"] == min(
        sum(matches(one, other, known) for other in people) for one in people)
    items = [name for name in answers[0] if re.fullmatch(r"\w+_\d+", name)]
    there = {wave: {row["person"] for row in answers if row["wave"] == wave and any(
        row[item] not in ("NA", "99") for item in items)} for wave in read[0].waves}
    for wave, number in told["smallest_class_at_waves"].items():
        assert number == min(Counter(classes[person] for person in there[wave]).values())
    patterns = Counter((classes[person], *(person in there[wave] for wave in read[0].waves))
                       for person in classes)
    assert told["smallest_class_with_pattern_of_waves"] == min(patterns.values())
    scores = pd.DataFrame(rows(folder, "data/description-scores_data.csv"))
    for wave in read[0].waves:
        values: dict[tuple[str, ...], set[str]] = {one: set() for one in sizes}
        for row in scores[(scores["scale"] == "percent") & (scores["wave"] == wave)].to_dict(
                orient="records"):
            values[classes[row["person"]]] |= {row["value"]} - {"NA"}
        assert told["fewest_values_of_outcomes"][f"who5.percent at {wave}"] == min(
            len(one) for one in values.values())


def test_the_report_says_what_it_does_not_protect_against(folder: Path) -> None:
    page = (folder / "disclosure.html").read_text(encoding="utf-8")
    assert "What this does not protect against" in page
    assert "No earlier release was named" in page
    assert "Column &#39;team&#39;" in page
    assert "<td>as it is</td><td>nurse; resident</td>" in page
