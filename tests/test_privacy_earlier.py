"""Two releases of one study: who is found again, and that nothing can be subtracted."""

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError
from balint_research.files import MANIFEST, sha256
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.choose import Choice, NoRelease, choose
from balint_research.study.privacy.earlier import NOT_IN_IT, Earlier, earlier_classes
from balint_research.study.privacy.folder import PARTICIPANTS, RESPONSES
from balint_research.study.study import Study
from tests.privacy_studies import ITEMS, answers_of, data_of, scores_of, study_with, write_release
from tests.test_privacy_choose import LEVELS, people_of, programme


def some(data: StudyData, people: np.ndarray[Any, Any], waves: tuple[str, ...] = ("pre", "post")
         ) -> StudyData:
    """The study with some of its people and waves."""
    frame = data.participants[data.participants["participant"].isin(people)]
    rows = data.responses
    rows = rows[rows["participant"].isin(people) & rows["wave"].isin(waves)]
    return data_of(frame.reset_index(drop=True), rows.reset_index(drop=True))


def chosen(study: Study, data: StudyData, k: int, earlier: Earlier | None = None) -> Choice:
    """The choice of these data."""
    own = data.responses[data.responses["rater"] == "self"]
    return choose(study, data, scores_of(own), k=k, earlier=earlier)


def class_of(choice: Choice, person: str) -> str:
    """The class of a person in a release, or that the person is not in it."""
    if person not in choice.people.index:
        return NOT_IN_IT
    told = choice.people.loc[[person]].fillna("NA").to_numpy(dtype=str)
    return " / ".join(told[0])


# --- the property --------------------------------------------------------------------------------

COLUMNS = st.permutations(["group", "role", "age", "waves"]).flatmap(
    lambda names: st.integers(1, 4).map(lambda number: tuple(names[:number])))


def both(
    seed: int, ks: tuple[int, int], columns: tuple[tuple[str, ...], tuple[str, ...]], *,
    later: bool, added: int, removed: int, most: float, silent: bool,
) -> tuple[Counter[tuple[str, str]], Choice] | None:
    """People by their true classes in two releases of a random programme, and the second.

    None where one of the two is refused.
    """
    rng = np.random.default_rng(seed)
    everyone = programme(rng, 64, 30)
    people = rng.permutation(everyone.participants["participant"].to_numpy())
    if silent:  # some never answer, and cannot be told apart by answers
        everyone = data_of(everyone.participants, everyone.responses[
            ~everyone.responses["participant"].isin(people[10:16])])
    first, second = (study_with(l=1, most_left_out=most, quasi_identifiers=names, levels={
        name: steps for name, steps in LEVELS.items() if name in (*names, "group")})
        for names in columns)
    before = some(everyone, people[added:], ("pre",) if later else ("pre", "post"))
    now = some(everyone, people[:len(people) - removed])
    with TemporaryDirectory() as place:
        try:
            one = chosen(first, before, ks[0])
            folder = write_release(Path(place) / "one", one, before, rng)
            two = chosen(second, now, ks[1], earlier_classes(second, now, [folder]))
        except NoRelease:
            return None
    cells = Counter((class_of(one, person), class_of(two, person)) for person in people)
    del cells[NOT_IN_IT, NOT_IN_IT]
    return cells, two


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 10**6),
       ks=st.tuples(st.sampled_from([3, 4, 5]), st.sampled_from([3, 5])),
       columns=st.tuples(COLUMNS, COLUMNS), later=st.booleans(), added=st.sampled_from([0, 3, 12]),
       removed=st.sampled_from([0, 2, 6]), most=st.sampled_from([0.0, 0.1, 0.3]),
       silent=st.booleans())
def test_no_two_releases_tell_of_fewer_than_k_people(
    seed: int, ks: tuple[int, int], columns: tuple[tuple[str, ...], tuple[str, ...]],
    **changes: Any,
) -> None:
    result = both(seed, ks, columns, **changes)
    if result is not None:
        cells, second = result
        assert min(cells.values()) >= min(ks)
        assert second.smallest_class >= ks[1]


def test_random_programmes_are_released_twice_and_not_only_refused() -> None:
    released = [both(seed, (4, 5), (("role",), ("age", "role")), later=True, added=added,
                     removed=removed, most=0.2, silent=False) for seed, added, removed in (
        (1, 0, 0), (2, 12, 0), (3, 0, 6), (4, 3, 0))]
    assert sum(result is not None for result in released) >= 3


# --- who is found again --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def before() -> StudyData:
    """Three groups of twelve and twenty people who wait."""
    return people_of({"A": 12, "B": 12, "C": 12})


def release_of(place: Path, data: StudyData, study: Study | None = None, k: int = 5,
               **manifest: Any) -> Path:
    """A release of these data on disk; `manifest` overwrites facts of its manifest."""
    choice = chosen(study or study_with(), data, k)
    return write_release(place, choice, data, np.random.default_rng(4), **manifest)


def test_people_are_found_again_by_their_answers(before: StudyData, tmp_path: Path) -> None:
    folder = release_of(tmp_path / "one", before)
    earlier = earlier_classes(study_with(), before, [folder])
    assert (earlier.k, len(earlier.gone)) == ({"one": 5}, 0)
    told = pd.concat([before.participants.set_index("participant"), earlier.classes], axis=1)
    names = told.groupby(["arm", "group"], dropna=False)["one"].unique().map(list)
    assert sorted(names.map(len)) == [1, 1, 1, 1]
    assert sorted(name for row in names for name in row) == [
        "balint / group 1", "balint / group 2", "balint / group 3", "waitlist / NA"]


def test_who_is_gone_and_who_is_new(before: StudyData, tmp_path: Path) -> None:
    folder = release_of(tmp_path / "one", before)
    new = people_of({"A": 12, "B": 14, "C": 12}).participants.assign(
        participant=lambda frame: [f"q{i}" for i in range(len(frame))]).iloc[24:26]
    stays = before.participants.iloc[5:]
    rows = pd.concat([before.responses,
                      answers_of(new["participant"].tolist(), np.random.default_rng(77))])
    now = data_of(pd.concat([stays, new], ignore_index=True),
                  rows[rows["participant"].isin([*stays["participant"], *new["participant"]])])
    earlier = earlier_classes(study_with(), now, [folder])
    assert earlier.classes["one"].eq(NOT_IN_IT).sum() == 2
    assert len(earlier.gone) == 5
    assert earlier.gone["one"].nunique() == 1
    choice = chosen(study_with(), now, 5, earlier)
    assert choice.new_left_out == 2
    assert set(choice.left_out) == {"q24", "q25"}


def test_answers_that_came_later_belong_to_the_same_person(before: StudyData, tmp_path: Path
                                                           ) -> None:
    """The second wave was still running: half of the people answered it after the release."""
    half = before.responses["participant"].isin(before.participants["participant"][::2])
    early = data_of(before.participants,
                    before.responses[half | before.responses["wave"].eq("pre")])
    folder = release_of(tmp_path / "one", early)
    earlier = earlier_classes(study_with(), before, [folder])
    assert earlier.classes["one"].ne(NOT_IN_IT).all()
    assert len(earlier.gone) == 0


def test_people_with_equal_answers_are_told_apart_by_what_is_known(tmp_path: Path) -> None:
    """Every tenth person answers alike; groups are renamed, and are learned from the others."""
    data = people_of({"A": 12, "B": 12, "C": 12})
    alike = data.responses["participant"].str.endswith("0")
    rows = data.responses.copy()
    rows.loc[alike, ITEMS] = 3.0
    data = data_of(data.participants, rows)
    folder = release_of(tmp_path / "one", data)
    classes = earlier_classes(study_with(), data, [folder]).classes["one"]
    people = data.participants.set_index("participant")
    assert classes.groupby([people["arm"], people["group"].fillna("")]).nunique().eq(1).all()


def test_each_form_of_several_raters_counts(tmp_path: Path) -> None:
    data = people_of({"A": 12, "B": 12})
    twice = pd.concat([data.responses, data.responses.assign(rater="other")], ignore_index=True)
    folder = release_of(tmp_path / "one", data_of(data.participants, twice))
    found = earlier_classes(study_with(), data_of(data.participants, twice), [folder])
    assert found.classes["one"].ne(NOT_IN_IT).all()
    fewer = earlier_classes(study_with(), data_of(data.participants, twice.iloc[:-40]), [folder])
    assert fewer.gone.empty  # the forms that are left find them


def test_a_corrected_answer_does_not_make_a_new_person(tmp_path: Path) -> None:
    """Whoever holds both tables puts them together by the other answers, and so do we."""
    data = people_of({"A": 20, "B": 20})
    folder = release_of(tmp_path / "one", data)
    corrected = data.responses.copy()
    first = corrected["participant"].isin(data.participants["participant"][:5]) & (
        corrected["wave"] == "pre")
    corrected["who5_1"] = corrected["who5_1"].where(~first, (corrected["who5_1"] + 1) % 6)
    again = earlier_classes(study_with(), data_of(data.participants, corrected), [folder])
    assert again.gone.empty
    assert again.classes["one"].ne(NOT_IN_IT).all()


def test_an_earlier_class_must_not_lose_fewer_than_k(tmp_path: Path) -> None:
    whole = people_of({"A": 20, "B": 12})
    folder = release_of(tmp_path / "one", whole)
    now = some(whole, whole.participants["participant"].to_numpy()[3:])
    earlier = earlier_classes(study_with(), now, [folder])
    with pytest.raises(NoRelease, match="Fewer than 5 people of an earlier release are not among"):
        chosen(study_with(most_left_out=0.0), now, 5, earlier)
    choice = chosen(study_with(most_left_out=0.2), now, 5, earlier)
    assert choice.levels == {"group": 0}
    assert len(choice.left_out) == 5  # with the three who are gone at least five, and five itself
    assert set(choice.left_out) <= set(whole.participants["participant"][:20])


def test_a_public_release_after_one_for_the_team(before: StudyData, tmp_path: Path) -> None:
    """The smaller k of the two counts for what both tell together."""
    fine = study_with(quasi_identifiers=("role",))
    roles = before.participants.assign(role=["x", "y"] * 28)
    data = data_of(roles, before.responses)
    folder = release_of(tmp_path / "team", data, fine)
    assert chosen(fine, data, 5).levels == {"group": 0, "role": 0}
    public = chosen(fine, data, 11, earlier_classes(fine, data, [folder]))
    assert (public.levels, public.smallest_class) == ({"group": 0, "role": None}, 12)


def test_three_releases(before: StudyData, tmp_path: Path) -> None:
    """Who left after the first and who left after the second are told apart by both."""
    people = before.participants["participant"].to_numpy()
    first = release_of(tmp_path / "one", before)
    without = some(before, people[5:])
    second = release_of(tmp_path / "two", without)
    now = some(before, people[7:])
    earlier = earlier_classes(study_with(), now, [first, second])
    assert sorted(earlier.k) == ["one", "two"]
    there = (earlier.gone != NOT_IN_IT).value_counts().to_dict()
    assert there == {(True, False): 5, (True, True): 2}
    with pytest.raises(NoRelease):
        chosen(study_with(), now, 5, earlier)


# --- folders that are no release -----------------------------------------------------------------


def faults(study: Study, data: StudyData, *folders: Path) -> list[str]:
    """The faults of the folders, as a user reads them."""
    with pytest.raises(DataError) as caught:
        earlier_classes(study, data, list(folders))
    return [str(issue) for issue in caught.value.issues]


def rewritten(folder: Path, name: str, text: str) -> Path:
    """The release with another file, which its manifest knows."""
    (folder / name).write_text(text, encoding="utf-8")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["results"][name] = sha256(folder / name)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_every_folder_that_is_no_release_is_told_at_once(before: StudyData, tmp_path: Path) -> None:
    good = release_of(tmp_path / "good", before)
    bare = tmp_path / "bare"
    bare.mkdir()
    report = release_of(tmp_path / "report", before, kind="report")
    old = release_of(tmp_path / "old", before, known=None, results=None)
    unnamed = release_of(tmp_path / "unnamed", before, results={})
    odd = release_of(tmp_path / "odd", before, known=["arm", "shoe"])
    other = rewritten(release_of(tmp_path / "other", before), RESPONSES, "person,wave\n1,pre\n")
    words = rewritten(release_of(tmp_path / "words", before), RESPONSES,
                      "person,wave,rater,week,who5_1\n1,pre,self,0,never\n")
    empty = rewritten(release_of(tmp_path / "empty", before), PARTICIPANTS, "")
    (release_of(tmp_path / "damaged", before) / "manifest.json").write_text("{", encoding="utf-8")
    changed = release_of(tmp_path / "changed", before)
    with (changed / PARTICIPANTS).open("a", encoding="utf-8") as file:
        file.write("1,balint,group 1\n")
    (changed / RESPONSES).unlink()
    assert faults(study_with(), before, good, bare, report, old, unnamed, odd, other, words, empty,
                  tmp_path / "damaged", changed) == [
        f"{name}: The folder is no release of balint_research: {why}. Name the folder that `balint "
        "release` wrote, as it wrote it. [not_a_release]" for name, why in {
            "bare": "it has no manifest.json that can be read",
            "report": "its manifest.json is of something else",
            "old": "its manifest.json does not tell known, results",
            "unnamed": f"its manifest.json does not tell {PARTICIPANTS}, {RESPONSES}",
            "odd": "1 column of `known` in its manifest.json is not there",
            "other": "its description-responses_data.csv has no column 'rater', 'week'",
            "words": f"{RESPONSES} holds answers that are no numbers",
            "empty": "its description-participants_data.csv cannot be read",
            "damaged": "it has no manifest.json that can be read"}.items()] + [
        "changed: 2 files of the release are not as it was written. Name the folder as it was "
        "released; what others hold must be known to the byte. [changed_since]"]


def test_a_release_of_other_people_is_told(before: StudyData, tmp_path: Path) -> None:
    other = data_of(before.participants, answers_of(before.participants["participant"].tolist(),
                                                    np.random.default_rng(99)))
    folder = release_of(tmp_path / "other", other)
    assert faults(study_with(), before, folder) == [
        "other: None of its people is found among the present people by their answers. Name a "
        "release of this study; with another nothing can be subtracted. [nobody_found]"]


def test_two_folders_of_one_name(before: StudyData, tmp_path: Path) -> None:
    one = release_of(tmp_path / "a" / "release", before)
    two = release_of(tmp_path / "b" / "release", before)
    earlier = earlier_classes(study_with(), before, [one, two])
    assert list(earlier.classes) == list(earlier.k) == ["release", "release (2)"]
