"""The layout of a release: written once, and read again when a later release is checked."""

from balint_research.files import MANIFEST, OUR_NAMES, RELEASE

PARTICIPANTS = "data/description-participants_data.csv"
RESPONSES = "data/description-responses_data.csv"
SCORES = "data/description-scores_data.csv"
SESSIONS = "data/description-sessions_data.csv"
TABLES = {"participants": PARTICIPANTS, "responses": RESPONSES, "scores": SCORES,
          "sessions": SESSIONS}

KIND = RELEASE          # `kind` of the manifest
PACKAGE = OUR_NAMES[0]  # `package` of the manifest
MISSING = "NA"          # an empty cell of a table
PERSON = "person"       # a new random number in every release
ROW = (PERSON, "wave", "rater", "week")  # columns of the responses before the items
OURS = (PERSON, "arm", "group")  # columns of the participants before the quasi-identifiers

# What the manifest of a release holds at least. `known` are the columns of the participants that
# make up the classes (arm, group and quasi-identifiers, as far as they go), `results` the SHA-256
# of every other file.
KEYS = ("package", "kind", "k", "known", "results")

__all__ = ["KEYS", "KIND", "MANIFEST", "MISSING", "OURS", "PACKAGE", "PARTICIPANTS", "PERSON",
           "RESPONSES", "ROW", "SCORES", "SESSIONS", "TABLES"]
