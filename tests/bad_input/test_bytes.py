"""Any bytes, and any mutation of a right file: a table, or a sentence that holds no cell."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, StudyError
from balint_research.study.read.read import read_text
from balint_research.study.study import read_study
from tests.bad_input.corpus import SMALL
from tests.bad_input.readers import IN_C, READERS, SLOW, WHOLE, Reader
from tests.study_folder import as_csv

QUIET = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
# The same examples at each run: a fault in a library of C would take the test process with it.
# New ones are looked for by `make fuzz`, one process a reader.
STEADY = settings(QUIET, derandomize=True, database=None)

QUICK = [name for name in READERS if name not in SLOW]
PYTHON = [name for name in QUICK if name not in IN_C]
Cut = tuple[str, float, bytes]
TELLING = [b'"', b",", b";", b"\t", b"\n", b"\r", b"\x00", b"\xff", "ü".encode(), b"1,5", b"1e999",
           b"=1+1", b"\xef\xbb\xbf", b"sep=;\r\n", b"<", b"&", b"[", b"{n}", b"'", b"\\u0000"]
CUTS = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "insert", "repeat"]), st.floats(0, 1),
              st.binary(min_size=1, max_size=8) | st.sampled_from(TELLING)),
    min_size=1, max_size=5)


def mutated(content: bytes, changes: Sequence[Cut]) -> bytes:
    """The bytes after some changes, each at its share of the length."""
    for kind, share, piece in changes:
        at = int(share * len(content))
        if kind == "flip":
            content = content[:at] + bytes(
                a ^ b for a, b in zip(content[at:], piece, strict=False)
            ) + content[at + len(piece):]
        elif kind == "cut":
            content = content[:at] + content[at + piece[0]:]
        elif kind == "insert":
            content = content[:at] + piece + content[at:]
        else:
            content = content[:at] * 2 + content[at:]
    return content


def attempt(reader: Reader, content: bytes) -> Exception | None:
    with TemporaryDirectory() as folder:
        return reader.attempt(content, Path(folder))


@pytest.mark.parametrize("name", QUICK)
def test_the_right_files_are_read(name: str) -> None:
    faults = [attempt(READERS[name], content) for content in READERS[name].right]
    if name == "sas":         # nothing here can write one
        assert all(isinstance(fault, DataError) for fault in faults)
    elif name != "declared":  # some declarations do not fit their file
        assert faults == [None] * len(faults)


@pytest.mark.parametrize("name", sorted(set(PYTHON) - set(WHOLE)))
@QUIET
@given(data=st.data())
def test_any_mutation(name: str, data: st.DataObject) -> None:
    reader = READERS[name]
    attempt(reader, mutated(data.draw(st.sampled_from(reader.right)), data.draw(CUTS)))


@pytest.mark.parametrize("name", WHOLE)
@settings(QUIET, max_examples=12)
@given(data=st.data())
def test_any_mutation_in_a_whole_command(name: str, data: st.DataObject) -> None:
    reader = READERS[name]
    attempt(reader, mutated(data.draw(st.sampled_from(reader.right)), data.draw(CUTS)))


@pytest.mark.parametrize("name", IN_C)
@settings(STEADY, max_examples=30)
@given(changes=CUTS)
def test_any_mutation_of_what_is_read_in_c(name: str, changes: list[Cut]) -> None:
    attempt(READERS[name], mutated(READERS[name].right[0], changes))


@pytest.mark.parametrize("name", sorted(set(QUICK) - set(WHOLE)))
@settings(STEADY, max_examples=15)
@given(content=st.binary(max_size=400))
def test_any_bytes(name: str, content: bytes) -> None:
    attempt(READERS[name], content)


@settings(QUIET, max_examples=60)
@given(text=st.text(max_size=300), at=st.integers(0, len(SMALL)))
def test_any_text_in_a_study(text: str, at: int) -> None:
    with TemporaryDirectory() as folder:
        content = (SMALL[:at] + text + SMALL[at:]).encode("utf-8", "surrogatepass")
        (Path(folder) / "study.toml").write_bytes(content)
        try:
            study = read_study(folder)
        except StudyError as fault:
            assert "study.toml: " in str(fault) and "  1. " in str(fault)
        else:
            assert study.waves and study.instruments


WORDS = st.text("abcdeäöüñ,;|\t\"'#=%&<>\\ \n\r", max_size=12).map(lambda text: f"zq{text}qz")


@settings(QUIET, max_examples=60)
@given(rows=st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=6),
       mark=st.sampled_from(",;\t|"), cut=st.integers(0, 3))
def test_no_cell_of_any_text_is_told(rows: list[list[str]], mark: str, cut: int) -> None:
    """Below any header, with any separator, also when the file ends too early."""
    text = as_csv([["a", "b", "c"], *rows], mark)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text[:len(text) - cut].encode())
        try:
            told = [str(issue) for issue in read_text(path).issues]
        except DataError as fault:
            told = [str(fault)]
    assert not any("zq" in words for words in told)
