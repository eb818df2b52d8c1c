"""One JSON line per thing worth knowing, on stderr, with nothing in it that would hurt in a stranger's hands."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

REMOVED = "[removed]"
SECRET_NAMES = re.compile(
    r"pass(word|wd)|secret|token|api_?key|authorization|cookie|signature|csrf|session_?key|salt_key|private_key", re.I
)
SECRET_VALUES = (
    re.compile(r"(?<![A-Za-z0-9])(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}"),  # Stripe keys
    re.compile(r"(?<![A-Za-z0-9])whsec_[A-Za-z0-9]{8,}"),  # Stripe webhook secrets
    re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"),  # Telegram bot tokens, also inside addresses
    re.compile(r"(?<![A-Za-z0-9])EAA[A-Za-z0-9]{20,}"),  # Meta access tokens
    re.compile(r"(?<=\bBearer )[^\s\"']+", re.I),
    re.compile(r"(?<=\bBasic )[^\s\"']+", re.I),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),  # user:password in an address
)
DIGIT_RUN = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")


def _is_card(digits: str) -> bool:
    """Luhn's check over 13 to 19 digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mask_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"[card …{digits[-4:]}]" if _is_card(digits) else found[0]


def scrub_text(text: str) -> str:
    """The text without keys, tokens, passwords and card numbers."""
    for pattern in SECRET_VALUES:
        text = pattern.sub(REMOVED, text)
    return DIGIT_RUN.sub(_mask_card, text)


def scrub(value: Any, name: str = "") -> Any:
    """The same for anything that can be logged; a value whose name says it is secret goes whole."""
    if name and SECRET_NAMES.search(name):
        return REMOVED
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, Mapping):
        return {key: scrub(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(inner) for inner in value]
    if value is None or isinstance(value, int | float | bool):
        return value
    return scrub_text(str(value))


def _scrub_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before the line is written, so that exception texts are scrubbed too."""
    return {name: scrub(value, name) for name, value in event.items()}


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def logging_config(level: str) -> dict[str, Any]:
    """Django's LOGGING: every logger, ours and the libraries', ends in the same scrubbed JSON line."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _scrub_event,
                    structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},  # a 404 is not news
            "django.security.DisallowedHost": {"level": "ERROR"},
            "daphne": {"level": "WARNING"},
            "twisted": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},  # at INFO it writes whole addresses, some of which hold tokens
            "stripe": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "modeltranslation": {"level": "WARNING"},
        },
    }
