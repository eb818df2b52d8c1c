"""How often each job of chatshop/jobs.py rings. Apart from the jobs, so that settings can read it before any app loads."""

from typing import Any

MINUTE, HOUR, DAY = 60, 3_600, 86_400

EVERY: dict[str, int] = {  # seconds
    "expire-holds": MINUTE,
    "expire-orders": MINUTE,
    "apply-prices": MINUTE,
    "adopt-events": MINUTE,
    "tell-taxes": MINUTE,
    "reconcile-payments": 5 * MINUTE,
    "fold-counts": 5 * MINUTE,
    "embed-products": 5 * MINUTE,
    "tell-account-troubles": 5 * MINUTE,
    "lapse-carts": HOUR,
    "settle-points": HOUR,
    "pay-referrals": HOUR,
    "give-birthdays": HOUR,
    "check-accounts": HOUR,
    "follow-tiers": DAY,
    "warn-of-expiry": DAY,
    "reckon-figures": DAY,
    "fetch-templates": DAY,
    "forget-codes": DAY,
    "forget-files": HOUR,
    "forget-orphans": DAY,
    "forget-uploads": HOUR,
    "forget-sessions": DAY,
    "forget-old-runs": DAY,
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Celery's view of it. A ring that nobody took within its period is dropped: the next one sweeps the same."""
    return {
        name: {"task": "chatshop.run_job", "args": [name], "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in EVERY.items()
    }
