"""Why a page is not read: a closed list, each reason with what happened and what to do."""

from __future__ import annotations

# code: (Chinese, English)
REASONS: dict[str, tuple[str, str]] = {
    "not_a_file": (
        "打不开：没有这个文件，或它是文件夹、设备、没有读的权限。请核对文件再选一次。",
        "Cannot be opened: there is no such file, or it is a folder, a device, or not yours to read. "
        "Check the file and choose again.",
    ),
    "empty_file": (
        "文件是空的。请检查扫描仪存下的文件，重新扫描。",
        "The file is empty. Look at what the scanner saved and scan again.",
    ),
    "kind": (
        "不是 PDF、TIFF、JPEG 或 PNG。请让扫描仪存成其中一种，再上传。",
        "Not a PDF, TIFF, JPEG or PNG. Let the scanner save one of these and give it again.",
    ),
    "password": (
        "PDF 有密码，读不了。请存成不带密码的再上传。",
        "The PDF has a password. Save it without one and give it again.",
    ),
    "truncated": (
        "文件不完整，这一页被截断了。请从扫描仪重新复制或重新扫描。",
        "The file is cut off at this page. Copy it from the scanner again, or scan again.",
    ),
    "unreadable": (
        "文件已损坏，这一页读不出来。请重新扫描这一页。",
        "The file is damaged and this page cannot be read. Scan this page again.",
    ),
    "too_many_pages": (
        "一个文件的页数过多，超出的页没有读。请分成几个文件再上传。",
        "Too many pages in one file; those beyond the limit are not read. Split it into several files.",
    ),
    "too_large": (
        "图片过大（像素太多），没有读。请用 200 dpi 灰度重新扫描。",
        "The picture is too large (too many pixels) and was not read. Scan again at 200 dpi grey.",
    ),
    "same_file": (
        "与前面的一个文件完全相同，不再读一次。",
        "The very same file was given before; it is not read twice.",
    ),
    "blank": (
        "空白页（多半是票的背面）。确认是背面即可；若应是选票，请检查是否放反。",
        "An empty page (mostly the back of a ballot). If it should be a ballot, see if it lay face down.",
    ),
    "not_a_ballot": (
        "不是选票：找不到角上的定位块。请把它从票中取出，或确认是别的纸。",
        "Not a ballot: there are no corner marks. Take it out, or confirm that it is another paper.",
    ),
    "corner": (
        "角上的定位块少于三个（撕角、折角或被盖住）。请展平后重扫，不行就人工计这一张。",
        "Fewer than three corner marks (torn, folded, covered). Flatten and scan again, or count it by hand.",
    ),
    "other_form": (
        "是另一次表决的票。请取出，交给那一次表决。",
        "A ballot of another vote. Take it out and give it to that vote.",
    ),
    "other_version": (
        "是同一次表决、另一版式的票。请用与印票时相同的版式文件，或人工计这一张。",
        "A ballot of this vote from another layout. Use the layout it was printed with, or count by hand.",
    ),
    "scale": (
        "印刷时被缩放，超出 98%–102%。请用印票时的原比例，或人工计这一张。",
        "Printed outside 98–102 % of its size. Count it by hand; print with “actual size”.",
    ),
    "resolution": (
        "分辨率太低。请用 200 dpi 灰度重新扫描。",
        "The resolution is too low. Scan again at 200 dpi grey.",
    ),
    "distorted": (
        "纸面变形太大，对不齐版式。请展平后重新扫描，不行就人工计这一张。",
        "The sheet is too distorted to fit the layout. Flatten it and scan again, or count it by hand.",
    ),
    "not_blank": (
        "这张票上有笔迹，不能用来校准。请扫一张没有填过的票。",
        "There is ink on this sheet; it cannot be the blank one. Scan a sheet nobody has marked.",
    ),
    "machine": (
        "程序读这一页时出错。请重新读一次；仍不行就人工计这一张。",
        "The program failed on this page. Read it once more; if it fails again, count it by hand.",
    ),
}


class Rejected(Exception):
    """A page that cannot be read. `code` is a key of REASONS, `detail` words for a log, not for a screen."""

    def __init__(self, code: str, detail: str = "") -> None:
        if code not in REASONS:
            raise KeyError(code)
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code
