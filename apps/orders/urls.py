"""The one page of an order that is its shopper's: an invoice or credit note."""

from django.urls import path

from .documents import views

urlpatterns = [path("documents/<str:token>/", views.document, name="document")]
