"""Everything that differs between machines comes from the environment (names: docs/deploying.md).

A secret that is missing stops the process; it never means "accept everybody".
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from environs import Env

from .logs import logging_config
from .timetable import beat_schedule

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / ".data"))).resolve()

# The supervisor writes what it chose (ports, passwords, keys) here; the environment wins.
if (DATA_DIR / "engines.env").is_file():
    env.read_env(str(DATA_DIR / "engines.env"), recurse=False, override=False)

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. `make demo` makes one; in production set it in the environment.")
# Encrypted fields are sealed by both keys together; the ones of before still open them, and signatures.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
SALT_KEY = env.list("SALT_KEY", [SECRET_KEY[::-1]])

HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://{HOST}:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CHATSHOP_SANDBOX = env.bool("CHATSHOP_SANDBOX", False)
# Whether the shop may call addresses inside: settings of channels and payment accounts are written by a shop's staff.
PRIVATE_ADDRESSES = env.bool("PRIVATE_ADDRESSES", CHATSHOP_SANDBOX)
TESTING = env.bool("CHATSHOP_TESTING", False)

INSTALLED_APPS = [
    "daphne",
    "modeltranslation",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "apps.backoffice.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "corsheaders",
    "csp",
    "django_celery_beat",
    "django_prometheus",
    "django_scopes",
    "djmoney",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "phonenumber_field",
    "rest_framework",
    "simple_history",
    "apps.accounts",
    "apps.merchants",
    "apps.customers",
    "apps.nlu",
    "apps.catalog",
    "apps.loyalty",
    "apps.ledger",
    "apps.carts",
    "apps.orders",
    "apps.payments",
    "apps.messaging",
    "apps.conversations",
    "apps.routing",
    "apps.bot",
    "apps.notifications",
    "apps.insights",
    "apps.gateway",
    "apps.console",
    "apps.backoffice",
    "apps.sandbox",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "apps.merchants.middleware.StorableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.console.tablet.TabletMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.merchants.middleware.MerchantScopeMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "chatshop.urls"
ASGI_APPLICATION = "chatshop.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- engines -------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"postgresql://chatshop@/postgres?host={DATA_DIR / 'pg'}")}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL", 12), "timeout": 10}
# Statements asked often are prepared; not behind a pooler that hands every transaction another connection.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5 if env.bool("DATABASE_PREPARED", True) else None
# A query nobody waits for any more, or a lock nobody lets go, ends by itself; and no query of a turn waits until
# PostgreSQL has called helpers together or compiled it, which takes longer than the work. Empty for a pooler that refuses options.
if SESSION_LIMITS := env.str(
    "DATABASE_LIMITS",
    "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    " -c max_parallel_workers_per_gather=0 -c jit=off",
):
    DATABASES["default"]["OPTIONS"].setdefault("options", SESSION_LIMITS)
DATABASES["default"]["TEST"] = {
    "NAME": env.str("TEST_DATABASE", "test_chatshop"),
    "TEMPLATE": env.str("TEST_TEMPLATE", "") or None,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379").rstrip("/")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py drops an idle subscription after five seconds unless it is told not to.
        "CONFIG": {"hosts": [{"address": f"{REDIS_URL}/1", "socket_timeout": None}]},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}/2",
        "TIMEOUT": 300,
        "KEY_PREFIX": "chatshop",
    }
}
CELERY_BROKER_URL = f"{REDIS_URL}/0"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1200}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = beat_schedule()

# --- words and numbers ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("es", _("Spanish")), ("zh-hans", _("Chinese"))]
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
# A title in any language is better than none.
MODELTRANSLATION_FALLBACK_LANGUAGES = tuple(code for code, _name in LANGUAGES)
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "MXN", "CAD", "AUD", "SEK", "DKK", "NOK", "PLN", "KWD", "BRL")
DEFAULT_CURRENCY = "EUR"

# --- people --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "apps.accounts.adapter.StaffAccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PUBLIC_URL.startswith("http://")
# Invitations, new passwords and troubles of channels: by the mail server that is named, else they are printed.
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND", f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_PORT = env.int("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10)  # seconds; a mail server that does not answer keeps nobody for longer
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"chatshop@{urlsplit(PUBLIC_URL).hostname}")

# --- safety --------------------------------------------------------------------------------------
IS_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
# This machine asks itself without a proxy: load balancers for health, the adapters for the platforms played here.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$", r"^sandbox/api/"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
# Web chat visitors of one network address for whom goods are held at a time; addresses of the own house do not count.
WEBCHAT_HOLDS_PER_ADDRESS = env.int("WEBCHAT_HOLDS_PER_ADDRESS", 20)
# How much of its time a process may spend on reading the words of a changing catalogue; 0: after every change.
CATALOG_READING_SHARE = env.float("CATALOG_READING_SHARE", 0.05)
# Goods that come close in meaning where words find little: a service that speaks OpenAI's `/v1/embeddings`; empty: none.
EMBEDDER_URL = env.str("EMBEDDER_URL", "")
EMBEDDER_KEY = env.str("EMBEDDER_KEY", "")
EMBEDDER_MODEL = env.str("EMBEDDER_MODEL", "")
# From which likeness on (cosine, 0 to 1) something comes close; every model has a scale of its own.
EMBEDDER_LEAST = env.float("EMBEDDER_LEAST", 0.4)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
    USE_X_FORWARDED_HOST = env.bool("USE_X_FORWARDED_HOST", False)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = {"geolocation": ["self"], "payment": [], "usb": [], "camera": ["self"], "microphone": ["self"]}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000  # a collection with all the products by hand it may have sends 2,600
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# The longest thing a browser may say on a socket, in bytes; Daphne is told the same.
WEBSOCKET_MAX_BYTES = 65_536
CORS_URLS_REGEX = r"^/(api|widget\.js).*$"
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])

# --- files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(DATA_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", str(DATA_DIR / "media"))
PRIVATE_ROOT = env.str(
    "PRIVATE_ROOT", str(DATA_DIR / "private")
)  # what is sold as a file, and what shoppers sent; no web server shows it
ATTACHMENTS_KEPT_DAYS = env.int("ATTACHMENTS_KEPT_DAYS", 365)  # what shoppers sent; 0: until they are forgotten
WHITENOISE_USE_FINDERS = True


# --- the merchant's desk --------------------------------------------------------------------------
def _room(title: Any, *pages: tuple[Any, str, str]) -> dict[str, Any]:
    """A group in the desk's sidebar: (words, icon, admin page)."""
    items = [{"title": words, "icon": icon, "link": reverse_lazy(f"admin:{page}")} for words, icon, page in pages]
    return {"title": title, "separator": True, "items": items}


UNFOLD = {
    "SITE_TITLE": "chatshop",
    "SITE_HEADER": "chatshop",
    "SITE_URL": "/console/",
    "SITE_SYMBOL": "forum",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("css/admin.css")],
    # What a field's name carries in each language of the catalogue.
    "EXTENSIONS": {"modeltranslation": {"flags": {"en": "(English)", "de": "(Deutsch)", "es": "(Español)", "zh-hans": "(中文)"}}},
    "DASHBOARD_CALLBACK": "apps.backoffice.dashboard.dashboard",
    "COLORS": {
        "primary": {
            "50": "240 253 250", "100": "204 251 241", "200": "153 246 228", "300": "94 234 212", "400": "45 212 191",
            "500": "20 184 166", "600": "13 118 110", "700": "15 98 94", "800": "17 78 76", "900": "19 65 63", "950": "4 47 46",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            _room(_("Every day"), (_("Today"), "today", "index"), (_("Orders"), "receipt_long", "orders_order_changelist"), (_("Returns"), "assignment_return", "orders_returnrequest_changelist"),
                  (_("Invoices and credit notes"), "description", "orders_document_changelist"), (_("Disputes"), "gavel", "payments_dispute_changelist"),
                  (_("Carts"), "shopping_cart", "carts_cart_changelist"), (_("Shoppers"), "group", "customers_customer_changelist"), (_("Segments"), "grid_view", "customers_customer_segments"), (_("Customer groups"), "groups", "customers_customergroup_changelist"),
                  (_("Customer tags"), "label", "customers_customertag_changelist"),
                  (_("Ratings"), "star", "conversations_rating_changelist")),
            _room(_("Goods"), (_("Products"), "sell", "catalog_product_changelist"), (_("Variants"), "style", "catalog_variant_changelist"),
                  (_("Planned prices"), "event", "catalog_priceplan_changelist"), (_("Price lists"), "request_quote", "catalog_pricelist_changelist"),
                  (_("Categories"), "category", "catalog_category_changelist"), (_("Collections"), "auto_awesome_motion", "catalog_collection_changelist"), (_("Size guides"), "straighten", "catalog_sizeguide_changelist"),
                  (_("Stock"), "inventory_2", "catalog_stocklevel_changelist"), (_("Code pools"), "password", "catalog_codepool_changelist"),
                  (_("Given codes"), "key_vertical", "orders_handedcode_changelist"),
                  (_("Waiting for stock"), "hourglass", "catalog_stockalert_changelist"), (_("Wish lists"), "favorite", "catalog_wish_changelist"),
                  (_("Other words"), "translate", "catalog_synonym_changelist")),
            _room(_("Offers"), (_("Promotions"), "percent", "carts_promotion_changelist"), (_("Codes"), "confirmation_number", "carts_coupon_changelist")),
            _room(_("Gift cards"), (_("Gift cards"), "redeem", "payments_giftcard_changelist")),
            _room(_("Points"), (_("Members"), "loyalty", "loyalty_loyaltymembership_changelist"), (_("Rewards"), "redeem", "loyalty_reward_changelist"),
                  (_("Vouchers"), "confirmation_number", "loyalty_rewardvoucher_changelist"), (_("Invitations"), "group_add", "loyalty_referral_changelist"),
                  (_("Levels"), "military_tech", "loyalty_tier_changelist"), (_("Rules"), "rule_settings", "loyalty_loyaltyprogramme_changelist")),
            _room(_("Words"), (_("Answers"), "quiz", "bot_article_changelist"), (_("Snippets"), "short_text", "conversations_snippet_changelist"),
                  (_("Approved wordings"), "fact_check", "messaging_template_changelist"), (_("Links and codes"), "qr_code_2", "conversations_entrypoint_changelist")),
            _room(_("When something failed"), (_("Unsent messages"), "unsubscribe", "conversations_message_changelist"),
                  (_("Events not handled"), "report", "conversations_inboundevent_changelist"),
                  (_("Payment events"), "credit_card_off", "payments_webhookevent_changelist"),
                  (_("Carrier events"), "local_shipping", "orders_carrierevent_changelist"),
                  (_("Entries at the tax provider"), "account_balance", "payments_taxentry_changelist")),
            _room(_("Shop"), (_("Settings"), "storefront", "merchants_merchant_changelist"), (_("Channels"), "chat", "merchants_channelaccount_changelist"),
                  (_("Further currencies"), "currency_exchange", "merchants_shopcurrency_changelist"),
                  (_("Ways of delivery"), "local_shipping", "carts_deliverymethod_changelist"),
                  (_("How things come back"), "assignment_return", "orders_returnrules_changelist"),
                  (_("Accounts at carriers"), "deployed_code_update", "orders_carrieraccount_changelist"),
                  (_("Payment accounts"), "credit_card", "payments_paymentaccount_changelist"), (_("Taxes"), "percent", "carts_taxrate_changelist"),
                  (_("Tax accounts"), "account_balance", "carts_taxaccount_changelist"), (_("Tax codes"), "qr_code", "carts_taxcode_changelist"),
                  (_("Opening hours"), "schedule", "merchants_openinghours_changelist"), (_("People"), "badge", "merchants_staffrole_changelist"), (_("Tablets"), "tablet_mac", "merchants_tablet_changelist"), (_("Given by hand"), "volunteer_activism", "merchants_goodwill_changelist"),
                  (_("API tokens"), "key", "merchants_apitoken_changelist")),
        ],
    },
}  # fmt: skip

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.backoffice.api.authentication.MerchantTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "apps.backoffice.api.problems.problem_details",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Chatshop API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- payments ------------------------------------------------------------------------------------
STRIPE_API_KEY = env.str("STRIPE_API_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")

# --- watching it run -----------------------------------------------------------------------------
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(env.str("LOG_LEVEL", "INFO"))
