"""One of everything the shop can say, in each of its languages: what goldens and judges are fed with."""

from collections.abc import Callable
from typing import Any

from apps.messaging.content import (
    Ask,
    Browse,
    Card,
    CartSummary,
    Choice,
    Content,
    Form,
    HandoverNotice,
    Line,
    Media,
    OpenLink,
    OrderUpdate,
    Pay,
    Rate,
    Request,
    ShowProduct,
    Step,
    Text,
    Typing,
)

from .kinds import HELD

LANGUAGES = ("en", "de", "es", "zh-hans")
SHOP = "https://shop.example"

# key: (English, German, Spanish, Chinese)
SAID = {
    "hello": (
        "Hi, I am Mia, the assistant of Demo Shop. What are you looking for?",
        "Guten Tag, ich bin Mia, die Assistentin von Demo Shop. Wonach suchen Sie?",
        "Hola, soy Mia, la asistente de Demo Shop. ¿Qué estás buscando?",
        "您好，我是 Demo Shop 的助理 Mia。您在找什么？",
    ),
    "shirts": ("Shirts", "Hemden", "Camisas", "衬衫"),
    "mugs": ("Mugs", "Tassen", "Tazas", "杯子"),
    "person": ("Talk to a person", "Mit einem Menschen sprechen", "Hablar con una persona", "人工客服"),
    "found": ("Here is what I found:", "Das habe ich gefunden:", "Esto es lo que he encontrado:", "为您找到："),
    "shirt": ("Blue linen shirt", "Blaues Leinenhemd", "Camisa de lino azul", "蓝色亚麻衬衫"),
    "choose": ("Choose", "Auswählen", "Elegir", "选择"),
    "details": ("Details", "Details", "Detalles", "详情"),
    "more": ("More", "Mehr", "Más", "更多"),
    "stock": ("5 in stock", "5 auf Lager", "5 en stock", "库存 5 件"),
    "add": ("Add to cart", "In den Warenkorb", "Añadir al carrito", "加入购物车"),
    "summary": ("Your order", "Ihre Bestellung", "Tu pedido", "您的订单"),
    "delivery": ("Delivery", "Versand", "Envío", "运费"),
    "tax": ("VAT included (19 %)", "enthaltene MwSt. (19 %)", "IVA incluido (19 %)", "含增值税 (19 %)"),
    "total": ("Total", "Gesamt", "Total", "合计"),
    "terms": (
        "30 days to return. By ordering you accept our terms: https://shop.example/terms",
        "30 Tage Rückgaberecht. Mit der Bestellung stimmen Sie unseren AGB zu: https://shop.example/terms",
        "30 días para devolver. Al pedir aceptas nuestras condiciones: https://shop.example/terms",
        "30 天内可退货。下单即表示您接受我们的条款：https://shop.example/terms",
    ),
    "buy": ("Buy now", "Jetzt kaufen", "Comprar ahora", "立即购买"),
    "change": (
        "Change the delivery address or method",
        "Lieferadresse oder Versandart ändern",
        "Cambiar la dirección o el envío",
        "更改收货地址或配送方式",
    ),
    "cancel": ("Cancel", "Abbrechen", "Cancelar", "取消"),
    "pay": (
        "Please pay €43.90 for order K7QM-2XPD.",
        "Bitte bezahlen Sie 43,90 € für die Bestellung K7QM-2XPD.",
        "Paga 43,90 € por el pedido K7QM-2XPD.",
        "请为订单 K7QM-2XPD 支付 €43.90。",
    ),
    "pay_label": ("Pay €43.90", "43,90 € bezahlen", "Pagar 43,90 €", "支付 €43.90"),
    "amount": ("€43.90", "43,90 €", "43,90 €", "€43.90"),
    "shipped": (
        "Your order K7QM-2XPD is on its way.",
        "Ihre Bestellung K7QM-2XPD ist unterwegs.",
        "Tu pedido K7QM-2XPD está en camino.",
        "您的订单 K7QM-2XPD 已发货。",
    ),
    "paid": ("Paid", "Bezahlt", "Pagado", "已付款"),
    "sent": ("Shipped", "Versandt", "Enviado", "已发货"),
    "arrived": ("Delivered", "Zugestellt", "Entregado", "已送达"),
    "where": (
        "Where should we deliver to?",
        "Wohin dürfen wir liefern?",
        "¿Adónde lo enviamos?",
        "请问送到哪里？",
    ),
    "look": ("This is how it looks worn.", "So sieht es getragen aus.", "Así queda puesta.", "上身效果如下。"),
    "alt": ("A blue shirt, worn", "Ein blaues Hemd, getragen", "Una camisa azul, puesta", "蓝色衬衫上身图"),
    "guide": ("Size guide", "Größentabelle", "Guía de tallas", "尺码表"),
    "sizes": (
        "All our sizes in one table.",
        "Alle Größen auf einen Blick.",
        "Todas las tallas en una tabla.",
        "所有尺码一览。",
    ),
    "about": ("About you", "Zu Ihnen", "Sobre ti", "您的信息"),
    "name": ("Name", "Name", "Nombre", "姓名"),
    "city": ("City", "Ort", "Ciudad", "城市"),
    "rate": ("How was it?", "Wie war es?", "¿Qué tal ha ido?", "您的体验如何？"),
    "star": ("star(s)", "Stern(e)", "estrella(s)", "星"),
    "waiting": (
        "A person will be with you in about 4 minutes.",
        "In etwa 4 Minuten ist ein Mensch für Sie da.",
        "Una persona te atenderá en unos 4 minutos.",
        "人工客服约 4 分钟后为您服务。",
    ),
    "question": ("Which one?", "Welches?", "¿Cuál?", "哪一个？"),
    "long": (
        "Express delivery by bicycle courier, tomorrow before noon",
        "Expresslieferung mit dem Fahrradkurier, morgen vor 12 Uhr",
        "Entrega exprés en bicicleta, mañana antes del mediodía",
        "自行车快递加急配送，明天中午十二点之前送达，仅限市区范围内的订单使用",
    ),
    "standard": ("Standard", "Standard", "Estándar", "标准"),
    "story": (
        "Every shirt is cut from one piece of linen, woven in a mill that has worked for four families since 1892.",
        "Jedes Hemd wird aus einem Stück Leinen geschnitten, gewebt in einer Weberei, die seit 1892 besteht.",
        "Cada camisa se corta de una sola pieza de lino, tejida en un taller que trabaja desde 1892.",
        "每件衬衫都由一整块亚麻布裁剪而成，织造于一家自 1892 年经营至今的工坊。",
    ),
}


class Voice:
    """Says a phrase in one language and hands out choices with stable tokens."""

    def __init__(self, language: str) -> None:
        self.place = LANGUAGES.index(language)
        self.count = 0

    def __call__(self, key: str) -> str:
        return SAID[key][self.place]

    def choice(self, label: str, description: str = "", style: str = "default") -> Choice:
        self.count += 1
        return Choice(label=label, token=f"c:{self.count:08d}", description=description, style=style)

    def card(self, number: int, *, has_picture: bool = True) -> Card:
        return Card(
            title=f"{self('shirt')} {number}",
            price="€39.00",
            was_price="€49.00" if number == 2 else "",
            stock=self("stock"),
            image_url=f"{SHOP}/media/{number}.jpg" if has_picture else "",
            image_alt=self("alt"),
            url=f"{SHOP}/p/{number}",
            choices=(self.choice(self("choose")), self.choice(self("details"))),
            reference=f"product:{number}",
        )


def _ask(say: Voice) -> Content:
    choices = (say.choice(say("shirts")), say.choice(say("mugs")), say.choice(say("person")))
    return Ask(text=say("hello"), choices=choices)


def _browse(say: Voice) -> Content:
    return Browse(
        text=say("found"), cards=tuple(say.card(number) for number in range(1, 6)), choices=(say.choice(say("more")),)
    )


def _browse_words(say: Voice) -> Content:
    cards = tuple(say.card(number, has_picture=False) for number in range(1, 5))
    return Browse(text=say("found"), cards=cards, choices=(say.choice(say("more")), say.choice(say("person"))))


def _show_product(say: Voice) -> Content:
    return ShowProduct(
        card=say.card(1), choices=(say.choice(say("add")),), media=(f"{SHOP}/media/1b.jpg", f"{SHOP}/media/1c.jpg")
    )


def _cart_summary(say: Voice) -> Content:
    return CartSummary(
        title=say("summary"),
        lines=(Line(f"{say('shirt')} · M", "€39.00", 1), Line(say("mugs"), "€0.00", 2, detail="2 × €0.00")),
        totals=(Line(say("delivery"), "€4.90"), Line(say("total"), "€43.90", strong=True), Line(say("tax"), "€7.01")),
        notes=(say("terms"),),
        is_order=True,
        choices=(say.choice(say("buy"), style="primary"), say.choice(say("change")), say.choice(say("cancel"))),
    )


def _cart_long(say: Voice) -> Content:
    lines = tuple(Line(f"{say('shirt')} {number} · M", "€39.00", 1) for number in range(1, 41))
    return CartSummary(
        title=say("summary"), lines=lines, totals=(Line(say("total"), "€1,560.00", strong=True),),
        notes=(say("terms"),), choices=(say.choice(say("buy")),),
    )  # fmt: skip


def _pay(say: Voice) -> Content:
    url = f"{SHOP}/pay/aVeryLongTokenOfTwentyTwo/"
    return Pay(
        text=say("pay"), url=url, label=say("pay_label"), amount=say("amount"), order_number="K7QM-2XPD",
        choices=(say.choice(say("cancel")), say.choice(say("person"))),
    )  # fmt: skip


def _order_update(say: Voice) -> Content:
    return OrderUpdate(
        text=say("shipped"),
        order_number="K7QM-2XPD",
        state="shipped",
        steps=(Step(say("paid"), "12:31", True), Step(say("sent"), "14:05", True), Step(say("arrived"))),
        url=f"{SHOP}/track/1",
        template="order_shipped",
        variables=("K7QM-2XPD", "DHL", "00340434161094000000"),
    )


def _rate(say: Voice) -> Content:
    return Rate(text=say("rate"), choices=tuple(say.choice(f"{score} {say('star')}") for score in range(1, 6)))


def _ask_long(say: Voice) -> Content:
    return Ask(text=say("question"), choices=(say.choice(say("long")), say.choice(say("standard"), "€4.90")))


def _ask_many(say: Voice) -> Content:
    return Ask(text=say("question"), choices=tuple(say.choice(f"{say('shirt')} {n}") for n in range(1, 13)))


def _form(say: Voice) -> Content:
    return Form(text=say("where"), title=say("about"), fields=(Line(say("name")), Line(say("city"), detail="…")))


EXAMPLES: dict[str, Callable[[Voice], Content]] = {
    "text": lambda say: Text(text=say("hello")),
    "text_long": lambda say: Text(text="\n\n".join([" ".join([say("story")] * 6)] * 12)),
    "ask": _ask,
    "ask_long": _ask_long,
    "ask_many": _ask_many,
    "browse": _browse,
    "browse_words": _browse_words,
    "show_product": _show_product,
    "cart_summary": _cart_summary,
    "cart_long": _cart_long,
    "pay": _pay,
    "order_update": _order_update,
    "request": lambda say: Request(text=say("where"), what="address"),
    "request_location": lambda say: Request(text=say("where"), what="location"),
    "request_phone": lambda say: Request(text=say("where"), what="phone", choices=(say.choice(say("cancel")),)),
    "media": lambda say: Media(text=say("look"), media_type="image", url=f"{SHOP}/media/worn.jpg", alt=say("alt")),
    "media_file": lambda say: Media(
        text=say("sizes"), media_type="file", url=f"{SHOP}/media/sizes.pdf", alt=say("guide"), filename="sizes.pdf"
    ),
    "open_link": lambda say: OpenLink(text=say("sizes"), url=f"{SHOP}/sizes", label=say("guide")),
    "form": _form,
    "rate": _rate,
    "handover_notice": lambda say: HandoverNotice(text=say("waiting"), state="waiting"),
    "typing": lambda say: Typing(),
}


def example(name: str, language: str) -> Content:
    return EXAMPLES[name](Voice(language))


def all_examples() -> list[tuple[str, str]]:
    return [(name, language) for name in EXAMPLES for language in LANGUAGES]


ACCOUNTS: dict[str, dict[str, Any]] = {"webchat": {}, **{kind: told.ACCOUNT for kind, told in HELD.items()}}
SHOPPERS = {"webchat": "visitor-1", **{kind: told.SHOPPER for kind, told in HELD.items()}}
