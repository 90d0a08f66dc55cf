"""What is typed about bodies, seats, offices, accounts, roles and links, and in the journal's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from yishi.journal.chain import SYSTEM, write
from yishi.people import actions
from yishi.people.models import Body, Office, Person, Role, Seat, Sex, Term
from yishi.web.fields import CodeInput, CountInput, DayInput

if TYPE_CHECKING:
    from collections.abc import Callable


def done(form: forms.Form, act: Callable[..., object], *things: Any, **also: Any) -> bool:
    """Whether the form was good and the action took it; what the action refused is put at its field."""
    if not form.is_valid():
        return False
    try:
        act(*things, **form.cleaned_data, **also)
    except ValidationError as error:
        put(form, error)
        return False
    return True


def put(form: forms.Form, error: ValidationError) -> None:
    """A refusal at the field it names, or above the form where there is no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, told in error.error_dict.items():
        form.add_error(name if name in form.fields else None, told)


class WhyForm(forms.Form):
    why = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class OpenWhyForm(forms.Form):
    why = forms.CharField(
        label=_("理由"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )


# --- bodies and terms --------------------------------------------------------


class BodyForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("写全称，例如：桥头镇人民代表大会"))
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=Body.Kind.choices)
    parent = forms.ModelChoiceField(
        label=_("上级"), queryset=Body.objects.all(), required=False, empty_label=_("没有上级")
    )
    place = forms.IntegerField(
        label=_("排列"), widget=CountInput, min_value=0, max_value=30_000, initial=0, help_text=_("小的在前")
    )


class NewBodyForm(BodyForm):
    code = forms.SlugField(
        label=_("代号"),
        max_length=40,
        widget=CodeInput,
        help_text=_("英文小写字母、数字和连字符，例如 qiaotou；定后不改。"),
    )
    field_order = ["name", "short_name", "code", "kind", "parent", "place"]


class TermForm(forms.Form):
    number = forms.IntegerField(label=_("届次"), widget=CountInput, min_value=1, max_value=999)
    begins = forms.DateField(label=_("开始"), widget=DayInput)
    ends = forms.DateField(label=_("届满"), widget=DayInput, required=False)


class TermChangeForm(TermForm):
    number = None  # type: ignore[assignment]  # the number names the term: it is not changed


# --- seats and offices -------------------------------------------------------


class SeatForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=40)
    sex = forms.ChoiceField(label=_("性别"), choices=[("", _("未填")), *Sex.choices], required=False)
    phone = forms.CharField(
        label=_("手机"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    title = forms.CharField(label=_("身份"), max_length=40, required=False)
    district = forms.CharField(label=_("选区"), max_length=60, required=False)
    delegation = forms.CharField(label=_("代表团"), max_length=60, required=False)
    term = forms.ModelChoiceField(
        label=_("届"), queryset=Term.objects.none(), required=False, empty_label=_("不分届")
    )
    begins = forms.DateField(label=_("开始"), widget=DayInput)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = Term.objects.filter(body=body)  # type: ignore[attr-defined]
        self.fields["title"].help_text = _("不填则为“%(title)s”") % {"title": actions.default_title(body)}


class NewSeatForm(SeatForm):
    """Asks, where the register knows the name already, whether it is the same person."""

    same = forms.TypedChoiceField(
        label=_("库里已有同名的人，是同一个人吗？"), widget=forms.RadioSelect, coerce=int, required=False
    )
    field_order = ["name", "same"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # PostgreSQL takes no NUL even in a question; the field itself refuses it in words.
        typed = actions.plain_name(self.data.get("name", "").replace("\0", ""))
        known = Person.objects.filter(name=typed).prefetch_related("seats__body") if typed else []
        self.known = {person.pk: person for person in known}
        if not self.known:
            del self.fields["same"]
            return
        field = self.fields["same"]
        field.choices = [(pk, _where(person)) for pk, person in self.known.items()]  # type: ignore[attr-defined]
        field.choices += [(0, _("都不是，是另一个人"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """`person` in place of name, sex and phone where it is somebody known."""
        said = super().clean() or {}
        if not self.known:
            return said
        chosen = said.pop("same", "")
        if chosen == "":
            self.add_error("same", _("请选一项：是其中的哪一位，还是另一个人。"))
        elif chosen:
            said["person"] = self.known[chosen]
        return said


def _where(person: Person) -> str:
    seats = "、".join(f"{seat.body.short_name} {seat.title}" for seat in person.seats.all())
    return f"{person.name}（{seats or _('没有席位')}{_tail(person.phone)}）"


def _tail(phone: str) -> str:
    return "，" + str(_("手机尾号 %(tail)s") % {"tail": phone[-4:]}) if phone else ""


class EndForm(forms.Form):
    reason = forms.ChoiceField(label=_("终止原因"), widget=forms.RadioSelect)
    ends = forms.DateField(label=_("终止日期"), widget=DayInput, help_text=_("从这一天起不再是代表"))
    why = forms.CharField(label=_("说明"), max_length=500, required=False)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = list(actions.end_reasons(body).items())  # type: ignore[attr-defined]


class OfficeForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("本机关的人"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=_("不在其中，下面填姓名"),
    )
    name = forms.CharField(label=_("姓名"), max_length=40, required=False)
    post = forms.ChoiceField(label=_("职务"), choices=Office.Post.choices)
    begins = forms.DateField(label=_("开始"), widget=DayInput)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.filter(seats__body=body, seats__ends__isnull=True)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class EndOfficeForm(WhyForm):
    ends = forms.DateField(label=_("终止日期"), widget=DayInput)
    field_order = ["ends", "why"]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Excel 文件"),
        help_text=_("按模板填写的 .xlsx、.xls 或 .csv，不超过 10 MB、2000 行"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )


# --- accounts, roles, links --------------------------------------------------


class NewUserForm(forms.Form):
    username = forms.RegexField(
        r"^[a-zA-Z0-9][a-zA-Z0-9._-]{1,59}$",
        label=_("账号"),
        widget=CodeInput,
        help_text=_("2 至 60 个英文字母、数字、点、横线"),
        error_messages={"invalid": _("只能用英文字母、数字、点、横线，以字母或数字开头。")},
    )
    name = forms.CharField(label=_("姓名"), max_length=40)
    email = forms.EmailField(label=_("邮箱"), required=False)


class UserForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=40)
    email = forms.EmailField(label=_("邮箱"), required=False)


class RoleForm(forms.Form):
    duty = forms.ChoiceField(label=_("角色"), choices=Role.Duty.choices, widget=forms.RadioSelect)
    body = forms.ModelChoiceField(
        label=_("机关"),
        queryset=Body.objects.all(),
        required=False,
        empty_label=_("不属于机关（三员）"),
        help_text=_("经办人员、主席主任要选机关；系统、安全、审计三员不选。"),
    )


class LinksForm(forms.Form):
    days = forms.IntegerField(
        label=_("有效天数"), widget=CountInput, initial=actions.DAYS, min_value=1, max_value=actions.MOST_DAYS
    )


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("账号")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class CodeForm(AuthenticateForm):
    """The second step of signing in; what was wrong is journalled without what was typed."""

    def clean_code(self) -> str:
        try:
            return str(super().clean_code())
        except ValidationError:
            write(SYSTEM, "people.sign_in.failed", self.user, by=None, at=context.request.now)
            raise


# --- filters -----------------------------------------------------------------


class SeatsFilter(forms.Form):
    """Which seats of a body, in which order; anything unknown is passed over."""

    ORDERS = {"strokes": _("姓名笔画"), "pinyin": _("拼音")}
    STANDINGS = {"sitting": _("在任"), "suspended": _("暂停"), "ended": _("已终止"), "all": _("全部")}

    standing = forms.ChoiceField(label=_("状态"), choices=list(STANDINGS.items()), required=False)
    delegation = forms.ChoiceField(label=_("代表团"), required=False)
    district = forms.ChoiceField(label=_("选区"), required=False)
    order = forms.ChoiceField(label=_("排序"), choices=list(ORDERS.items()), required=False)

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Seat.objects.filter(body=body).order_by().values_list("delegation", "district").distinct()
        found = list(rows)
        for place, name in enumerate(("delegation", "district")):
            words = sorted({row[place] for row in found} - {""})
            self.fields[name].choices = [("", _("全部")), *((w, w) for w in words)]  # type: ignore[attr-defined]


class JournalFilter(forms.Form):
    chain = forms.ChoiceField(label=_("范围"), required=False)
    by = forms.TypedChoiceField(label=_("何人"), coerce=int, empty_value=None, required=False)
    verb = forms.ChoiceField(label=_("事项"), required=False)
    first = forms.DateField(label=_("从"), widget=DayInput, required=False)
    last = forms.DateField(label=_("到"), widget=DayInput, required=False)
    thing = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        chains: list[tuple[str, str]],
        people: list[tuple[Any, str]],
        verbs: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("chain", chains), ("by", people), ("verb", verbs)):
            self.fields[name].choices = [("", _("全部")), *choices]  # type: ignore[attr-defined]
