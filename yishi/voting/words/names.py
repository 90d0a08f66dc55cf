"""Words of the papers: Chinese whatever the language of the page they were asked for on."""

from yishi.voting.models import Figure, Official, Ruling

HATS: dict[str, str] = {
    Official.Hat.CHIEF_SCRUTINEER: "总监票人",
    Official.Hat.SCRUTINEER: "监票人",
    Official.Hat.TELLER: "计票人",
    Official.Hat.CALLER: "唱票人",
}
FIGURES: dict[str, str] = {
    Figure.Kind.ENTITLED: "应到",
    Figure.Kind.PRESENT: "实到",
    Figure.Kind.PRINTED: "印制",
    Figure.Kind.ISSUED: "发出",
    Figure.Kind.REPLACED: "换票收回",
    Figure.Kind.LEFT_OVER: "剩余",
    Figure.Kind.RETURNED: "收回",
}
DECISIONS: dict[str, str] = {Ruling.Decision.VALID: "有效", Ruling.Decision.INVALID: "无效"}
