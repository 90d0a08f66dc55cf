"""The sentence that is read out: figures, rule, article, and what comes next."""

from tests.law.build import box, hall, lines
from yishi.law.articles import english, number
from yishi.law.decide import Ballots, Option, decide
from yishi.law.pack import load

PACK = load()


def test_a_county_vote_is_told_as_it_is_read_out() -> None:
    how = PACK.polls["projects.county.vote"].with_seats(2)
    options = [Option("甲", for_=300, against=14), Option("乙", for_=200, against=114)]
    outcome = decide(how, hall(327, 314), box(314), options)
    assert outcome.sentence_zh == (
        "应到代表327名，实到314名，符合法定人数。发出表决票314张，收回314张，有效314张，无效0张。"
        "根据《组织法》第二十五条，同意票超过全体代表半数（即164票以上）的2个项目通过："
        "甲（300票）、乙（200票）。"
    )
    assert outcome.sentence_en == (
        "Of 327 deputies entitled, 314 were present; the quorum of 218 is met. "
        "314 ballots were issued and 314 returned: 314 valid, 0 invalid. "
        "Under Article 25 of the Organic Law, 2 projects with votes for from more than half of all"
        " deputies (164 or more) were adopted: 甲 (300), 乙 (200)."
    )
    assert outcome.articles == ("《组织法》第十四条", "《组织法》第二十五条")


def test_more_over_half_than_places_says_that_votes_decide() -> None:
    how = PACK.choose({"projects.over_choice": "none"}).polls["projects.county.vote"]
    outcome = decide(how.with_seats(1), hall(10), box(10), lines(10, 甲=9, 乙=8))
    assert "（即6票以上）的项目有2个，按得票多少，1个项目通过：甲（9票）" in outcome.sentence_zh
    assert "in order of votes" in outcome.sentence_en
    assert "未通过：乙（8票）" in outcome.sentence_zh


def test_a_tie_names_the_tied_the_article_and_the_second_ballot() -> None:
    how = PACK.polls["election.officials"].with_seats(2)
    outcome = decide(how, hall(10), box(10), lines(10, 甲=8, 乙=6, 丙=6))
    assert outcome.next == "second_ballot"
    assert "乙、丙得票相等（各6票），尚有1个名额不能确定，" in outcome.sentence_zh
    assert "根据《组织法》第二十九条，应当就得票相等的2名候选人再次投票" in outcome.sentence_zh
    assert "for the remaining 1 place: a second ballot among them" in outcome.sentence_en
    assert "《组织法》第二十九条" in outcome.articles
    second = decide(how.second_ballot(1), hall(10), box(10), lines(10, 乙=5, 丙=4))
    assert "得票最多的1名候选人当选：乙（5票）" in second.sentence_zh
    assert "1 candidate with the most votes was elected: 乙 (5)" in second.sentence_en


def test_places_left_name_the_further_election() -> None:
    how = PACK.polls["election.officials"].with_seats(2)
    outcome = decide(how, hall(10), box(10), lines(10, 甲=7, 乙=3))
    expected = "应选2名，不足1名，根据《组织法》第二十九条，不足的名额另行选举。"
    assert expected in outcome.sentence_zh
    assert "1 of 2 places is to be filled by a further election" in outcome.sentence_en


def test_a_void_vote_says_why_and_that_it_is_repeated() -> None:
    how = PACK.polls["projects.town.vote"]
    few = decide(how, hall(60, 39), box(39), lines(39, 甲=39))
    assert "不足法定人数40名" in few.sentence_zh and "重新投票" in few.sentence_zh
    assert few.articles == ("《组织法》第十四条",)
    assert "short of the quorum of 40" in few.sentence_en
    many = decide(how, hall(60, 50), Ballots(50, 51), lines(51, 甲=50))
    assert "收回多于发出。参照《选举法》第四十四条，本次投票无效，应当重新投票。" in many.sentence_zh
    assert "by analogy, Article 44 of the Electoral Law" in many.sentence_en
    assert "参照《选举法》第四十四条" in many.articles


def test_the_voters_are_called_what_they_are() -> None:
    committee = PACK.polls["appointment.standing_committee"]
    text = decide(committee, hall(29), box(29), lines(29, 甲=29)).sentence_zh
    assert "应到常委会组成人员29名" in text
    assert "超过常委会全体组成人员半数（即15票以上）" in text
    street = PACK.polls["projects.street.recommendation"].with_seats(1)
    text = decide(street, hall(33), box(33), [Option("甲", for_=30)]).sentence_zh
    assert "1个项目获得推荐：" in text and text.endswith("报街道党工委确认后实施。")
    none = decide(street, hall(33), box(33), [Option("甲", for_=3)]).sentence_zh
    assert "党工委" not in none


def test_a_show_of_hands_has_no_ballots() -> None:
    outcome = decide(
        PACK.polls["method.adoption"], hall(60, 50), box(50), [Option("票决办法（草案）", 48, 1, 1)]
    )
    assert "以举手方式表决。" in outcome.sentence_zh
    assert "张" not in outcome.sentence_zh
    assert "票决办法（草案）（赞成48票、反对1票、弃权1票）" in outcome.sentence_zh
    assert "show of hands" in outcome.sentence_en


def test_a_rating_says_the_base_and_every_figure() -> None:
    how = PACK.polls["projects.rating"]
    options = [Option("甲", satisfied=28, basically=1), Option("乙", satisfied=2, basically=27)]
    text = decide(how, hall(29), box(29), options).sentence_zh
    assert "以全体代表为基数，测评结果：" in text
    assert "甲为“满意”（满意28票、基本满意1票、不满意0票、弃权0票）；乙为“基本满意”" in text


def test_articles_are_said_in_english_and_unknown_laws_stay_chinese() -> None:
    assert [number(n) for n in ("七", "十", "十四", "二十", "五十一", "一百零三")] == [
        7, 10, 14, 20, 51, 103,
    ]  # fmt: skip
    assert english("《组织法》第二十五条、《浙江省乡镇人民代表大会工作条例》第二十二条") == (
        "Article 25 of the Organic Law and Article 22 of the Zhejiang Regulations on Township Congresses"
    )
    assert english("《某县办法》第三条") == "《某县办法》第三条"


def test_every_article_in_the_pack_can_be_said_in_english() -> None:
    for poll in PACK.polls.values():
        for name in ("article", "article_quorum", "article_void", "article_tie", "article_short"):
            assert "《" not in english(getattr(poll, name))
