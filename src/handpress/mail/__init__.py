"""Mail as such: messages, relays, signatures, bounces, and who must not be mailed."""
