"""The console's addresses."""

from django.urls import path

from . import pages, sending

urlpatterns = [
    path("console/", pages.console, name="console"),
    path("console/customer/<str:thread>/", pages.customer, name="console_customer"),
    path("console/catalogue/", pages.catalogue, name="console_catalogue"),
    path("console/files/", sending.send_file, name="console_send_file"),
    path("attachments/<str:public_id>/", pages.attachment, name="attachment"),
]
