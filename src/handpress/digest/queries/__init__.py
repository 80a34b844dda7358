"""Reads of the digest."""

from handpress.digest.queries.own import chosen_topics, own_data, topics_to_choose
from handpress.digest.queries.own_page import shown_data

__all__ = ["chosen_topics", "own_data", "shown_data", "topics_to_choose"]
