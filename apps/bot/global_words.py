"""Words that work everywhere and always, in every language, before anything else is tried."""

import re

from rapidfuzz.distance import OSA

from apps.nlu.text import HAN, fold, spaced, words_of

# Said alone, these are meant; keys are the commands' names.
ALONE: dict[str, tuple[str, ...]] = {
    "human": (
        "human", "agent", "person", "a person", "representative", "operator", "staff", "real person", "someone",
        "human please", "agent please", "mensch", "mitarbeiter", "mitarbeiterin", "berater", "beraterin", "kundendienst",
        "person bitte", "mensch bitte", "ein mensch", "humano", "humana", "persona", "una persona", "agente", "asesor",
        "asesora", "operador", "operadora", "人工", "人工客服", "客服", "真人", "转人工", "人",
    ),
    "back": ("back", "go back", "zuruck", "zurueck", "atras", "volver", "regresar", "返回", "后退", "上一步"),
    "cancel": (
        "cancel", "cancel that", "never mind", "nevermind", "nvm", "forget it", "abbrechen", "abbruch", "vergiss es",
        "vergessen sie es", "doch nicht", "lieber doch nicht", "dann doch nicht", "hat sich erledigt", "cancelar", "dejalo",
        "olvidalo", "mejor no", "ya no", "ya no hace falta", "取消", "算了", "还是算了", "还是不用了",
    ),
    "start_over": (
        "start over", "restart", "start again", "reset", "from the beginning", "neu anfangen", "von vorne", "neustart",
        "von vorn", "empezar de nuevo", "reiniciar", "empezar otra vez", "重新开始", "从头开始",
    ),
    "help": ("help", "info", "what can you do", "hilfe", "was konnen sie", "ayuda", "que puedes hacer", "帮助", "帮忙", "你能做什么"),
    "language": (
        "language", "languages", "change language", "sprache", "sprache andern", "idioma", "cambiar idioma", "lengua",
        "语言", "更改语言", "切换语言", "换语言",
    ),
    "menu": ("menu", "main menu", "hauptmenu", "menue", "hauptmenue", "menu principal", "菜单", "主菜单"),
}  # fmt: skip
# Anywhere in a message, these ask for a person.
ANYWHERE: tuple[str, ...] = (
    "talk to a human", "talk to a person", "talk to someone", "speak to a human", "speak to a person",
    "speak to someone", "speak with someone", "speak with a person", "talk to an agent", "real person", "real human",
    "human agent", "live agent", "your manager", "ur manager",
    "speak to the manager", "speak to a manager", "speak with a manager", "speak with the manager", "talk to the manager",
    "talk to a manager", "get me the manager", "get me a manager", "get a manager", "want the manager", "want a manager", "ihren chef", "ihrem chef", "einem vorgesetzten",
    "den chef sprechen", "con el encargado", "con la encargada",
    "al encargado", "a la encargada", "con un responsable", "找经理", "你们经理", "你们老板", "customer service", "customer support", "call a human", "talk to a real",
    "mit einem menschen", "mit jemandem sprechen", "mit jemand sprechen", "echter mensch", "echten menschen",
    "mit einem mitarbeiter", "mit einer person", "richtigen menschen", "kundenservice",
    "hablar con una persona", "hablar con alguien", "hablar con un humano", "persona real", "un agente",
    "hablar con un agente", "atencion al cliente", "人工", "真人", "找客服", "和人聊", "跟人说话",
)  # fmt: skip
LANGUAGE_NAMES = {
    "english": "en", "englisch": "en", "ingles": "en", "英语": "en", "英文": "en",
    "german": "de", "deutsch": "de", "aleman": "de", "德语": "de", "德文": "de",
    "spanish": "es", "spanisch": "es", "espanol": "es", "西班牙语": "es",
    "chinese": "zh", "chinesisch": "zh", "chino": "zh", "中文": "zh", "汉语": "zh", "普通话": "zh",
}  # fmt: skip
YES = frozenset(
    [
        "yes",
        "y",
        "yep",
        "yeah",
        "yup",
        "k",
        "kk",
        "yes please",
        "sure",
        "ok",
        "okay",
        "correct",
        "confirm",
        "i confirm",
        "place order",
        "order now",
        "buy now",
        "go ahead",
        "do it",
        "ja",
        "ja bitte",
        "jawohl",
        "klar",
        "gerne",
        "genau",
        "bestatigen",
        "bestellen",
        "jetzt kaufen",
        "kaufen",
        "passt",
        "stimmt",
        "si",
        "si por favor",
        "claro",
        "vale",
        "de acuerdo",
        "confirmar",
        "confirmo",
        "comprar",
        "comprar ahora",
        "correcto",
        "adelante",
        "是",
        "是的",
        "好",
        "好的",
        "可以",
        "确认",
        "对",
        "没问题",
        "行",
        "下单",
        "立即购买",
    ]
)
NO = frozenset(
    [
        "no",
        "n",
        "nope",
        "nah",
        "no thanks",
        "no thank you",
        "not yet",
        "not now",
        "wrong",
        "stop it",
        "nein",
        "nein danke",
        "noch nicht",
        "falsch",
        "lieber nicht",
        "no gracias",
        "todavia no",
        "ahora no",
        "incorrecto",
        "不",
        "不要",
        "不是",
        "不用",
        "不用了",
        "不对",
        "还没",
        "先不",
    ]
)
SKIP = frozenset(
    [
        "skip",
        "none",
        "no",
        "no thanks",
        "no thank you",
        "leave it out",
        "no phone",
        "no number",
        "no phone number",
        "no email",
        "no e mail",
        "keine nummer",
        "kein telefon",
        "keine e mail",
        "keine mail",
        "sin telefono",
        "sin correo",
        "没有电话",
        "没有邮箱",
        "不留",
        "uberspringen",
        "ueberspringen",
        "weglassen",
        "keine",
        "nein",
        "nein danke",
        "keins",
        "saltar",
        "omitir",
        "ninguno",
        "ninguna",
        "no gracias",
        "跳过",
        "不用",
        "没有",
        "不用了",
        "不需要",
        "无",
    ]
)
_AGREEING = """
please pls plz order it buy now that is this s all good fine looks right great everything ahead go thanks thank you
bitte so alles gut richtig bestellen danke das ist prima super einverstanden jetzt
por favor todo bien esta asi gracias lo compro pedido perfecto
"""
AGREEING = frozenset(_AGREEING.split())
_HAN_YES = re.compile(
    r"(?:是的?|好的?|可以|对的?|确认|没问题|行){1,3}(?:就这样|下单|购买|买|请下单|没问题|谢谢)?[吧了呀啊的]?"
)
# "Wait, no, cancel" is "cancel"; "no cancel" may be the contrary, so that a no alone needs a comma.
HESITATION = re.compile(
    r"^(?:(?:(?:wait|oh|ok|okay|sorry|actually|hm+|um|moment|warte|doch|ach|espera|perdon|bueno|ay)\b[\s,.!…-]*)+"
    r"(?:(?:no|nein)\b[\s,.!…-]*)?|(?:no|nein|stop|halt)\s*[,.!…]+\s*)"
)
# Said where a person is awaited: none is needed any more. Folded, without punctuation.
NO_PERSON = re.compile(
    r"(?:don t|do not|no longer|no) (?:need|want)(?: for)?(?: (?:to (?:talk|speak) (?:to|with)))?"
    r"(?: (?:a|an|any|the|real))* (?:humans?|persons?|agents?|colleagues?|anyone|anybody|someone|somebody|operator)\b"
    r"|^cancel(?: (?:a|the))? (?:human|person|agent|colleague|operator)\b"
    r"|\b(?:brauche|mochte|will|benotige)\b.{0,16} kein(?:en?)? (?:echten? |richtigen? )?(?:mensch(?:en)?|mitarbeiter(?:in)?|person|berater(?:in)?|kollegen?)\b"
    r"|\b(?:brauche|muss) (?:doch |mehr )?niemand(?:en)?\b"
    r"|\bno (?:necesito|quiero|hace falta)(?: hablar con)?(?: a)? (?:nadie|ninguna persona|(?:un|una|ningun) (?:persona|agente|humano|asesor))\b(?! (?:virtual|automatico|bot))"
    r"|(?:不用|不需要|不要|不想|别|取消)(?:再)?(?:转|找|叫)?(?:人工|真人|客服)(?!智能|机器人)"
    # Nothing but that: "no agent has answered yet" is a complaint.
    r"|^(?:no|kein(?:en?)?) (?:human|person|agent|mensch(?:en)?|mitarbeiter)(?: (?:please|any ?more|bitte|mehr|needed|notig))*$"
)
NOT_NEEDED = frozenset(
    {
        "no need", "not needed", "not needed any more", "all good", "i m good", "it s ok", "it s fine", "it s okay", "don t bother",
        "schon gut", "schon ok", "nicht notig", "nicht mehr notig", "brauche ich nicht mehr", "erledigt",
        "no hace falta", "da igual", "no importa", "no es necesario", "ya esta", "没事了", "没事", "不需要了", "不必了",
    }
)  # fmt: skip
SOLVED = re.compile(
    r"(?:(?:i|i ve|ive|we|ich|hab|habe|es|lo|la|ya|he|it|that|s|is|all|alles|todo|now|jetzt|schon|selbst|myself|just|sorry|ok|okay|then|dann|das|der|die|hat)"
    r" )*(?:found|figured|got|sorted|solved|worked|works|good|fine|gefunden|gelost|erledigt|gut|geklappt|klar|encontre|encontrado|resuelto|bien|listo)"
    r"(?: (?:it|that|them|out|myself|one|now|thanks|thx|ok|selbst|es|jetzt|gracias|danke|already))*"
    r"|(?:我)?(?:自己)?(?:已经)?(?:找到|解决|搞定|好|没事|明白|知道)了?(?:谢谢)?"
)
TAKEN_BACK = frozenset({"cancel", "back", "start_over"})  # "no human" is no call for one
PLEASE = frozenset(
    ["please", "pls", "plz", "thanks", "thx", "bitte", "danke", "por", "favor", "gracias", "porfa", "xfa"]
)
_SPOKEN = {phrase: name for name, phrases in ALONE.items() for phrase in phrases}


def bare(text: str) -> str:
    """The message as it is compared: folded, without punctuation."""
    folded = fold(text)
    return "".join(words_of(folded)) if HAN.search(folded) else spaced(folded).strip()


def global_word(text: str, *, channel: str = "") -> str:
    """Which global is meant, or "". On SMS 0 is back and 9 a person."""
    said = " ".join(word for word in bare(text).split() if word not in PLEASE)
    if channel == "sms" and said in ("0", "9"):
        return "back" if said == "0" else "human"
    if said in _SPOKEN:
        return _SPOKEN[said]
    after = bare(HESITATION.sub("", fold(text)))
    if after != said and _SPOKEN.get(after) in TAKEN_BACK:
        return _SPOKEN[after]
    return "human" if _asks_for_person(fold(text)) and not wants_no_person(text) else ""


def wants_no_person(text: str) -> bool:
    """ "I don't need a person any more", "不用人工了"; not where the rest asks for one: "no bot, I want a real person"."""
    said = bare(text)
    found = NO_PERSON.search(said)
    return found is not None and not _asks_for_person(f"{said[: found.start()]} {said[found.end() :]}")


def _asks_for_person(folded: str) -> bool:
    in_words = spaced(folded)
    return any((phrase in folded) if HAN.search(phrase) else (f" {phrase} " in in_words) for phrase in ANYWHERE)


def is_solved(rest: str) -> bool:
    """ "I found it", "all good", "erledigt": no word of a wish."""
    return rest in NOT_NEEDED or SOLVED.fullmatch(rest) is not None


def is_not_needed(text: str) -> bool:
    """The answer to "I am fetching somebody" that calls it off: "no", "schon gut", "不用了"."""
    said = " ".join(word for word in bare(text).split() if word not in PLEASE)
    return said in NO or said in NOT_NEEDED


def after_calling_off(text: str) -> str | None:
    """What follows "never mind" at the beginning of a message; None where it does not begin so."""
    for said in (bare(text), bare(HESITATION.sub("", fold(text)))):
        for phrase in sorted(ALONE["cancel"], key=len, reverse=True):
            if said.startswith(phrase) and (HAN.search(phrase) or said[len(phrase) : len(phrase) + 1] in ("", " ")):
                return said[len(phrase) :].strip()
    return None


def language_named(text: str, languages: list[str]) -> str:
    """The merchant's language this message names ("Deutsch", "auf Deutsch bitte"), or ""."""
    said = bare(text)
    words = set(said.split())
    for name, code in LANGUAGE_NAMES.items():
        if (
            said == name
            or (len(words) <= 4 and name in words)
            or (HAN.search(name) and name in said and len(said) <= 8)
        ):
            return next((mine for mine in languages if mine.partition("-")[0] == code), "")
    return ""


def is_yes(text: str) -> bool:
    """ "Yes", also "yes please, order it": every word must agree, one that does not makes it something else."""
    said = bare(text)
    if said in YES:
        return True
    if HAN.search(said):
        return _HAN_YES.fullmatch(said) is not None
    first, *rest = said.split() or [""]
    return bool(rest) and first in YES and all(word in YES or word in AGREEING for word in rest)


def is_no(text: str) -> bool:
    return bare(text) in NO


def is_skip(text: str) -> bool:
    """ "Skip", one slip of the finger forgiven."""
    said = bare(text)
    return said in SKIP or any(
        len(word) > len("no") + 1 and OSA.distance(said, word, score_cutoff=1) <= 1
        for word in SKIP
        if not HAN.search(word)
    )
