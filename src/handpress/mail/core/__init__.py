"""Rules of mail: plain Python."""
