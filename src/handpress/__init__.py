"""Handpress: one self-hosted system to gather, publish, mail and fund a small newsroom."""

__version__ = "0.1.0"
