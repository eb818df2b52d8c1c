"""The referee's own addresses: the sandbox and nothing else."""

from django.urls import include, path

urlpatterns = [path("sandbox/", include("apps.sandbox.urls"))]
