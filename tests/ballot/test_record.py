import json

import pytest

from tests.ballot import samples
from tests.ballot.votes import written
from yishi.ballot.record import Record


def _again(name: str) -> list:
    """The members of a sample written once more by `Record`, from what they hold."""
    contents = {member.hash: member.content for member in samples.members(name)}
    record, found = Record(), []
    for member in samples.members(name)[1:]:
        if not member.is_event:
            continue
        event = json.loads(member.content)
        # A page that goes on with a record knows only its head.
        record = Record(record.head)
        payload = contents[event["payload"]] if "payload" in event else b""
        match event["type"]:
            case "Setup":
                found += record.setup(*(contents[part] for part in json.loads(payload).values()))
            case "Ballot":
                found += record.ballot(payload)
            case "EndBallots":
                found += record.end()
            case "EncryptedTally":
                value = json.loads(payload)
                raw = contents[value.pop("encrypted_tally")]
                found += record.encrypted_tally(raw, **value)
            case "PartialDecryption":
                value = json.loads(payload)
                found += record.partial(value["owner"], contents[value["payload"]])
            case "Result":
                found += record.result(payload)
        assert record.head == (event["height"], member.hash)
    return found


@pytest.mark.parametrize("name", samples.GOOD)
def test_a_record_written_anew_has_the_same_bytes(name):
    stamp = int(json.loads(samples.members(name)[0].content)["timestamp"])
    assert written(_again(name), stamp) == samples.path(name).read_bytes()
