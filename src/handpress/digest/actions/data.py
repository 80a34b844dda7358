"""A reader's own data: a link to it by mail, and its erasure."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from handpress.accounts.counting import LimitReached, count_use, mark_of
from handpress.accounts.signed import read_signed
from handpress.digest import letters
from handpress.digest.actions.signing_up import ERASURE
from handpress.digest.actions.uploads import forget_address
from handpress.digest.core.limits import OWN_DATA
from handpress.digest.core.tokens import read_token
from handpress.digest.models import Delivery, Erasure, Subscriber, SubscriberState
from handpress.lib import clock
from handpress.mail.letters import letters_to
from handpress.mail.models import Suppression
from handpress.mail.returned import forget
from handpress.mail.suppression import is_suppressed


def send_data_link(reader: Subscriber) -> None:
    """Mail a reader a link to their own data.

    Every mail that is forwarded carries the link to one's preferences along; what is private or
    cannot be undone wants a fresh link, which only the owner of the address gets.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            count_use(OWN_DATA, str(reader.pk), now)
            if reader.address_key and not is_suppressed(reader.address_key):
                letters.write_data_link(reader, now)
    except LimitReached:
        return


def reader_of_data_link(signed: str) -> Subscriber | None:
    """Return the reader whose mailed link this is, while it lasts."""
    lasts = timedelta(hours=letters.DATA_WITHIN_HOURS)
    found = read_signed(letters.DATA, signed, now=clock.now(), lasts=lasts)
    number = read_token(found.value) if found else None
    return Subscriber.objects.filter(uuid=number).first() if number else None


def erase_reader(reader: Subscriber) -> bool:
    """Erase all that says who a reader was; False where that is done already.

    The row stays, without address, so that deliveries add up. A mark of the address stays as well,
    which keeps a list imported later from bringing them back.
    """
    with transaction.atomic():
        row = Subscriber.objects.select_for_update().get(pk=reader.pk)
        if row.state == SubscriberState.ERASED:
            return False
        Erasure.objects.get_or_create(mark=mark_of(ERASURE, row.address_key or ""))
        row.consents.all().delete()
        Delivery.objects.filter(subscriber=row).update(reply="")
        _forget_mail(row)
        row.address, row.address_key, row.domain = "", None, ""
        row.language, row.origin, row.choice, row.paused_until = "", "", None, None
        row.left_at = row.left_at or clock.now()
        row.state = SubscriberState.ERASED
        row.save()
    return True


def _forget_mail(reader: Subscriber) -> None:
    """Forget letters to a reader, what came back from them, and what lists said of the address."""
    key = reader.address_key or ""
    forget_address(key)
    letters_to(reader.address).delete()
    Suppression.objects.filter(address_key=key).delete()
    forget(key)
