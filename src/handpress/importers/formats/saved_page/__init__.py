"""Saved topic pages: plain text files that hold what a reader saw of a topic's page.

A page is a run of paragraphs with a blank line after each: a skip link perhaps, the topic, then
for each article a headline and its excerpt, newest first, and at the foot perhaps an appeal for
money in two forms and an invitation to a digest. Only LF and CRLF line ends are interpreted; every
other character of every paragraph is kept.
"""

from handpress.importers.formats.saved_page.furniture import Furniture
from handpress.importers.formats.saved_page.reader import (
    KIND,
    learn_furniture,
    read_saved_page,
    read_saved_pages,
)

__all__ = ["KIND", "Furniture", "learn_furniture", "read_saved_page", "read_saved_pages"]
