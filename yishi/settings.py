"""The one settings file: everything that differs between installations is read from the environment.

`YISHI_DATA` (folder of database, uploads, fonts), `YISHI_SECRET_KEY` (or `secret.key` in the data
folder), `DATABASE_URL` (PostgreSQL), `YISHI_HOSTS`, `YISHI_URL` (address as deputies see it),
`YISHI_DEBUG`, `YISHI_MAIL_URL`, `YISHI_PACK` (county pack), `YISHI_HTTPS`.
"""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("YISHI_DATA") or ROOT.parent / "data").resolve()
DEBUG = os.environ.get("YISHI_DEBUG") == "1"
PACK = os.environ.get("YISHI_PACK", "zhejiang")


def _secret_key() -> str:
    """The key from the environment, else from the file that `run.py` made for this machine."""
    if key := os.environ.get("YISHI_SECRET_KEY"):
        return key
    file = DATA / "secret.key"
    if file.exists():
        return file.read_text().strip()
    raise ImproperlyConfigured(
        "没有密钥:请设置环境变量 YISHI_SECRET_KEY,或运行 python3 run.py setup。"
        " / No secret key: set YISHI_SECRET_KEY or run python3 run.py setup."
    )


def _database() -> dict[str, object]:
    """SQLite in the data folder, or what DATABASE_URL says."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "yishi.web.sqlite",
            "NAME": DATA / "yishi.sqlite3",
            "OPTIONS": {
                # IMMEDIATE: a transaction that will write says so first (DEFERRED fails under load).
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # secure_delete: of a box put together no ballot stays in free pages, in casting order.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                " PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;",
            },
            # A real file, so that the browser's server thread and the test see the same rows.
            "TEST": {"NAME": os.environ.get("YISHI_TEST_DB") or None},
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL: postgresql://…, not {parts.scheme}://")
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or query.get("port", [""])[0]),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}} if not os.environ.get("YISHI_NO_POOL") else {},
    }


SECRET_KEY = _secret_key()
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

YISHI_URL = os.environ.get("YISHI_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")
ALLOWED_HOSTS = [
    h for h in os.environ.get("YISHI_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",") if h
]
HTTPS = os.environ.get("YISHI_HTTPS") == "1"
CSRF_TRUSTED_ORIGINS = [YISHI_URL] if HTTPS else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = int(os.environ.get("YISHI_IDLE_MINUTES", "60")) * 60
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "yishi.web",
    "yishi.journal",
    "yishi.people",
    "yishi.meetings",
    "yishi.publishing",
    "yishi.voting",
    "yishi.projects",
    "yishi.desk",
    "yishi.portal",
    "yishi.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "yishi.voting.middleware.booth",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "yishi.web.middleware.frame",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yishi.web.middleware.large",
    "yishi.web.middleware.language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yishi.people.middleware.idle",
    "yishi.people.middleware.access",
    "yishi.demo.middleware.banner",
]
ROOT_URLCONF = "yishi.urls"
WSGI_APPLICATION = "yishi.wsgi.application"
FORM_RENDERER = "yishi.web.fields.FrameRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yishi.web.context.frame",
            ]
        },
    }
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}
NAV = "yishi.desk.nav.nav"
# Each room's public pages, for `yishi reindex`: functions that give what publishing's index.put takes.
INDEXED = [
    "yishi.publishing.words.found.pages",
    "yishi.voting.words.found.pages",
    "yishi.projects.words.found.call_pages",
    "yishi.projects.words.ledger.pages",
]
# What the rooms above ask for before a poll opens: functions (poll, now) -> gates.
POLL_GATES = ["yishi.projects.rules.gates.gates"]
# What they offer a deputy on the page of a meeting: functions (user, meeting, now) -> (url, label).
MEETING_LINKS = ["yishi.projects.views.comments.links"]
ACCOUNT_NAV = "yishi.people.views.accounts.account_links"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
CSRF_FAILURE_VIEW = "yishi.web.errors.csrf_failure"
ACCOUNT_ADAPTER = "yishi.people.signin.Adapter"
ACCOUNT_FORMS = {"login": "yishi.people.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,5/900s/key"}
MFA_ADAPTER = "yishi.people.signin.CodesAdapter"
MFA_FORMS = {"authenticate": "yishi.people.forms.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Yishi"

CACHES = {
    # Shared between the workers, so that a limit of five is five and not five for each worker.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
MEDIA_ROOT = DATA / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "yishi.web.storage.Static"}
    if not DEBUG
    else {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o600
MAX_UPLOAD = 20 * 1024 * 1024
# What a scanner saves of a handful of ballots is larger: (address, bytes).
LARGE_UPLOADS = [(r"/voting/batches/[0-9]+/scan/upload/", 1024 * 1024 * 1024)]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

_mail = urlsplit(os.environ.get("YISHI_MAIL_URL", ""))
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _mail.scheme in ("smtp", "smtps")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Paths can hold one-time codes: refusals are in the journal, not in a log.
    "filters": {"nameless": {"()": "yishi.web.logs.Nameless"}},
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["nameless"]},
        "django.security": {"level": "ERROR", "filters": ["nameless"]},
    },
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
