"""Pictures: whole, of the type they are served as, and without what a camera or a program wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO

from PIL import Image

from gates.bench import Bench, ask
from gates.gate import Bad, Finding, Gate
from gates.pages import SitePage

_SUFFIXES = {"webp", "jpg", "jpeg", "png", "gif", "avif", "ico"}
# Where a picture was taken, by whom, with what: a source can be found by it.
_TELLTALES = ("exif", "xmp", "photoshop", "comment", "XML:com.adobe.xmp")


def _picture(**saved: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(out, "JPEG", **saved)
    return out.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    return exif.tobytes()


class Images(Gate):
    name = "pictures"
    controls: Sequence[Bad] = (
        Bad("metadata", _picture(exif=_exif()), "a.jpg"),
        Bad("metadata", _picture(comment=b"by somebody"), "a.jpg"),
        Bad("broken", _picture()[:120], "a.jpg"),
        Bad("type", _picture(), "a.jpg", (("Content-Type", "image/webp"),)),
    )

    def reads(self, page: SitePage) -> bool:
        return page.suffix in _SUFFIXES

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        for page in pages:
            for check, what in _judge(page):
                yield Finding(check, str(page), what)


def _judge(page: SitePage) -> Iterator[tuple[str, str]]:
    try:
        with Image.open(BytesIO(page.content)) as image:
            image.load()
            kept = [name for name in _TELLTALES if image.info.get(name)]
            kind = Image.MIME.get(image.format or "", "unknown")
            exif = dict(image.getexif())
    except (OSError, SyntaxError) as error:
        yield "broken", str(error)
        return
    if kept or exif:
        yield "metadata", f"carries {', '.join(kept) or 'EXIF'}"
    said = ask(page.url).headers.get("content-type", "")
    if said != kind and page.suffix != "ico":
        yield "type", f"is {kind} and served as {said}"
