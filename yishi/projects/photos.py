"""A resident's photo: judged by its content, and kept as nothing but a picture."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from django.core.files import File

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 20_000_000
# A JPEG is read at a fraction of its size, so that a telephone's 50 megapixels need no more memory.
MOST_PIXELS_JPEG = 80_000_000
SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


def stripped(file: File[bytes]) -> ContentFile[bytes]:
    """The photo as a JPEG of at most 1600 pixels a side, upright, without place, time or camera.

    Raises ValidationError at `photo` for what is too large, no picture, or damaged.
    """
    if (file.size or 0) > MOST_BYTES:
        raise _wrong(_("照片超过10MB，请压缩后再上传。"), "size")
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            most = MOST_PIXELS_JPEG if image.format == "JPEG" else MOST_PIXELS
            if image.width * image.height > most:
                raise _too_large(most)
            image.draft("RGB", (SIDE, SIDE))
            return ContentFile(_jpeg(image), name="photo.jpg")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(MOST_PIXELS) from error
    except UnidentifiedImageError as error:
        raise _wrong(_("这个文件不是照片，请选 JPG、PNG 或 WebP 图片。"), "kind") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _wrong(_("照片不完整或已损坏，请换一张。"), "damaged") from error


def _jpeg(image: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(image)
    if "A" in upright.getbands() or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        upright = Image.new("RGB", clear.size, "white")
        upright.paste(clear, mask=clear.getchannel("A"))
    plain = upright.convert("RGB")
    plain.thumbnail((SIDE, SIDE))
    plain.info = {}  # the comment of a JPEG would be written again
    out = BytesIO()
    plain.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _too_large(most: int) -> ValidationError:
    words = _("照片超过%(most)d万像素，请缩小后再上传。") % {"most": most // 10_000}
    return _wrong(words, "pixels")


def _wrong(words: str, code: str) -> ValidationError:
    return ValidationError({"photo": ValidationError(words, code=code)})
