"""What columns and states are called in lists, in the languages that lists come in."""

from __future__ import annotations

import re
import unicodedata

from handpress.digest.core.incoming import Standing

_ACTIVE = """
active subscribed enabled confirmed true yes 1 ok on opted-in regular
aktiv abonniert angemeldet bestätigt ja
actif abonné abonnée inscrit inscrite oui
activo activa suscrito suscrita confirmado sí si
attivo iscritto ativo ativa inscrito inscrita sim actief ingeschreven
활성 구독 구독중 구독-중 예
نشط نشطة مشترك مشتركة مفعل نعم
активен подписан да 有効 購読中 已订阅 已訂閱
"""
_LEFT = """
left unsubscribed disabled inactive unsub false no 0 off removed deleted opted-out cancelled
canceled
abgemeldet inaktiv gekündigt ausgetragen nein
désabonné désabonnée désinscrit désinscrite inactif résilié non
baja dado-de-baja desuscrito inactivo inactiva cancelado cancelada
disiscritto cancellato inattivo descadastrado inativo não uitgeschreven afgemeld inactief nee
해지 구독취소 구독-취소 구독해지 구독-해지 탈퇴 수신거부 수신-거부 비활성 아니요
ملغى ملغي ملغاة غير-مشترك غير-نشط لا
отписан отписался нет 解除 退会 無効 已退订 已退訂
"""
_WORDS = {
    Standing.ACTIVE: _ACTIVE,
    Standing.PAUSED: "paused",
    Standing.LEFT: _LEFT,
    Standing.UNREACHABLE: "unreachable cleaned bounced bounce blocklisted blacklisted suppressed "
    "complained spam invalid undeliverable",
    Standing.UNCONFIRMED: "unconfirmed pending nonsubscribed non-subscribed unactivated",
    Standing.ERASED: "erased",
}
STANDINGS = {
    unicodedata.normalize("NFC", word): standing
    for standing, words in _WORDS.items()
    for word in words.split()
}
_NEVER = {"false", "no", "n", "f", "off", "never", "none", "null", "nan", "n/a", "nil"}
_NEVER |= set("nein non no não nee 아니요 لا нет".split())
_NOTHING = re.compile(r"[0\W_]*")

GUESSES = {
    "address": (r"e-?mail|address|adresse|correo|courriel|메일|بريد",),
    "left": (
        r"unsub|^left|opt(ed)?.?out|abgemeldet|abmelde|désabon|désinscri|^baja|fecha.?de.?baja|"
        r"disiscri|uitgeschreven|해지|탈퇴|취소|إلغاء",
    ),
    "standing": (
        r"^((is.?)?subscribed|(subscriber|subscription|member|e-?mail)?.?(state|status)|"
        r"opt(ed)?.?in|subscriber.?type|estado|estatus|statut|stato|zustand|staat|"
        r"상태|구독.?(상태|여부)|الحالة|حالة|حالة الاشتراك|статус|状態|状态|狀態)$",
        r"(subscri|abon|suscri|iscri).*(state|status|statut|estado|stato)",
        r"(state|status|statut|estado|stato).*(subscri|abon|suscri|iscri)",
    ),
    "joined": (r"joined|created|opt.?in|confirm|subscribed.?(at|on|date)|signed",),
    "frequency": (r"frequency|cadence",),
    # Not tags and labels: those are mostly the outlet's marks, and no reader's choice.
    "topics": (r"topics|interests",),
    "language": (r"^lang",),
    "paused": (r"pause",),
}
"""Patterns of names for each of `Columns`, the surer first, in the order in which they choose."""


def standing_said(text: str) -> Standing | None:
    """Return what a state in any of the languages means; None where it is not understood."""
    word = unicodedata.normalize("NFC", text.strip()).casefold()
    return STANDINGS.get(re.sub(r"[\s_]+", "-", word))


def says_gone(text: str) -> bool:
    """Say whether a cell of a column about leaving says that somebody left.

    Any word or date does, in whatever form; no, never, nothing and a date of zeros do not.
    """
    word = unicodedata.normalize("NFC", text.strip()).casefold()
    return not _NOTHING.fullmatch(word) and word not in _NEVER
