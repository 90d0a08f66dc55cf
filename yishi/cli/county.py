"""The demo county, and proving the journal."""

from argparse import Namespace

from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from yishi import demo as county
from yishi.cli import Refusal
from yishi.journal import chain
from yishi.journal.models import Chain, Entry


def demo(options: Namespace) -> int:
    """Build the demo county where nothing is yet; list the accounts to sign in with."""
    if not options.accounts:
        _build(options)
    if county.is_demo() and not options.if_empty:
        print(_("演示账号（只用于演示）："))
        for account in county.accounts():
            print(f"  {account.username:<18}{account.password:<20}{account.what}")
    return 0


def _build(options: Namespace) -> None:
    if options.reset:
        if not county.is_demo() and not county.is_empty():
            raise Refusal(_("库里是真实数据，不能清空：演示请用另一个数据文件夹（YISHI_DATA）。"))
        county.wipe()
    if county.is_empty():
        # A vote by phone writes the hash of the voter's page down, whose files must be there.
        call_command("collectstatic", interactive=False, verbosity=0)
        county.build(timezone.now())
    elif not options.if_empty:
        raise Refusal(_("库里已有数据。要重建演示县，请加 --reset。"))


def verify(options: Namespace) -> int:
    """Print every fault of the journal with its chain and number; 1 if there is any.

    The chain alone proves nothing against somebody who can write the database and reckon it anew:
    the digest printed on a signed tally report does (`--anchor`).
    """
    if options.chain and not Chain.objects.filter(name=options.chain).exists():
        raise Refusal(_("没有“%(chain)s”这条日志链。") % {"chain": options.chain})
    faults = 0
    for fault in chain.verify(options.chain):
        faults += 1
        print(f"✗ {fault.chain}: {fault.zh if get_language() == 'zh-hans' else fault.en}")
    if options.anchor and not _anchored(options.anchor.strip().lower()):
        faults += 1
    if faults:
        print(ngettext("共%(n)s处不符。", "共%(n)s处不符。", faults) % {"n": faults})
        return 1
    count = Entry.objects.of(options.chain) if options.chain else Entry.objects.all()
    print(_("✓ 日志完整：%(n)s条，无改动、缺失、错序。") % {"n": count.count()})
    return 0


def _anchored(digest: str) -> bool:
    """Whether the digest on paper is that of an entry still there."""
    entry = Entry.objects.filter(digest=digest).select_related("chain").first()
    if entry is None:
        print(_("✗ 日志里没有校验值为 %(digest)s 的条目：报告单印出以后日志被改写过。") % {"digest": digest})
        return False
    print(_("✓ 报告单上的校验值是 %(chain)s 第%(n)s条的。") % {"chain": entry.chain.name, "n": entry.number})
    return True
