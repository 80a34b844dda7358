"""Words by which furniture of a page is known when there is only one page to go by.

English, with the commonest of a few other languages. Structure and comparison with other pages of
the archive come first and need no words; these decide only what structure leaves open.
"""

import re

from handpress.lib.text import fold

_SKIP_LINK = re.compile(
    r"(?:skip|jump)(?: \w+){0,2} to (?:the )?(?:main |page )?(?:content|navigation|article)s?"
    r"|(?:direkt )?zum (?:haupt)?inhalt(?: springen)?|aller au contenu(?: principal)?"
    r"|(?:saltar|ir) al contenido(?: principal)?|(?:pular|ir) para o conteúdo(?: principal)?"
    r"|(?:vai|passa) al contenuto(?: principale)?|naar (?:de )?inhoud(?: springen)?"
    r"|перейти к (?:основному )?содержимому|본문 바로가기|본문으로 (?:바로가기|건너뛰기)"
    r"|跳至内容|跳到内容|跳至主要內容|コンテンツへスキップ|本文へスキップ"
    r"|(?:التجاوز|تخطي) إلى المحتوى"
)
_NAVIGATION = re.compile(
    r"(?:main |primary )?(?:menu|navigation)|(?:toggle|open|close) (?:menu|navigation|search)|home"
    r"|search|close"
)
_TRIMMINGS = re.compile(
    r"(?:(?:older|newer|previous|next|more|load more|show more|all) )?"
    r"(?:posts|articles|stories|entries|news|page)(?: navigation)?[ »›→>…]*"
    r"|(?:next|previous|older|newer|load more|show more|more)[ »›→>…]*|[«‹←<]+ ?[\w ]{1,30}"
    r"|page \d+(?: of \d+)?|(?:page )?\d+(?: (?:\d+|…|\.{3}|next|[»›→]))*"
    r"|(?:back|scroll|return) to (?:the )?top|(?:copyright|©|\(c\)) ?(?:©|\(c\))? ?\d{4}.*|© .*"
    r"|all rights reserved\.?|(?:privacy|cookie|cookies|legal)(?: (?:policy|settings|notice))?"
    r"|terms(?: (?:of use|of service|and conditions|& conditions))?|(?:proudly )?powered by .*"
    r"|(?:donate|subscribe|give)(?: now| today| here)?|sign up"
    r"|(?:(?:enter )?your )?e-?mail(?: address)?"
    r"|(?:follow us|share this)(?: on \w+)?:?|contact(?: us)?|about(?: us)?|impressum|imprint"
)
_DRIVE = r"(?:campaign|drive|appeal|fundraiser)"
_WORK = r"(?:work|journalism|reporting|site|paper|newsroom|mission)"
_GIVING_HEADING = re.compile(
    rf"(?:[\w'’-]+ ){{0,6}}(?:fund-?raising|donations?|membership)(?: {_DRIVE})?"
    rf"|(?:[\w'’-]+ ){{0,6}}fund-?raiser|our (?:[\w'’-]+ ){{0,4}}{_DRIVE}"
    r"|(?:please )?(?:donate|give|chip in|contribute)(?: (?:now|today|here|monthly|to .{1,40}))?"
    rf"|(?:please )?(?:support|help|fund|back|sustain) (?:us|(?:our|this) {_WORK})(?: .{{1,40}})?"
    r"|(?:please )?(?:support|fund) independent (?:media|journalism|news|reporting)(?: .{1,40})?"
    r"|become an? (?:\w+ )?(?:member|supporter|donor|patron)|we need your (?:help|support)"
    r"|(?:jetzt )?spenden?|unterstützen sie .{1,40}|faire un don|soutenez .{1,40}|(?:dona|apoya)"
    r"(?: .{1,40})?"
)
_GIVING_TEXT = re.compile(
    r"\b(?:donat\w*|fund-?rais\w*|contribut\w*|gifts?|give|giving|funds?|funded|supporters?"
    r"|members?(?:hip)?|spende\w*|dons?|donaci\w*|doaç\w*|aportaci\w*)\b"
)
_BY_MAIL = r"(?:e-?mails?|newsletters?|digest|inbox|mailing list|updates)"
_DIGEST_HEADING = re.compile(
    r"(?:please )?(?:sign up|subscribe)\b.{0,60}"
    rf"|(?:join|get|receive|never miss|don['’]t miss|stay)\b.{{0,40}}\b{_BY_MAIL}"
    rf"|(?:our |the |free )*(?:daily |weekly |monthly |news ){{0,2}}{_BY_MAIL}"
    r"|(?:newsletter|rundbrief) (?:abonnieren|bestellen)|abonnieren sie .{1,40}|abonnez.{1,40}"
    r"|(?:lettre d['’]information|infolettre)|(?:suscríb|inscríb|assine|inscreva).{1,50}"
)
_DIGEST_TEXT = re.compile(
    r"\b(?:e-?mails?|newsletters?|digest|inbox|mailing list|rundbrief|courriel|correo|boletín"
    r"|boletim|infolettre)\b"
)
_SHORT = 100
_REACH = 600


def is_skip_link(text: str) -> bool:
    """Tell whether a block is the link that leads past a page's navigation."""
    return len(text) <= _SHORT and _SKIP_LINK.fullmatch(_plain(text)) is not None


def is_navigation(text: str) -> bool:
    """Tell whether a block is a menu's own word."""
    return len(text) <= _SHORT and _NAVIGATION.fullmatch(_plain(text)) is not None


def is_trimming(text: str) -> bool:
    """Tell whether a block is a pager, a copyright line or the like, which ends a page."""
    return len(text) <= _SHORT and _TRIMMINGS.fullmatch(fold(text)) is not None


def asks_for_gifts(heading: str, text: str) -> bool:
    """Tell whether a heading and its text ask readers for money."""
    return _matches(_GIVING_HEADING, heading) and _says(_GIVING_TEXT, text)


def offers_digest(heading: str, text: str) -> bool:
    """Tell whether a heading and its text invite readers to a digest by mail."""
    return _matches(_DIGEST_HEADING, heading) and _says(_DIGEST_TEXT, f"{heading} {text[:_REACH]}")


def _plain(text: str) -> str:
    return fold(text).strip(" .!:")


def _matches(pattern: re.Pattern[str], heading: str) -> bool:
    return len(heading) <= _SHORT and pattern.fullmatch(_plain(heading)) is not None


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(fold(text[:_REACH])) is not None
