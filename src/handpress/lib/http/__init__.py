"""Answer HTTP requests from a folder of files; plain Python, no framework, no sockets.

    site = FileFolder(Path("site"), rules=SiteRules(is_https=True))
    answer = site.answer("GET", "/topics/peace/", {"accept-encoding": "gzip"}.get)
    answer.status, answer.headers, answer.body

RFC 9110 for the protocol; `policies` holds the headers that every public page carries.
"""

from handpress.lib.http.answers import Answer, Headers
from handpress.lib.http.files import FileFolder
from handpress.lib.http.policies import META_POLICY, PAGE_POLICY, AssetRules, SiteRules

__all__ = [
    "META_POLICY",
    "PAGE_POLICY",
    "Answer",
    "AssetRules",
    "FileFolder",
    "Headers",
    "SiteRules",
]
