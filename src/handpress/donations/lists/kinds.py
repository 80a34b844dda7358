"""Lists that other systems hand out: what they are known by, and what their columns hold.

Names of columns are as `core.tables.folded` leaves them, ``|`` between those that mean the same,
the ones that count first before the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DONORS, PLANS, GIFTS = "donors", "plans", "gifts"
HOLDS = (DONORS, PLANS, GIFTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A list of a system's. ``marks`` are columns that all of them have, each by any of its names.

    ``origin`` is what is kept with what comes of it; ``company`` whose names its ids are, and
    empty where the list says that itself, or nobody does.
    """

    name: str
    label: str
    holds: str
    origin: str
    marks: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    company: str = ""


_PERSON = {
    "email": "email|email address|e mail|primary email|email home|e mail address",
    "name": "name|full name|display name|donor name",
    "first_name": "first name|donor first name",
    "last_name": "last name|donor last name",
    "address": "address|address 1|address line 1|street|street address|address 2|address line 2|"
    "supplemental address 1|zip|postal code|zip code|city|town city|state|province|country",
    "language": "language|preferred language|locale",
}

KINDS: tuple[Kind, ...] = (
    Kind(
        name="stripe-subscriptions",
        label="Stripe: subscriptions",
        holds=PLANS,
        origin="stripe",
        company="stripe",
        marks=("id", "customer id", "current period end utc"),
        names={
            "email": "customer email",
            "name": "customer name",
            "donor_id": "customer id",
            "id": "id",
            "subscription": "id",
            "customer": "customer id",
            "method": "default payment method|default payment method id|payment method id",
            "amount": "amount",
            "currency": "currency",
            "interval": "interval",
            "count": "interval count",
            "quantity": "quantity",
            "status": "status",
            "next_on": "current period end utc",
            "started_on": "start utc|start date utc|created utc",
            "ended_on": "ended at utc|canceled at utc",
            "ends": "cancel at period end",
        },
    ),
    Kind(
        name="stripe-payments",
        label="Stripe: payments",
        holds=GIFTS,
        origin="stripe",
        company="stripe",
        marks=("id", "amount refunded", "currency", "created utc|created date utc"),
        names={
            "email": "customer email|receipt email|user email",
            "name": "customer name|card name|shipping name",
            "donor_id": "customer id",
            "id": "id",
            "amount": "converted amount|amount",
            "currency": "converted currency|currency",
            "given_back": "converted amount refunded|amount refunded",
            "given_back_on": "refunded date utc",
            "dispute": "dispute status",
            "disputed": "disputed amount",
            "fee": "fee",
            "status": "status",
            "on": "created utc|created date utc",
            "mode": "mode",
        },
    ),
    Kind(
        name="stripe-customers",
        label="Stripe: customers",
        holds=DONORS,
        origin="stripe",
        company="stripe",
        marks=("id", "email", "delinquent"),
        names={
            "email": "email",
            "name": "name|card name|description",
            "donor_id": "id",
            "customer": "id",
            "method": "default payment method|default payment method id|card id|default source",
            "address": "address line1|card address line1|shipping address line1|address line2|"
            "card address line2|address postal code|card address zip|address city|"
            "card address city|address state|card address state|address country|"
            "card address country",
        },
    ),
    Kind(
        name="paypal-activity",
        label="PayPal: activity",
        holds=GIFTS,
        origin="paypal",
        company="paypal",
        marks=("transaction id", "gross", "from email address"),
        names={
            "email": "from email address",
            "name": "name",
            "address": "address line 1|address line 2 district neighborhood|zip postal code|"
            "town city|state province region county territory prefecture republic|country",
            "id": "transaction id",
            "amount": "gross",
            "fee": "fee",
            "currency": "currency",
            "status": "status",
            "on": "date",
            "type": "type",
            "about": "reference txn id",
        },
    ),
    Kind(
        name="paypal-recurring",
        label="PayPal: recurring payments",
        holds=PLANS,
        origin="paypal",
        company="paypal",
        marks=(
            "profile id|recurring payment id|subscription id|recurring profile id",
            "next payment date|next billing date|next payment due|next payment",
            "amount|recurring amount|payment amount|billing amount|amount per cycle",
        ),
        names={
            "email": "email|email address|subscriber email|customer email|payer email|from email "
            "address",
            "name": "name|subscriber name|customer name|payer name",
            "id": "profile id|recurring payment id|subscription id|recurring profile id",
            "subscription": "profile id|recurring payment id|subscription id|recurring profile id",
            "amount": "amount|recurring amount|payment amount|billing amount|amount per cycle",
            "currency": "currency|currency code",
            "interval": "frequency|billing cycle|payment cycle|cycle|period|billing period",
            "count": "billing frequency|cycle length",
            "next_on": "next payment date|next billing date|next payment due|next payment",
            "started_on": "start date|created|creation date|profile start date",
            "status": "status|profile status|subscription status",
        },
    ),
    Kind(
        name="givewp-donations",
        label="GiveWP: donations",
        holds=GIFTS,
        origin="givewp",
        marks=("donation id", "donation total"),
        names={
            **_PERSON,
            "donor_id": "donor id",
            "id": "donation id",
            "amount": "donation total",
            "currency": "currency code|currency",
            "status": "donation status",
            "on": "donation date",
            "mode": "payment mode",
            "company": "payment gateway",
        },
    ),
    Kind(
        name="givewp-subscriptions",
        label="GiveWP: subscriptions",
        holds=PLANS,
        origin="givewp",
        marks=("period", "frequency", "amount|recurring amount", "email|email address"),
        names={
            **_PERSON,
            "donor_id": "donor id|customer id",
            "id": "subscription id|id|gateway subscription id|profile id",
            "subscription": "gateway subscription id|profile id|subscription profile id",
            "amount": "recurring amount|amount",
            "currency": "currency|currency code|payment currency",
            "interval": "period",
            "count": "frequency",
            "next_on": "renews at|renewal date|next payment date|expiration|expiration date",
            "started_on": "created at|created|date created",
            "status": "status",
            "mode": "mode|payment mode",
            "company": "gateway id|gateway|payment gateway",
        },
    ),
    Kind(
        name="givewp-donors",
        label="GiveWP: donors",
        holds=DONORS,
        origin="givewp",
        marks=("email", "donor created|total donated|number of donations"),
        names={**_PERSON, "donor_id": "donor id"},
    ),
    Kind(
        name="civicrm-contributions",
        label="CiviCRM: contributions",
        holds=GIFTS,
        origin="civicrm",
        marks=("contribution id", "total amount"),
        names={
            **_PERSON,
            "donor_id": "contact id",
            "id": "contribution id",
            "amount": "total amount",
            "currency": "currency",
            "fee": "fee amount",
            "status": "contribution status|status",
            "on": "contribution date|date received|received date|receive date|received",
            "mode": "test",
            "company": "payment processor",
        },
    ),
    Kind(
        name="civicrm-recurring",
        label="CiviCRM: recurring contributions",
        holds=PLANS,
        origin="civicrm",
        marks=("frequency unit|recurring frequency unit", "amount|recurring amount", "contact id"),
        names={
            **_PERSON,
            "donor_id": "contact id",
            "id": "recurring contribution id|contribution recur id|id",
            "subscription": "processor id|subscription id|trxn id",
            "amount": "amount|recurring amount",
            "currency": "currency",
            "interval": "frequency unit|recurring frequency unit",
            "count": "interval number of units|frequency interval|interval",
            "next_on": "next scheduled contribution date|next scheduled contribution",
            "started_on": "start date|create date|created date",
            "ended_on": "cancel date|end date|recurring contribution end date",
            "status": "status|contribution status|recurring status",
            "mode": "test",
            "company": "payment processor|processor",
        },
    ),
    Kind(
        name="civicrm-contacts",
        label="CiviCRM: contacts",
        holds=DONORS,
        origin="civicrm",
        marks=("contact id", "email|primary email"),
        names={**_PERSON, "donor_id": "contact id"},
    ),
)

_GUESSES: Mapping[str, str] = {
    "email": f"{_PERSON['email']}|mail|correo|courriel|adresse e mail|emailadresse",
    "name": f"{_PERSON['name']}|nom|nombre|donor",
    "first_name": f"{_PERSON['first_name']}|vorname|prenom",
    "last_name": f"{_PERSON['last_name']}|nachname|apellidos|surname",
    "address": f"{_PERSON['address']}|adresse|strasse|plz|ort|land|direccion",
    "language": f"{_PERSON['language']}|sprache|langue|idioma",
    "donor_id": "donor id|contact id",
    "id": "id|number|nr|no|reference|transaction id|donation id|subscription id|gift id|plan id",
    "amount": "amount|sum|monthly amount|total|betrag|montant|importe",
    "currency": "currency|currency code|wahrung|devise|moneda",
    "status": "status|state",
    "interval": "interval|frequency|period|how often",
    "next_on": "next|next day|next date|next payment|next payment date|next gift",
    "started_on": "since|start|started|start date",
    "ended_on": "ended|ended on|end date|cancelled on",
    "on": "date|day|donation date|gift date|received|datum|fecha",
    "fee": "fee|fees",
    "given_back": "refunded|given back|amount refunded",
    "company": "company|gateway|processor",
    "subscription": "subscription|company subscription id",
    "customer": "customer|customer id",
    "method": "payment method id|mandate|mandate id|card id",
}

PLAIN = Kind(name="csv", label="A table of your own", holds="", origin="csv", names=_GUESSES)
