"""What shoppers ask of the shop itself, whatever it sells: wrapping, trust, haggling, ways to pay, in time for Friday."""

import re

from apps.nlu.text import HAN, fold, spaced

from .commands import Command, start
from .naming import names
from .query import query_of
from .talk import Talk

# Topic → how it is said, in folded words with single spaces. The first that fits counts.
TOPICS: dict[str, re.Pattern[str]] = {
    "charged_twice": re.compile(
        r"charged (?:me )?(?:twice|double)|double charged|doppelt (?:abgebucht|belastet|bezahlt)|cobra\w+ (?:dos veces|doble)|扣了两次|重复扣款"
    ),
    "wrapping": re.compile(
        r"gift ?wrap|wrap(?:ped|ping)? (?:it|them|this|as)\b|(?:gift|present)s? wrapp|gift (?:note|message)|(?:add|include|write) a (?:note|message)\b"
        r"|geschenk(?:verpack|papier)|geschenk (?:ein|ver)pack|grusskarte|papel de regalo|(?:envolv|envuelv|envuelt)\w+"
        r"|nota (?:de regalo|dedicada)|礼品包装|礼物包装|礼品纸|包装成礼物|包成礼物|贺卡"
    ),
    "trust": re.compile(
        r"\bscam|\blegit\b|\bfraud|trustworthy|can i trust|fake (?:shop|site|store)|\bserios\b|betruger|\bbetrug\b|abzock|vertrauenswurdig"
        r"|fakeshop|\bestafa|\bde fiar\b|\bfiables?\b|骗子|骗人|骗我|靠谱|正规|诈骗"
    ),
    "haggle": re.compile(
        r"\d+ (?:percent )?(?:off|rabatt|descuento|dto)\b(?!.*\b(?:codes?|coupons?|gutschein\w*|cupon\w*|codigos?)\b)"
        r"|(?:do (?:it|that|this|them|those)|(?:give|let) .{1,24}|sell (?:it|this|that|them|me) .{0,24}) ?for (?:just |only )?\d+"
        r"(?: ?(?:euros?|eur|dollars?|usd|bucks?|pounds?|quid|francs?|chf))?(?: (?:then|please|pls|or so|instead))*$"
        r"|(?:best|last|final) price|price match|negotiat|haggle|letzter? preis|am preis|preis machen|preisnachlass|descuentito|rebajita"
        r"|(?:me|nos) l[oa]s? (?:dejas|dejais|deja|das) (?:en|por|a)\b|ultimo precio|mejor precio"
        r"|能便宜|便宜点(?:吗|呗|吧|行)|再便宜|打个折|讲价|砍价|最低价|\d+(?:块|元|欧)? ?卖(?:不卖|吗)"
    ),
    "pay_ways": re.compile(
        r"cash on delivery|\bcod\b|pay (?:by |in |with )?cash|instal+ments?|pay (?:it )?later|\bamex\b|nachnahme|ratenzahlung|in raten|spater (?:be)?zahlen"
        r"|bar (?:be)?zahlen|contra ?reembolso|a plazos|en cuotas|pagar (?:luego|despues|en efectivo)|货到付款|分期|先用后付|现金付款|付现金"
    ),
    "company_bill": re.compile(
        r"(?:invoice|bill|receipt)\b.*\b(?:company|business)|(?:my|our|add a?) (?:vat|tax) (?:id|number|no)\b"
        r"|rechnung (?:auf|fur) (?:\w+ )?(?:firma|gmbh|unternehmen)|firmenrechnung|(?:meine|unsere) (?:ust|umsatzsteuer)"
        r"|factura .*(?:empresa|\bcif\b|\bnif\b)|(?:mi|nuestro) (?:cif|nif)\b|公司发票|开公司|专票|抬头"
    ),
    "company": re.compile(
        r"(?:your|ur) (?:vat|tax|company) (?:id|number|no|registration)\b|\bust id|umsatzsteuer id|steuernummer|(?:vuestro|su|tu) (?:cif|nif)\b"
        r"|税号"
    ),
    "stores": re.compile(r"(?:have|got) a (?:physical |real )?(?:store|shop)\b|ladengeschaft|tienda fisica|实体店|门店"),
    "for_another": re.compile(
        r"(?:send|ship|deliver|post|mail) (?:it|this|that|them)? ?(?:directly |straight )?to (?:my|a|his|her) "
        r"(?:mo[mt]|mum|mother|dad|father|sister|brother|friend|wife|husband|girlfriend|boyfriend|parents|grand|aunt|uncle|son\b|daughter|colleague)"
        r"|(?:an|zu) mein(?:e|en|er)? (?:mutter|mama|vater|papa|schwester|bruder|freund|frau|mann|eltern|oma|opa|tochter|sohn)\b.*(?:schick|send|liefer|gehen|adresse)"
        r"|(?:se|lo|la) (?:lo |la )?(?:mandais|enviais|mandas|envias) a (?:ella|el|mi|casa)|寄(?:到|给)(?:她|他|妈|爸|朋友|别人)"
    ),
    "privacy": re.compile(r"\bdata (?:is )?safe|data secure|daten sicher|datos (?:estan )?seguros|数据安全|信息安全"),
    "unknown": re.compile(
        r"\bwarrant|\bguarantees?\b|\bgarantie\b|gewahrleistung|\bgarantia|质保|保修|\bwholesale|\bbulk\b|grosshandel|mengenrabatt|al por mayor|批发"
        r"|where (?:are|is|do) .*\bmade\b|\bvegan|\bcustoms\b|\bzoll\b|\baduanas?\b|关税|fair ?trade|hergestellt|fabricad|产地|哪里生产"
        r"|(?:dont|don t|do not|without|no) (?:put |include |show )?(?:the |a |any )?prices? (?:in|on|with)|ohne preis|sin (?:el )?precio en|不要放价格"
    ),
}  # fmt: skip
MAY_BE_GOODS = ("wrapping", "unknown")  # gift wrap, vegan shoes
# "By Friday" says with either of these that it is about a delivery; "today" and "in 24" only with the first.
DELIVERED = re.compile(
    r"\b(?:deliver|ship(?:p(?:ing|ed))?s?\b|arrives?\b|arriving|get here|(?:ge)?liefer|versand|versend|ankomm|entreg|envi|llega(?:ra)?\b)|送|到|寄"
)
COMES = re.compile(r"\b(?:come|here|reach|schick|komm|da\b|schaff|mand|llega)")
HAS_COME = re.compile(r"\barrived|\bcame\b|angekommen|\bkam\b|\b(?:ha|han|me) llegado|\bllego\b|收到|到了|到货")
DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tmrw|christmas|xmas|weekend|montag|dienstag|mittwoch|donnerstag|freitag"
    r"|samstag|sonntag|morgen|ubermorgen|weihnachten|wochenende|lunes|martes|miercoles|jueves|viernes|sabado|domingo|manana|navidad"
    r"|\d{1,2}(?:st|nd|rd|th)\b)"
)
BY_A_DAY = re.compile(
    rf"\b(?:by|before|until|till|bis|vor|para|antes) (?:\w+ ){{0,2}}?{DAY}|how long (?:til|till|until)"
    r"|(?:明天|今天|后天|周[一二三四五六日末]|星期[一二三四五六日天]|圣诞节?)(?:之?前)"
)
SOON = re.compile(
    r"\b(?:within|in|binnen|innerhalb|en|dentro) (?:\w+ ){0,2}?\d{1,2}(?: ?(?:h|hrs?|hours?|days?|std|stunden|tagen?|horas?|dias?)\b|\b(?! ?\w))"
    r"|\b(?:tomorrow|tmrw|today|next day|same day|morgen|heute|manana|hoy)\b"
    r"|明天|今天|后天|周[一二三四五六日末]|星期[一二三四五六日天]|圣诞节?|\d+ ?(?:小时|天)"
)


def is_in_time(said: str) -> bool:
    """Whether folded words ask for a delivery by then; what has come already is another matter."""
    if HAS_COME.search(said):
        return False
    if BY_A_DAY.search(said):
        return DELIVERED.search(said) is not None or COMES.search(said) is not None
    return SOON.search(said) is not None and DELIVERED.search(said) is not None


def asked_of_shop(talk: Talk, text: str) -> Command | None:
    """The question about the shop that a message is; None where it is none, or names goods that are sold here."""
    folded = fold(text)
    said = folded if HAN.search(folded) else spaced(folded).strip()
    if is_in_time(said):
        return _in_time(talk, text)
    topic = next((name for name, pattern in TOPICS.items() if pattern.search(said)), "")
    if not topic or (topic in MAY_BE_GOODS and _is_goods(talk, text)):
        return None
    if topic == "charged_twice":
        return start("human", reason=topic, text=text[:500])
    if topic == "stores":
        return start("stores")
    return start("shop_question", topic=topic)


def _is_goods(talk: Talk, text: str) -> bool:
    """ "Gift wrap", where it is sold."""
    query = query_of(text)
    page = talk.shop.find(text=query, filters={}, offset=0) if query else {"items": ()}
    return any(names(query.split(), item["title"]) for item in page["items"])


def _in_time(talk: Talk, text: str) -> Command | None:
    """Of what is chosen, the ways with their days; of what is ordered, where it is."""
    if not talk.state.focus and not talk.shop.cart()["count"] and talk.shop.latest_order():
        return start("order")
    words = query_of(text, known="change_delivery").split()
    return None if words and len(talk.shop.called(words=words)) == len(words) else start("delivery")
