"""Settings for when there is no newsroom: Django can be looked at, and not run.

Making migrations, reading a verb's help and checking types need the apps, and no
newsroom. There is then no database, so nothing can be read or written by mistake.
"""

import secrets
import tempfile
from pathlib import Path

from handpress.conf import Settings


def settings_without_newsroom() -> Settings:
    """Return defaults in a folder that does not exist, with a key nobody knows."""
    folder = Path(tempfile.gettempdir(), f"no-newsroom-{secrets.token_hex(8)}")
    return Settings(folder=folder, secret_key=secrets.token_urlsafe(50))
