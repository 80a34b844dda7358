"""Opening a list: which system's it is, and its readers one by one."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from lzma import LZMAError

from handpress.digest.core.incoming import IncomingReader, NotAList
from handpress.digest.formats.readings import FORMATS, PLAIN, Columns, Format, guess_columns
from handpress.digest.formats.tables import Table, open_table

LARGEST = 200 * 2**20
"""Bytes of a file, unpacked."""
_LOOK_AT = 200
# What is raised for files that are none, or cut off, or of bytes that do not unpack.
_DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    zlib.error,
    LZMAError,
)
_GUARDED = tuple("=+-@\t")


@dataclass(frozen=True, slots=True)
class Upload:
    """A list that was opened: its tables, its format, and which column holds what."""

    tables: tuple[Table, ...]
    format: Format
    columns: Columns
    held_back: tuple[str, ...] = ()
    """Names of files in a ZIP that were not read, as they hold nobody who asked for mail."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns that one may choose from."""
        return self.tables[0].header

    @property
    def can_be_mapped(self) -> bool:
        """Say whether it is for the reader to say which column holds what."""
        return self.format is PLAIN

    @property
    def says_who_left(self) -> bool:
        """Say whether anything in it can tell who left from who wants mail."""
        return not self.can_be_mapped or bool(self.columns.standing or self.columns.left)

    def with_columns(self, columns: Columns) -> Upload:
        """Return the same list, read by other columns."""
        return replace(self, columns=columns)

    def readers(self) -> Iterator[IncomingReader]:
        """Yield every line's reader, those who left first; raise NotAList where a line cannot be.

        Who left in one table and is active in another, of the same file, is met as gone.
        """
        for table in self.tables:
            columns = self._columns_of(table)
            for line, fields in table.rows():
                row = dict(zip(table.header, map(_unguarded, fields), strict=False))
                yield self.format.read(line, row, columns)

    def _columns_of(self, table: Table) -> Columns:
        if self.format.name == "mailchimp":
            return Columns(address=_column_of_addresses(table))
        # Tables of one ZIP may call the same by different names.
        guessed = asdict(_guess(table))
        chosen = asdict(self.columns)
        for field, name in chosen.items():
            if name and name not in table.header:
                chosen[field] = guessed[field]
        return Columns(**chosen)

    def sample(self, count: int = 5) -> list[list[str]]:
        """Return the first lines, to look at."""
        rows = self.tables[0].rows()
        return [fields for _, (_, fields) in zip(range(count), rows, strict=False)]


def open_list(name: str, data: bytes) -> Upload:
    """Open a CSV file or Mailchimp's ZIP; raise NotAList."""
    if len(data) > LARGEST:
        raise NotAList(f"{name} is larger than {LARGEST // 2**20} MB. Split it and try again.")
    if data[:4] == b"PK\x03\x04":
        return _open_zip(name, data)
    table = open_table(name, data)
    found = _format_of(table)
    columns = _guess(table)
    if found is PLAIN and not columns.address:
        raise NotAList(
            f"No column of {name} holds e-mail addresses. Its columns are: "
            f"{', '.join(table.header[:12])}."
        )
    return Upload((table,), found, columns)


def _guess(table: Table) -> Columns:
    columns = guess_columns(table.header)
    return columns if columns.address else replace(columns, address=_column_of_addresses(table))


def _format_of(table: Table) -> Format:
    names = set(table.header)
    return next((one for one in FORMATS if one.marks <= names), PLAIN)


def _open_zip(name: str, data: bytes) -> Upload:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = [one for one in archive.infolist() if _is_a_table(one.filename)]
        if sum(one.file_size for one in members) > LARGEST:
            raise NotAList(f"{name} holds more than {LARGEST // 2**20} MB. Split it.")
        files = [(one.filename.rpartition("/")[2], _unpacked(archive, one)) for one in members]
    except _DAMAGED:
        raise NotAList(
            f"{name} is a ZIP that cannot be unpacked. Download it once more and try again."
        ) from None
    files = [(each, content) for each, content in files if content.strip()]
    held_back = tuple(each for each, _ in files if each.lower().startswith("nonsubscribed"))
    # Those who left first, so that nobody is added who left.
    tables = sorted(
        (open_table(each, content) for each, content in files if each not in held_back),
        key=lambda table: not {"UNSUB_TIME", "CLEAN_TIME"} & set(table.header),
    )
    if not tables:
        raise NotAList(f"{name} holds no list (no CSV file) of readers.")
    return Upload(tuple(tables), _format_of_all(tables), _guess(tables[0]), held_back)


def _is_a_table(path: str) -> bool:
    # A Mac adds a hidden file to each file, of the same name but for two letters.
    return path.lower().endswith(".csv") and not path.rpartition("/")[2].startswith("._")


def _format_of_all(tables: Sequence[Table]) -> Format:
    formats = {_format_of(table).name: _format_of(table) for table in tables}
    if len(formats) > 1:
        raise NotAList(
            "The files in the ZIP are of different kinds. Import them one after the other, those "
            "who left first."
        )
    return next(iter(formats.values()))


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    # A ZIP may lie about how much it holds.
    with archive.open(member) as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise NotAList(f"{member.filename} is larger than {LARGEST // 2**20} MB. Split it.")
    return data


def _column_of_addresses(table: Table) -> str:
    """Return the column in which most lines hold an address, whatever it is called."""
    counts = dict.fromkeys(table.header, 0)
    for _, (_, fields) in zip(range(_LOOK_AT), table.rows(), strict=False):
        for name, field in zip(table.header, fields, strict=False):
            counts[name] += "@" in field
    best = max(counts, key=lambda name: counts[name], default="")
    return best if best and counts[best] else ""


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_GUARDED) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_GUARDED) else text
