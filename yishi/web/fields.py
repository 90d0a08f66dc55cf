"""How a form is drawn, and the inputs that phones and keyboards know (day, time, moment, number)."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

CHOICE_WIDGETS = ("radioselect", "checkboxselectmultiple")


class FrameField(BoundField):
    """A bound field that tells the template which shape it has."""

    @property
    def shape(self) -> str:
        """`choices` (a list to tick), `check` (one box) or `line` (all else)."""
        if self.widget_type in CHOICE_WIDGETS:
            return "choices"
        return "check" if self.widget_type == "checkbox" else "line"


class FrameRenderer(TemplatesSetting):
    """`{{ form }}` as the frame draws it: summary of errors, then each field."""

    form_template_name = "web/fields.html"
    field_template_name = "web/field.html"
    bound_field_class = FrameField


class DayInput(forms.DateInput):
    """The browser's own calendar; a browser sends and expects ISO days in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class MomentInput(forms.DateTimeInput):
    """Day and time to the minute, in the server's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class CountInput(forms.TextInput):
    """A whole number: digits keyboard on phones, no spin buttons that a wheel can turn."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})


class CodeInput(forms.TextInput):
    """A code to copy by hand: no capital letters, no guesses by the keyboard."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        plain = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        super().__init__({**plain, **(attrs or {})})
