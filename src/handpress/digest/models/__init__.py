"""The digest's tables."""

from handpress.digest.models.editions import (
    Delivery,
    DeliveryState,
    Edition,
    EditionArticle,
    EditionState,
)
from handpress.digest.models.imports import ImportState, ReaderImport
from handpress.digest.models.pitch import Pitch
from handpress.digest.models.subscribers import (
    Consent,
    ConsentWording,
    Erasure,
    Frequency,
    Subscriber,
    SubscriberState,
    TopicChoice,
)

__all__ = [
    "Consent",
    "ConsentWording",
    "Delivery",
    "DeliveryState",
    "Edition",
    "EditionArticle",
    "EditionState",
    "Erasure",
    "Frequency",
    "ImportState",
    "Pitch",
    "ReaderImport",
    "Subscriber",
    "SubscriberState",
    "TopicChoice",
]
