"""The digest's tables."""

from handpress.digest.models.editions import (
    Delivery,
    DeliveryState,
    Edition,
    EditionArticle,
    EditionState,
)
from handpress.digest.models.pitch import Pitch
from handpress.digest.models.subscribers import (
    Consent,
    ConsentWording,
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
    "Frequency",
    "Pitch",
    "Subscriber",
    "SubscriberState",
    "TopicChoice",
]
