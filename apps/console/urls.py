"""The console's addresses."""

from django.urls import path

from . import pages, sending, tablet, you

urlpatterns = [
    path("console/", pages.console, name="console"),
    path("console/customer/<str:thread>/", pages.customer, name="console_customer"),
    path("console/catalogue/", pages.catalogue, name="console_catalogue"),
    path("console/tablet/", tablet.who_is_here, name="console_tablet"),
    path("console/tablet/lock/", tablet.lock, name="console_lock"),
    path("console/tablet/pair/", tablet.pairing, name="console_pair"),
    path("console/tablet/pair/<str:code>/", tablet.pairing, name="console_pair_by_code"),
    path("console/you/", you.you, name="console_you"),
    path("console/you/everywhere/", you.everywhere, name="console_everywhere"),
    path("console/files/", sending.send_file, name="console_send_file"),
    path("attachments/<str:public_id>/", pages.attachment, name="attachment"),
]
