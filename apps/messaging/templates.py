"""What may be said once the window for free text has closed."""

from typing import Any

import structlog

from .channel import WireMessage, channel_for
from .content import Content, OrderUpdate
from .models import Template

logger = structlog.get_logger(__name__)


class NoTemplate(Exception):
    """No approved wording stands in for this content on this account: it cannot be said here now."""

    def __init__(self, purpose: str, language: str) -> None:
        super().__init__(f"no approved template {purpose!r} in {language!r}")
        self.purpose = purpose
        self.language = language


def template_for(account: Any, *, purpose: str, language: str, values: int) -> Template | None:
    """The approved wording in the shopper's language, else in the merchant's own, else in any.

    Only of those with a place for each of the `values`: another would be refused, or say something wrong.
    """
    approved = Template.objects.filter(channel_account=account, purpose=purpose, state=Template.State.APPROVED)
    found: dict[str, Template] = {}
    for template in approved.order_by("-pk"):
        template.channel_account = account
        if template.takes(values):
            found[template.language] = template
        else:
            logger.warning("template.does_not_fit", template=template.pk, purpose=purpose, values=values)
    wanted = (language, language.partition("-")[0], account.merchant.default_language)
    return next((found[code] for code in wanted if code in found), next(iter(found.values()), None))


def render_outside_window(account: Any, content: Content, *, language: str) -> list[WireMessage]:
    """The wire messages that may still be sent after the window has closed. Raises `NoTemplate`."""
    if not isinstance(content, OrderUpdate) or not content.template:
        raise NoTemplate(getattr(content, "template", "") or content.kind, language)
    channel = channel_for(account.kind)
    values = content.variables
    template = template_for(account, purpose=content.template, language=language, values=len(values))
    if template is None or not channel.capability.has_templates:
        raise NoTemplate(content.template, language)
    return channel.render_template(template.ref, values)
