"""The lock names every dependency in an allowed version, with hashes and without addresses."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[1]
LOCK = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
# One entry: the first line and the lines with hashes that continue it.
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+).*\\\n(?P<hashes>(?:    --hash=.*\n)+)", re.MULTILINE
)


def locked() -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    for entry in ENTRY.finditer(LOCK):
        versions.setdefault(canonicalize_name(entry["name"]), []).append(entry["version"])
    return versions


def required() -> list[str]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"].values()
    return sorted(
        {
            *project["build-system"]["requires"], *project["project"]["dependencies"],
            *(line for part in (*extras, *groups) for line in part),
        }
    )


@pytest.mark.parametrize("line", required())
def test_every_dependency_is_locked_in_an_allowed_version(line: str) -> None:
    wanted = Requirement(line)
    versions = locked().get(canonicalize_name(wanted.name), [])
    assert versions, f"{wanted.name} is not in requirements.lock: run `make lock`"
    assert [v for v in versions if not wanted.specifier.contains(v, prereleases=True)] == []


def test_every_entry_has_exact_version_and_hashes_only() -> None:
    """Every line is an entry, a hash or a comment on who needs it: no address, no option."""
    starts = [line for line in LOCK.splitlines() if re.match(r"\S", line)]
    assert len(starts) == len(list(ENTRY.finditer(LOCK))) > 100
    shapes = re.compile(
        r"[\w.-]+==[\w.+!-]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
        r"|    # via( [\w.\[\] :()/-]+)?|    #   [\w.\[\] :()/-]+"
    )
    assert [line for line in LOCK.splitlines() if not shapes.fullmatch(line)] == []


def test_no_address_stands_in_the_lock() -> None:
    assert "://" not in LOCK
    assert [line for line in LOCK.splitlines() if "http" in line and "#" not in line
            and not re.match(r"http[\w.-]*==", line)] == []  # fmt: skip


def test_the_same_name_stands_twice_only_where_markers_divide_it() -> None:
    for name, versions in locked().items():
        if len(versions) > 1:
            lines = re.findall(rf"^{re.escape(name)}==.*$", LOCK, re.MULTILINE | re.IGNORECASE)
            assert all(" ; " in line for line in lines), lines
