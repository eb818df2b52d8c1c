"""Where every page lives. Webhooks are not here: the front door takes them before Django (chatshop/asgi.py)."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.backoffice.pages import pick_merchant
from apps.backoffice.photos import photo

from .health import healthz, metrics, readyz
from .media import media

urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=static("img/icon.svg"))),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("media/<path:path>", media),
    path("admin/", admin.site.urls),
    path("desk/merchant/", pick_merchant, name="pick_merchant"),
    path("photos/<str:token>/", photo, name="photo"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("apps.backoffice.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(template_name="api_docs.html"), name="api-docs"),
    # 404 unless CHATSHOP_SANDBOX is on and PUBLIC_URL is loopback or private.
    path("sandbox/", include("apps.sandbox.urls")),
    path("", include("apps.customers.urls")),
    path("", include("apps.orders.urls")),
    path("", include("apps.payments.urls")),
    path("", include("apps.gateway.urls")),
    path("", include("apps.console.urls")),
]
