"""The shopper's own data, people who can take over, codes that join two channels, and what the shop explains."""

from typing import Any

from apps.conversations.actions import resolve_choice
from apps.customers.actions import record_consent
from apps.customers.models import Address
from apps.merchants import clock
from apps.merchants.prepared import Prepared
from apps.routing.actions import hand_over, withdraw

from ..models import Article
from .carts import Carts

_articles = Prepared[Article](
    lambda language: Article.objects.filter(language=language, is_active=True).only("topic", "title", "keywords"),
    language=str,
)


class People(Carts):
    def merchant_facts(self) -> dict[str, Any]:
        shop = self.merchant
        return {
            "name": shop.name,
            "assistant": shop.assistant_name,
            "languages": list(shop.languages),
            "country": shop.country,
            "terms": shop.terms_url,
            "privacy": shop.privacy_url,
            "return_days": shop.return_days,
            "email": shop.support_email,
        }

    def me(self) -> dict[str, Any]:
        """What we already know of the shopper, their last address included."""
        person = self.customer
        address = Address.objects.filter(customer=person).order_by("-is_default", "-pk").first()
        return {
            "name": person.name,
            "email": person.email,
            "phone": str(person.phone or ""),
            "address": {"id": address.pk, "text": str(address), "country": address.country, "name": address.name}
            if address
            else None,
        }

    def remember(self, *, name: str = "", email: str = "", phone: str = "") -> dict[str, Any]:
        """Keep what the shopper gave for next time; nothing given changes nothing."""
        given = {key: value for key, value in (("name", name), ("email", email), ("phone", phone)) if value}
        changes = list(given)
        if phone and phone != str(self.customer.phone or ""):
            self.customer.phone_verified_at = None  # what is typed nobody vouches for
            changes.append("phone_verified_at")
        for key, value in given.items():
            setattr(self.customer, key, value)
        if changes:
            self.customer.save(update_fields=changes)
        return {}

    def keep_phone(self, *, phone: str, is_vouched_for: bool) -> dict[str, Any]:
        """The shopper's own number as the platform knows it, or as they say."""
        self.remember(phone=phone)
        if is_vouched_for:
            self.customer.phone_verified_at = clock.now()
            self.customer.save(update_fields=["phone_verified_at"])
        return {}

    def choose(self, *, token: str = "", number: int | None = None, label: str = "") -> dict[str, Any] | None:
        """The action behind a tap, a number or a label of the latest offer."""
        found = resolve_choice(self.conversation, token=token, number=number, label=label)
        if found is None:
            return None
        is_expired = found.expires_at is not None and found.expires_at <= clock.now()
        return {"action": found.action, "label": found.label, "expired": is_expired}

    def person(self, *, reason: str, context: dict[str, Any], wanted: int = 0) -> dict[str, Any]:
        """Ask for a person, for this one first where one is `wanted`. `opens` is said in the shopper's words, empty when
        somebody may come now; `comes` is whether it is the wanted one who is asked."""
        got = hand_over(self.conversation, reason=reason, context=context, wanted=wanted or None)
        return {
            "state": got.state,
            "opens": self.moment(got.opens_at),
            "position": got.position,
            "comes": bool(wanted) and got.offered_to == wanted,
        }

    def do_without_person(self) -> bool:
        """Nobody need come any more; False where nobody was awaited."""
        return withdraw(self.conversation)

    def is_waiting(self) -> bool:
        return self.conversation.waiting_since is not None

    def consent(self, *, purpose: str, granted: bool, wording: str, key: str) -> dict[str, Any]:
        record_consent(
            self.conversation.identity,
            purpose=purpose,
            granted=granted,
            source="chat",
            wording=wording[:200],
            event_key=key,
        )
        return {}

    def use_language(self, *, code: str) -> str:
        """Speak it from now on, in this thread and the next."""
        self.language = code
        self.conversation.language = code
        self.conversation.save(update_fields=["language"])
        return code

    def articles(self) -> list[dict[str, Any]]:
        """Every answer of the merchant in this language, with what people type when they want it."""
        rows = _articles(language=self.language)
        return [{"topic": row.topic, "title": row.title, "keywords": list(row.keywords)} for row in rows]

    def article(self, *, topic: str) -> dict[str, Any] | None:
        wanted = Article.objects.filter(topic=topic, is_active=True)
        row = wanted.filter(language=self.language).first() or wanted.filter(language="en").first()
        return {"topic": row.topic, "title": row.title, "body": row.body} if row else None
