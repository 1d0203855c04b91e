"""Direct identifiers are found by name and by content, and ordinary columns are left alone."""

from collections.abc import Sequence

import pandas as pd
import pytest

from balint_research.study.identifiers import find_identifiers
from balint_research.study.identify.by_name import kind_by_name

BY_NAME = {
    "names": ["Name", "first_name", "LastName", "RecipientFirstName", "participant_name",
              "Nachname", "Your name", "surname", "fname", "Q1_lname", "Q12_FirstName",
              "t1_given_name", "Name (optional)", "Full name (first, last)", "Vor- und Nachname",
              "Name, Vorname", "Nom et prénom"],
    "e-mail addresses": ["email", "E-Mail", "e_mail_address", "RecipientEmail", "mail",
                         "Email (for follow-up)"],
    "telephone numbers": ["phone", "telephone_1", "Mobile", "tel", "contact phone number", "Fax",
                          "Handynummer", "Telefonnummer", "Phone (mobile)", "Mobil",
                          "WhatsApp number", "Numéro de téléphone"],
    "IP addresses": ["IPAddress", "ip", "ip_address", "ip_addr", "IP-Adresse"],
    "coordinates": ["LocationLatitude", "longitude", "lat", "GPS", "gps_lat", "gps_lon", "home_lat",
                    "home_lon", "GPS coordinates"],
    "birth dates": ["dob", "date_of_birth", "BirthDate", "birthday", "Geburtsdatum", "dateofbirth",
                    "born", "Date of birth (dd/mm/yyyy)", "D.O.B."],
    "postal addresses": ["address", "home_address", "street", "Anschrift"],
    "licence numbers": ["gmc_number", "Licence number", "medical_license_no", "NPI", "DEA #",
                        "LANR", "RPPS", "BIG", "AHPRA registration number", "Approbationsnummer",
                        "registration_number", "physician license"],
    "official numbers": ["ssn", "passport_number", "MRN", "NINO", "national_insurance_number"],
    "device ids": ["MAC address", "imei", "deviceid", "device_id"],
}
ORDINARY = ["id", "participant", "group_name", "site", "site_name", "age", "age_band", "birth_year",
            "email_sent", "mode", "held", "leaders", "redcap_event_name", "elapsed.days",
            "StartDate", "specialty", "training_year", "ments_1", "item_tel_x", "phonetic_score"]


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in BY_NAME.items() for n in names])
def test_a_column_is_known_by_its_name(kind: str, name: str) -> None:
    assert kind_by_name(name) == kind


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_is_left_alone(name: str) -> None:
    assert kind_by_name(name) is None


BY_CONTENT = {
    "e-mail addresses": ["x@example.org", "write to y.z@mail.example.com please"],
    "IP addresses": ["192.0.2.17", "2001:db8::1", "sent from 192.0.2.18, at night"],
    "coordinates": ["52.5200, 13.4050", "(-33.868, 151.209)", "52°31'12\"N 13°24'E",
                    "48.2082° N, 16.3738° E", "POINT(16.37 48.21)", "48,2082; 16,3738"],
    "birth dates": ["1985-04-12", "7.11.1990", "03/05/1979", "01.03.70", "19710228",
                    "2 March 1985", "March 3, 1986", "03-Jan-1960", "03JAN1961", "03-Jan-62",
                    "03.01.1963 00:00", "4 février 1964", "5 de enero de 1965"],
    "telephone numbers": ["+49 30 1234567", "(030) 123-4567", "555-123-4567", "+15551234567",
                          "call me: 030 1234567 in the evening", "1-800-555-1234"],
    "names": ["Anna Schmidt", "Dr. Xavier Quux", "Miller, Thomas", "Maria Garcia Lopez"],
}


@pytest.mark.parametrize("kind", BY_CONTENT)
def test_a_column_is_known_by_its_content(kind: str) -> None:
    cells = BY_CONTENT[kind]
    issues = find_identifiers(pd.DataFrame({"q": cells}, index=range(2, 2 + len(cells))), "a.csv")
    assert [(issue.rule, issue.severity, issue.file, issue.column) for issue in issues] == [
        ("direct_identifier", "stop", "a.csv", "q")]
    assert kind in issues[0].what
    assert not any(cell in str(issues[0]) for cell in cells)


def test_one_e_mail_address_in_free_text_is_enough() -> None:
    frame = pd.DataFrame({"comment": ["good", "ask x@example.org", "fine"]}, index=[2, 3, 4])
    assert [str(issue) for issue in find_identifiers(frame, "a.csv")] == [
        "a.csv, column 'comment', row 3: The column has 1 cell that looks like e-mail addresses. "
        "Delete the column from the file, or code it; what names a person must not go further. "
        "[direct_identifier]"]


@pytest.mark.parametrize("cells", [
    ["01-001-001", "01-001-002"], ["0000000123", "0000000456"], ["A9384", "B1189"],
    ["30-34", "35-39"], ["11.77273148", "4.41"], ["2021-03-04", "2021-03-05"],
    ["Family Medicine", "Internal Medicine", "General Surgery"], ["St. Mary Hospital", "Charité"],
    ["Charles University", "Saint Louis Clinic"], ["resident", "fellow"], ["1", "2"],
    ["10:20:30", "11:30:00"], ["in person", "video"], ["G1", "G2"], ["1.2.3", "2.0.0"],
])
def test_ordinary_content_is_left_alone(cells: list[str]) -> None:
    frame = pd.DataFrame({"participant": cells})
    assert find_identifiers(frame, "a.csv", ids=["participant"]) == []


def test_empty_and_item_columns_are_no_identifiers() -> None:
    frame = pd.DataFrame({"IPAddress": [None, None], "tel_1": ["1", "2"]})
    assert find_identifiers(frame, items={"tel_1"}) == []


def test_an_e_mail_address_as_id_stops() -> None:
    frame = pd.DataFrame({"participant": ["x@example.org", "y@example.org"]}, index=[2, 3])
    assert find_identifiers(frame, "a.csv", ids=["participant"])[0].rows == (2, 3)


def test_a_header_that_is_a_cell_is_not_shown() -> None:
    frame = pd.DataFrame({"1": [2], "x@example.org": ["y@example.org"]})
    issue = find_identifiers(frame, "a.csv")[0]
    assert issue.column == "number 2"
    assert "x@" not in str(issue)


def kinds(column: str, cells: Sequence[str], *, ids: Sequence[str] = (),
          persons: Sequence[str] = ()) -> list[str]:
    """What the issues of one column say."""
    frame = pd.DataFrame({column: list(cells)}, index=range(2, 2 + len(cells)))
    return [issue.what for issue in find_identifiers(frame, "a.csv", ids=ids, persons=persons)]


RARE = ["Oluwaseun Adeyemi", "Zbigniew Kowal", "Thandiwe van Wyk", "Miller, Xenia",
        "Aoife O'Neill", "Siiri J. Virtanen"]


@pytest.mark.parametrize("column", ["participant", "group", "who"])
def test_capitalised_words_that_differ_are_names_in_any_column(column: str) -> None:
    assert kinds(column, [*RARE, "NA"], ids=[column]) == ["The column holds names."]


@pytest.mark.parametrize("cells", [
    ["Łukasz Żak", "Şule Öztürk", "Čeněk Dvořák", "Ötzi Ünal", "Ágnes Őri"],
    ["Анна Иванова", "Пётр Сидоров", "Ольга Котова", "Иван Белов", "Мария Орлова"],
    ["王小明", "李娜", "张伟", "刘洋", "陈静"],
    ["anna schmidt", "peter huber", "maria rossi", "jonas kolb", "eva lang"],
])
def test_names_are_found_in_other_scripts_and_without_capitals(cells: list[str]) -> None:
    assert kinds("who", cells) == ["The column holds names."]


@pytest.mark.parametrize("cells", [["06601234567", "07700900123"], ["5551234567", "6172223344"]])
def test_a_column_of_bare_digits_may_be_telephones(cells: list[str]) -> None:
    assert kinds("q", cells) == ["The column holds telephone numbers."]
    assert kinds("seed", cells) == []


@pytest.mark.parametrize("cell", ["Wiebke Jansen", "Anna Schmidt & Peter Huber"])
def test_one_name_is_enough_where_cells_stand_for_people(cell: str) -> None:
    cells = [cell] * 12 + ["L1 L2"] * 12
    assert kinds("leaders", cells, ids=["leaders"], persons=["leaders"]) == [
        "The column has 12 cells that look like names."]


def test_names_are_found_where_each_person_has_several_rows() -> None:
    frame = pd.DataFrame({"participant": [f"P{i}" for i in range(6)] * 3, "who": RARE * 3})
    issues = find_identifiers(frame, "a.csv", ids=["participant"])
    assert [(issue.column, issue.what) for issue in issues] == [("who", "The column holds names.")]


def test_a_group_called_after_its_leader_stops() -> None:
    assert kinds("group", ["Anna Schmidt"] * 8 + ["G2"] * 8, ids=["group"]) == [
        "The column has 8 cells that look like names."]


def test_missing_marks_do_not_hide_birth_dates() -> None:
    assert kinds("q", ["1985-04-12", "NA", "N/A", "7.11.1990", ".", "nan"]) == [
        "The column holds birth dates."]


@pytest.mark.parametrize(("column", "cells"), [
    ("when", ["1998-03-04", "1999-03-04"] * 6),              # two waves of an old study
    ("wave_date", [f"{d}.3.{1990 + d}" for d in range(1, 9)]),
    ("graduation", [f"{1990 + d}-06-30" for d in range(1, 9)]),
    ("filled_in", [f"{d:02}.03.21" for d in range(1, 9)]),
    ("site", ["St Thomas", "Royal Victoria", "San Jose"] * 4),
    ("degree", ["Dr Med", "Dr Phil"] * 4),
    ("version", ["1.2.3.4", "1.2.3.5"] * 4), ("app", ["2.1.0.4", "2.1.0.5"]),
    ("income", ["30 000-40 000", "40 000-50 000"]), ("rotation", ["01/2024-06/2024", "07/2024"]),
    ("time", ["09.00-10.30", "0900-1030"]), ("approbation", ["1985-06-01", "1990-07-01"]),
    ("born", ["1960", "1971"]), ("site", ["Martin Luther", "Henry Ford", "Robert Bosch"] * 4),
    ("topic", ["First Meeting", "Angry Patient", "Late Call", "Two Doctors", "Old Friend"]),
    ("email", ["yes", "no"] * 4), ("mobile", ["iOS", "Android"] * 4), ("gps", ["3", "4", "12"]),
    ("ip", ["inpatient", "outpatient"] * 4), ("lat", ["left", "right"]),
    ("code", ["010-2005-2006", "011-2006-2007", "012-2007-2008"]),
    ("comment", ["on 04.03.2021 08:15 all was well", "2021-03-04 10:00:00", "0 to 10"]),
    ("mobile", ["yes", "no", "yes"]), ("tel", ["1", "0", "1"]), ("nhs", ["Yes", "No", "NA"]),
    ("name", ["known", "secret"] * 4),
    ("group", ["Group A", "Group B", "Group C", "Group D", "Group E"]),
])
def test_what_only_resembles_an_identifier_is_left_alone(column: str, cells: list[str]) -> None:
    assert kinds(column, cells) == []


def test_three_first_names_are_no_yes_or_no() -> None:
    assert kinds("name", ["Ann", "Bob", "Zoe"]) == ["The column is named like a column of names."]
