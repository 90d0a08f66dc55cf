"""The document as .docx, to edit."""

from yishi.papers.documents.content import Document


def docx(document: Document) -> bytes:
    raise NotImplementedError
