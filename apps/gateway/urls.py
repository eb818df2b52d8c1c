"""The shopper's addresses."""

from django.urls import path

from . import entry_pages, pages, uploads, way_back

urlpatterns = [
    path("", pages.front_page, name="front"),
    path("chat/<slug:merchant>/", pages.chat_page, name="chat"),
    path("chat/<slug:merchant>/upload/", uploads.upload, name="chat_upload"),
    path("chat/<slug:merchant>/attachments/<str:public_id>/", uploads.own_file, name="chat_attachment"),
    path("files/<str:token>/<str:name>", uploads.linked_file, name="linked_file"),
    path("go/<str:token>", entry_pages.entry_page, name="entry"),
    path("go/<str:token>/", entry_pages.entry_page),
    path("continue/<str:token>", entry_pages.continue_page, name="continue"),
    path("continue/<str:token>/", entry_pages.continue_page),
    path("pay/<str:token>/chat/", way_back.back_to_chat, name="back_to_chat"),
    path("widget.js", pages.widget_js, name="widget"),
    path("chat.js", pages.chat_js, name="chat_js"),
    path("chat.css", pages.chat_style, name="chat_css"),
]
