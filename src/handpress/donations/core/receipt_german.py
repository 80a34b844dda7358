"""The German form: what a Zuwendungsbestätigung has to state, in words of our own.

The tax office wants the words of its own model (section 50 EStDV); the paper says itself that
this has to be checked. Sums stand in figures and in words.
"""

from __future__ import annotations

from handpress.donations.core.receipt_words import ANNUAL, VOID, Facts, Line, Paper, Speech

_ONES = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
).split()
_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_SCALES = (
    (10**9, "eine Milliarde", "Milliarden"),
    (10**6, "eine Million", "Millionen"),
)
_MOST = 10**12


def euros_in_words(minor: int) -> str:
    """Return a sum of euros in German words: “zweihundertfünf Euro und zehn Cent”."""
    euros, cents = divmod(minor, 100)
    words = f"{_before_noun(euros)} Euro"
    return f"{words} und {_before_noun(cents)} Cent" if cents else words


def _before_noun(number: int) -> str:
    return "ein" if number == 1 else number_in_words(number)


def number_in_words(number: int) -> str:
    """Return a whole number in German words; figure by figure from a million millions on."""
    if number >= _MOST:
        return "-".join(_ONES[int(figure)] for figure in str(number))
    for scale, one, many in _SCALES:
        if number >= scale:
            count, rest = divmod(number, scale)
            words = one if count == 1 else f"{number_in_words(count)} {many}"
            return f"{words} {number_in_words(rest)}" if rest else words
    return _below_million(number)


def _below_million(number: int) -> str:
    if number >= 1000:
        count, rest = divmod(number, 1000)
        return f"{_stem(count)}tausend{_below_million(rest) if rest else ''}"
    if number >= 100:
        count, rest = divmod(number, 100)
        return f"{_stem(count)}hundert{_below_million(rest) if rest else ''}"
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_stem(ones)}und{_TENS[tens - 2]}" if ones else _TENS[tens - 2]


def _stem(number: int) -> str:
    # “einhundert”, “einundzwanzig”, “hunderteintausend”.
    return _below_million(number).removesuffix("s") if number % 100 == 1 else _below_million(number)


def german_paper(facts: Facts, say: Speech) -> Paper:
    """Return the paper; ``say`` gives days and sums."""
    is_listed = facts.kind == ANNUAL
    return Paper(
        language=say.language,
        title=_title(facts),
        issuer=(facts.issuer.name, *facts.issuer.address),
        to_label="An",
        to=(facts.to.name, *facts.to.address),
        facts=tuple(_facts(facts, say)),
        columns=("Tag", "Art", "Betrag") if is_listed else (),
        rows=tuple(_row(line, facts, say) for line in facts.lines) if is_listed else (),
        total=("Summe", say.sum(facts.total, facts.currency)) if is_listed else ("", ""),
        words=tuple(_words(facts, say)),
        signature="" if facts.kind == VOID else "Ort, Datum und Unterschrift",
    )


def _title(facts: Facts) -> str:
    if facts.kind == VOID:
        return f"Widerruf einer Bestätigung, Nr. {facts.number}"
    if facts.kind == ANNUAL:
        return f"Sammelbestätigung über Geldzuwendungen, Nr. {facts.number}"
    return f"Bestätigung über eine Geldzuwendung, Nr. {facts.number}"


def _row(line: Line, facts: Facts, say: Speech) -> tuple[str, str, str]:
    return say.day(line.day), "Geldzuwendung", say.sum(line.minor, facts.currency)


def _facts(facts: Facts, say: Speech) -> list[tuple[str, str]]:
    found = [
        ("Ausgestellt am", say.day(facts.issued_on)),
        ("Steuernummer", facts.issuer.tax_id),
    ]
    if facts.kind == VOID:
        return found
    found += [
        ("Art der Zuwendung", "Geldzuwendung"),
        ("Betrag in Ziffern", say.sum(facts.total, facts.currency)),
        ("Betrag in Buchstaben", euros_in_words(facts.total)),
    ]
    if facts.kind == ANNUAL and facts.first and facts.last:
        days = f"{say.day(facts.first)} bis {say.day(facts.last)}"
        found.append(("Zeitraum der Zuwendungen", days))
    else:
        found.append(("Tag der Zuwendung", say.day(facts.lines[0].day)))
    return [*found, ("Verzicht auf die Erstattung von Aufwendungen", "nein")]


def _words(facts: Facts, say: Speech) -> list[str]:
    if facts.kind == VOID:
        return _void_words(facts, say)
    words = [
        facts.issuer.tax_words,
        "Wir bestätigen, dass der Betrag nur für die steuerbegünstigten Zwecke verwendet wird, "
        "für die wir anerkannt sind.",
    ]
    if facts.is_less:
        words.append("Zurückgegebene Beträge sind nicht mitgezählt.")
    if facts.kind == ANNUAL:
        words.append(
            "Über die aufgeführten Zuwendungen besteht keine andere gültige Bestätigung, und es "
            "wird keine weitere ausgestellt."
        )
    words.append(
        "Hinweis: Diese Bestätigung ist in eigenen Worten gefasst. Das Finanzamt verlangt für den "
        "Abzug den amtlich vorgeschriebenen Vordruck (§ 50 EStDV). Ob diese Fassung genügt, ist "
        "vor der Verwendung mit dem Finanzamt zu klären."
    )
    return words


def _void_words(facts: Facts, say: Speech) -> list[str]:
    former = facts.former
    if former is None:
        return []
    return [
        f"Die Bestätigung Nr. {former.number} vom {say.day(former.issued_on)} über "
        f"{say.sum(former.minor, facts.currency)} ist nicht mehr gültig.",
        f"Grund: {facts.reason}",
    ]
