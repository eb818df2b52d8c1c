"""Is somebody losing patience? A small rule; it may offer a person sooner and never withholds one."""

from .text import fold, has_any, spaced

FROWNS = (
    "useless", "stupid", "terrible", "awful", "annoying", "ridiculous", "not working", "doesn t work", "wrong again",
    "you don t understand", "not what i asked", "worst", "angry", "wtf", "fuck", "fucking", "shit", "shitty", "bullshit", "crap", "asshole", "idiot", "scam", "nonsense",
    "nutzlos", "dumm", "blod", "bloder", "schrecklich", "nervt", "nervig", "funktioniert nicht", "unsinn", "scheisse", "scheiss", "arschloch", "verdammt", "idioten",
    "verstehst mich nicht", "verstehen mich nicht", "falsch verstanden", "betrug", "frechheit", "mist",
    "inutil", "estupido", "terrible", "horrible", "no funciona", "no me entiendes", "no entiendes", "mierda", "joder", "puta", "puto", "idiota", "gilipollas", "estafa",
    "molesto", "pesimo", "没用", "垃圾", "烦", "听不懂", "骗子", "太差", "生气", "傻", "他妈", "妈的", "白痴", "废物",
)  # fmt: skip
SMILES = (
    "thank", "thanks", "great", "perfect", "love", "lovely", "awesome", "nice", "danke", "super", "toll", "prima",
    "gracias", "genial", "perfecto", "excelente", "谢谢", "太好了", "喜欢", "棒",
)  # fmt: skip


def sentiment(text: str) -> int:
    """-1 frowning, 0 plain, 1 smiling."""
    folded = fold(text).replace("妈妈", "母亲")  # "妈妈的" is somebody's mother's, "妈的" is a curse
    in_words = spaced(folded)
    if has_any(folded, in_words, FROWNS):
        return -1
    letters = [char for char in text[:200] if char.isalpha() and char.isascii()]
    if len(letters) >= 12 and sum(char.isupper() for char in letters) > 0.8 * len(letters):
        return -1
    return 1 if has_any(folded, in_words, SMILES) else 0
