"""Sample content for the page of components; shown only while DEBUG is on."""

from typing import Any

from django import forms

from yishi.web.fields import CountInput, DayInput


class SampleForm(forms.Form):
    title = forms.CharField(label="会议名称", max_length=60, help_text="写全称，届次用汉字数字")
    day = forms.DateField(label="开会日期", widget=DayInput)
    issued = forms.IntegerField(label="发出票数", widget=CountInput, min_value=0)
    kind = forms.ChoiceField(
        label="表决方式",
        widget=forms.RadioSelect,
        choices=[("paper", "无记名投票（纸质）"), ("device", "电子表决器"), ("hands", "举手")],
    )
    body = forms.ChoiceField(label="主持机关", choices=[("1", "主席团"), ("2", "常务委员会")])
    roles = forms.MultipleChoiceField(
        label="到会人员",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("d", "代表"), ("o", "列席人员"), ("g", "旁听人员")],
    )
    reason = forms.CharField(label="说明理由", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    file = forms.FileField(label="附件", required=False, help_text="PDF 或 Word，不超过 20 MB")
    agree = forms.BooleanField(label="我已核对，人数无误")


def sample() -> dict[str, Any]:
    """Steps, gates, figures, bars and rows in the shapes the templates take."""
    return {
        "steps": [
            {"title": "通过票决办法", "state": "done", "note": "9时12分，举手表决通过"},
            {"title": "推选总监票人、监票人、计票人", "state": "done", "note": ""},
            {"title": "发票", "state": "now", "note": "已发 298 张，应发 314 张"},
            {"title": "检查并密封票箱", "state": "blocked", "note": "要两名监票人一起确认"},
            {"title": "投票、计票、宣布结果", "state": "later", "note": ""},
        ],
        "gates": [
            {"text": "到会代表超过全体代表的三分之二", "met": True, "why": "应到 327 名，实到 314 名"},
            {"text": "监票人、计票人已经推选", "met": True, "why": ""},
            {
                "text": "收回的票不多于发出的票",
                "met": False,
                "why": "收回 315 张，发出 314 张，多 1 张：本次表决无效，应当重新表决",
            },
        ],
        "figures": [
            {"label": "应到", "value": 327},
            {"label": "实到", "value": 314},
            {"label": "发出", "value": 314},
            {"label": "收回", "value": 315, "bad": True, "note": "多 1"},
            {"label": "有效", "value": None},
            {"label": "无效", "value": None},
        ],
        "bars": [
            {"label": "改造提升农村饮用水工程", "n": 303, "text": "303 票"},
            {"label": "新建公共停车泊位 1200 个", "n": 287, "text": "287 票"},
            {"label": "建设城市书房 3 家", "n": 151, "text": "151 票", "soft": True},
        ],
        "tabs": [
            {"url": "?tab=all", "label": "全部", "current": True, "count": 42},
            {"url": "?tab=due", "label": "将到期", "current": False, "count": 3},
            {"url": "?tab=late", "label": "已逾期", "current": False, "count": 0},
        ],
    }
