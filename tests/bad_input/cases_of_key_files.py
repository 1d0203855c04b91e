"""The study's own key files, `instruments/<id>.toml`, with a fault in one of them."""

from collections.abc import Callable

from tests.bad_input.corpus import SMALL, Case, sparse

FILE = "instruments/mine.toml"
TOML = SMALL.replace("who5.percent", "mine.total").replace(
    "[instruments.who5]", '[instruments.mine]\nitems = "who5_{n}"')
KEY = """
id = "mine"
name = "A questionnaire of our own"
construct = "wellbeing"
respondent = "self"
intended_for = "adults"
version = "1"
key_status = "established"
confidence = "high"
citation = "None"

[response]
codes = [0, 1, 2, 3, 4, 5]

[items]
1 = "mood"
2 = "calm"
3 = "vigour"
4 = "sleep"
5 = "interest"

[scales.total]
name = "Total"
items = [1, 2, 3, 4, 5]
score = "sum"
range = [0, 25]
higher_means = "better"

[missing]
rule = "none"

[rights]
status = "open_licence"
wording_redistributable = "unclear"
holder = "nobody"
obtain_from = "nowhere"

[evidence]
disagreements = "none"
open_doubts = "none"
verification = []
sources = [{what = "this test", url = "https://example.org"}]
"""


def cases() -> list[Case]:
    """A right key first, then one fault each."""
    return [
        Case(name="key-right", file=FILE, files={FILE: KEY.encode()}, toml=TOML, stops=False),
        _key("no-bytes", lambda text: "", "is missing"),
        _key("no-toml", lambda text: text.replace("[items]", "[items"), "not valid TOML"),
        _key("item-twice", lambda text: text.replace("2 = ", "1 = "), "not valid TOML"),
        _key("id-of-another", lambda text: text.replace('id = "mine"', 'id = "yours"'),
             "id: must be the name of the file"),
        _key("code-in-words", lambda text: text.replace("[0, 1, 2,", '["none", 1, 2,'),
             "response.codes"),
        _key("item-that-is-not-there", lambda text: text.replace("3, 4, 5]\nsc", "3, 4, 6]\nsc"),
             "scales.total.items"),
        _key("range-that-cannot-be", lambda text: text.replace("[0, 25]", "[0, 20]"),
             "scales.total"),
        _key("wording-for-a-gist", lambda text: text.replace(
            '"mood"', '"I have felt cheerful and in good spirits"'), "items.1", "one to 5 words"),
        _key("unknown-field", lambda text: text.replace("construct", "konstrukt"), "construct"),
        _key("range-without-end", lambda text: text.replace("[0, 25]", "[0, inf]"),
             "scales.total"),
        _key("codes-without-end", lambda text: text.replace("[0, 1,", "[0, 99999999999999999999,"),
             "response.codes"),
        _key("brackets-five-thousand-deep",
             lambda text: "x = " + "[" * 5000 + "]" * 5000 + text, "not valid TOML"),
        _key("example-that-comes-out-otherwise", lambda text: text + (
            "[[examples]]\nanswers = [1, 1, 1, 1, 1]\nscores = {total = 7}\n"
            'kind = "derived"\nsource = "made up"\n'), "example"),
        Case(name="key-two-of-one-id", file="mine.toml", toml=TOML, says=("both say id",),
             files={FILE: KEY.encode(), "instruments/twin.toml": KEY.encode()}),
        Case(name="key-is-a-folder", file="mine", toml=TOML, says=("instrument",),
             files={f"{FILE}/notes.txt": b"notes"}),
        Case(name="key-two-gigabytes", file="mine.toml", toml=TOML, heavy=True,
             says=("too large",), files={FILE: sparse(2 << 30, KEY.encode())}),
    ]


def _key(name: str, change: Callable[[str], str], *says: str) -> Case:
    text = change(KEY)
    assert text != KEY
    return Case(name=f"key-{name}", file="mine.toml", files={FILE: text.encode()}, toml=TOML,
                says=says)
