"""The answers a new shop starts with, in all four languages; the merchant edits them in the admin."""

from apps.merchants.models import Merchant

from .models import Article

LANGUAGES = ("en", "de", "es", "zh-hans")
# topic → language → (title, body, what people ask)
ARTICLES: dict[str, dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "shipping": {
        "en": ("Shipping", "We pack within one working day. Standard takes 2 to 4 working days, express one. You get "
               "the tracking number right here in the chat.",
               ("shipping", "delivery time", "how long does delivery take", "shipping costs", "how much is shipping",
                "do you deliver to", "do you ship", "delivery cost", "when do you ship")),
        "de": ("Versand", "Wir packen innerhalb eines Werktags. Standard dauert 2 bis 4 Werktage, Express einen. Die "
               "Sendungsnummer erhalten Sie hier im Chat.",
               ("versand", "versandkosten", "lieferzeit", "wie lange dauert die lieferung", "was kostet der versand",
                "liefern sie nach", "versenden sie", "wie lange dauert der versand")),
        "es": ("Envíos", "Preparamos el pedido en un día laborable. El envío estándar tarda de 2 a 4 días laborables y "
               "el exprés, uno. Recibes el número de seguimiento aquí mismo.",
               ("envío", "envíos", "gastos de envío", "cuánto tarda el envío", "cuánto cuesta el envío",
                "plazo de entrega", "enviáis a", "hacéis envíos")),
        "zh-hans": ("配送", "我们会在一个工作日内打包。标准配送需要 2 到 4 个工作日，快速配送 1 个工作日。物流单号会直接发到这个聊天里。",
                    ("运费", "配送时间", "多久能到", "几天到", "怎么配送", "发货时间", "邮费", "包邮吗")),
    },
    "returns": {
        "en": ("Returns", "You can send anything back within 30 days, without a reason. Write \"send it back\" and choose what "
               "goes; the label comes into this chat, and the money is back within five working days of the parcel's arrival.",
               ("returns", "return policy", "send back", "refund", "money back", "can i return", "exchange",
                "how do i return", "how do returns work", "how does a return work", "how do i send something back")),
        "de": ("Rückgabe", "Sie können alles innerhalb von 30 Tagen ohne Angabe von Gründen zurücksenden. Schreiben Sie "
               "\"zurückschicken\" und wählen Sie, was zurückgeht; das Etikett kommt in diesen Chat, das Geld binnen fünf "
               "Werktagen nach Eingang.",
               ("rückgabe", "retoure", "rücksendung", "zurückgeben", "zurückschicken", "umtausch", "geld zurück",
                "rückgaberecht", "widerruf", "wie funktioniert die rückgabe", "wie funktioniert eine retoure",
                "wie schicke ich etwas zurück")),
        "es": ("Devoluciones", "Puedes devolver cualquier artículo en 30 días sin dar motivos. Escribe \"devolver\" y elige qué "
               "devuelves; la etiqueta llega a este chat y el dinero vuelve en cinco días laborables tras recibir el paquete.",
               ("devolución", "devoluciones", "devolver", "puedo devolver", "reembolso", "cambio", "cambiar un artículo",
                "política de devoluciones", "devolverlo", "devolverla", "puedo devolverla",
                "cómo funcionan las devoluciones", "cómo funciona la devolución", "cómo devuelvo algo")),
        "zh-hans": ("退货", "30 天内可无理由退货。请发送“我要退货”并选择要退的商品，寄件标签会发到这个聊天里；收到包裹后五个工作日内退款。",
                    ("退货", "退款", "换货", "可以退吗", "怎么退货", "退换货", "无理由退货", "退货流程",
                     "退货怎么办理")),
    },
    "payment": {
        "en": ("Payment", "You pay on a secure page: card, Apple Pay, Google Pay and more. We never ask for card numbers "
               "in the chat.",
               ("payment methods", "how can i pay", "credit card", "paypal", "apple pay", "is it safe to pay",
                "which cards", "ways to pay", "pay with paypal", "pay by card", "pay with apple pay", "klarna", "is it safe",
                "can i pay with", "do you take paypal", "do you accept")),
        "de": ("Bezahlung", "Sie zahlen auf einer gesicherten Seite: Karte, Apple Pay, Google Pay und mehr. Nach "
               "Kartennummern fragen wir nie im Chat.",
               ("zahlungsarten", "wie kann ich bezahlen", "kreditkarte", "paypal", "zahlungsmethoden",
                "wie kann ich zahlen", "bezahlmöglichkeiten", "apple pay", "mit paypal bezahlen", "mit paypal zahlen", "klarna", "auf rechnung",
                "kann ich mit")),
        "es": ("Pago", "Pagas en una página segura: tarjeta, Apple Pay, Google Pay y más. Nunca pedimos números de "
               "tarjeta en el chat.",
               ("formas de pago", "cómo puedo pagar", "tarjeta de crédito", "métodos de pago", "paypal", "apple pay",
                "es seguro pagar", "pagar con paypal", "pagar con tarjeta", "bizum", "puedo pagar con",
                "pagar con bizum")),
        "zh-hans": ("支付方式", "您将在安全页面付款：银行卡、Apple Pay、Google Pay 等。我们绝不会在聊天里询问卡号。",
                    ("支付方式", "怎么付款", "可以用支付宝吗", "信用卡", "付款方式", "微信支付", "支付安全吗")),
    },
    "size": {
        "en": ("Sizes", "Our sizes run true. Chest in cm: S 88–94, M 95–102, L 103–111, XL 112–120. Between two sizes, "
               "take the larger one.",
               ("size guide", "which size", "size chart", "what size do i need", "does it run small", "sizing",
                "measurements")),
        "de": ("Größen", "Unsere Größen fallen normal aus. Brustumfang in cm: S 88–94, M 95–102, L 103–111, XL 112–120. "
               "Zwischen zwei Größen nehmen Sie die größere.",
               ("größentabelle", "welche größe brauche ich", "größenberatung", "wie fällt es aus", "maße",
                "passt mir größe")),
        "es": ("Tallas", "Tallamos normal. Pecho en cm: S 88–94, M 95–102, L 103–111, XL 112–120. Entre dos tallas, elige "
               "la mayor.",
               ("guía de tallas", "qué talla necesito", "tabla de tallas", "qué talla uso", "talla pequeño", "medidas")),
        "zh-hans": ("尺码", "尺码标准。胸围（厘米）：S 88–94，M 95–102，L 103–111，XL 112–120。介于两码之间请选大一码。",
                    ("尺码表", "穿什么尺码", "选什么码", "偏大吗", "偏小吗", "尺寸多少", "尺码怎么选")),
    },
    "contact": {
        "en": ("Contact", "You reach us right here in the chat: write \"human\" for a person. By e-mail: {email}.",
               ("contact", "phone number", "email address", "how can i reach you", "call you", "your email")),
        "de": ("Kontakt", "Sie erreichen uns hier im Chat: Schreiben Sie \"Mitarbeiter\" für eine Person. Per E-Mail: {email}.",
               ("kontakt", "telefonnummer", "wie erreiche ich sie", "anrufen", "e mail adresse", "ihre e mail")),
        "es": ("Contacto", "Estamos aquí en el chat: escribe \"persona\" y te atiende alguien. Por correo: {email}.",
               ("contacto", "número de teléfono", "cómo os contacto", "llamar", "vuestro correo", "correo electrónico")),
        "zh-hans": ("联系我们", "您可以直接在这里联系我们：发送“人工”即可找真人。邮箱：{email}。",
                    ("联系方式", "电话号码", "怎么联系你们", "你们的邮箱", "打电话")),
    },
    "hours": {
        "en": ("Opening hours", "I answer day and night. People answer Monday to Friday from 9 to 18.",
               ("opening hours", "when are you open", "business hours", "are you open", "open today")),
        "de": ("Öffnungszeiten", "Ich antworte Tag und Nacht. Menschen antworten Montag bis Freitag von 9 bis 18 Uhr.",
               ("öffnungszeiten", "wann haben sie geöffnet", "haben sie offen", "wann geöffnet", "geschäftszeiten")),
        "es": ("Horario", "Yo respondo día y noche. Las personas atienden de lunes a viernes de 9 a 18.",
               ("horario", "a qué hora abrís", "estáis abiertos", "cuándo abrís", "horario de atención")),
        "zh-hans": ("营业时间", "我全天在线。人工客服周一至周五 9 点到 18 点在线。",
                    ("营业时间", "几点开门", "什么时候上班", "几点上班", "上班时间", "工作时间", "客服时间")),
    },
    "privacy": {
        "en": ("Privacy", "We keep what we need for your order, and nothing is sold. Write \"my data\" for a copy or \"delete "
               "my data\". All of it: {privacy}",
               ("privacy", "privacy policy", "data protection", "gdpr", "what happens with my data")),
        "de": ("Datenschutz", "Wir speichern, was Ihre Bestellung braucht, und verkaufen nichts. Schreiben Sie \"meine Daten\" "
               "für eine Auskunft oder \"Daten löschen\". Alles dazu: {privacy}",
               ("datenschutz", "dsgvo", "was passiert mit meinen daten", "datenschutzerklärung")),
        "es": ("Privacidad", "Guardamos lo que necesita tu pedido y no vendemos nada. Escribe \"mis datos\" para una copia o "
               "\"borrar mis datos\". Todo aquí: {privacy}",
               ("privacidad", "protección de datos", "rgpd", "qué pasa con mis datos", "política de privacidad")),
        "zh-hans": ("隐私", "我们只保存订单需要的信息，绝不出售。发送“我的数据”可索取副本，发送“删除我的数据”可删除。详情：{privacy}",
                    ("隐私", "隐私政策", "数据保护", "怎么处理我的数据")),
    },
    "offers": {
        "en": ("Offers", "Is this your first order? The code WELCOME10 takes ten percent off it. What is reduced says so on "
               "its card.",
               ("discount", "discounts", "any discount", "sale", "any sales", "offers", "deals", "any deals", "promotions")),
        "de": ("Angebote", "Ist dies Ihre erste Bestellung? Der Code WELCOME10 nimmt zehn Prozent davon ab. Was reduziert ist, "
               "sagt es auf seiner Karte.",
               ("rabatt", "rabatte", "gibt es rabatt", "angebote", "sale", "aktionen", "sonderangebote")),
        "es": ("Ofertas", "¿Es tu primer pedido? El código WELCOME10 le quita un diez por ciento. Lo rebajado lo dice en su "
               "ficha.",
               ("descuento", "descuentos", "hay descuento", "ofertas", "rebajas", "promociones")),
        "zh-hans": ("优惠", "首次下单可用优惠码 WELCOME10 减 10%。打折商品会在卡片上注明。",
                    ("优惠", "打折", "有折扣吗", "有优惠吗", "促销", "活动")),
    },
    "company": {
        "en": ("About us", "We are {legal}, {address}.",
               ("about you", "who runs this shop", "company", "imprint", "where are you based", "where are you from", "where are you located", "where u located", "where is your store")),
        "de": ("Impressum", "Wir sind {legal}, {address}.",
               ("impressum", "wer steckt dahinter", "firma", "wo sitzen sie", "über sie", "wer sind sie als firma", "wo ist euer laden",
                "wo ist ihr laden", "wo ist die filiale", "wo finde ich sie")),
        "es": ("Sobre nosotros", "Somos {legal}, {address}.",
               ("sobre vosotros", "quiénes sois", "empresa", "aviso legal", "dónde estáis", "dónde está la tienda")),
        "zh-hans": ("关于我们", "我们是 {legal}，地址：{address}。",
                    ("关于你们", "你们是什么公司", "公司信息", "公司在哪", "你们在哪里", "店在哪")),
    },
}  # fmt: skip


def seed_articles(merchant: Merchant) -> None:
    """Give the shop its first answers; those it has stay as they are. Call in the merchant's scope."""
    facts = {
        "{email}": merchant.support_email,
        "{privacy}": merchant.privacy_url,
        "{legal}": merchant.legal_name or merchant.name,
        "{address}": " ".join(merchant.postal_address.split()),
    }
    known = set(Article.objects.values_list("topic", "language"))
    rows = []
    for place, (topic, by_language) in enumerate(ARTICLES.items()):
        for language in LANGUAGES:
            title, body, keywords = by_language[language]
            for name, value in facts.items():
                body = body.replace(name, value)
            if (topic, language) not in known:
                rows.append(
                    Article(
                        merchant=merchant,
                        topic=topic,
                        language=language,
                        title=title,
                        body=body,
                        keywords=list(keywords),
                        position=place,
                    )
                )
    Article.objects.bulk_create(rows)
