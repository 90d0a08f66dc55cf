"""What each verb of the journal is called, for people who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

VERBS: dict[str, str | Promise] = {
    # people: signing in
    "people.sign_in": _("登录"),
    "people.sign_in.failed": _("登录失败"),
    "people.sign_in.locked": _("连续输错，暂停登录"),
    "people.sign_out": _("退出登录"),
    "people.idle_out": _("久未操作，自动退出"),
    "people.refused": _("越权访问被拒绝"),
    "people.password.changed": _("更改自己的密码"),
    "people.link.make": _("生成一次性登录链接"),
    "people.link.revoke": _("作废一次性登录链接"),
    "people.link.use": _("用一次性链接登录"),
    # people: accounts and roles
    "people.user.add": _("新建账号"),
    "people.user.change": _("修改账号"),
    "people.user.password": _("重设初始密码"),
    "people.user.stop": _("停用账号"),
    "people.user.start": _("启用账号"),
    "people.user.tie": _("账号对应到人员"),
    "people.role.grant": _("授予角色"),
    "people.role.end": _("收回角色"),
    "user.add": _("新建账号（命令行）"),
    "user.password": _("重设密码（命令行）"),
    "role.grant": _("授予角色（命令行）"),
    "role.end": _("收回角色（命令行）"),
    # people: the register
    "people.body.add": _("新增机关"),
    "people.body.change": _("修改机关"),
    "people.term.add": _("新增届次"),
    "people.term.change": _("修改届次"),
    "people.seat.add": _("新增席位"),
    "people.seat.change": _("修改席位"),
    "people.seat.end": _("终止席位"),
    "people.seat.reopen": _("撤销终止"),
    "people.seat.suspend": _("暂停执行代表职务"),
    "people.seat.restore": _("恢复执行代表职务"),
    "people.seats.take_in": _("由表格导入席位"),
    "people.office.add": _("任职"),
    "people.office.end": _("免职、离任"),
    "journal.verified": _("核验日志"),
    "demo.built": _("建成演示数据"),
    # meetings
    "meetings.planned": _("筹备会议"),
    "meetings.changed": _("修改会议"),
    "meetings.meeting.planned": _("撤回会议通知"),
    "meetings.meeting.called": _("发出会议通知"),
    "meetings.meeting.open": _("开会"),
    "meetings.meeting.closed": _("闭会"),
    "meetings.agenda_added": _("增加议程"),
    "meetings.agenda_placed": _("调整议程次序"),
    "meetings.agenda_done": _("议程完成"),
    "meetings.agenda_reopened": _("议程重开"),
    "meetings.agenda_dropped": _("删去议程"),
    "meetings.entitled": _("确定应到名单"),
    "meetings.material_added": _("加入会议材料"),
    "meetings.material_withdrawn": _("撤回会议材料"),
    "meetings.delivered": _("材料送达"),
    "meetings.sign_in_opened": _("开始签到"),
    "meetings.sign_in_closed": _("结束签到"),
    "meetings.voter.present": _("签到"),
    "meetings.voter.late": _("迟到签到"),
    "meetings.voter.left": _("离会"),
    "meetings.voter.on_leave": _("准假"),
    "meetings.voter.expected": _("撤销签到"),
    "meetings.screen": _("切换大屏"),
    "meetings.screen_link_renewed": _("更换大屏链接"),
    "meetings.rehearsal_made": _("生成演练"),
    "meetings.rehearsal_wiped": _("清除演练"),
    # voting
    "voting.planned": _("拟定表决事项"),
    "voting.changed": _("修改表决事项"),
    "voting.dropped": _("删去表决事项"),
    "voting.withdrawn": _("撤下表决事项"),
    "voting.options_set": _("确定选项"),
    "voting.order_changed": _("调整次序"),
    "voting.method_drafted": _("起草票决办法"),
    "voting.official_named": _("提名监票、计票人员"),
    "voting.official_removed": _("撤下监票、计票人员"),
    "voting.officials_adopted": _("监票、计票人员通过"),
    "voting.poll.draft": _("退回草拟"),
    "voting.poll.ready": _("票决办法通过"),
    "voting.poll.open": _("开始投票"),
    "voting.poll.closed": _("投票截止"),
    "voting.poll.declared": _("宣布结果"),
    "voting.poll.void": _("表决作废"),
    "voting.box_sealed": _("检查票箱并加封"),
    "voting.gate_overridden": _("带理由越过关口"),
    "voting.batches": _("分批"),
    "voting.batch_resized": _("更改批的张数"),
    "voting.batch_agreed": _("一批核对一致"),
    "voting.batch_differs": _("一批核对不一致"),
    "voting.keying_begun": _("开始录入"),
    "voting.keying_finished": _("录入完成"),
    "voting.keying_taken_over": _("接替录入"),
    "voting.ruled": _("认定存疑票"),
    "voting.tallied": _("计票"),
    "voting.tally_confirmed": _("总监票人确认计票"),
    "voting.declared_again": _("更正后再次宣布"),
    "voting.published": _("公布结果"),
    "voting.rehearsal_wiped": _("清除演练中的表决"),
}

# What the names in an entry's data are called; the values stand as they were written.
KEYS: dict[str, str | Promise] = {
    "begins": _("开始"),
    "body": _("机关"),
    "changes": _("改动"),
    "days": _("有效天数"),
    "duty": _("角色"),
    "ends": _("终止"),
    "from": _("原状态"),
    "to": _("新状态"),
    "kind": _("类别"),
    "link": _("链接"),
    "method": _("方式"),
    "name": _("名称"),
    "number": _("数目"),
    "personal": _("改动的个人信息"),
    "person": _("人员"),
    "post": _("职务"),
    "reason": _("原因"),
    "things": _("涉及"),
    "before": _("原来"),
    "faults": _("不符处"),
}


def name(key: str) -> str:
    return str(KEYS.get(key, key))


def say(verb: str) -> str:
    """The verb in the reader's language; one that nobody has named is shown as it is stored."""
    return str(VERBS.get(verb, verb))
