"""The page of the practice company, where a donor of the demo pays with nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse

from handpress.donations.companies.practice import DEMO_FACT, practice_file
from handpress.donations.companies.practice_book import PracticeBook
from handpress.donations.views.companies import to_company
from handpress.donations.wording import sum_said
from handpress.lib import clock
from handpress.press.answers import Form, answer, open_to_readers
from handpress.press.site import theme
from handpress.press.state import recall


@open_to_readers
def checkout(request: HttpRequest, name: str) -> HttpResponse:
    """Show what is to be paid; the buttons pay, decline, or leave."""
    if not recall(DEMO_FACT, False):
        raise Http404
    book = PracticeBook(practice_file())
    try:
        payment = book.payment(name)
        if payment is None:
            raise Http404
        if request.method == "POST":
            match request.POST.get("do", ""):
                case "pay":
                    book.pay(name, clock.now())
                    return to_company(urlsplit(payment.done_url).path)
                case "decline":
                    book.fail(name, "card_declined")
            return to_company(urlsplit(payment.left_url).path)
    finally:
        book.close()
    translate = theme().translate
    frequency = "monthly" if payment.is_monthly else "once"
    words = [
        translate("You are at the practice company. It does not exist, and no money moves."),
        sum_said(payment.minor, payment.currency, frequency),
    ]
    if payment.is_for_later:
        words.append(translate("Nothing is paid now; you agree to later gifts alone."))
    return answer(
        request,
        translate("Practice: pay nothing"),
        words,
        forms=[
            Form(translate("Pay with the practice card"), hidden=(("do", "pay"),)),
            Form(translate("Let the card be declined"), hidden=(("do", "decline"),)),
            Form(translate("Leave without paying"), hidden=(("do", "leave"),)),
        ],
    )
