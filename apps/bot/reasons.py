"""Why somebody sends something back, heard from their own words, in every language."""

from apps.nlu.text import HAN, fold

from .words import Words, label

DOES_NOT_FIT = label("Does not fit")
NOT_AS_SHOWN = label("Not as shown")
CHANGED_MIND = label("Changed my mind")
DAMAGED = label("Damaged")
FAULTY = label("Does not work")
MISSING = label("Missing")
WRONG_ITEM = label("Wrong item")
OTHER = label("Another reason")
REASONS: dict[str, Words] = {
    "does_not_fit": DOES_NOT_FIT, "not_as_shown": NOT_AS_SHOWN, "changed_mind": CHANGED_MIND, "damaged": DAMAGED,
    "faulty": FAULTY, "missing": MISSING, "wrong_item": WRONG_ITEM, "other": OTHER,
}  # fmt: skip
ASKED: dict[str, tuple[str, ...]] = {
    "return": ("does_not_fit", "not_as_shown", "changed_mind", "damaged", "other"),
    "exchange": ("does_not_fit", "not_as_shown", "changed_mind", "other"),
    "claim": ("damaged", "faulty", "missing", "wrong_item", "other"),
}
SEEN_BETTER = ("not_as_shown", "damaged", "faulty", "wrong_item")  # a picture helps

# The first that fits counts. Words begin so ("broken" hears "brokenly"); Chinese anywhere.
HEARD: dict[str, tuple[str, ...]] = {
    "missing": ("missing", "fehlt", "fehlen", "falta", "少了", "缺", "漏"),
    "wrong_item": ("wrong", "falsch", "equivocad", "错"),
    "faulty": ("faulty", "defective", "defekt", "defectuos", "working", "funktioniert", "funciona", "故障", "不能用"),
    "damaged": (
        "broken", "damaged", "crack", "chipped", "scratch", "torn", "kaputt", "beschadigt", "zerbrochen", "gesprungen",
        "kratzer", "roto", "rota", "danad", "rayad", "坏", "破", "碎", "损", "裂",
    ),
    "does_not_fit": (
        "fit", "size", "small", "big", "tight", "large", "klein", "gross", "passt", "eng", "pequen", "grande", "talla", "queda",
        "太小", "太大", "不合适", "尺码",
    ),
    "not_as_shown": (
        "expected", "picture", "description", "different", "anders", "erwartet", "bild", "beschreibung", "esperaba",
        "descripcion", "distint", "描述", "不符", "不一样",
    ),
    "changed_mind": ("mind", "uberlegt", "opinion", "不想要", "不喜欢"),
}  # fmt: skip


def reason_in(text: str) -> str:
    """One of the reasons, or "" where none is heard."""
    folded = fold(text)
    words = folded.replace("'", " ").split()
    for reason, said in HEARD.items():
        if any(word in folded if HAN.search(word) else any(w.startswith(word) for w in words) for word in said):
            return reason
    return ""
