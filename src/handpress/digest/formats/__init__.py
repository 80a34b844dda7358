"""Lists of readers as other systems export them. Plain Python; every format is a reading of tables.

upload = open_list("members.csv", data)
upload.format.name, upload.columns
for reader in upload.readers(): ...
"""

from handpress.digest.formats.lists import Upload, open_list
from handpress.digest.formats.readings import FORMATS, Columns, guess_columns

__all__ = ["FORMATS", "Columns", "Upload", "guess_columns", "open_list"]
