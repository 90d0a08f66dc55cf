"""What the demo county tells the public: invented texts on facts of the speech of 2019."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.utils.timezone import localdate

from yishi.publishing.actions.documents import attach, draft, publish

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import Body, User

OFFICE = "县人大常委会办公室（演示）"
# (days ago, kind, on top, title, source, text)
TOLD = (
    (
        12,
        "announcement",
        True,
        "关于征集下一年度民生实事项目的公告",
        OFFICE,
        """下一年度的民生实事项目从现在起公开征集，谁都可以提，不用注册。

一、征集什么

普遍受益、当年能办成、办得起、管得住的事，例如出行、就医、上学、养老、饮水。

二、不征集什么

重大工程、重大产业发展项目，以及政策、土地、资金还没有落实的项目。

三、怎样提

（一）在网上

打开“项目征集”，写明希望办什么、在哪里、为什么。

（二）当面

到所在乡镇、街道的代表联络站填写纸质表格。

提交后请记下回执号，可以随时查询办理情况。""",
    ),
    (
        26,
        "document",
        False,
        "民生实事项目人大代表票决制工作流程（演示）",
        OFFICE,
        """<p>票决制分六步，每一步由谁办、什么时候办，见下表。</p>
<table><thead><tr><th>步骤</th><th>谁来办</th><th>时间</th></tr></thead><tbody>
<tr><td>征集</td><td>政府牵头，人大、代表联络站参与</td><td>上一年10月起</td></tr>
<tr><td>初定</td><td>政府</td><td>上一年年底前</td></tr>
<tr><td>审议</td><td>县人大常委会、全体代表</td><td>会前和会上</td></tr>
<tr><td>票决</td><td>人民代表大会全体会议，无记名投票</td><td>年初</td></tr>
<tr><td>监督</td><td>人大代表</td><td>全年，12月底前完成</td></tr>
<tr><td>评估</td><td>人民代表大会或者常委会会议</td><td>次年年初</td></tr></tbody></table>
<h2>初定看四条</h2><p>普惠性、可行性、可操作性、可控性，缺一条都不列入候选。</p>""",
    ),
    (
        33,
        "speech",
        False,
        "在代表联络站建设现场会上的讲话提纲",
        "县人大常委会负责人（演示）",
        """一、联络站是做什么的

听意见、讲政策、督办事、学知识、帮治理，都在群众家门口。

二、现在差在哪里

（一）场地小、设备旧

（二）活动形式单一，知道的人少

三、接下来抓什么

瓯北街道的示范站建成使用后，其他乡镇、街道按各自条件分批建设，建一个用一个。""",
    ),
    (
        5,
        "news",
        False,
        "代表走进桥头镇和岩头镇查看在建项目",
        OFFICE,
        """县人大代表分两组到桥头镇和岩头镇，查看饮水管网和农村公路的施工进度。

代表建议：雨季前完成路基，停水施工提前两天告知。施工单位当场作了答复，镇人大将继续跟踪。""",
    ),
)
FORM = """民生实事项目建议表（可打印填写）

希望办什么事：
在什么地方：
为什么要办，有多少人受益：
所在乡镇、街道：
""".encode()


def told(body: Body, clerk: User, at: datetime) -> None:
    """Four documents of the last weeks, the announcement with a form beside it."""
    for days, kind, top, title, source, text in TOLD:
        then = at - timedelta(days=days)
        made = draft(
            body, kind=kind, title=title, source=source, dated=localdate(then), text=text, top=top,
            by=clerk, at=then,
        )  # fmt: skip
        if kind == "announcement":
            attach(made, ContentFile(FORM, name="民生实事项目建议表.txt"), by=clerk, at=then)
        publish(made, by=clerk, at=then)
