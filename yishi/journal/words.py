"""What each verb of the journal is called, for people who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import Promise

VERBS: dict[str, str | Promise] = {
    # people: signing in
    "people.sign_in": pgettext_lazy("日志", "登录"),
    "people.sign_in.failed": pgettext_lazy("日志", "登录失败"),
    "people.sign_in.locked": pgettext_lazy("日志", "连续输错，暂停登录"),
    "people.sign_out": pgettext_lazy("日志", "退出登录"),
    "people.idle_out": pgettext_lazy("日志", "久未操作，自动退出"),
    "people.refused": pgettext_lazy("日志", "越权访问被拒绝"),
    "people.password.changed": pgettext_lazy("日志", "更改自己的密码"),
    "people.link.make": pgettext_lazy("日志", "生成一次性登录链接"),
    "people.link.revoke": pgettext_lazy("日志", "作废一次性登录链接"),
    "people.link.use": pgettext_lazy("日志", "用一次性链接登录"),
    # people: accounts and roles
    "people.user.add": pgettext_lazy("日志", "新建账号"),
    "people.user.change": pgettext_lazy("日志", "修改账号"),
    "people.user.password": pgettext_lazy("日志", "重设初始密码"),
    "people.user.stop": pgettext_lazy("日志", "停用账号"),
    "people.user.start": pgettext_lazy("日志", "启用账号"),
    "people.user.tie": pgettext_lazy("日志", "账号对应到人员"),
    "people.role.grant": pgettext_lazy("日志", "授予角色"),
    "people.role.end": pgettext_lazy("日志", "收回角色"),
    "user.add": pgettext_lazy("日志", "新建账号（命令行）"),
    "user.password": pgettext_lazy("日志", "重设密码（命令行）"),
    "role.grant": pgettext_lazy("日志", "授予角色（命令行）"),
    "role.end": pgettext_lazy("日志", "收回角色（命令行）"),
    # people: the register
    "people.body.add": pgettext_lazy("日志", "新增机关"),
    "people.body.change": pgettext_lazy("日志", "修改机关"),
    "people.term.add": pgettext_lazy("日志", "新增届次"),
    "people.term.change": pgettext_lazy("日志", "修改届次"),
    "people.seat.add": pgettext_lazy("日志", "新增席位"),
    "people.seat.change": pgettext_lazy("日志", "修改席位"),
    "people.seat.end": pgettext_lazy("日志", "终止席位"),
    "people.seat.reopen": pgettext_lazy("日志", "撤销终止"),
    "people.seat.suspend": pgettext_lazy("日志", "暂停执行代表职务"),
    "people.seat.restore": pgettext_lazy("日志", "恢复执行代表职务"),
    "people.seats.take_in": pgettext_lazy("日志", "由表格导入席位"),
    "people.office.add": pgettext_lazy("日志", "任职"),
    "people.office.end": pgettext_lazy("日志", "免职、离任"),
    "journal.verified": pgettext_lazy("日志", "核验日志"),
    "demo.built": pgettext_lazy("日志", "建成演示数据"),
    # meetings
    "meetings.planned": pgettext_lazy("日志", "筹备会议"),
    "meetings.changed": pgettext_lazy("日志", "修改会议"),
    "meetings.meeting.planned": pgettext_lazy("日志", "撤回会议通知"),
    "meetings.meeting.called": pgettext_lazy("日志", "发出会议通知"),
    "meetings.meeting.open": pgettext_lazy("日志", "开会"),
    "meetings.meeting.closed": pgettext_lazy("日志", "闭会"),
    "meetings.agenda_added": pgettext_lazy("日志", "增加议程"),
    "meetings.agenda_placed": pgettext_lazy("日志", "调整议程次序"),
    "meetings.agenda_done": pgettext_lazy("日志", "议程完成"),
    "meetings.agenda_reopened": pgettext_lazy("日志", "议程重开"),
    "meetings.agenda_dropped": pgettext_lazy("日志", "删去议程"),
    "meetings.entitled": pgettext_lazy("日志", "确定应到名单"),
    "meetings.material_added": pgettext_lazy("日志", "加入会议材料"),
    "meetings.material_withdrawn": pgettext_lazy("日志", "撤回会议材料"),
    "meetings.delivered": pgettext_lazy("日志", "材料送达"),
    "meetings.sign_in_opened": pgettext_lazy("日志", "开始签到"),
    "meetings.sign_in_closed": pgettext_lazy("日志", "结束签到"),
    "meetings.voter.present": pgettext_lazy("日志", "签到"),
    "meetings.voter.late": pgettext_lazy("日志", "迟到签到"),
    "meetings.voter.left": pgettext_lazy("日志", "离会"),
    "meetings.voter.on_leave": pgettext_lazy("日志", "准假"),
    "meetings.voter.expected": pgettext_lazy("日志", "撤销签到"),
    "meetings.screen": pgettext_lazy("日志", "切换大屏"),
    "meetings.screen_link_renewed": pgettext_lazy("日志", "更换大屏链接"),
    "meetings.rehearsal_made": pgettext_lazy("日志", "生成演练"),
    "meetings.rehearsal_wiped": pgettext_lazy("日志", "清除演练"),
    # publishing
    "publishing.drafted": pgettext_lazy("日志", "起草公告文件"),
    "publishing.changed": pgettext_lazy("日志", "修改公告文件"),
    "publishing.document.published": pgettext_lazy("日志", "发布公告文件"),
    "publishing.document.withdrawn": pgettext_lazy("日志", "撤回公告文件"),
    "publishing.attached": pgettext_lazy("日志", "加入公告文件的附件"),
    "publishing.detached": pgettext_lazy("日志", "撤下公告文件的附件"),
    # voting
    "voting.planned": pgettext_lazy("日志", "拟定表决事项"),
    "voting.changed": pgettext_lazy("日志", "修改表决事项"),
    "voting.dropped": pgettext_lazy("日志", "删去表决事项"),
    "voting.withdrawn": pgettext_lazy("日志", "撤下表决事项"),
    "voting.options_set": pgettext_lazy("日志", "确定选项"),
    "voting.order_changed": pgettext_lazy("日志", "调整次序"),
    "voting.method_drafted": pgettext_lazy("日志", "起草票决办法"),
    "voting.official_named": pgettext_lazy("日志", "提名监票、计票人员"),
    "voting.official_removed": pgettext_lazy("日志", "撤下监票、计票人员"),
    "voting.officials_adopted": pgettext_lazy("日志", "监票、计票人员通过"),
    "voting.poll.draft": pgettext_lazy("日志", "退回草拟"),
    "voting.poll.ready": pgettext_lazy("日志", "票决办法通过"),
    "voting.poll.open": pgettext_lazy("日志", "开始投票"),
    "voting.poll.closed": pgettext_lazy("日志", "投票截止"),
    "voting.poll.declared": pgettext_lazy("日志", "宣布结果"),
    "voting.poll.void": pgettext_lazy("日志", "表决作废"),
    "voting.figure_said": pgettext_lazy("日志", "登记张数"),
    "voting.figure_corrected": pgettext_lazy("日志", "更正张数"),
    "voting.box_sealed": pgettext_lazy("日志", "检查票箱并加封"),
    "voting.gate_overridden": pgettext_lazy("日志", "带理由越过关口"),
    "voting.batches": pgettext_lazy("日志", "分批"),
    "voting.batch_resized": pgettext_lazy("日志", "更改批的张数"),
    "voting.batch_agreed": pgettext_lazy("日志", "一批核对一致"),
    "voting.batch_differs": pgettext_lazy("日志", "一批核对不一致"),
    "voting.keying_begun": pgettext_lazy("日志", "开始录入"),
    "voting.keying_finished": pgettext_lazy("日志", "录入完成"),
    "voting.keying_taken_over": pgettext_lazy("日志", "接替录入"),
    "voting.ruled": pgettext_lazy("日志", "认定存疑票"),
    "voting.tallied": pgettext_lazy("日志", "计票"),
    "voting.tally_confirmed": pgettext_lazy("日志", "总监票人确认计票"),
    "voting.declared_again": pgettext_lazy("日志", "更正后再次宣布"),
    "voting.published": pgettext_lazy("日志", "公布结果"),
    "voting.rehearsal_wiped": pgettext_lazy("日志", "清除演练中的表决"),
    # projects: calls and proposals
    "projects.call_planned": pgettext_lazy("日志", "筹备征集"),
    "projects.call_changed": pgettext_lazy("日志", "修改征集"),
    "projects.call.published": pgettext_lazy("日志", "发布征集"),
    "projects.call.withdrawn": pgettext_lazy("日志", "撤回征集"),
    "projects.call_erased": pgettext_lazy("日志", "删除提出人的个人信息"),
    "projects.proposed": pgettext_lazy("日志", "收到建议"),
    "projects.taken_in": pgettext_lazy("日志", "由表格导入建议"),
    # projects: screening
    "projects.topic.open": pgettext_lazy("日志", "退回待初定"),
    "projects.topic.shortlisted": pgettext_lazy("日志", "初定：列入候选"),
    "projects.topic.reserved": pgettext_lazy("日志", "初定：列入储备"),
    "projects.topic.declined": pgettext_lazy("日志", "初定：不列入"),
    "projects.topic.merged": pgettext_lazy("日志", "并入同类"),
    "projects.topics_merged": pgettext_lazy("日志", "合并同类"),
    "projects.proposal_split": pgettext_lazy("日志", "拆出建议"),
    "projects.topic_carried": pgettext_lazy("日志", "由储备库转入"),
    # projects: candidates and their sheets
    "projects.sheet_changed": pgettext_lazy("日志", "修改项目表"),
    # projects: deliberation, vote and confirmation
    # projects: delivery
    # projects: rating
    "projects.rating_planned": pgettext_lazy("日志", "安排满意度测评"),
    "projects.rated": pgettext_lazy("日志", "读取满意度测评结果"),
    "projects.project.closed": pgettext_lazy("日志", "项目办结"),
    "projects.rating_opened": pgettext_lazy("日志", "开放群众评价"),
    "projects.resident_rated": pgettext_lazy("日志", "收到群众评价"),
    "projects.resident_rated_again": pgettext_lazy("日志", "群众更改评价"),
    "projects.rating_erased": pgettext_lazy("日志", "删除评价人的标记"),
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
