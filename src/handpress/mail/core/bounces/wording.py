"""What mail systems say when they refuse, sorted by what they mean.

Rules are for ways of saying it, in the languages that mail systems speak, not for single systems.
The first that fits decides: what is said of the mailbox comes before what is said of us, what is
said outright before what is hinted at. Each line is a regular expression over a folded
text; WHO and IS_NOT stand for many words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from handpress.mail.core.bounces.verdicts import Reason

_URL = re.compile(r"\b(?:https?|ftp|mailto):\S+|\bwww\.\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[^\s<>\"'(),;:]{1,200}@[^\s<>\"'(),;:]{1,255}>?")
_BLOCKLIST = re.compile(
    r"(?:spamhaus|spamcop|sorbs\.|barracudacentral|uceprotect|abuseat|senderscore|surbl"
    r"|uribl|invaluement|mailspike|spamrats|backscatterer|dnsbl|dnswl)\S{0,60}",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?<![\w.])(?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,14}\.?(?![\w.])")
# A relay's own guess, with what the other server really said in quotes behind it.
_GUESS = re.compile(r"[45]\.\d\.\d{1,3} - [\w ]{3,60}[45]\d\d-'")
_EVERY_LINES_CODE = re.compile(r"(?<![\w.])([245]\d\d)-#?(?:[245]\.\d{1,3}\.\d{1,3})?(?=\s|$)")
_SPACE = re.compile(r"[\s\x00]+")


_ALIKE = str.maketrans("’`_", "'' ")


def fold(text: str) -> str:
    """Return a text in lower case and on one line, without addresses, links and host names.

    That somebody's address is virus@ or a host is called spam must not decide anything.
    """
    text = text[:8_000].translate(_ALIKE)
    text = _BLOCKLIST.sub(" dnsbl ", _EVERY_LINES_CODE.sub(" ", _GUESS.sub(" ", text)))
    text = _ADDRESS.sub(" <> ", _URL.sub(" ", text))
    return _SPACE.sub(" ", _HOST.sub(" ", text).lower()).strip()


class Rule(NamedTuple):
    """A reason, and the ways to say it. Codes that say something else come before a hint."""

    reason: Reason
    said: re.Pattern[str]
    is_hint: bool = False


_WHO = (
    r"(?:users?|recipients?|mail[ -]?box|account|address(?:ee|es)?|person|rcpt|maildrop|inbox"
    r"|local[ -]part|e-?mail(?: address| account)?|destination (?:mailbox|address)|alias|login"
    r"|(?:user|recipient|the|that|this) name)"
)
_IS_NOT = (
    r"(?:(?:is|was|are|has|have|does|do|did|could|can) ?not|cannot|(?:is|was|are|has|does|do|did"
    r"|could|ca)n'?t)(?: be| been)?"
)


def _ways(text: str) -> re.Pattern[str]:
    """Compile a list of ways; a line that begins with | goes on with the one before."""
    lines = text.strip().splitlines()
    whole = "\n".join(line.strip() for line in lines).replace("\n|", "|").replace("\n", "|")
    return re.compile(whole.replace("WHO", _WHO).replace("IS_NOT", _IS_NOT))


# Where it is said of whoever sent, an unknown user or domain is not the reader.
OF_SENDER = _ways(
    r"""
    \bsender(?:'s)? (?:\S+ ){0,3}(?:rejected|unknown|denied|invalid|refused|blocked|could|can|does
        |do|is|has|was|must|not|IS_NOT)
    sending (?:domain|host|address|server)|sen[dt](?:ing)? from|bounce address
    (?:invalid|no|missing) dns (?:mx|a|aaaa)\b
    (?:unroute?able|invalid|unknown|bad|illegal|forged|unverified|no such|fake) (?:mail )?sender
    (?:domain of (?:the )?sender|sender'?s (?:address|domain)|originator|reverse-path)
    from:? (?:header )?(?:address|domain)|mail from (?:an? )?(?:invalid|unknown|non|bad)
    \b(?:helo|ehlo)\b|\byour (?:own )?(?:e-?mail )?(?:address|host|domain|ip|server
        |mail ?server)
    return[- ](?:path|address)|envelope[- ]sender|call-?out|call-?back
    verify(?:ing)? (?:the )?sender|sender verif|sender callback|cannot verify your
    (?:not|n't) (?:allowed|permitted|authori[sz]ed) to send (?:from|as)
    expéditeur (?:inconnu|refus)|remitente (?:desconocido|rechazado)|absender
    """
)

_FULL = r"""
    WHO (?:is |are |has been |was |'s )?(?:currently |now |almost |too )?(?:full\b
        |over.?(?:quota|its|the|limit))
    mail ?box[^.]{0,40}\bfull\b|full mailbox|\bis full\b|mailboxfull
    quota[^.]{0,60}(?:exceed|full|reached|violat|overdrawn|surpassed)
    (?:over|exceed\w*|out of|above|exhausted|hit|past)[^.]{0,40}(?:\bquota|(?:disk|storage
        |mailbox) ?(?:space|limit|size|allocation|capacity)?)
    over ?quota|quota ?exceed|too many messages (?:in|on) (?:the|this|that|his|her)
    insufficient (?:disk ?|system )?(?:storage|space)|not enough (?:storage|disk|space)
    no (?:space|room|storage) (?:left|available)|disk (?:is )?full|disk ?quota|lack of space
    (?:mailbox|inbox|storage) (?:size )?(?:limit|capacity|quota)
    (?:account|mailbox|user|recipient) (?:has )?exceed(?:ed|s)
    bo[iî]te.{0,25}(?:pleine|satur)|quota.{0,20}(?:atteint|dépass|depass)|messagerie pleine
    (?:buz[oó]n|casilla|mailbox).{0,25}llen[oa]|cuota.{0,30}(?:excedid|superad)
    postfach.{0,30}(?:voll|überschr|ueberschr)
    casella.{0,25}piena|caixa.{0,30}cheia|skrzynka.{0,30}pełna|mailbox.{0,20}vol\b|schijfruimte
    переполнен|превышен.{0,25}(?:квот|лимит|объ)|квот
    一杯|いっぱい|容量.{0,8}(?:超|オーバ|不足)|已满|已滿|空间不足|용량.{0,12}(?:초과|부족)|가득
    """

_OUR_QUOTA = r"""
    (?:sending|daily|hourly|relay|sender|outbound|smtp|message rate)[ -](?:user )?(?:sending )?quota
    (?:too many|(?:rate|number|amount) of) (?:invalid|bad|unknown|wrong|non-?existent) WHO
    to (?:too many )?(?:invalid|unknown|non-?existent) (?:recipients|users|addresses)
    quota[^.]{0,30}per (?:hour|day|minute)|frequency (?:is |has been )?(?:limit|exceed)
    """

_LARGE = r"""
    (?:message|mail|letter|size|body|header|attachment)s?[^.]{0,40}too (?:big|large|long)
    (?:message|mail|maximum|max)\.? ?(?:message |mail |allowed )?(?:size
        |length)[^.]{0,40}(?:exceed|limit|over|is)
    size (?:limit|exceed)
    exceed\w*[^.]{0,40}(?:message|maximum|fixed|size|length)[^.]{0,20}(?:size|limit|length)
    too (?:large|big)\b|larger than|over ?size|message (?:length|size)? ?(?:is )?(?:longer|bigger)
    trop (?:gros|volumineux)|demasiado grande|zu groß|слишком больш|サイズ.{0,12}(?:超|制限)
    """

_MOVED = r"""
    (?<!message )\bhas (?:been )?moved\b|WHO[^.]{0,20}\bmoved\b
    moved to (?:a )?(?:new|another|different)
    no longer accepts? (?:e-?)?(?:mail|messages)|new (?:e-?mail )?address is
    address (?:has|was|has been) changed
    changed (?:his|her|their|its|my) (?:e-?mail )?address
    please (?:use|update)[^.]{0,40}new (?:e-?mail )?address|has been replaced by
    not our (?:customer|user)|not local; please try|please try <>|forwarding order expired
    """

_NO_MAIL = r"""
    (?:does|do|did|will)(?: not|n't) accept (?:any )?(?:e-?)?mails?\b(?! (?:from|with|containing
        |that|to|via|over|larger))
    no smtp service|null ?mx|mx (?:record )?points? to '?\.|never accepts? mail|accepts? no mail
    (?:host|domain|server) (?:accepts no|never receives|does not receive) mail
    couldn't find a mail exchanger|no (?:valid )?(?:mx|mail exchangers?|mail servers?)\b
    (?:no|not a) mail (?:service|host|domain)|does not (?:have|list) (?:an? )?(?:mx|mail exchanger)
    unable to find a? ?(?:mx|mail exchanger)|mx (?:record )?(?:not found|lookup)
    """

_DISABLED = r"""
    WHO[^.]{0,40}(?:disabled|inactive|suspended|locked|frozen|deactivated|discontinued
        |terminated|on hold|dormant|not active|(?:is|been) closed|retired|not activated
        |blocked due to inactivity)
    (?:disabled|inactive|suspended|locked|deactivated|frozen|closed|dormant|non.?active
        |not active|cancell?ed|expired) (?:the )?WHO
    account (?:is |has )?(?:closed|expired|cancell?ed)|WHO (?:has )?expired|no longer active
    not been activated
    compte.{0,30}(?:bloqu|désactiv|desactiv|suspend|inacti)
    cuenta.{0,30}(?:desactiv|suspend|bloquead|inactiv)
    konto.{0,30}(?:gesperrt|deaktiviert)|заблокирован|отключен|неактив|休眠|停用|凍結|冻结|정지된
    on ?hold\b
    """

# Said outright to be about us, whatever else is said.
_OURS = r"""
    (?:rejected|blocked|refused|denied|deferred|not accepted)[^.]{0,30}\b(?:as|for|to|of|using
        |by|on)\b[^.]{0,30}(?:spam|black ?list|block ?list|dnsbl|reputation|policy|policies
        |dmarc|\bspf\b)
    """

# What only looks like an unknown user: a hedge, a list that lets nobody write, a reader's wish.
_HEDGE = r"""
    groups?[^.]{0,200}(?:may|might) (?:not exist|have)|(?:may|might) not exist,? (?:or|they)
    recipient preferences?|preferences of the recipient
    (?:recipient|user) (?:has )?(?:blocked|refuses|declined)
    (?:unknown|invalid|not exist|no such user|not found),? or[^.]{0,30}(?:blocked|denied|polic
        |not allowed|disabled|inactive|full|quota|restrict|black)
    (?:blocked|denied|policy|disabled|inactive|restrict\w*|blacklisted),? or[^.]{0,30}(?:unknown
        |invalid|not exist|no such|not found)
    rejected by (?:the )?(?:recipient|user|addressee)s?\b(?! (?:domain|server|mail|host))
    (?:you are|you're|is) not (?:a |an )?(?:member|subscribe)|not (?:a )?members? of
    """

# A program that fell over repeats whatever it was told.
_PROGRAM = r"""
    procmail|command died|(?:could|can)(?:n't| ?not) create|unable to (?:create|open|write)
    """

# Follows when each recipient was refused for a reason that stands elsewhere.
_WAITED_FOR = r"""
    no valid recipients(?! for)
    """
_NO_RELAY = r"""
    relay(?:ing)?[^.]{0,40}(?:denied|not permitted|not allowed|prohibited|rejected)
    (?:do not|not (?:permitted|allowed) to|unable to|won't|cannot) relay
    """
_IN_HEADER = r"""
    in (?:the )?(?:from|to|cc|sender|reply-to)?:? ?headers?\b|recipients? headers?\b
    """

_NO_USER = r"""
    (?:unknown|invalid|no such|no|non-?exist[ea]nt|bad|undefined|illegal|nonexisting
        |unrecogni[sz]ed|incorrect|wrong) (?:local |destination |delivery |virtual |remote[ ]
        |e-?mail |mail |valid |such )*WHO\b(?! (?:certificate|hostname|server|host name
        |specified|sequence|syntax|command|password|credentials))
    WHO:? (?:is |was |are |were |has |been |currently |<>|['":,;()<>-]|\s)*(?:unknown|invalid
        |undeliverable|unrecogni[sz]ed|non-?exist[ea]nt|not (?:found|known|exist|present
        |recogni[sz]ed|valid|local|listed|here|in|a|available|registered|defined)|incorrect
        |unavailable or|nonexistent)(?!\w)
    WHO (?:<> )?(?:has been |was |is )(?:deleted|removed)\b(?! from)
    WHO (?:<> )?(?:you (?:specified|tried|entered
        |are) [^.]{0,40})?(?:that you tried to reach )?IS_NOT (?:<> )?(?:a |an |any[ ]
        |currently |locally )*(?:exist|found|known|valid|recogni[sz]ed|local|here|listed|have
        |registered|active address|in|locate|resolve|hosted|associated|identif|available here|among
        |our)(?!\w)
    invalid (?:final )?(?:delivery )?user ?id
    (?:doesn't|does not|dont|do not
        |did not) (?:appear to )?have (?:an? )?(?:such )?[^.]{0,30}(?:account|mailbox|user
        |address)
    (?:doesn't|does not|didn't|did not) exist|no longer exists?|not exist\b|nonexistent
    no ?(?:such|longer)[^.]{0,20}(?:user|person|mailbox|recipient|address|account|employ
        |here|subscriber|customer|alias)
    (?:no|sorry, no|there is no|not a) (?:local )?(?:mailbox|user|account|one|body|person
        |recipient|inbox|address)[^.]{0,20}(?:here|by (?:that|this)|at this|with (?:that|this)
        |named|called|found|exists?|matching)
    (?:recipient|address|user|mailbox) (?:cannot|can ?not|could not) be (?:verified|validated)
    (?:can't|cannot|will not) accept user
    user ?unknown|unknown ?user|usernotfound|recip(?:ient)?notfound
    recipient ?not ?found|nosuchuser|unknown ?recipient|mailbox ?not ?found
    who IS_NOT|who does not
    couldn't find (?:the |any )?(?:recipient|user|address|mailbox|account)
    unable to (?:find|locate|resolve|identify|look ?up) (?:the |a |any )?(?:recipient|user
        |address|mailbox|account)
    (?:not|isn't) (?:a )?(?:known|valid|listed|registered|existing|recogni[sz]ed
        |local)[^.]{0,25}(?:user|address|recipient|mailbox|account|customer|subscriber
        |member of our|entry|in (?:the )?(?:directory|domino|address))
    not (?:listed|found) in[^.]{0,40}(?:directory|address book|list|table|database|ldap
        |system|server)
    address (?:lookup|resolution|verification) fail
    could ?n[o']t (?:verify|validate) (?:the )?(?:recipient|address|mailbox|rcpt)
    (?:is|are) not recogni[sz]ed|name is not recogni[sz]ed
    rcpt[- ]to (?:address )?(?:unknown|not valid)
    unroute?able (?:mail )?(?:recipient|user|local)|undeliverable (?:mail )?address
    undeliverable: no such|rejected: undeliverable address
    left the (?:company|organi[sz]ation)
    (?<!service is )no longer (?:works?|employed|with us|at this|valid|in use|available|reachable
        |on (?:the|this) server)
    destinataire.{0,30}(?:invalide|inconnu|introuvable|incorrecte)
    adresse.{0,40}(?:invalide|inconnue|n'existe)|utilisateur.{0,20}inconnu|n'existe pas
    (?:empfänger|empfaenger|benutzer|adresse|postfach|mailbox|nutzer).{0,40}(?:unbekannt
        |existiert nicht|nicht gefunden|nicht bekannt|ungültig)
    unbekannter? (?:benutzer|empf)|kein(?:e|en)? (?:solche[nrs]? )?(?:benutzer|empf|postfach|nutzer)
    (?:benutzer|empfänger|postfach|adresse|konto) (?:ist )?nicht vorhanden
    bo[iî]te[^.]{0,20}(?:inexist|inconnue)
    (?:usuario|destinatario|buz[oó]n|direcci[oó]n|cuenta).{0,40}(?:desconocid|no existe
        |inexistente|inv[aá]lid|no v[aá]lid|no encontrad)
    no existe
    nessun (?:utente|destinatario)
    (?:utente|destinatario|casella|indirizzo).{0,40}(?:sconosciut|inesistente|non esiste
        |non trovat|non valid)
    (?:usu[aá]rio|destinat[aá]rio|caixa|endere[cç]o|conta).{0,40}(?:desconhecid|inexistente
        |n[aã]o existe|n[aã]o encontrad)
    nieznany|nie istnieje|(?:nie ma|brak) takiego|nincs ilyen|nu exist[aă]|bulunamad|böyle bir
    άγνωστος|δεν υπάρχει|לא קיים|غير موجود|宛先不明|找不到.{0,6}(?:收件人|用户|用戶|邮箱|信箱)
    onbekend|bestaat niet|okänd|ukjent|ukendt|findes ikke|finns inte
    tuntematon|neznám|neexistuje|ismeretlen
    не существует|не найден|неизвестн|нет такого|несуществующ|не зарегистрирован
    存在しない|見つかりません|見つからない|ありません|存在しません|不明な|不存在|没有找到|沒有此|無此|查无此
    존재하지|없는 (?:사용자|계정|주소)|찾을 수 없
    """

_AUTH = r"""
    \bdmarc\b|\bspf\b|\bdkim\b|domainkeys|\badsp\b|\barc\b (?:fail|valid)|unauthenticated
    sender policy framework
    authentication (?:checks?|results?|requirement|information|fail)[^.]{0,30}
    (?:multiple|email|sender|message|domain) authentication|authenticate with
    required authentication level
    sender ?id (?:fail|check|pra)|not (?:properly )?(?:dkim|signed)
    """

_VIRUS = r"""
    \bvirus(?:es)?\b|malware|\btrojan|infected|\bworm\b|phish|malicious|вирус|ウイルス|病毒
    """

_REVERSE = r"""
    \bptr\b|reverse[- ](?:dns|lookup|name|host|address|mapping|record|ip)|\brdns\b|fcrdns
    forward[- ]confirmed
    (?:cannot|can't|could not|unable to) (?:find|resolve) your (?:host ?name|reverse|ip
        |name|address)
    (?:ip|client|host)[^.]{0,40}(?:name lookup failed|IS_NOT resolve|has no (?:name|dns)
        |must resolve)
    (?:helo|ehlo)[^.]{0,40}(?:invalid|not resolve|mismatch|match|reject|dynamic|IS_NOT|bogus)
    dynamic ip|dial-?up|generic (?:host|rdns)|residential
    """

_GREY = r"""
    gr[ae]y[- ]?list|deferred for policy|retry (?:in|after) \d{1,9} (?:sec|min)
    please (?:try|retry) (?:again )?in \d+|postgrey
    """

_RATE = r"""
    rate[- ]?limit
    too (?:many|much)[^.]{0,60}(?:connection|message|mail|recipient|session|request|error
        |sent|concurrent|command|traffic|hour|day)
    too (?:fast|frequent)|throttl|slow down|concurrency|\btss\d\d
    (?:connection|message|sending|mail|send|hourly|daily|relay|receiving
        |submission)[ -](?:rate|limit|frequency|quota)
    exceed\w*[^.]{0,60}(?:\brate|connections|limit (?:of|on|for)|per (?:hour|day|minute)|recipients)
    (?:max|maximum|number)[^.]{0,30}(?:connections|recipients|messages|e-?mails|rcpt|sessions)
    (?:limit|quota)[^.]{0,30}(?:exceeded|reached)
    (?:reached|exceeded)[^.]{0,40}(?:limit|daily|hourly|quota)
    (?:unusual|high|excessive)[^.]{0,20}(?:rate|volume|amount)
    receiving mail (?:at a rate|too)|(?:messages?|mails?) per (?:hour|day|minute)
    """

_REPUTATION = r"""
    dnsbl|\brbl\b|black ?-?list|block ?-?list|blocked (?:using|by|due|for|because|ip)
    on our block|in our block|listed (?:in|at|on|by)
    reputation|sender ?score
    (?:ip|client|host|server|network|ip address|domain)[^.]{0,60}(?:block|banned|ban\b
        |blacklist|deny|denied by|bloqu)
    client host rejected
    (?:poor|bad|low|no) reputation|access denied\W+(?:ip|host)
    blocked\b[^.]{0,40}(?:ip|host|server|network)
    messages? from \S{0,40} ?(?:weren't|were not|was not|have been) (?:sent|block|temporarily)
    (?:you|your)[^.]{0,30}(?:blocked|banned|blacklisted|barred)
    connection (?:refused|rejected|denied|not allowed)[^.]{0,20}(?:policy|ip|block|due)
    not accepting (?:connections|mail from)|no access from|bad (?:ip|host|sender)
    ip for sending mail
    service (?:refuse|non disponible)|client host|go away|unsolicited mail from your
    """

_SPAM = r"""
    \bspam\w*|\bjunk\b|\bbulk\b|unsolicited|\bube\b|\buce\b|high spam|spam score|looks like
    considered (?:spam|junk)|\bbayes|\brazor\b|cloudmark|message content rejected|pourriel
    мусор|спам|スパム|迷惑メール|垃圾|스팸
    """

_RELAY = r"""
    \brelay(?:ing)?\b|rcpthosts|not a gateway|is not (?:verified|configured to relay)
    authentication (?:is )?required|must (?:authenticate|be authenticated)|smtp auth
    identities failed
    """

_ENCRYPTION = r"""
    \bstarttls\b|\btls\b|\bssl\b|must issue a|encryption (?:required|needed)|certificate
    """

_CONTENT = r"""
    (?:content|attachment|media|message body|mime|charset|header|subject|url
        |link)s?[^.]{0,40}(?:not allowed|rejected|blocked|prohibited|error|invalid|not accept
        |restrict|presents a potential|unsupported|forbidden|malformed|not permitted)
    (?:bad|invalid|illegal|malformed|missing|multiple|duplicate|non-?ascii
        |8.?bit)[^.]{0,30}(?:header|content|attachment|mime|from: header|message-id|date
        |addresses in from)
    rejected due to content|content (?:filter|reject|type|restriction)
    blocked because its content|rfc ?-?(?:2|5|8)\d{2,3}|not rfc|conversion|bare (?:lf|cr|line)
    """

_POLICY = r"""
    \bpolic(?:y|ies)\b|administrat|prohibit|security
    not (?:allowed|permitted|authori[sz]ed|accepted for)|unauthori[sz]ed|access (?:is )?denied
    permission|forbidden|restrict|reject(?:ed)? by|denied by|black ?hole|local rules|filter
    \bdenied\b|not member|not a member|refused by|moderat|\bblocked\b|subscribers? only
    members? only
    don't have permission|rules|non autoris|no autorizad|nicht erlaubt|запрещ
    """

_NO_DOMAIN = r"""
    (?:host|domain|hostname|system|site|server|mail ?host)(?: or domain)?(?: name)?(?: <>
        |\W)*(?:is |was |are )?(?:unknown|not (?:found|known|exist|valid|hosted|local|resolv)
        |non-?exist|invalid|unresolv|IS_NOT (?:exist|found|valid|resolv|be found|hosted|local
        |known|handled))
    (?:unknown|invalid|no such|non-?exist[ea]nt|bad|unresolvable|unrouteable|unroutable
        |illegal) (?:mail |destination |recipient |host or |recipient's |host/)*(?:domain|host
        |system|site|destination)
    no route to (?:domain|address)|unroute?able (?:mail )?(?:address|domain)
    couldn't find any host|domain is not reachable|point to non-?existent hosts
    could not (?:find|resolve) (?:the )?(?:host|domain|mail ?server|mx)
    nxdomain|name (?:or service )?not (?:known|found)|host not found|hostnotfound|dns hard
    (?:find|resolve) (?:the )?(?:recipient|destination)'?s? domain
    bad destination (?:system|host|domain)|domain (?:has )?expired|not a valid (?:domain|host)
    don't (?:know|handle) (?:that|this) (?:host|domain)
    name server:? (?:\W|<>)*(?:no data|host not found)|can't find (?:host|domain)
    no (?:a|mx|dns|address) (?:or mx )?records?|domaine.{0,20}(?:inconnu|invalide|inexistant)
    dominio.{0,20}(?:desconocido|no existe|inexistente)|домен
    """

_NO_USER_HINTED = r"""
    requested (?:mail )?action not taken:? (?:mailbox|user)
    mailbox (?:<> )?(?:is )?(?:unavailable|not available|temporarily unavailable)
    user (?:is )?(?:unavailable|not available)|not our|not deliverable|undeliverable address
    address rejected\W*(?:$|\(|\[|ofr|lpn|see)
    recipient (?:address )?(?:rejected|refused|denied)\W*(?:$|\(|\[|see)
    bad (?:address|recipient|destination)(?! syntax)|invalid (?:recipient|address)
    """

_SYSTEM = r"""
    (?:internal|local|system|server|software|configuration|temporary|lookup|processing
        |database|ldap|mailer|queue|program|delivery agent|i/o|file) ?(?:system |server[ ]
        |configuration |lookup |processing |local |delivery )*(?:error|problem|failure|trouble
        |busy|not available|unavailable|overload)
    service (?:is )?(?:not available|unavailable|temporarily)|insufficient system
    out of memory|loop(?:s|ing)?\b|too many hops|hop count|routing loop|resources|maintenance
    can't create|cannot create|couldn't create
    unable to (?:contact|open|create|write|lock|process)|try (?:again )?later|overload
    mail system|command died|procmail|exit (?:code|status)|pipe|aliasing|misconfigur|mx list
    unexpected|system error|crash
    """

# Asking for the domain failed; that is no answer that there is none.
_NO_ANSWER = r"""
    host not found,? try again|unexpected name server
    dns (?:query|error|failure|soft|lookup)(?![^.]{0,60}(?:not found|not exist|no such|nxdomain))
    name ?server (?:timeout|failure|error)|servfail
    """

_EXPIRED = r"""
    expired|retry time(?:out)?|giving up|given up|too long|gave up
    not (?:be )?(?:delivered|reached) (?:for|within|in|after)
    could not (?:be )?deliver(?:ed)? (?:for|within|after)|delivery (?:time|attempts?)
    (?:has been |been |is |will be )?(?:delayed|deferred|retried)
    time (?:expired|limit|out of)|\d{1,9} attempts|multiple retries|in the queue
    queue (?:time|lifetime)|still (?:trying|being)|for \d{1,9} (?:days?|hours?|minutes?|seconds)
    undelivered after|warning message only|temporary (?:failure|problem)
    """

_NETWORK = r"""
    (?:connection|connect|session|network|socket|transmission|conversation|dns|host|server
        |smtp)[^.]{0,40}(?:timed? ?out|refused|lost|reset|dropped|failed|closed|unreachable
        |error|broken|aborted|interrupt|terminated|fail|no route|not reachable|not respond
        |did not accept|unavailable)
    (?:timed? ?out|no route to host|network is (?:down|unreachable)|unreachable
        |not reachable|no answer|not respond|did not respond|broken pipe|cannot connect
        |could not connect|couldn't connect|couldn't establish|unable to connect
        |unable to reach|failed to connect|no connection)
    """

# As raw text: outright ways that folding would lose.
RAW_RULES = (
    # So say Postfix and Exchange Online of an address that is not let in, whoever writes to it.
    Rule(Reason.NO_SUCH_USER, _ways(r"recipient address rejected: access denied")),
    # Groups answer in thirty languages that they may not exist or let nobody write; with a link.
    Rule(Reason.NOT_WANTED, _ways(r"groups\.google\.com/support")),
)

# What may be otherwise tomorrow, or was not asked to the end.
NOT_NOW = _ways(
    r"""
    temporar|in progress|(?:try|retry) (?:again )?later|at (?:this|the) (?:time|moment)|right now
    (?:lookup|verif\w+|validat\w+|callout) (?:has )?(?:fail|error|problem|timed)
    """
)

RULES = tuple(
    Rule(reason, _ways(lines), is_hint=lines is _NO_USER_HINTED)
    for reason, lines in (
        (Reason.RATE, _OUR_QUOTA),
        (Reason.MAILBOX_FULL, _FULL),
        (Reason.TOO_LARGE, _LARGE),
        (Reason.TAKES_NO_MAIL, _NO_MAIL),
        (Reason.MOVED, _MOVED),
        (Reason.DISABLED, _DISABLED),
        (Reason.POLICY, _OURS),
        (Reason.SYSTEM, _PROGRAM),
        (Reason.NOT_WANTED, _HEDGE),
        (Reason.PROTOCOL, _WAITED_FOR),
        (Reason.RELAYING, _NO_RELAY),
        (Reason.CONTENT, _IN_HEADER),
        (Reason.AUTHENTICATION, _AUTH),
        (Reason.VIRUS, _VIRUS),
        (Reason.REVERSE_NAME, _REVERSE),
        (Reason.ENCRYPTION, _ENCRYPTION),
        (Reason.NETWORK, _NO_ANSWER),
        (Reason.NO_SUCH_USER, _NO_USER),
        (Reason.GREYLISTED, _GREY),
        (Reason.RATE, _RATE),
        (Reason.NO_SUCH_DOMAIN, _NO_DOMAIN),
        (Reason.REPUTATION, _REPUTATION),
        (Reason.SPAM, _SPAM),
        (Reason.RELAYING, _RELAY),
        (Reason.CONTENT, _CONTENT),
        (Reason.NO_SUCH_USER, _NO_USER_HINTED),
        (Reason.POLICY, _POLICY),
        (Reason.EXPIRED, _EXPIRED),
        (Reason.NETWORK, _NETWORK),
        (Reason.SYSTEM, _SYSTEM),
    )
)
