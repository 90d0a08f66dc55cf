"""Archives are read only where every byte is as it must be, and written byte for byte alike."""

import io
import json
from collections.abc import Callable

import pytest

from tests.ballot import samples
from yishi.ballot import archive, errors
from yishi.ballot.archive import BLOCK, Member
from yishi.ballot.errors import BadHeader, BadName, BadPadding, Fault, NotAnArchive, TooLarge, Truncated

WHEN = 1795487846
CONTENT = b'{"a":1}'
SECOND = BLOCK * 2  # where the header of the second member begins


def small() -> bytes:
    some = [archive.data(CONTENT), archive.event(b'{"b":2}')]
    return archive.opening(WHEN) + b"".join(archive.member(*each, WHEN) for each in some)


def read(raw: bytes) -> list[Member]:
    return list(archive.read(io.BytesIO(raw)))


@pytest.mark.parametrize("name", [*samples.GOOD, *samples.BAD])
def test_a_record_of_another_program_is_written_byte_for_byte_alike(name: str):
    first, *others = samples.members(name)
    timestamp = int(json.loads(first.content)["timestamp"])
    again = archive.opening(timestamp) + b"".join(archive.member(*each, timestamp) for each in others)
    assert again == samples.path(name).read_bytes()
    assert others == [(archive.event if each.is_event else archive.data)(each.content) for each in others]


def test_what_was_written_is_read_with_names_and_kinds():
    first, one, two = read(small())
    assert (first.name, first.hash, first.is_event) == ("BELENIOS", "BELENIOS", False)
    assert (one, one.is_event, two.is_event) == (archive.data(CONTENT), False, True)
    assert one.name == one.hash + ".data.json"


def test_an_opening_alone_and_an_empty_content_are_read():
    assert len(read(archive.opening(0))) == 1
    empty = archive.data(b"")
    assert read(archive.opening(WHEN) + archive.member(*empty, WHEN))[1] == empty


def test_a_stream_that_gives_pieces_is_read_as_a_whole_one():
    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 100))

    assert list(archive.read(Pieces(small()))) == read(small())


def test_it_is_read_member_by_member():
    """What stands before the fault has come out."""
    found = archive.read(io.BytesIO(small()[:-1]))
    assert [next(found).name, next(found).content] == ["BELENIOS", CONTENT]
    with pytest.raises(Truncated) as caught:
        next(found)
    assert caught.value.where == "member 2"


def with_bytes(at: int, new: bytes) -> bytes:
    raw = small()
    assert raw[at : at + len(new)] != new
    return raw[:at] + new + raw[at + len(new) :]


def summed(at: int, new: bytes) -> bytes:
    """The same with the checksum of the second header made to fit."""
    raw = bytearray(with_bytes(SECOND + at, new))
    block = raw[SECOND : SECOND + BLOCK]
    block[148:156] = b" " * 8
    raw[SECOND + 148 : SECOND + 156] = b"%06o\0 " % sum(block)
    return bytes(raw)


def foreign_opening(content: bytes) -> bytes:
    return archive.member("BELENIOS", content, WHEN)


FAULTS: dict[str, tuple[type[Fault], Callable[[], bytes]]] = {
    "empty": (NotAnArchive, lambda: b""),
    "another file": (NotAnArchive, lambda: b"PK\x03\x04" + bytes(2000)),
    "short": (NotAnArchive, lambda: small()[:300]),
    "opening not first": (NotAnArchive, lambda: small()[SECOND:]),
    "another version": (NotAnArchive, lambda: foreign_opening(b'{"version":2,"timestamp":"1795487846"}')),
    "timestamp a number": (NotAnArchive, lambda: foreign_opening(b'{"version":1,"timestamp":1795487846}')),
    "another timestamp": (BadHeader, lambda: foreign_opening(b'{"version":1,"timestamp":"1795487847"}')),
    "opening header": (BadHeader, lambda: with_bytes(100, b"0000755\0")),
    "in the opening": (Truncated, lambda: small()[: BLOCK + 20]),
    "in a header": (Truncated, lambda: small()[: SECOND + 200]),
    "in a name": (Truncated, lambda: small()[: SECOND + 20]),
    "in a content": (Truncated, lambda: small()[: SECOND + BLOCK + 3]),
    "in the padding": (Truncated, lambda: small()[:-1]),
    "end marks of a tar": (BadHeader, lambda: small() + bytes(2 * BLOCK)),
    "mode": (BadHeader, lambda: summed(100, b"0000755\0")),
    "owner": (BadHeader, lambda: summed(108, b"0001750\0")),
    "time": (BadHeader, lambda: summed(136, b"00000000000\0")),
    "kind": (BadHeader, lambda: summed(156, b"5")),
    "ustar": (BadHeader, lambda: summed(257, b"ustar")),
    "rubbish": (BadHeader, lambda: summed(511, b"x")),
    "checksum": (BadHeader, lambda: with_bytes(SECOND + 148, b"000000")),
    "size with blanks": (BadHeader, lambda: summed(124, b"         7 \0")),
    "size of a bomb": (TooLarge, lambda: summed(124, b"77777777777\0")),
    "a name of a path": (BadHeader, lambda: summed(0, b"../../etc/passwd\0")),
    "a name in capitals": (BadHeader, lambda: summed(0, b"ABCDEF")),
    "bytes after the name": (BadHeader, lambda: summed(90, b"x")),
    "the opening again": (BadHeader, lambda: small() + archive.opening(WHEN)),
    "padding": (BadPadding, lambda: with_bytes(SECOND + 2 * BLOCK - 1, b"x")),
    "content": (BadName, lambda: with_bytes(SECOND + BLOCK, b'{"a":2}')),
    "name": (
        BadName,
        lambda: archive.opening(WHEN) + archive.member(archive.data(b"other").name, CONTENT, WHEN),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_as_it_must_be_is_refused_by_its_name(name: str):
    fault, make = FAULTS[name]
    with pytest.raises(Fault) as caught:
        read(make())
    assert type(caught.value) is fault


def test_a_member_as_large_as_allowed_is_read_and_one_byte_more_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "LIMIT", 1000)
    for size in (1000, 1001):
        raw = archive.opening(WHEN) + archive.member(*archive.data(bytes(size)), WHEN)
        if size == 1000:
            assert len(read(raw)) == 2
        else:
            with pytest.raises(TooLarge):
                read(raw)


def test_every_fault_says_its_name_and_place_in_two_languages():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Fault)]
    for kind in kinds:
        text = str(kind("inner", detail="more").at("event 3"))
        assert text == f"{kind.__name__}: {kind.text_zh} / {kind.text_en} (event 3: inner) (more)"
    texts = [(kind.text_zh, kind.text_en) for kind in kinds]
    assert len(set(texts)) == len(kinds)
