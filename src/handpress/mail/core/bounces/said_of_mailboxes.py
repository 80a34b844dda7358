"""What mail systems say of a mailbox, its owner or its domain.

How the lines are read: `mail.core.bounces.wording`.
"""

from __future__ import annotations

FULL = r"""
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

LARGE = r"""
    (?:message|mail|letter|size|body|header|attachment)s?[^.]{0,40}too (?:big|large|long)
    (?:message|mail|maximum|max)\.? ?(?:message |mail |allowed )?(?:size
        |length)[^.]{0,40}(?:exceed|limit|over|is)
    size (?:limit|exceed)
    exceed\w*[^.]{0,40}(?:message|maximum|fixed|size|length)[^.]{0,20}(?:size|limit|length)
    too (?:large|big)\b|larger than|over ?size|message (?:length|size)? ?(?:is )?(?:longer|bigger)
    trop (?:gros|volumineux)|demasiado grande|zu groß|слишком больш|サイズ.{0,12}(?:超|制限)
    """

MOVED = r"""
    (?<!message )\bhas (?:been )?moved\b|WHO[^.]{0,20}\bmoved\b
    moved to (?:a )?(?:new|another|different)
    no longer accepts? (?:e-?)?(?:mail|messages)(?! (?:from|with|that|to|via|over|larger))
    new (?:e-?mail )?address is
    address (?:has|was|has been) changed
    changed (?:his|her|their|its|my) (?:e-?mail )?address
    please (?:use|update)[^.]{0,40}new (?:e-?mail )?address|has been replaced by
    not our (?:customer|user)|not local; please try|please try <>|forwarding order expired
    """

NO_MAIL = r"""
    (?:does|do|did|will)(?: not|n't) accept (?:any )?(?:e-?)?mails?\b(?! (?:from|with|containing
        |that|to|via|over|larger))
    no smtp service(?: here| at th\w+| for this host)?\W*$
    null ?mx|mx (?:record )?points? to '?\.|never accepts? mail|accepts? no mail
    (?:host|domain|server|address|mailbox) (?:accepts no|never receives
        |does not receive) mail\b(?! from)
    couldn't find a mail exchanger|no (?:valid )?(?:mx|mail exchangers?|mail servers?)\b
    (?:no|not a) mail (?:service|host|domain)|does not (?:have|list) (?:an? )?(?:mx|mail exchanger)
    unable to find a? ?(?:mx|mail exchanger)|mx (?:record )?(?:not found|lookup)
    """

DISABLED = r"""
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

# What only looks like an unknown user: a hedge, a list that lets nobody write, a reader's wish.
HEDGE = r"""
    not (?:found |listed )?[io]n[^.]{0,20}(?:safe|white|allow)[ -]?list
    groups?[^.]{0,200}(?:may|might) (?:not exist|have)|(?:may|might) not exist,? (?:or|they)
    recipient preferences?|preferences of the recipient
    (?:recipient|user) (?:has )?(?:blocked|refuses|declined)
    (?:unknown|invalid|not exist|no such user|not found),? or[^.]{0,30}(?:blocked|denied|polic
        |not allowed|disabled|inactive|full|quota|restrict|black)
    (?:inconnu|invalide|inexistant)e?s?,? ou [^.]{0,40}(?:d[ée]sactiv|satur|plein|bloqu|refus)
    (?:desconocid|inexistente|inv[aá]lid)[oa]?,? o [^.]{0,40}(?:desactiv|llen|bloquead|inactiv)
    unbekannt,? oder [^.]{0,40}(?:gesperrt|deaktiviert|voll|abgelehnt|blockiert)
    (?:blocked|denied|policy|disabled|inactive|restrict\w*|blacklisted),? or[^.]{0,30}(?:unknown
        |invalid|not exist|no such|not found)
    rejected by (?:the )?(?:recipient|user|addressee)s?\b(?! (?:domain|server|mail|host))
    only accepts? (?:e-?)?(?:mail|messages)|accepts? (?:e-?)?(?:mail|messages) only
    (?:you are|you're|is) not (?:a |an )?(?:member|subscribe)|not (?:a )?members? of
    """

NO_USER = r"""
    (?:unknown|invalid|no such|no|non-?exist[ea]nt|bad|undefined|illegal|nonexisting
        |unrecogni[sz]ed|incorrect|wrong) (?:local |destination |delivery |virtual |remote[ ]
        |e-?mail |mail |valid |such )*WHO\b(?! (?:certificate|hostname|server|host name
        |specified|sequence|syntax|command|password|credentials|activity|status))
    WHO:? (?:is |was |are |were |has |been |currently |<>|"[\w.+-]{1,64}"
        |['":,;()<>-]|\s)*(?:unknown|invalid|undeliverable
        |unrecogni[sz]ed|non-?exist[ea]nt|not (?:found|known|exist|present
        |recogni[sz]ed|valid|local|listed|here|in|a|available|registered|defined)|incorrect
        |unavailable or|nonexistent)(?!\w)
    WHO (?:<> )?(?:has been |was |is )(?:deleted|removed)\b(?! from)
    WHO (?:<> )?(?:you (?:specified|tried|entered
        |are) [^.]{0,40})?(?:that you tried to reach )?IS_NOT (?:<> )?(?:a |an |any[ ]
        |currently |locally )*(?:exist|found|known|valid|recogni[sz]ed|local|here|listed
        |have(?! (?:the |any |enough |sufficient )?(?:permission|right|access|privilege
        |authori|quota))
        |registered|active (?:address|mailbox)|in|locate|resolve|hosted|associated|identif
        |available here|among
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
    (?:utente|destin(?:\.|atario)|casella|indirizzo).{0,40}(?:sconosciut|inesistente|non esiste
        |non trovat|non valid)
    (?:usu[aá]rio|destinat[aá]rio|caixa|endere[cç]o|conta).{0,40}(?:desconhecid|inexistente
        |n[aã]o existe|n[aã]o encontrad)
    nieznany|nie istnieje|(?:nie ma|brak) takiego|nincs ilyen|nu exist[aă]|bulunamad|böyle bir
    άγνωστος|δεν υπάρχει|לא קיים|غير موجود|宛先不明|找不到.{0,6}(?:收件人|用户|用戶|邮箱|信箱)
    onbekend|bestaat niet|okänd|ukjent|ukendt|findes ikke|finns inte
    tuntematon|ei löydy|ei ole olemassa|kullanıcı yok|neznám|neexistuje|ismeretlen
    не существует|не найден|неизвестн|нет такого|несуществующ|не зарегистрирован
    存在しない|見つかりません|見つからない|ありません|存在しません|不明な|不存在|没有找到|沒有此|無此|查无此
    존재하지|없는 (?:사용자|계정|주소)|찾을 수 없
    """

NO_DOMAIN = r"""
    (?:host|domain|hostname|system|site|server|mail ?host)(?: or domain)?(?: name)?(?: <>
        |\W)*(?:is |was |are )?(?:unknown|not (?:found|known|exist|valid|hosted|local|resolv)
        |non-?exist|invalid|unresolv|IS_NOT (?:exist|found|valid|resolv|be found|hosted|local
        |known|handled))
    (?:unknown|invalid|no such|non-?exist[ea]nt|bad|unresolvable|unrouteable|unroutable
        |illegal) (?:mail |destination |recipient |host or |recipient's |host/)*(?:domain|host
        |system|site|destination)
    no route to (?:domain|address)|unroute?able (?:mail )?(?:address|domain)
    couldn't find any host|domain is not reachable
    could not (?:find|resolve) (?:the )?(?:host|domain|mail ?server|mx)
    nxdomain|name (?:or service )?not (?:known|found)|host not found|hostnotfound|dns hard
    (?:find|resolve) (?:the )?(?:recipient|destination)'?s? domain
    bad destination (?:system|host|domain)|domain (?:has )?expired|not a valid (?:domain|host)
    don't (?:know|handle) (?:that|this) (?:host|domain)
    name server:? (?:\W|<>)*(?:no data|host not found)|can't find (?:host|domain)
    no (?:a|mx|dns|address) (?:or mx )?records?|domaine.{0,20}(?:inconnu|invalide|inexistant)
    dominio.{0,20}(?:desconocido|no existe|inexistente)|домен
    """

NO_USER_HINTED = r"""
    requested (?:mail )?action not taken:? (?:mailbox|user)
    mailbox (?:<> )?(?:is )?(?:unavailable|not available|temporarily unavailable)
    user (?:is )?(?:unavailable|not available)|not our|not deliverable|undeliverable address
    address rejected\W*(?:$|\(|\[|ofr|lpn|see)
    recipient (?:address )?(?:<> )?(?:rejected|refused|denied)\W*(?:$|\(|\[|see)
    bad (?:address|recipient|destination)(?! syntax)|invalid (?:recipient|address)
    """
