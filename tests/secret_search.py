"""Looks for secrets in whatever a program can leave behind: text, archives, pictures, PDF."""

import base64
import html
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

from PIL import Image
from pypdf import PdfReader

LATEX = str.maketrans({sign: f"\\{sign}" for sign in "_&%$#{}"})


def texts_of(name: str, data: bytes) -> Iterator[str]:
    """Everything that can be read in a file."""
    yield data.decode("utf-8", errors="replace")
    yield data.decode("utf-16", errors="replace")
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in archive.namelist():
                yield inner
                yield from texts_of(inner, archive.read(inner))
    if name.endswith(".png"):
        with Image.open(io.BytesIO(data)) as picture:
            yield str(picture.info)
    if name.endswith(".pdf"):
        pdf = PdfReader(io.BytesIO(data))
        yield str(pdf.metadata)
        yield from (page.extract_text() for page in pdf.pages)


def forms(secret: str) -> set[str]:
    """The secret as it may be written, without spaces and capitals."""
    written = {secret, html.escape(secret), html.escape(secret, quote=False),
               json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""),
               secret.translate(LATEX), re.sub(r"\D", "", secret) if secret[0] == "+" else secret}
    return {plain(form) for form in written}


def decoded(text: str) -> Iterator[str]:
    """What a long run of letters and digits says, if it is base64; it may begin anywhere."""
    for run in re.findall(r"[A-Za-z0-9+/]{11,}", text):
        for start in range(4):
            whole = run[start:] + "A" * (-(len(run) - start) % 4)
            yield base64.b64decode(whole).decode("latin-1")


@lru_cache
def by_beginning(secrets: frozenset[str]) -> dict[str, list[tuple[str, str]]]:
    """First letters of a form -> the forms and their secrets: few beginnings are looked for."""
    groups = defaultdict(list)
    for secret in secrets:
        for form in forms(secret):
            groups[form[:5]].append((form, secret))
    return dict(groups)


def plain(text: str) -> str:
    """Without spaces, ends of lines and capitals: a secret may be broken or shouted."""
    return re.sub(r"[\s\u00ad\u200b]+", "", text).casefold()


def secrets_in(name: str, data: bytes, secrets: Iterable[str]) -> set[str]:
    """The secrets that a file or a text gives away."""
    text = "\n".join(texts_of(name, data))
    flat = plain("\n".join([text, *decoded(text)]))
    return {secret for beginning, group in by_beginning(frozenset(secrets)).items()
            if beginning in flat for form, secret in group if form in flat}
