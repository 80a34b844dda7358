"""The desk's pages about money."""
