"""What shoppers ask for, by example, per language; English is understood everywhere."""

from functools import lru_cache

# What somebody wants of their own data is heard in every language, as "human" is, whatever the talk is in.
IN_EVERY_LANGUAGE = ("delete_data", "my_data")
_Examples = dict[str, tuple[str, ...]]

EXAMPLES: dict[str, _Examples] = {
    "en": {
        "greet": ("hi", "hello", "hey", "good morning", "good evening", "good afternoon", "hi there"),
        "browse": (
            "browse", "categories", "catalogue", "catalog", "show me everything", "what do you sell", "products",
            "what do you have", "show products", "your products", "look around", "just looking",
        ),
        "cart": ("cart", "my cart", "show my cart", "show cart", "basket", "my basket", "what is in my cart"),
        "checkout": (
            "order", "checkout", "check out", "buy", "order now", "place my order", "i want to pay", "pay",
            "ready to order",
            "complete my order", "go to checkout", "proceed", "i d like to pay", "i d like to order", "that s it i want to pay",
            "ready to pay", "how do i pay now",
        ),
        "order_status": (
            "order", "where is my order", "order status", "track my order", "my order", "my orders", "where is my parcel",
            "where is my package", "when will it arrive", "tracking", "has it shipped", "has my order shipped", "did you ship it",
            "when does it arrive", "any news on my order", "delivery status", "where is order",
            "status of my order",
        ),
        "cancel_order": ("cancel my order", "cancel the order", "cancel order", "i want to cancel my order"),
        "pay_again": ("new payment link", "payment link", "pay link", "link expired", "new link", "payment failed"),
        "more": ("more", "show more", "next", "more please", "other ones", "next page", "anything else"),
        "add": (
            "add it", "add this", "add to cart", "i take it", "i ll take it", "i want it", "add", "i want this",
            "take it", "i ll have", "put it in my cart",
            "add that", "add them", "add it to my cart", "add to my cart", "i ll take", "i will take", "i d like", "give me",
            "can i have", "i take", "take them", "get me", "add one", "add two",
        ),
        "remove": ("remove", "take out", "delete", "remove it", "take it out", "without"),
        "change_quantity": ("make it", "change to", "change quantity", "only", "instead", "make that", "just", "change it to"),
        "empty_cart": ("empty my cart", "empty cart", "clear my cart", "remove everything", "clear cart", "delete all"),
        "link": (
            "continue on whatsapp", "continue on telegram", "continue on another channel", "link code", "get a code",
            "connect my account", "link my account", "use another app", "continue on sms", "continue on my phone",
            "continue elsewhere",
        ),
        "redeem": ("i have a code", "enter code", "my code is", "code is", "redeem code", "here is my code"),
        "change_address": ("change address", "change the address", "different address", "wrong address", "other address",
                           "new address", "another address"),
        "change_name": ("change name", "wrong name", "change the name", "my name is wrong"),
        "change_phone": ("change phone", "wrong phone", "other phone number", "change the phone"),
        "change_email": ("change email", "wrong email", "other email", "change the email", "change e mail"),
        "change_delivery": ("change delivery", "other delivery", "different delivery", "change shipping",
                            "faster delivery", "another delivery way", "delivery options"),
        "thanks": ("thanks", "thank you", "thx", "cheers", "great thanks", "perfect thanks", "thank you very much"),
        "bye": ("bye", "goodbye", "see you", "that s all", "that is all", "good night", "nothing else"),
        "who": ("are you a bot", "are you human", "are you a robot", "who are you", "is this a bot", "who am i talking to"),
        "repeat": ("repeat", "again please", "say that again", "what did you say", "can you repeat", "pardon", "repeat that"),
        "unsubscribe": ("stop", "unsubscribe", "no more messages", "stop messaging me", "stop writing to me",
                        "don t message me", "no more offers", "stop sending"),
        "subscribe": ("subscribe", "start messages again", "send me offers", "start"),
        "delete_data": (
            "delete my data", "delete my account", "erase my data", "forget me", "remove my data", "delete all my data",
            "delete everything about me", "please delete my data", "delete all of my data", "delete all my personal data",
        ),
        "my_data": (
            "show my data", "what do you know about me", "export my data", "my data", "copy of my data", "download my data",
            "a copy of my data", "send me my data",
        ),
        "resume": ("continue", "go on", "resume", "carry on"),
        "rate": ("rate my order", "leave a review", "rate", "review", "feedback"),
    },
    "de": {
        "greet": ("hallo", "guten tag", "guten morgen", "guten abend", "moin", "servus", "grüß gott", "hi"),
        "browse": (
            "stöbern", "kategorien", "katalog", "sortiment", "was verkauft ihr", "was verkaufen sie", "produkte",
            "was gibt es", "was haben sie", "zeig mir alles", "produkte zeigen", "artikel", "umsehen",
        ),
        "cart": ("warenkorb", "mein warenkorb", "warenkorb zeigen", "warenkorb anzeigen", "was ist im warenkorb", "korb"),
        "checkout": (
            "bestellung", "kasse", "zur kasse", "bestellen", "kaufen", "jetzt bestellen", "bezahlen", "zahlen", "ich möchte bestellen",
            "ich will bezahlen", "bestellung abschließen", "weiter zur kasse", "ich möchte bezahlen", "ich möchte zahlen",
            "ich würde gern bestellen", "das ist alles zur kasse",
        ),
        "order_status": (
            "bestellung", "wo ist meine bestellung", "wo bleibt meine bestellung", "bestellstatus", "sendungsverfolgung",
            "meine bestellung", "meine bestellungen", "wo ist mein paket", "wann kommt mein paket", "wann kommt es an",
            "status meiner bestellung", "wo ist bestellung",
        ),
        "cancel_order": ("bestellung stornieren", "stornieren", "meine bestellung stornieren", "bestellung abbrechen"),
        "pay_again": ("neuer zahlungslink", "zahlungslink", "bezahllink", "link abgelaufen", "neuer link", "neuen link"),
        "more": ("mehr", "weitere", "mehr zeigen", "weitere anzeigen", "nächste", "mehr davon", "andere"),
        "add": ("hinzufügen", "in den warenkorb", "nehme ich", "das nehme ich", "ich nehme", "den nehme ich",
                "die nehme ich", "ich möchte das", "ich hätte gern", "dazu", "nehm ich", "ich nehm", "hätte ich gern",
                "hätte ich gerne", "ich hätte gerne", "legen sie", "packen sie", "bitte dazu", "ich möchte", "nehmen wir"),
        "remove": ("entfernen", "löschen", "rausnehmen", "raus", "herausnehmen", "weg damit", "entferne", "ohne",
                   "nehmen sie raus", "doch nicht"),
        "change_quantity": ("menge ändern", "ändern auf", "doch lieber", "stattdessen", "nur", "anzahl ändern", "mach", "machen sie",
                            "doch nur", "lieber nur"),
        "empty_cart": ("warenkorb leeren", "alles entfernen", "alles löschen", "leeren"),
        "link": ("weiter auf whatsapp", "weiter auf telegram", "auf einem anderen kanal", "code anfordern",
                 "konto verbinden", "verknüpfen", "weiter per sms", "anderer kanal", "woanders weitermachen"),
        "redeem": ("ich habe einen code", "code eingeben", "mein code ist", "mein code", "hier ist mein code"),
        "change_address": ("adresse ändern", "andere adresse", "falsche adresse", "neue adresse"),
        "change_name": ("name ändern", "namen ändern", "falscher name", "anderer name"),
        "change_phone": ("telefon ändern", "telefonnummer ändern", "andere telefonnummer", "falsche nummer"),
        "change_email": ("e mail ändern", "email ändern", "andere e mail", "falsche e mail"),
        "change_delivery": ("lieferung ändern", "versand ändern", "andere lieferung", "andere lieferart",
                            "anderer versand", "lieferart ändern", "versandart ändern", "schneller liefern"),
        "thanks": ("danke", "vielen dank", "danke schön", "dankeschön", "herzlichen dank", "super danke"),
        "bye": ("tschüss", "auf wiedersehen", "bis bald", "ciao", "das war alles", "das wars", "schönen tag"),
        "who": ("sind sie ein bot", "bist du ein bot", "sind sie ein mensch", "wer sind sie", "bist du ein roboter",
                "wer bist du"),
        "repeat": ("wiederholen", "nochmal", "noch einmal", "wie bitte", "noch mal bitte", "nochmal bitte"),
        "unsubscribe": ("stopp", "stop", "abmelden", "abbestellen", "keine nachrichten mehr", "keine werbung mehr"),
        "subscribe": ("anmelden", "wieder nachrichten", "angebote schicken"),
        "delete_data": (
            "daten löschen", "meine daten löschen", "konto löschen", "löschen sie meine daten", "lösche meine daten",
            "bitte meine daten löschen", "lösch meine daten", "vergiss mich", "alle meine daten löschen",
            "lösche alle meine daten", "löschen sie alle meine daten",
        ),
        "my_data": (
            "meine daten", "welche daten haben sie", "daten anzeigen", "auskunft über meine daten", "daten exportieren",
            "meine daten exportieren", "kopie meiner daten",
        ),
        "resume": ("weiter", "weitermachen", "fortsetzen", "fortfahren"),
        "rate": ("bewerten", "bewertung abgeben", "bewertung", "bestellung bewerten"),
    },
    "es": {
        "greet": ("hola", "buenos días", "buenas tardes", "buenas noches", "buenas", "qué tal"),
        "browse": (
            "categorías", "catálogo", "qué vendes", "qué venden", "productos", "qué tienes", "ver productos",
            "qué hay", "muéstrame todo", "ver todo", "solo miro", "explorar",
        ),
        "cart": ("carrito", "mi carrito", "ver carrito", "ver mi carrito", "cesta", "mi cesta", "qué hay en mi carrito"),
        "checkout": (
            "pedido", "pagar", "comprar", "finalizar compra", "hacer el pedido", "quiero pagar", "tramitar pedido", "terminar compra",
            "ir a pagar", "caja", "pedir ahora", "quiero hacer el pedido", "a pagar", "vamos a pagar", "quiero comprar", "me lo cobras",
        ),
        "order_status": (
            "pedido", "dónde está mi pedido", "estado de mi pedido", "estado del pedido", "mi pedido", "mis pedidos",
            "dónde está mi paquete", "cuándo llega mi pedido", "cuándo llega", "seguimiento", "rastrear pedido",
            "dónde está el pedido", "dónde está pedido",
        ),
        "cancel_order": ("cancelar pedido", "cancelar mi pedido", "anular pedido", "anular mi pedido", "cancelar el pedido"),
        "pay_again": ("nuevo enlace de pago", "enlace de pago", "enlace caducado", "nuevo enlace", "el enlace no funciona"),
        "more": ("más", "ver más", "siguiente", "muéstrame más", "otros", "otras", "más por favor"),
        "add": ("añadir", "añádelo", "agregar", "agrégalo", "lo quiero", "la quiero", "me lo llevo", "me la llevo",
                "añadir al carrito", "quiero este", "quiero esta", "ponlo en el carrito", "quiero", "me llevo", "añade", "añádela",
                "agrega", "ponme", "dame", "ponla en el carrito", "mételo en el carrito"),
        "remove": ("quitar", "quita", "eliminar", "elimina", "borrar", "sacar", "quítalo", "sin", "quítala", "saca"),
        "change_quantity": ("cambiar cantidad", "cambia a", "mejor", "en vez de", "solo", "que sean", "cambiar a", "pon", "ponme solo", "mejor solo", "déjalo en"),
        "empty_cart": ("vaciar carrito", "vaciar mi carrito", "vaciar el carrito", "quitar todo", "borrar todo"),
        "link": ("seguir en whatsapp", "seguir en telegram", "seguir en otro canal", "continuar en whatsapp",
                 "pedir código", "vincular mi cuenta", "vincular cuenta", "otro canal", "código de enlace"),
        "redeem": ("tengo un código", "mi código es", "introducir código", "aquí está mi código"),
        "change_address": ("cambiar dirección", "cambiar la dirección", "otra dirección", "dirección incorrecta",
                           "nueva dirección"),
        "change_name": ("cambiar nombre", "cambiar el nombre", "nombre incorrecto", "otro nombre"),
        "change_phone": ("cambiar teléfono", "cambiar el teléfono", "otro teléfono"),
        "change_email": ("cambiar correo", "cambiar el correo", "otro correo", "cambiar email"),
        "change_delivery": ("cambiar envío", "cambiar el envío", "otro envío", "cambiar entrega", "otra entrega",
                            "envío más rápido", "opciones de envío"),
        "thanks": ("gracias", "muchas gracias", "mil gracias", "te lo agradezco", "perfecto gracias"),
        "bye": ("adiós", "hasta luego", "chao", "nos vemos", "eso es todo", "nada más", "hasta pronto"),
        "who": ("eres un bot", "eres humano", "eres un robot", "quién eres", "con quién hablo", "eres una persona"),
        "repeat": ("repite", "repetir", "otra vez", "puedes repetir", "cómo", "repítelo"),
        "unsubscribe": ("darme de baja", "cancelar suscripción", "no más mensajes", "no me escribas", "stop", "baja"),
        "subscribe": ("suscribirme", "enviadme ofertas", "alta"),
        "delete_data": (
            "borrar mis datos", "eliminar mis datos", "borra mis datos", "eliminar mi cuenta", "borrad mis datos",
            "quiero borrar mis datos", "elimina mis datos", "borra todos mis datos", "borrar todos mis datos",
            "elimina todos mis datos",
        ),
        "my_data": (
            "mis datos", "qué datos tenéis", "qué sabes de mí", "ver mis datos", "copia de mis datos",
            "exportar mis datos", "descargar mis datos",
        ),
        "resume": ("continuar", "seguir", "sigamos", "continúa"),
        "rate": ("valorar", "calificar", "valorar mi pedido", "dejar una opinión", "opinión"),
    },
    "zh": {
        "greet": ("你好", "您好", "嗨", "哈喽", "早上好", "晚上好", "下午好", "在吗"),
        "browse": ("分类", "目录", "有什么", "你们卖什么", "商品", "逛逛", "看看商品", "全部商品", "产品", "有哪些"),
        "cart": ("购物车", "我的购物车", "看购物车", "查看购物车", "购物车里有什么"),
        "checkout": ("订单", "结账", "结算", "下单", "去结算", "付款", "我要付款", "支付", "买单", "购买", "去付款", "结帐", "我要结账", "我要下单", "下单吧", "结账吧"),
        "order_status": ("订单", "我的订单在哪", "订单状态", "查订单", "我的订单", "物流", "快递到哪了", "包裹在哪", "什么时候到",
                         "发货了吗", "订单到哪了", "查物流", "订单查询"),
        "cancel_order": ("取消订单", "我要取消订单", "不要这个订单了", "退订单"),
        "pay_again": ("新的付款链接", "付款链接", "支付链接", "链接过期", "重新付款", "新链接", "链接失效"),
        "more": ("更多", "还有吗", "下一页", "看更多", "再看看", "其他的", "还有别的吗"),
        "add": ("加入购物车", "加购", "我要这个", "买这个", "就这个", "加到购物车", "放进购物车", "我要", "要", "来", "我买", "拿",
                "帮我加", "加一个", "加上"),
        "remove": ("删除", "去掉", "移除", "拿掉", "删掉", "不要了", "去除", "不想要了"),
        "change_quantity": ("改成", "换成", "改数量", "改为", "变成", "只要", "还是要", "改一下数量"),
        "empty_cart": ("清空购物车", "清空", "全部删除", "全删"),
        "link": ("在微信继续", "在whatsapp继续", "在telegram继续", "换个渠道", "绑定账号", "关联账号", "获取验证码",
                 "其他渠道", "换平台"),
        "redeem": ("我有验证码", "输入验证码", "验证码是", "我的验证码"),
        "change_address": ("改地址", "换地址", "地址错了", "修改地址", "新地址", "其他地址"),
        "change_name": ("改名字", "名字错了", "修改姓名", "换名字"),
        "change_phone": ("改电话", "换电话", "电话错了", "修改电话"),
        "change_email": ("改邮箱", "换邮箱", "邮箱错了", "修改邮箱"),
        "change_delivery": ("换配送", "改配送", "其他配送方式", "换快递", "配送方式", "修改配送", "快一点送"),
        "thanks": ("谢谢", "多谢", "感谢", "谢谢你", "太好了谢谢"),
        "bye": ("再见", "拜拜", "没事了", "没有了", "就这些", "下次见"),
        "who": ("你是机器人吗", "你是人吗", "你是谁", "是真人吗", "你是机器人"),
        "repeat": ("再说一遍", "重复", "没听清", "再说一次", "请重复"),
        "unsubscribe": ("退订", "不要再发", "别再发消息", "停止发送", "取消订阅", "别发了"),
        "subscribe": ("订阅", "重新订阅", "发优惠给我"),
        "delete_data": ("删除我的数据", "删除数据", "注销账号", "删除我的信息", "请删除我的数据", "清除我的数据",
                        "删除我的所有数据", "删除我所有的数据", "把我的数据删"),
        "my_data": ("我的数据", "你们有我的什么数据", "查看我的数据", "导出数据", "导出我的数据", "下载我的数据"),
        "resume": ("继续", "接着", "继续下单"),
        "rate": ("评价", "打分", "评价订单", "写评价"),
    },
}  # fmt: skip


@lru_cache(maxsize=16)
def examples(language: str) -> dict[str, tuple[str, ...]]:
    """The examples of this language with English beside them; for some wishes those of all languages."""
    own = EXAMPLES.get(language.partition("-")[0], {})
    english = EXAMPLES["en"]
    return {
        intent: tuple(dict.fromkeys(phrase for by in _heard(intent, own, english) for phrase in by.get(intent, ())))
        for intent in dict.fromkeys((*own, *english))
    }


def _heard(intent: str, own: _Examples, english: _Examples) -> tuple[_Examples, ...]:
    return (own, *EXAMPLES.values()) if intent in IN_EVERY_LANGUAGE else (own, english)
