"""Reads of the digest."""

from handpress.digest.queries.own import chosen_topics, facts_of, own_data, topics_to_choose

__all__ = ["chosen_topics", "facts_of", "own_data", "topics_to_choose"]
