"""Everything of the sandbox, below `/sandbox/`."""

from django.urls import path

from .views import api, control, panel, pay, phones

app_name = "sandbox"
urlpatterns = [
    path("", phones.gallery, name="phones"),
    path("phones/state/", phones.state, name="state"),
    path("phones/act/", phones.act, name="act"),
    path("files/<str:number>", phones.file, name="file"),
    path("panel/", panel.panel, name="panel"),
    path("panel/do/", panel.do, name="panel_do"),
    path("stripe/pay/<str:session_id>/", pay.pay, name="pay"),
    path("stripe/authenticate/<str:intent_id>/", pay.authenticate, name="authenticate"),
    path("api/_log", control.log),
    path("api/_counters", control.counters),
    path("api/_faults", control.fault_switches),
    path("api/_accounts", control.registered),
    path("api/_settings", control.settings),
    path("api/_say", control.say),
    path("api/_send", control.send),
    path("api/_change", control.change),
    path("api/_typing", control.typing),
    path("api/_tap", control.tap),
    path("api/_read", control.read),
    path("api/_block", control.block),
    path("api/_thread", control.thread_of),
    path("api/_deliveries", control.deliveries),
    path("api/_reset", control.reset),
    path("api/_stripe", control.stripe),
    path("api/_parcel", control.parcel),
    path("api/<str:name>/<path:path>", api.platform, name="api"),
]
