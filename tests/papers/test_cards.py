"""Cards: ten a page, and each code leads where its card says."""

import pypdfium2
import pytest
import zxingcpp

from yishi.papers.cards import Card, cards_pdf


def deputies(count: int) -> list[Card]:
    return [
        Card(f"代表{n}", "第三代表团", f"https://yishi.example.cn/in/k{n}XyZ", "扫码签到")
        for n in range(count)
    ]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (10, 1), (11, 2), (60, 6)])
def test_ten_cards_go_on_a_page(count, pages):
    with pypdfium2.PdfDocument(cards_pdf(deputies(count))) as file:
        assert len(file) == pages


@pytest.mark.parametrize("stamp", ["", "演练"])
def test_every_code_can_be_read_and_stands_by_its_name(stamp):
    with pypdfium2.PdfDocument(cards_pdf(deputies(10), heading="镇人大会议", stamp=stamp)) as file:
        picture = file[0].render(scale=3).to_pil()
        text = file[0].get_textpage().get_text_range()
    found = {code.text for code in zxingcpp.read_barcodes(picture)}
    assert found == {card.qr_text for card in deputies(10)}
    assert all(card.name in text for card in deputies(10))
    assert text.count("镇人大会议") == 10


def test_a_badge_without_a_code_has_none():
    with pypdfium2.PdfDocument(cards_pdf([Card("王翀", "桥头镇")])) as file:
        assert zxingcpp.read_barcodes(file[0].render(scale=3).to_pil()) == []


def test_no_cards_are_refused():
    with pytest.raises(ValueError, match="no cards"):
        cards_pdf([])


def test_a_link_too_long_for_a_code_is_refused():
    with pytest.raises(ValueError, match="QR"):
        cards_pdf([Card("王", qr_text="x" * 5000)])


@pytest.mark.parametrize("text", ["长" * 200, "W" * 200, '#eval("1")', "\x00\ud800", "😀 שלום", ""])
def test_hostile_text_keeps_to_one_page(text):
    with pypdfium2.PdfDocument(cards_pdf([Card(text, text, "x", text)] * 10, heading=text)) as file:
        assert len(file) == 1
