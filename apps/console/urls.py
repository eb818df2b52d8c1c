"""The console's addresses."""

from django.urls import path

from . import pages

urlpatterns = [
    path("console/", pages.console, name="console"),
    path("console/customer/<str:thread>/", pages.customer, name="console_customer"),
    path("console/catalogue/", pages.catalogue, name="console_catalogue"),
    path("attachments/<str:public_id>/", pages.attachment, name="attachment"),
]
