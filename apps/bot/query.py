"""What of a message is worth searching for, once courtesy, grammar and what is already understood are taken away."""

from collections.abc import Callable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from apps.nlu.text import HAN, fold, has_phrase, spaced, words_of

from .intents import EXAMPLES

MAX_QUERY = 120
SURE_LENGTH = 5  # of a word in which one wrong letter is forgiven
MAX_COUNT = 4  # digits of a number that counts something
_GRAMMAR = """
a an the i im i'm me my we you your do does have has got is are am was be some any for of in on to with and or from at by
it its this that these those them they one ones there what which who d ll ve s would could can will shall as
ein eine einen einem einer eines der die das den dem des ich mir mich wir uns sie ihr ihnen es man und oder mit von fur zum
zur im am als ist sind war noch mal was welche welcher welches davon daran denn
un una unos unas eres estoy estas el la los las lo le les de del al en para por con y o e yo me mi mis tu te se que cual cuales es son esta este
esto estos estas ese esa eso
"""
_COURTESY = """
please pls plz thanks anybody anyone instead rather ok okay oh ah um hmm well so then just actually now wait sorry yes yeah no not too also maybe hi hello hey
want need sell carry stock offer looking look search searching find show see tell something anything like buy get give let love cool great perfect nice
u ur ya yall got gotta wanna gimme lemme whats wheres hows lol haha btw omg pricey yep yup nope nah k kk pair oops
bitte danke jemand stattdessen doch ok okay ach ah ahm hm na gut also doch dann jetzt moment warte halt eigentlich lieber ja nein nicht auch vielleicht
entschuldigung sorry hallo hi guten tag moin suche suchen fuhrt fuhren verkauft verkaufen brauche brauchen haben hast habt hatte hatten mochte mochten will gern
gerne nee ne zeig zeigen zeigt etwas gibt super prima
por favor gracias alguien ahi vale ok bueno pues entonces ahora espera perdon perdona si no tambien quizas mejor hola buenas buenos dias tardes
noches quiero quisiera querria vendeis vendes vende busco buscar buscando necesito tienes teneis tienen hay algo muestrame ensename dame ver genial
perfecto estaba
under over below above unter uber menos mas hasta bis euro euros eur
"""
FILLERS = frozenset((_GRAMMAR + _COURTESY).split())
HAN_FILLERS = (
    "我想要", "我想买", "我想", "我要", "想要", "想买", "有没有", "有吗", "请问", "请", "给我", "帮我", "卖", "看看", "看一下", "找", "买", "一件",
    "一个", "的", "吗", "呢", "吧", "啊", "呀", "了", "那", "嗯", "你好", "您好", "你们", "麻烦", "还是", "还有", "谢谢", "也",
    "不对", "改成", "改为", "算了",
)  # fmt: skip
_DETAILS = """
blue blau blaue blauer blaues blauen azul azules red rot rote roter rotes roten rojo roja green grun grune gruner grunes grunen
verde verdes black schwarz schwarze schwarzer schwarzes schwarzen negro negra white weiss weisse weisser weisses weissen blanco
blanca blancos blancas yellow gelb gelbe amarillo grey gray grau graue gris brown braun marron pink rosa orange naranja purple
lila morado navy xs s m l xl xxl small medium large klein mittel gross grande mediana mediano pequena pequeno size grosse gr
talla colour color farbe in en em talle max maximum less than more or cheaper weniger als hochstens menos de que barato barata
first second third last one two three four five six seven eight nine ten couple pair both each
erste erster erstes ersten zweite zweiter zweites zweiten dritte letzte eins zwei drei vier funf sechs beide stuck
only nur solo solamente
primero primera segundo segunda tercero tercera ultimo ultima dos tres cuatro cinco seis ambos unidades euro dollar usd
"""
DETAIL_WORDS = frozenset(_DETAILS.split())
HAN_DETAILS = (
    "只看", "只要", "s码", "m码", "l码", "xl码", "xxl码",
    "有", "紫色", "粉色", "橙色", "棕色",
    "蓝色", "红色", "绿色", "黑色", "白色", "黄色", "灰色", "中号", "大号", "小号", "中码", "大码", "小码", "以下", "以内", "便宜", "元", "块",
    "第", "个", "件", "只", "条", "一", "二", "三", "两", "四", "五",
)  # fmt: skip


@lru_cache(maxsize=1)
def spoken_words() -> frozenset[str]:
    """Every word that courtesy, grammar and the intents' examples are made of: none of them is a slip of another."""
    examples = (phrase for by in EXAMPLES.values() for phrases in by.values() for phrase in phrases)
    return FILLERS.union(word for phrase in examples for word in words_of(fold(phrase)))


def query_of(text: str, *, known: str = "", is_ours: Callable[[str], bool] | None = None) -> str:
    """The words worth searching for. `known` strips what an intent ("add") or the details already account for.

    A word one slip from those is taken for it, unless `is_ours` says that goods are called so: "linen" is not "einen".
    """
    folded = fold(text)[:MAX_QUERY]
    if HAN.search(folded):
        return _han_query(folded, known)
    drop = _accounted_for(known)
    words = [word for word in words_of(folded) if word not in drop and not (word.isdigit() and len(word) <= MAX_COUNT)]
    return " ".join(
        word for word in words if not (known and _is_nearly(word, drop) and not (is_ours and is_ours(word)))
    )


@lru_cache(maxsize=200)
def _accounted_for(known: str) -> frozenset[str]:
    """Courtesy, grammar, and the words of the intent that was heard."""
    details = DETAIL_WORDS if known else frozenset()
    phrases = (phrase for by in EXAMPLES.values() for phrase in by[known]) if known not in ("", "details") else ()
    return FILLERS | details | {word for phrase in phrases for word in words_of(fold(phrase))}


@lru_cache(maxsize=200)
def _sure(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) >= SURE_LENGTH)


def _is_nearly(word: str, known: frozenset[str]) -> bool:
    """One slip from a known word, both long enough to be sure: "carito"."""
    if len(word) < SURE_LENGTH:
        return False
    return process.extractOne(word, _sure(known), scorer=OSA.distance, score_cutoff=1) is not None


def is_slip(text: str, intent: str) -> bool:
    """Was the intent heard although no example of it stands there whole? Then the message is a misspelt example."""
    folded = fold(text)
    in_words = spaced(folded)
    phrases = (fold(phrase) for by in EXAMPLES.values() for phrase in by[intent])
    return not any(has_phrase(folded, in_words, " ".join(words_of(phrase))) for phrase in phrases)


def _han_query(folded: str, known: str) -> str:
    fillers = list(HAN_FILLERS)
    if known and known != "details":
        fillers += [phrase for phrase in EXAMPLES["zh"][known] if HAN.search(phrase)]
    if known:
        fillers += HAN_DETAILS
    for filler in sorted(fillers, key=len, reverse=True):
        folded = folded.replace(filler, " ")
    return " ".join(word for word in words_of(folded) if not (known and word.isdigit() and len(word) <= MAX_COUNT))
