"""Django's settings, derived from one typed object (see handpress.conf)."""

import os
from pathlib import Path

NEWSROOM = Path(os.environ.get("HANDPRESS_NEWSROOM", "/tmp/hp-newsroom"))
SECRET_KEY = "dev"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "handpress.project.urls"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "handpress.press",
    "handpress.accounts",
    "handpress.newsroom",
    "handpress.archive",
    "handpress.digest",
    "handpress.donations",
    "handpress.importers",
    "handpress.desk",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": NEWSROOM / "newsroom.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;"
            ),
        },
    }
}
STATIC_URL = "/desk-static/"
STATIC_ROOT = NEWSROOM / "var" / "desk-static"
MEDIA_URL = "/media/"
MEDIA_ROOT = NEWSROOM / "media"
if any((Path(__file__).parent.parent / "newsroom").glob("models*")):  # until they exist
    WAGTAILIMAGES_IMAGE_MODEL = "newsroom.Image"
WAGTAIL_SITE_NAME = "Handpress"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1:8000"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAIL_PASSWORD_RESET_ENABLED = False
