from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    name = "apps.backoffice"
    label = "backoffice"
    verbose_name = _("Back office")
    default = True


class DeskAdminConfig(admin_apps.AdminConfig):
    """Django's admin, on the desk's own site."""

    default_site = "apps.backoffice.site.DeskSite"
    default = False
