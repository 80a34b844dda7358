"""A newsroom's own settings, and beside its views one that stores what is sent, and no more."""

from handpress.project.settings import *  # noqa: F403
from handpress.project.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "giving_peer.apps.GivingPeer"]
ROOT_URLCONF = "giving_peer.urls"
