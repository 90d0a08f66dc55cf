"""The booth's page and every script and style it may load, byte by byte, and one hash over all of them.

The list is written as sha256sum does, under the names that `wget -x -nH` gives the files; its own
SHA-256 is the check value on the wall and in the Setup of every vote. To check it from anywhere:

    curl -s $SITE/booth/files.txt -o files.txt && sha256sum files.txt     # the value on the wall?
    sed 's/^[0-9a-f]*  //; s/index.html$//' files.txt | sed "s|^|$SITE/|" | wget -q -nH -x -i -
    sha256sum -c files.txt                                                # these very files?
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.utils import translation

TEMPLATE = "voting/sealed/booth.html"
PAGES = {"zh-hans": "booth/index.html", "en": "booth/en/index.html"}
FOLDER = "booth"  # of the static files: everything in it that can run or colour is listed
KINDS = (".js", ".css")


def page(language: str) -> bytes:
    """Rendered without a request: no token, no name, no message, nothing that differs by visitor."""
    return _page(language) if not settings.DEBUG else _page.__wrapped__(language)


@lru_cache(maxsize=2)
def _page(language: str) -> bytes:
    with translation.override(language):
        return render_to_string(TEMPLATE, {"language": language}).encode()


def page_hash() -> str:
    """64 hex digits over both languages' pages and all their files."""
    return sha256(files()).hexdigest()


def files() -> bytes:
    """A line `<sha256>  <name>` for each file, sorted by name."""
    return _files() if not settings.DEBUG else _files.__wrapped__()


@lru_cache(maxsize=1)
def _files() -> bytes:
    found = {name: page(language) for language, name in PAGES.items()}
    for address in _addresses(b"".join(found.values()).decode()):
        found[address.lstrip("/")] = _content(address.removeprefix(settings.STATIC_URL))
    lines = (f"{sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found))
    return "".join(lines).encode()


def _addresses(pages: str) -> set[str]:
    """Of the scripts and styles in the booth's folder, and of those of other folders that its pages name."""
    own = {
        staticfiles_storage.url(path)
        for finder in finders.get_finders()
        for path, _storage in finder.list([])
        if path.startswith(f"{FOLDER}/") and path.endswith(KINDS)
    }
    named = re.findall(rf'"({re.escape(settings.STATIC_URL)}[^"]+)"', pages)
    return own | {address for address in named if address.endswith(KINDS)}


def _content(path: str) -> bytes:
    """As it is served: from the collected files, or where nothing was collected from their sources."""
    collected = Path(staticfiles_storage.path(path))
    return (collected if collected.is_file() else Path(finders.find(path) or collected)).read_bytes()
