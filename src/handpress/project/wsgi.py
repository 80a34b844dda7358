"""Django as a WSGI application, for `handpress serve` and for servers of your own."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handpress.project.settings")
application = get_wsgi_application()
