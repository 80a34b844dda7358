"""Settings: one frozen, typed object from handpress.toml and HANDPRESS_* variables.

    settings = conf.load(Path("/srv/news"), os.environ)
    settings.newsroom.name, settings.press.site_dir (absolute)

Inside Django the same object is `django.conf.settings.HANDPRESS`.
"""

from handpress.conf.addresses import DatabaseAddress, PostgresqlAddress, SqliteAddress
from handpress.conf.faults import Fault, SettingsError
from handpress.conf.mail import COMPANIES, MailSettings, RelaySettings
from handpress.conf.reading import (
    NEWSROOM_VARIABLE,
    NO_NEWSROOM,
    SETTINGS_FILE,
    find_newsroom,
    load,
)
from handpress.conf.schema import (
    BankSettings,
    ChequeSettings,
    DatabaseSettings,
    DeskSettings,
    GivingSettings,
    NewsroomSettings,
    PressSettings,
    ServerSettings,
    Settings,
)
from handpress.conf.secret import SECRET_FILE

__all__ = [
    "COMPANIES",
    "NEWSROOM_VARIABLE",
    "NO_NEWSROOM",
    "SECRET_FILE",
    "SETTINGS_FILE",
    "BankSettings",
    "ChequeSettings",
    "DatabaseAddress",
    "DatabaseSettings",
    "DeskSettings",
    "Fault",
    "GivingSettings",
    "MailSettings",
    "NewsroomSettings",
    "PostgresqlAddress",
    "PressSettings",
    "RelaySettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SqliteAddress",
    "find_newsroom",
    "load",
]
