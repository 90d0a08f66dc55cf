"""Fields as the frame draws them."""

from datetime import date

from django import forms

from yishi.web.fields import CountInput, DayInput


class Form(forms.Form):
    title = forms.CharField(label="名称", help_text="写全称")
    day = forms.DateField(label="日期", widget=DayInput)
    kind = forms.ChoiceField(label="方式", widget=forms.RadioSelect, choices=[("a", "举手"), ("b", "投票")])
    agree = forms.BooleanField(label="已核对")
    note = forms.CharField(label="说明", required=False)


def test_help_and_error_are_tied_to_the_field():
    html = str(Form({"title": ""})["title"].as_field_group())
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html and 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_field_without_error_has_no_error_list():
    html = str(Form({"title": "会议"})["title"].as_field_group())
    assert "id_title_error" not in html and "wrong" not in html


def test_only_the_optional_field_is_marked():
    form = Form()
    assert "可不填" in form["note"].as_field_group()
    assert "可不填" not in form["title"].as_field_group()


def test_choices_are_a_group_with_a_legend():
    html = str(Form()["kind"].as_field_group())
    assert html.startswith("<fieldset") and "<legend>方式" in html
    assert html.count('type="radio"') == 2


def test_one_box_stands_inside_its_label():
    html = str(Form()["agree"].as_field_group())
    assert html.count("<label") == 1 and html.index("<label") < html.index("<input")


def test_a_refused_form_lists_every_error_with_a_link_and_keeps_what_was_typed():
    html = str(Form({"title": "桥头镇", "day": "2026-13-01"}))
    assert "有 3 处需要改正" in html
    assert 'href="#id_day"' in html and 'href="#id_kind_0"' in html and 'href="#id_agree"' in html
    assert 'value="桥头镇"' in html and 'value="2026-13-01"' in html


def test_a_fresh_form_has_no_summary():
    assert "form-errors" not in str(Form())


def test_what_was_typed_is_never_markup():
    html = str(Form({"title": "<script>x</script>"}))
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_browser_gets_its_day_in_iso_in_both_languages():
    from django.utils import translation

    for language in ("zh-hans", "en"):
        with translation.override(language):
            html = str(Form(initial={"day": date(2026, 3, 10)})["day"])
        assert 'type="date"' in html and 'value="2026-03-10"' in html


def test_a_count_asks_for_the_digits_keyboard():
    assert 'inputmode="numeric"' in CountInput().render("n", 3)
