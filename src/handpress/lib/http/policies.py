"""The headers that answers carry: what a browser may do with a page, and how long it keeps it.

The policy allows no script and nothing from another host. It stands in every page as <meta> too
(`META_POLICY`, for copies that no server of ours sends), where frame-ancestors means nothing.
No upgrade-insecure-requests: it would break mirrors and onions on plain http.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handpress.lib.http.answers import Headers
from handpress.lib.http.media_types import is_feed

META_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)
PAGE_POLICY = f"{META_POLICY}; frame-ancestors 'none'"
# A drawing that is opened by itself is a document: it may style itself and nothing else.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

PAGE_CACHING = "public, max-age=60, stale-while-revalidate=600, stale-if-error=604800"
IMMUTABLE_CACHING = "public, max-age=31536000, immutable"
MISSING_CACHING = "public, max-age=10"

# Pages run no script; this is for whatever a browser may still do on a page's behalf.
_CLOSED = "browsing-topics camera geolocation microphone payment usb"
PERMISSIONS = ", ".join(f"{name}=()" for name in _CLOSED.split())
SERVER = ("server", "handpress")
TRANSPORT_SECURITY = ("strict-transport-security", "max-age=31536000")

# "broadsheet.3fa9c1d2.css", "logo-3fa9c1d2e4.svg": other bytes get another name.
_FINGERPRINT = re.compile(r"[.-][0-9a-f]{8,64}\.[a-z0-9.]+$")


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Headers of the public site. `is_https` says what its public address begins with."""

    is_https: bool = False

    def headers(self, path: str, content_type: str) -> Headers:
        """Return what the file at `path` is sent with, besides its type, size and validators."""
        policy = DRAWING_POLICY if content_type == "image/svg+xml" else PAGE_POLICY
        is_shared = content_type.startswith("image/") or is_feed(content_type)
        return [
            ("cache-control", self._caching(path)),
            ("content-security-policy", policy),
            ("cross-origin-resource-policy", "cross-origin" if is_shared else "same-origin"),
            *self.common_headers(),
        ]

    def error_headers(self) -> Headers:
        """Return what an answer without a file is sent with."""
        return [
            ("cache-control", MISSING_CACHING),
            ("content-security-policy", PAGE_POLICY),
            ("cross-origin-resource-policy", "same-origin"),
            *self.common_headers(),
        ]

    def common_headers(self) -> Headers:
        """Return what every public answer is sent with."""
        headers = [
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", PERMISSIONS),
            ("referrer-policy", "no-referrer"),
            SERVER,
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ]
        return [*headers, TRANSPORT_SECURITY] if self.is_https else headers

    def _caching(self, path: str) -> str:
        if path.startswith("/assets/") and _FINGERPRINT.search(path):
            return IMMUTABLE_CACHING
        return PAGE_CACHING


@dataclass(frozen=True, slots=True)
class AssetRules:
    """Headers of the desk's own style sheets and scripts.

    `is_versioned` says that the address tells one version of a file from the next; without it
    a browser asks each time whether its copy still holds.
    """

    is_https: bool = False
    is_versioned: bool = False

    def headers(self, path: str, content_type: str) -> Headers:
        """Return what the file at `path` is sent with, besides its type, size and validators."""
        caching = IMMUTABLE_CACHING if self.is_versioned else "public, no-cache"
        return [("cache-control", caching), *self._common_headers()]

    def error_headers(self) -> Headers:
        """Return what an answer without a file is sent with."""
        return [("cache-control", "no-store"), *self._common_headers()]

    def _common_headers(self) -> Headers:
        headers = [
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            SERVER,
            ("x-content-type-options", "nosniff"),
        ]
        return [*headers, TRANSPORT_SECURITY] if self.is_https else headers
