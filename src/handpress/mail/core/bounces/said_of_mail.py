"""What mail systems say of a message, of whoever sent it, of the way and of themselves.

How the lines are read: `mail.core.bounces.wording`.
"""

from __future__ import annotations

OUR_QUOTA = r"""
    (?:sending|daily|hourly|relay|sender|outbound|smtp|message rate)[ -](?:user )?(?:sending )?quota
    (?:too many|(?:rate|number|amount) of) (?:invalid|bad|unknown|wrong|non-?existent) WHO
    to (?:too many )?(?:invalid|unknown|non-?existent) (?:recipients|users|addresses)
    quota[^.]{0,30}per (?:hour|day|minute)|frequency (?:is |has been )?(?:limit|exceed)
    """

# Said outright to be about us, whatever else is said.
OURS = r"""
    (?:reject(?:ed)?|block(?:ed)?|refused|denied|deferred
        |not accepted)[^.]{0,30}\b(?:as|for|to|of|using
        |by|on)\b[^.]{0,30}(?:spam|black ?list|block ?list|dnsbl|reputation|policy|policies
        |dmarc|\bspf\b)
    (?:detected|classified|identified|considered|marked|flagged|recogni[sz]ed) as (?:\w+ )?(?:spam
        |junk|bulk|phish)
    """

# A program that fell over repeats whatever it was told.
PROGRAM = r"""
    procmail|command died|(?:could|can)(?:n't| ?not) create|unable to (?:create|open|write)
    """

# Follows when each recipient was refused for a reason that stands elsewhere.
WAITED_FOR = r"""
    no valid recipients(?! for)
    """

NO_RELAY = r"""
    relay(?:ing)?[^.]{0,40}(?:denied|not permitted|not allowed|prohibited|rejected)
    (?:do not|not (?:permitted|allowed) to|unable to|won't|cannot) relay
    """

IN_HEADER = r"""
    in (?:the )?(?:from|to|cc|sender|reply-to)?:? ?headers?\b|recipients? headers?\b
    """

AUTH = r"""
    \bdmarc\b|\bspf\b|\bdkim\b|domainkeys|\badsp\b|\barc\b (?:fail|valid)|unauthenticated
    sender policy framework
    \b(?:authentication|authori[sz]ation) (?:is )?(?:unsuccessful|failed|required|rejected)
    authentication (?:checks?|results?|requirement|information|fail)[^.]{0,30}
    (?:multiple|email|sender|message|domain) authentication|authenticate with
    required authentication level
    sender ?id (?:fail|check|pra)|not (?:properly )?(?:dkim|signed)
    """

VIRUS = r"""
    \bvirus(?:es)?\b|malware|\btrojan|infected|\bworm\b|phish|malicious|вирус|ウイルス|病毒
    """

REVERSE = r"""
    \bptr\b|reverse[- ](?:dns|lookup|name|host|address|mapping|record|ip)|\brdns\b|fcrdns
    forward[- ]confirmed
    (?:cannot|can't|could not|unable to) (?:find|resolve) your (?:host ?name|reverse|ip
        |name|address)
    (?:ip|client|host)[^.]{0,40}(?:name lookup failed|IS_NOT resolve|has no (?:name|dns)
        |must resolve)
    (?:helo|ehlo)[^.]{0,40}(?:invalid|not resolve|mismatch|match|reject|dynamic|IS_NOT|bogus)
    dynamic ip|dial-?up|generic (?:host|rdns)|residential
    """

GREY = r"""
    gr[ae]y[- ]?list|deferred for policy|retry (?:in|after) \d{1,9} (?:sec|min)
    please (?:try|retry) (?:again )?in \d+|postgrey
    """

RATE = r"""
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

REPUTATION = r"""
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

SPAM = r"""
    \bspam\w*|\bjunk\b|\bbulk\b|unsolicited|\bube\b|\buce\b|high spam|spam score|looks like
    considered (?:spam|junk)|\bbayes|\brazor\b|cloudmark|message content rejected|pourriel
    мусор|спам|スパム|迷惑メール|垃圾|스팸
    """

RELAY = r"""
    \brelay(?:ing)?\b|rcpthosts|not a gateway|is not (?:verified|configured to relay)
    authentication (?:is )?required|must (?:authenticate|be authenticated)|smtp auth
    identities failed
    """

ENCRYPTION = r"""
    \bstarttls\b|\btls\b|\bssl\b|must issue a|encryption (?:required|needed)|certificate
    """

CONTENT = r"""
    (?:content|attachment|media|message body|mime|charset|header|subject|url
        |link)s?[^.]{0,40}(?:not allowed|rejected|blocked|prohibited|error|invalid|not accept
        |restrict|presents a potential|unsupported|forbidden|malformed|not permitted)
    (?:bad|invalid|illegal|malformed|missing|multiple|duplicate|non-?ascii
        |8.?bit)[^.]{0,30}(?:header|content|attachment|mime|from: header|message-id|date
        |addresses in from)
    rejected due to content|content (?:filter|reject|type|restriction)
    blocked because its content|rfc ?-?(?:2|5|8)\d{2,3}|not rfc|conversion|bare (?:lf|cr|line)
    """

POLICY = r"""
    \bpolic(?:y|ies)\b|administrat|prohibit|security
    not (?:allowed|permitted|authori[sz]ed|accepted for)|unauthori[sz]ed|access (?:is )?denied
    permission|forbidden|restrict|reject(?:ed)? by|denied by|black ?hole|local rules|filter
    \bdenied\b|not member|not a member|refused by|moderat|\bblocked\b|subscribers? only
    members? only
    don't have permission|rules|non autoris|no autorizad|nicht erlaubt|запрещ
    """

SYSTEM = r"""
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
NO_ANSWER = r"""
    host not found,? try again|unexpected name server
    dns (?:query|error|failure|soft|lookup)(?![^.]{0,60}(?:not found|not exist|no such|nxdomain))
    name ?server (?:timeout|failure|error)|servfail|point to non-?existent hosts
    """

EXPIRED = r"""
    expired|retry time(?:out)?|giving up|given up|too long|gave up
    not (?:be )?(?:delivered|reached) (?:for|within|in|after)
    could not (?:be )?deliver(?:ed)? (?:for|within|after)|delivery (?:time|attempts?)
    (?:has been |been |is |will be )?(?:delayed|deferred|retried)
    time (?:expired|limit|out of)|\d{1,9} attempts|multiple retries|in the queue
    queue (?:time|lifetime)|still (?:trying|being)|for \d{1,9} (?:days?|hours?|minutes?|seconds)
    undelivered after|warning message only|temporary (?:failure|problem)
    """

NETWORK = r"""
    (?:connection|connect|session|network|socket|transmission|conversation|dns|host|server
        |smtp)[^.]{0,40}(?:timed? ?out|refused|lost|reset|dropped|failed|closed|unreachable
        |error|broken|aborted|interrupt|terminated|fail|no route|not reachable|not respond
        |did not accept|unavailable)
    (?:timed? ?out|no route to host|network is (?:down|unreachable)|unreachable
        |not reachable|no answer|not respond|did not respond|broken pipe|cannot connect
        |could not connect|couldn't connect|couldn't establish|unable to connect
        |unable to reach|failed to connect|no connection)
    """
