"""One general document, printed as PDF or written as .docx by GB/T 9704-2012《党政机关公文格式》."""

from yishi.papers.documents.content import (
    QR,
    Block,
    Document,
    Drawing,
    Heading,
    PageBreak,
    Paragraph,
    Quote,
    Signatures,
    Spacer,
    Spoken,
    Table,
    date_text,
)
from yishi.papers.documents.printed import pdf

__all__ = [
    "QR",
    "Block",
    "Document",
    "Drawing",
    "Heading",
    "PageBreak",
    "Paragraph",
    "Quote",
    "Signatures",
    "Spacer",
    "Spoken",
    "Table",
    "date_text",
    "docx",
    "pdf",
]


def docx(document: Document) -> bytes:
    """The document as .docx. Loaded on first use: python-docx costs each worker 20 MB of memory."""
    from yishi.papers.documents.word import docx as write

    return write(document)
