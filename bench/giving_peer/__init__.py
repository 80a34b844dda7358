"""Settings, a peer's view and a company on this machine, for bench/giving.py."""
