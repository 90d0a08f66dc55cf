"""What an uploaded file is by its content, whatever its name says."""

from __future__ import annotations

import hashlib
import re
import zipfile
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.core.files import File

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}
# What a browser may show by itself; the others are offered to be saved.
SHOWN = ("application/pdf", "image/jpeg", "image/png")
TAIL = 4096


def plain_name(name: str) -> str:
    """The last part of a file's name, without control characters or what a path or header reads."""
    last = re.sub(
        r"[\x00-\x1f\x7f\"<>|*?:\u202a-\u202e\u2066-\u2069]", "", re.split(r"[\\/]", name)[-1]
    ).strip(" .")
    if len(last) <= 160:
        return last
    stem, _dot, suffix = last.rpartition(".")
    return f"{stem[: 159 - len(suffix)]}.{suffix}" if len(suffix) < 10 else last[:160]


def check(file: File[bytes], name: str) -> str:
    """The kind of file (a key of CONTENT_TYPES).

    Raises ValidationError with code "size", "empty", "kind" (not one we take), "content" (is not
    what its name says) or "damaged" (cut off or broken).
    """
    size = file.size or 0
    if size > settings.MAX_UPLOAD:
        most = settings.MAX_UPLOAD // 1024 // 1024
        raise ValidationError(_("文件超过%(most)dMB，请压缩或拆成几份再上传。") % {"most": most}, code="size")
    if not size:
        raise ValidationError(_("文件是空的，请重新选择。"), code="empty")
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    kind = {"jpeg": "jpg"}.get(suffix, suffix)
    if kind not in CONTENT_TYPES:
        raise ValidationError(
            _("只能上传 PDF、Word(.docx)、Excel(.xlsx)、图片(JPG、PNG)和文本(.txt)。"), code="kind"
        )
    file.seek(0)
    head = file.read(1024)
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    file.seek(0)
    verdict = _office(file, kind) if kind in ("docx", "xlsx") else _plain(file, kind, head, tail)
    file.seek(0)
    if verdict == "content":
        raise ValidationError(
            _("这个文件的内容不是%(kind)s，请用原来的程序另存后再上传。") % {"kind": kind.upper()},
            code="content",
        )
    if verdict == "damaged":
        raise ValidationError(_("文件不完整或已损坏，请重新导出后再上传。"), code="damaged")
    if verdict == "macro":
        raise ValidationError(_("文件里带有宏程序，请另存为不带宏的格式再上传。"), code="content")
    return kind


def sha256(file: File[bytes]) -> str:
    """The digest (64 hex digits) of what is in it."""
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _plain(file: Any, kind: str, head: bytes, tail: bytes) -> str:
    if kind == "txt":
        return "" if _is_text(file.read()) else "content"
    begins = {"pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}[kind]
    ends = {"pdf": b"%%EOF", "jpg": b"\xff\xd9", "png": b"IEND"}[kind]
    if not (begins in head if kind == "pdf" else head.startswith(begins)):
        return "content"
    return "" if ends in tail else "damaged"


def _office(file: Any, kind: str) -> str:
    folder = {"docx": "word/", "xlsx": "xl/"}[kind]
    if file.read(4) != b"PK\x03\x04":
        return "content"
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
        return "damaged"
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return "macro"
    fits = "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)
    return "" if fits else "content"


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
            return True
        except UnicodeDecodeError:
            continue
    return False
