"""Django's settings, derived from one typed object (see handpress.conf).

There is one file for all: what differs between a laptop and a server stands in
handpress.toml or the environment, and in nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import lazy

from handpress.conf import find_newsroom, load
from handpress.lib.logs import logging_config
from handpress.project.databases import database_setting
from handpress.project.languages import choose_desk_language
from handpress.project.names import name_of_the_site
from handpress.project.nowhere import settings_without_newsroom

_folder = find_newsroom(Path.cwd(), os.environ)
HANDPRESS = load(_folder, os.environ) if _folder else settings_without_newsroom()
_address = urlsplit(HANDPRESS.newsroom.address)

# --- the app ---------------------------------------------------------------------------

DEBUG = False
SECRET_KEY = HANDPRESS.secret_key
ROOT_URLCONF = "handpress.project.urls"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "handpress.press",
    "handpress.mail",
    "handpress.accounts",
    "handpress.newsroom",
    "handpress.archive",
    "handpress.digest",
    "handpress.donations",
    "handpress.importers",
    "handpress.desk",
    "wagtail.contrib.table_block",
    "wagtail.sites",
    "handpress.accounts.apps.StaffConfig",  # wagtail.users
    "wagtail.snippets",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "handpress.project.middleware.guard_answers",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "handpress.accounts.gate.Gate",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- what is kept ----------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {}
if _folder:
    DATABASES["default"] = database_setting(HANDPRESS.database.url, HANDPRESS.folder)
MEDIA_ROOT = HANDPRESS.media_folder
MEDIA_URL = "/desk/media/"
STATIC_ROOT = HANDPRESS.var_folder / "desk-static"
STATIC_URL = "/desk-static/"
# An article of many blocks is one form with thousands of fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
# A rendition that one process remembers may have been thrown away by another.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "renditions": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
# Wagtail's small chores (index entries, files of deleted images) are done at once, in the
# request that causes them: nothing waits in a queue that could be lost.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
LOGGING = logging_config()

# --- words and days --------------------------------------------------------------------

USE_I18N = True
LANGUAGE_CODE = choose_desk_language(HANDPRESS.newsroom.language)
USE_TZ = True
TIME_ZONE = HANDPRESS.newsroom.time_zone

# --- who may come in -------------------------------------------------------------------

_names = [*HANDPRESS.server.trusted_hosts]
if HANDPRESS.server.host not in {"0.0.0.0", "::"}:  # noqa: S104  (those are no host's name)
    _names.append(HANDPRESS.server.host)
_hosts = [f"[{name}]" if ":" in name else name for name in _names]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_hosts]
# Without its port; an IPv6 address keeps its brackets.
ALLOWED_HOSTS += [_address.netloc.removesuffix(f":{_address.port}")] if _address.netloc else []
# Whoever ends TLS in front of the app hands requests on as plain http; the browser's
# Origin header still says https.
CSRF_TRUSTED_ORIGINS = [
    f"https://{'*' if host.startswith('.') else ''}{host}"
    for host in [_address.netloc, *_hosts]
    if HANDPRESS.is_https
]
if HANDPRESS.server.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HANDPRESS.is_https
# A browser takes a cookie of this name only over https, for this host and all its paths:
# no other host of the domain can plant one.
_cookie_prefix = "__Host-" if HANDPRESS.is_https else ""
SESSION_COOKIE_NAME = f"{_cookie_prefix}desk-session"
CSRF_COOKIE_NAME = f"{_cookie_prefix}desk-csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HANDPRESS.is_https else 0
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = [
    # Promises for every host of the domain are not ours to make.
    "security.W005",
    "security.W021",
    # Whoever ends TLS redirects; the app may also be asked over http on 127.0.0.1.
    "security.W008",
    # The desk shows previews in a frame of its own.
    "security.W019",
]
PASSWORD_HASHERS = [
    "handpress.accounts.passwords.Argon2idHasher",
    # What former versions made; it is replaced when its owner signs in.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Length is what counts; no rules about capitals and digits.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "handpress.accounts.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "handpress.accounts.passwords.GuessableValidator"},
]
AUTHENTICATION_BACKENDS = ["handpress.accounts.backends.Backend"]
LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
# The longest that a session lasts; handpress.accounts.core.standing holds the limits.
SESSION_COOKIE_AGE = 7 * 24 * 3600
ACCOUNT_ADAPTER = "handpress.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_FORMS = {
    "login": "handpress.accounts.forms.SignInForm",
    "change_password": "handpress.accounts.forms.OwnPasswordForm",
}
# Theirs live in the memory of one process; ours in the database (handpress.accounts.throttle).
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "handpress.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_FORMS = {
    "authenticate": "handpress.accounts.forms.CodeForm",
    "reauthenticate": "handpress.accounts.forms.ConfirmCodeForm",
    "activate_totp": "handpress.accounts.forms.AppForm",
    "login_webauthn": "handpress.accounts.forms.PasskeyForm",
    "authenticate_webauthn": "handpress.accounts.forms.PasskeyAfterPasswordForm",
    "reauthenticate_webauthn": "handpress.accounts.forms.ConfirmPasskeyForm",
    "add_webauthn": "handpress.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "handpress.accounts.forms.RenamePasskeyForm",
}
# No mail leaves until there is a sender to set up; the desk's notices stay on the desk.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# --- the desk --------------------------------------------------------------------------

WAGTAIL_SITE_NAME = lazy(name_of_the_site, str)()
WAGTAILADMIN_BASE_URL = (
    f"{_address.scheme}://{_address.netloc}"
    if _address.netloc
    else f"http://127.0.0.1:{HANDPRESS.server.port}"
)
WAGTAILIMAGES_IMAGE_MODEL = "newsroom.NewsImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "handpress.newsroom.forms_pictures.PictureForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 2**20
# Passwords and e-mail addresses are changed under /desk/security/, after a confirmation.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "/desk/sign-in/"
# Nobody else learns who works here, or on what.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
# Hours on the desk are the newsroom's (handpress.desk.zone); nobody chooses another.
WAGTAIL_USER_TIME_ZONES: list[str] = []
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, Any]] = []
