"""What of an order is its shopper's alone: invoices and credit notes, and the labels of returns."""

from django.urls import path

from .documents import label_links, views

urlpatterns = [
    path("documents/<str:token>/", views.document, name="document"),
    path("labels/<str:token>/code.png", label_links.code, name="label_code"),
    path("labels/<str:token>/<str:filename>", label_links.sheet, name="label"),
]
