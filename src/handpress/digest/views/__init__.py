"""What the digest answers to readers, below `/-/`."""
