"""Everything that can be wrong with a sealed ballot or a record, each by its name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Fault(Exception):
    """What is wrong and where. `text_zh`, `text_en`: a sentence each; `where`: "event 12", "question 2 …".

    The subclass is the name of the fault: `type(fault).__name__` is what `--json` prints.
    """

    text_zh = "记录有误"
    text_en = "the record is wrong"

    def __init__(self, where: str = "", *, detail: str = "") -> None:
        super().__init__(where, detail)
        self.where = where
        self.detail = detail

    @property
    def name(self) -> str:
        return type(self).__name__

    def at(self, where: str) -> Fault:
        """The same fault with the outer place named first."""
        self.where = f"{where}: {self.where}" if self.where else where
        return self

    def __str__(self) -> str:
        rest = "".join(f" ({part})" for part in (self.where, self.detail) if part)
        return f"{self.name}: {self.text_zh} / {self.text_en}{rest}"


@contextmanager
def place(where: str) -> Iterator[None]:
    """Name the place in a fault that passes."""
    try:
        yield
    except Fault as fault:
        raise fault.at(where) from None


class NotAnArchive(Fault):
    text_zh, text_en = "这不是投票记录文件（.bel）", "this is not a record of a vote (.bel)"


class BadPoint(Fault):
    text_zh, text_en = "不是群中规范的点", "not a canonical point of the group"


class BadScalar(Fault):
    text_zh, text_en = "不是规范的标量", "not a canonical scalar"


class BadJson(Fault):
    text_zh, text_en = "不是规范的 JSON", "not canonical JSON"


class BadFields(Fault):
    text_zh, text_en = "字段、次序或个数不对", "not the fields, their order or their number"


# --- the file ----------------------------------------------------------------


class Truncated(Fault):
    text_zh, text_en = "文件不完整，在中间断了", "the file is cut off in the middle"


class BadHeader(Fault):
    text_zh, text_en = "文件头不规范", "a header that is not as it must be"


class BadPadding(Fault):
    text_zh, text_en = "补齐处不是零", "the padding is not zero"


class BadName(Fault):
    text_zh, text_en = "文件名与内容的校验值不符", "the name is not the hash of the content"


class TooLarge(Fault):
    text_zh, text_en = "一段内容过大", "a part that is too large"


# --- election, codes, ballots -------------------------------------------------


class BadElection(Fault):
    text_zh, text_en = "投票定义有误", "the election is not well defined"


class BadCode(Fault):
    text_zh, text_en = "投票码不对，请照票条再输一次", "not a code of a slip; please type it again as printed"


class BadListing(Fault):
    text_zh, text_en = "投票码公钥名单有误", "the list of public credentials is wrong"


class WrongElection(Fault):
    text_zh, text_en = "这张票不是这次投票的", "a ballot of another election"


class BadProof(Fault):
    text_zh, text_en = "证明不成立", "a proof does not hold"


class BadSignature(Fault):
    text_zh, text_en = "票上的签名不成立", "the signature of the ballot does not hold"


class BadChoice(Fault):
    text_zh, text_en = "这样选不合投票规则", "choices that the question does not allow"


class DoesNotOpen(Fault):
    text_zh, text_en = "随机数打不开这张票", "these random numbers do not open this ballot"


# --- trustees, the tally and the whole record ---------------------------------


class BadTrustees(Fault):
    text_zh, text_en = "密钥名单的格式不对", "the list of trustees has not the right form"


class BadProofOfKey(Fault):
    text_zh, text_en = "公钥的知识证明不成立", "the proof that a trustee holds the key is wrong"


class BadTrusteeSignature(Fault):
    text_zh, text_en = "密钥的签名不成立", "a trustee's signature is wrong"


class WrongKey(Fault):
    text_zh, text_en = "公钥与名单推出的不符", "a key is not what the list of trustees makes it"


class BadShare(Fault):
    text_zh, text_en = (
        "收到的密钥份额与其公开承诺不符",
        "a share of a key does not fit what its sender published",
    )


class BrokenChain(Fault):
    text_zh, text_en = "事件链断了", "the chain of events is broken"


class WrongOrder(Fault):
    text_zh, text_en = "事件的次序不对", "an event comes where it may not"


class StrayMember(Fault):
    text_zh, text_en = "有不属于任何事件的内容", "content that belongs to no event"


class MissingData(Fault):
    text_zh, text_en = "事件所指的内容不在其前", "what an event refers to does not stand just before it"


class UnknownCredential(Fault):
    text_zh, text_en = "票码不在名单上", "the credential is not on the list"


class RepeatedBallot(Fault):
    text_zh, text_en = "同一张票出现了两次", "the same ballot twice"


class WrongTally(Fault):
    text_zh, text_en = "加密合计不等于各票之积", "the encrypted tally is not the product of the ballots"


class WrongCount(Fault):
    text_zh, text_en = "计入的票数或权重不符", "the number of ballots counted or their weight is wrong"


class BadDecryptionProof(Fault):
    text_zh, text_en = "部分解密的证明不成立", "the proof of a partial decryption is wrong"


class WrongOwner(Fault):
    text_zh, text_en = (
        "没有这把密钥，或者它已经打开过自己的一份",
        "no such trustee, or one that has decrypted before",
    )


class TooFewDecryptions(Fault):
    text_zh, text_en = "打开票箱的密钥不够", "too few trustees have decrypted"


class WrongResult(Fault):
    text_zh, text_en = "结果与解密所得不符", "the result is not what the decryption gives"


class Unreadable(Fault):
    text_zh, text_en = "内容无法读出", "the content cannot be read"
