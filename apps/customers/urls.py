"""The one page of ours that is about a person."""

from django.urls import path

from . import views

urlpatterns = [path("my-data/<str:token>/", views.my_data, name="my_data")]
