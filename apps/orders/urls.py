"""What of an order is its shopper's alone: invoices and credit notes, files that were bought, labels of returns."""

from django.urls import path

from . import download_views
from .documents import label_links, views

urlpatterns = [
    path("documents/<str:token>/", views.document, name="document"),
    path("downloads/<str:token>/", download_views.download, name="download"),
    path("labels/<str:token>/code.png", label_links.code, name="label_code"),
    path("labels/<str:token>/<str:filename>", label_links.sheet, name="label"),
]
