"""What the gates look up by name in the demo outlet, where `rows` makes it."""

LONG = "three-thousand-words"
"""Slug of the article that is weighed: 3,000 words, no picture."""

FIFTEEN = "fifteen-excerpts"
"""Slug of the topic that is weighed: 15 excerpts as long as they get, no picture."""

LONG_WORDS, EXCERPT_WORDS = 3000, 160
