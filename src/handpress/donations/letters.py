"""Letters to donors. Each is written in the transaction of what it is about, so there is one.

No account, no sum of a card and no company's link is in a letter: what it says might change, and
what it leads to says what is true then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from handpress.accounts.signed import sign
from handpress.donations.actions.donors import facts_of
from handpress.donations.companies import company_kind
from handpress.donations.core.references import grouped
from handpress.donations.models import Donor, LostOrder, Plan, PlanLetter, Pledge, Rail
from handpress.donations.wording import speaking_to, sum_said
from handpress.mail.core.addresses import normal_key
from handpress.mail.suppression import is_suppressed
from handpress.newsroom.cards import date_in_words
from handpress.newsroom.letters import Words, write_words
from handpress.press.answers import public_url
from handpress.press.prepared import Prepared
from handpress.press.site import language_now, site_facts, theme

GIFT = "donations.gift"
PLAN = "donations.plan"
AGAIN = "donations.again"
MAILED = "mailed"
PLAN_LASTS = timedelta(days=3660)
FALLS_AFTER = timedelta(days=30)
"""After so long without an answer a plan is asked for by a letter each month."""
_WITHIN_DAYS = 7


About = TypeVar("About", Pledge, Plan, LostOrder)
More = ParamSpec("More")
Done = TypeVar("Done")


def _in_their_language(
    write: Callable[Concatenate[About, More], Done],
) -> Callable[Concatenate[About, More], Done]:
    """Have a letter be in the language of the donor of what it is about (`wording.speaking_to`)."""

    @wraps(write)
    def written(about: About, *args: More.args, **more: More.kwargs) -> Done:
        with speaking_to(about.donor):
            return write(about, *args, **more)

    return written


def gift_link(pledge: Pledge, now: datetime) -> str:
    """Return what comes after `/-/gift/`: the promise, signed."""
    return sign(GIFT, f"pledge-{pledge.pk}", now)


def mailed_link(pledge: Pledge, now: datetime) -> str:
    """Return what comes after `/-/gift/` in a letter: the promise, and that its donor was mailed.

    Whoever fills in the form has another link: the address may be somebody else's.
    """
    return sign(GIFT, f"{MAILED}-{pledge.pk}", now)


def plan_link(plan: Plan, now: datetime) -> str:
    """Return what comes after `/-/plan/`: the monthly gift, signed."""
    return sign(PLAN, plan.uuid.hex, now)


def again_link(plan: Plan, now: datetime) -> str:
    """Return what comes after `/-/again/`: a monthly gift that must be agreed to anew, signed."""
    return sign(AGAIN, f"{plan.uuid.hex}-{plan.wave}", now)


@_in_their_language
def write_instructions(pledge: Pledge, to: str, now: datetime) -> None:
    """Mail the link to the page that says how. No account is in the letter: it might change."""
    translate = theme().translate
    after = [translate("If it was not you, do nothing.")]
    if not pledge.rail.is_company:
        after.insert(0, translate("Nothing is taken from you: money moves only when you send it."))
    words = Words(
        translate("Your gift to {name}", name=site_facts().name),
        [
            translate(
                "Somebody, we hope you, wrote down a gift at this address: {sum}.",
                sum=sum_said(pledge.amount_minor, pledge.currency, pledge.frequency),
            ),
            translate("Its reference is {reference}.", reference=grouped(pledge.reference)),
            translate("This page says how to send it, and whether it has come:"),
        ],
        translate("Your gift"),
        public_url(f"gift/{mailed_link(pledge, now)}"),
        after,
    )
    _mail(to, words)


@_in_their_language
def write_thanks(pledge: Pledge, now: datetime, *, minor: int | None = None) -> None:
    """Say that a gift has come; ``minor`` is its sum where that is not what was promised."""
    translate = theme().translate
    plan = pledge.plan
    came = pledge.amount_minor if minor is None else minor
    words = Words(
        translate("Your gift to {name} has come", name=site_facts().name),
        [
            translate("Thank you!"),
            translate(
                "{sum} has come, under the reference {reference}.",
                sum=sum_said(came, pledge.currency, "once"),
                reference=grouped(pledge.reference),
            ),
        ],
        translate("Your monthly gift") if plan else translate("Your gift"),
        public_url(f"plan/{plan_link(plan, now)}" if plan else f"gift/{gift_link(pledge, now)}"),
        [translate("There you can change it, pause it or end it.")] if plan else [],
    )
    _mail_donor(pledge.donor, words)


@_in_their_language
def write_reminder(plan: Plan, pledge: Pledge, now: datetime) -> None:
    """Ask for the gift of a month that nobody may take by themselves."""
    if not _is_first(plan, f"remind-{pledge.pk}"):
        return
    translate = theme().translate
    words = Words(
        translate("Your monthly gift to {name}", name=site_facts().name),
        [
            translate(
                "You wanted to be reminded of your gift: {sum}.",
                sum=sum_said(pledge.amount_minor, pledge.currency, pledge.frequency),
            ),
            translate(
                "Nothing is taken by itself. It takes you one click and whatever your way"
                " to pay asks for:"
            ),
        ],
        translate("Give this month"),
        public_url(f"gift/{mailed_link(pledge, now)}"),
        [_to_change(plan, now)],
    )
    _mail_donor(plan.donor, words)


@_in_their_language
def write_declined(plan: Plan, pledge: Pledge, now: datetime, *, is_last: bool) -> None:
    """Say that a gift could not be taken, once when it happens and once when it is given up."""
    if not _is_first(plan, f"{'given-up' if is_last else 'declined'}-{pledge.pk}"):
        return
    translate = theme().translate
    what = (
        translate("It is not tried again by itself. On this page you can choose another way:")
        if is_last
        else translate(
            "It is tried again in some days. If your card or account has changed, say so here:"
        )
    )
    words = Words(
        translate("Your gift to {name} could not be taken", name=site_facts().name),
        [
            translate(
                "Your bank or card company did not let us take your gift of {sum}.",
                sum=sum_said(pledge.amount_minor, pledge.currency, pledge.frequency),
            ),
            what,
        ],
        translate("Your monthly gift"),
        public_url(f"plan/{plan_link(plan, now)}"),
        [],
    )
    _mail_donor(plan.donor, words)


@_in_their_language
def write_again(plan: Plan, now: datetime, *, step: int) -> bool:
    """Ask a donor to agree anew, since the old way is gone; ``step`` is the day: 0, 7 or 21.

    Returns whether a letter was written: not where it was before, nor where no address is known.
    """
    if not _is_first(plan, f"again-{step}"):
        return False
    translate = theme().translate
    site = site_facts()
    ends_at = (plan.reconsent_at or now) + FALLS_AFTER
    words = Words(
        translate("Your monthly gift to {name} needs you once more", name=site.name),
        [
            translate(
                "You give {sum}. The way by which it came to us is closed to us now, and nobody"
                " takes your gift any more.",
                sum=sum_said(plan.amount_minor, plan.currency, "monthly"),
            ),
            translate(
                "If you want to go on, please choose a new way on this page. The sum stays as it"
                " is, and nothing is taken before its usual day."
            ),
        ],
        translate("Go on giving"),
        public_url(f"again/{again_link(plan, now)}"),
        [
            translate(
                "The link works until {day} (days left: {days}). After that, a letter asks you for"
                " each month’s gift instead.",
                day=date_in_words(ends_at.astimezone(site.zone).date(), language_now()),
                days=max(1, -((now - ends_at) // timedelta(days=1))),
            ),
            translate("If you would rather end it, the same page does that."),
        ],
    )
    return _mail_donor(plan.donor, words)


@_in_their_language
def write_still_taken(plan: Plan, rail: Rail, now: datetime, *, name: str) -> bool:
    """Say that a company goes on taking a gift by itself, and who can end that: only the donor.

    ``name`` is what the company calls it; of each there is one letter, ever. Returns whether it
    was written.
    """
    if not _is_first(plan, f"still-taken-{name}", wave=0):
        return False
    translate = theme().translate
    way = company_kind(rail.kind).name
    words = Words(
        translate("Your old monthly gift is still taken from you"),
        [
            translate(
                "{way} still takes the monthly gift to {name} that you agreed to before, though"
                " we do not ask for it any more. We cannot end it; you can.",
                way=way,
                name=site_facts().name,
            ),
            translate(
                "Please sign in at {way}, or ask your bank, and end it there. Until then what is"
                " taken comes to us, and is your gift of that month: we ask for no second one.",
                way=way,
            ),
        ],
        translate("Your monthly gift"),
        public_url(f"plan/{plan_link(plan, now)}"),
        [],
    )
    return _mail_donor(plan.donor, words)


@_in_their_language
def write_change_order(
    lost: LostOrder, to: str, orders: Sequence[Pledge], now: datetime, *, is_first: bool
) -> None:
    """Ask a donor to change standing orders at their bank, since the account is lost.

    ``orders`` are the promises whose references they bear, one at least.
    """
    translate = theme().translate
    site = site_facts()
    order, *others = orders
    before = [
        translate(
            "You give to {name} every month by a standing order at your bank. The account that it"
            " goes to is closed to us now, and what is sent there may be lost.",
            name=site.name,
        ),
        translate(
            "Please change it at your bank. This page shows the new account; your reference stays"
            " as it is: {reference}.",
            reference=grouped(order.reference),
        ),
    ]
    if not is_first:
        again = translate("We wrote to you before, and no gift has come to the new account yet.")
        before.insert(0, again)
    words = Words(
        translate("Please change your standing order to {name}", name=site.name),
        before,
        translate("See the new account"),
        public_url(f"gift/{mailed_link(order, now)}"),
        [
            *(
                translate(
                    "Another standing order of yours has the reference {reference}: {address}",
                    reference=grouped(each.reference),
                    address=public_url(f"gift/{mailed_link(each, now)}"),
                )
                for each in others
            ),
            translate(
                "So that nobody can lead you to a false account, no letter of ours names one: only"
                " the page on our own site does."
            ),
            translate(
                "If you have changed it already, or ended it, please say so on that page, and no"
                " other letter comes."
            ),
        ],
    )
    _mail(to, words)


def _to_change(plan: Plan, now: datetime) -> str:
    address = public_url(f"plan/{plan_link(plan, now)}")
    return str(theme().translate("To change, pause or end it: {address}", address=address))


def _is_first(plan: Plan, about: str, *, wave: int | None = None) -> bool:
    """Note a letter about something in a plan's wave; False where it was noted before."""
    wave = plan.wave if wave is None else wave
    if _NOTED.finds(plan.pk, wave, about):
        return False
    _, is_new = PlanLetter.objects.get_or_create(plan=plan, wave=wave, about=about)
    return is_new


_NOTED = Prepared(
    lambda plan, wave, about: PlanLetter.objects.filter(
        plan=plan, wave=wave, about=about
    ).values_list("pk")
)


def address_to(donor: Donor | None) -> str:
    """Return where a donor can be written to; "" where nobody told, or nothing arrives there."""
    to = facts_of(donor).get("email", "") if donor else ""
    return "" if not to or is_suppressed(normal_key(to)) else to


def _mail_donor(donor: Donor | None, words: Words) -> bool:
    to = address_to(donor)
    if to:
        _mail(to, words)
    return bool(to)


def _mail(to: str, words: Words) -> None:
    write_words(to, words, kind="gift", deadline_s=_WITHIN_DAYS * 86400, language=language_now())
