"""Views of the desk that Wagtail does not have."""
