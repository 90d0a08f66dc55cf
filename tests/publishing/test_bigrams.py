"""How text is cut into what is looked for: pairs of Chinese characters, whole words of other letters."""

import pytest

from yishi.publishing.bigrams import MOST, folded, phrases, tokens


def test_chinese_is_cut_in_pairs_and_the_last_character_stands_alone_too():
    assert tokens("道路改造") == ["道路", "路改", "改造", "造"]
    assert tokens("村") == ["村"] and tokens("") == tokens("，。!? \0😀") == []


def test_other_letters_and_figures_are_whole_words_in_small_letters_and_one_width():
    assert tokens("GDP增长5.2%") == ["gdp", "增长", "长", "5", "2"]
    assert tokens("ＡＢＣ１２") == ["abc12"] and folded("2026年度，民生 ABC") == "2026 年度 民生 abc"


def test_a_mark_of_punctuation_parts_what_stands_beside_it():
    assert "路改" not in tokens("道路、改造")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("道路", [("道路",)]),
        ("道路改造", [("道路", "路改", "改造")]),
        ("2026年度", [("2026", "年度")]),
        ("今年2026", [("今年", "年", "2026")]),
        ("道路，桥 道路", [("道路",), ("桥",)]),
        ('"AND" NEAR(x', [("and",), ("near",), ("x",)]),
        ("\0 😀 %%", []),
    ],
)
def test_a_query_becomes_rows_that_a_text_would_hold(query, rows):
    assert [phrase.tokens for phrase in phrases(query)] == rows


def test_only_a_single_chinese_character_is_taken_as_a_beginning():
    assert [phrase.begins for phrase in phrases("路 道路 a 2026年")] == [True, False, False, True]


@pytest.mark.parametrize("text", ["楠溪江沿岸整治", "2026年度民生ABC", "㙍坑𠮷祥桥", "Öffentlich ß"])
def test_every_piece_of_a_text_is_found_in_it(text):
    held = tokens(text)
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            piece = text[start:end]
            if piece.isascii() or not all(c >= "\u2e80" for c in piece):
                continue
            (phrase,) = phrases(piece)
            *whole, last = phrase.tokens
            assert all(token in held for token in whole)
            assert any(token.startswith(last) if phrase.begins else token == last for token in held)


def test_no_token_holds_a_sign_that_a_database_reads():
    for token in tokens("a'b\"c*d:e|f&g!h<i>j\\k(l)m^n-o{p}q\u2019r％s" * 3):
        assert token.isalnum()


def test_an_endless_word_and_an_endless_text_are_cut():
    assert tokens("a" * 500) == ["a" * 60] and phrases("a" * 500)[0].tokens == ("a" * 60,)
    assert len(tokens("路" * (MOST + 500))) == MOST
