"""Settings, doors and engines: what holds the apps together."""

from .celery import app as celery_app

__all__ = ["celery_app"]
