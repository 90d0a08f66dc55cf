"""The steps that voting by phone adds to the chair's page: keys, slips, the electronic box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from yishi.voting.models import Figure, Official, Poll, SealedSession
from yishi.voting.rules import sealed
from yishi.voting.rules.box import figures
from yishi.voting.rules.rights import SCRUTINEERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from yishi.voting.rules.polls import Gate

    Make = Callable[..., Gate]

Hat = Official.Hat


def sealed_gates(poll: Poll, gate: Make, light: bool) -> dict[str, tuple[bool, list[Gate]]]:
    """step -> (done, gates). Once the box is sealed the three are done and nothing is asked."""
    boxed = [gate("boxed", _("电子票箱已封"), hasattr(poll, "box"), _("由监票人封箱。"))]
    if hasattr(poll, "box"):
        return {"keys": (True, []), "slips": (True, []), "boxed": (True, boxed)}
    session: SealedSession | None = getattr(poll.meeting, "sealed", None)
    keys = _keys(poll, session, gate, light)
    slips = [] if light else _slips(poll, session, gate)
    few = _few(poll, gate)
    done = not light and all(one.passed for one in slips)
    return {
        "keys": (all(one.passed for one in keys), keys),
        "slips": (done, slips),
        "boxed": (False, [*few, *boxed]),
    }


def _keys(poll: Poll, session: SealedSession | None, gate: Make, light: bool) -> list[Gate]:
    unfit = sealed.unfit(poll.law)
    made = session is not None and bool(session.trustees)
    found = [gate("fit", _("这条规则可以用手机密封票"), not unfit, unfit)]
    if light or session is None or not made:
        return [*found, gate("keys", _("监票人密钥已生成"), made, _("请监票人在自己的手机上生成密钥。"))]
    ready = sealed.stage(session) == "ready"
    found.append(gate("keys", _("监票人密钥已生成并核对"), ready, _("请监票人核对六位数。")))
    holders = {one.user_id for one in session.keyholders.all()}
    mine = {one.user_id for one in poll.officials.all() if one.hat in SCRUTINEERS}
    enough = len(holders & mine) >= session.threshold
    why = _("这次投票的监票人中，持有密钥的少于开箱所需的%(n)d人，请重新生成密钥。") % {
        "n": session.threshold
    }
    return [*found, gate("holders", _("持有密钥的监票人足够开箱"), enough, why)]


def _slips(poll: Poll, session: SealedSession | None, gate: Make) -> list[Gate]:
    text = _("投票码已领，剩余的已注销")
    if session is None:
        return [gate("slips", text, False, _("请先安排密封投票。"))]
    n = sealed.slips(session)
    why = _("已领%(out)d张，剩余%(left)d张还没有注销。") % {"out": n.out, "left": n.left}
    present = figures(poll).get(Figure.Kind.PRESENT)
    taken = n.out + (n.papers if poll.by_paper else 0)
    missing = _("实到%(present)s人，领票%(taken)d人，请核对。") % {"present": present, "taken": taken}
    return [
        gate("drawn", _("有人领了投票码"), n.out > 0, _("还没有人领投票码。")),
        gate("slips", text, n.left == 0, why),
        gate("everybody", _("到会的人都领了票"), present == taken, missing),
    ]


def _few(poll: Poll, gate: Make) -> list[Gate]:
    """A unanimous result of a handful tells how each of them voted: no sealing can help that."""
    present = figures(poll).get(Figure.Kind.PRESENT)
    if present is None or present >= sealed.FEW:
        return []
    why = _("投票的只有%(n)d人：结果一致时，等于公开每个人怎么投。要继续，请主持人写明理由。") % {
        "n": present
    }
    return [gate("few", _("投票的不少于%(n)d人") % {"n": sealed.FEW}, False, why)]
