"""Celery is an alarm clock, never the record: it wakes the jobs of chatshop/jobs.py and keeps nothing itself."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatshop.settings")

app = Celery("chatshop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["chatshop"], related_name="jobs")


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """Celery would put its own handlers in; being connected here tells it that Django's LOGGING stands."""
