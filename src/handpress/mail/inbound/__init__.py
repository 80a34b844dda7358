"""Doors through which mail comes back: a pipe, LMTP, a mailbox."""
