"""The pages of an order that are its shopper's: an invoice or credit note, and what was bought as a file."""

from django.urls import path

from . import download_views
from .documents import views

urlpatterns = [
    path("documents/<str:token>/", views.document, name="document"),
    path("downloads/<str:token>/", download_views.download, name="download"),
]
