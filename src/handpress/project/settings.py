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
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": NEWSROOM / "newsroom.sqlite3"}}
WAGTAILIMAGES_IMAGE_MODEL = "newsroom.Image"
WAGTAIL_SITE_NAME = "Handpress"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1:8000"
