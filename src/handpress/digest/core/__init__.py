"""Rules of the digest: plain Python."""
