"""The one page of ours that a payer sees."""

from django.urls import path

from . import views

urlpatterns = [
    path("pay/<str:token>/", views.pay_page, name="pay"),
    path("pay/<str:token>/go/", views.go_pay, name="pay_go"),
]
