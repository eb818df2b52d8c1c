"""What platforms, payment providers and carriers have in common: settings an account needs, and what a check may say."""

from collections.abc import Mapping
from typing import Any, ClassVar

QUERY = ":query"  # stands among the headers of a call for what came behind the "?"; no header can be called so


class Configured:
    """What an account has to be told before it works. Keys are as the other side calls them."""

    label: ClassVar[str] = ""  # as they write themselves
    required_config: ClassVar[tuple[str, ...]] = ()
    asked_config: ClassVar[tuple[str, ...]] = ()  # what most accounts need: asked for at once, not by all
    secret_config: ClassVar[tuple[str, ...]] = ()  # written, never shown again
    address_end: ClassVar[str] = ""  # what our webhook's address is to end in at the other side, secrets left out
    config_help: ClassVar[Mapping[str, Any]] = {}  # every key in a sentence, for docs and the desk; may be lazy

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return [key for key in self.required_config if not config.get(key)]


class SignatureWrong(Exception):
    """The webhook does not prove where it comes from: answer 400, store nothing."""


class Malformed(Exception):
    """Genuine, but nothing anybody could read: answer 400, store nothing."""


class NotConfigured(Exception):
    """A secret is missing: answer 503; never accept everybody."""


class ProviderError(Exception):
    """Something between us and the provider."""


class ProviderUnavailable(ProviderError):
    """No answer, or not now. It may have been done: ask again with the same key."""


class ProviderRefused(ProviderError):
    """The provider says no, and will again."""

    def __init__(self, detail: str, *, code: str = "") -> None:
        super().__init__(detail)
        self.code = code
