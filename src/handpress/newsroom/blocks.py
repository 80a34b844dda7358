"""The blocks an editor writes with."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.images.blocks import ImageChooserBlock

from handpress.newsroom.core.embeds import facade_of, pasted_address

TEXT_FEATURES = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "hr", "link", "superscript"]
TEXT_FEATURES += ["subscript", "strikethrough", "blockquote", "code"]


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock()
    alt = blocks.CharBlock(
        required=False,
        label="What it shows",
        help_text="In words, for those who cannot see it. Empty: the picture's own description.",
    )
    decorative = blocks.BooleanBlock(
        required=False, help_text="The picture adds nothing to the text: screen readers skip it."
    )
    caption = blocks.CharBlock(required=False)
    credit = blocks.CharBlock(required=False, help_text="Empty: the picture's own credit.")

    class Meta:
        icon = "image"

    def clean(self, value: Any) -> Any:
        """Let no picture be published that nobody described or can see; a draft may wait."""
        from handpress.newsroom.pictures import CANNOT_BE_SHOWN, can_be_shown

        cleaned = super().clean(value)
        image = cleaned.get("image")
        says = cleaned.get("alt", "").strip() or (image and image.description.strip())
        if image and not says and not cleaned.get("decorative") and not self.is_deferred_validation:
            words = "Say what the picture shows, or tick “Decorative”."
            raise StructBlockValidationError({"alt": ValidationError(words)})
        if image and not self.is_deferred_validation and not can_be_shown(image.pk):
            raise StructBlockValidationError({"image": ValidationError(CANNOT_BE_SHOWN)})
        return cleaned


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock()
    attribution = blocks.CharBlock(required=False, label="Who said it")

    class Meta:
        icon = "openquote"


class EmbedBlock(blocks.StructBlock):
    """A link card in place of somebody else's frame."""

    url = blocks.URLBlock(
        label="Address",
        help_text="Of the video, recording or post; an embed code may be pasted too. Readers get a"
        " link: nothing is loaded from there.",
    )
    title = blocks.CharBlock(help_text="What one finds there. It is what readers press.")
    note = blocks.CharBlock(required=False, help_text="Who made it, how long it is.")

    class Meta:
        icon = "media"

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> Any:
        value = super().value_from_datadict(data, files, prefix)
        value["url"] = pasted_address(value.get("url") or "")
        return value

    def clean(self, value: Any) -> Any:
        """Keep the address that a person would open, without what only tracks."""
        cleaned = super().clean(value)
        if cleaned.get("url"):
            facade = facade_of(cleaned["url"])
            if facade is None:
                words = "That is no plain address of the web: it begins with https:// or http://."
                raise StructBlockValidationError({"url": ValidationError(words)})
            cleaned["url"] = facade.url
        return cleaned


class CodeBlock(blocks.StructBlock):
    text = blocks.TextBlock()

    class Meta:
        icon = "code"


class BodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(features=TEXT_FEATURES)
    image = PictureBlock()
    quote = QuoteBlock()
    embed = EmbedBlock()
    # The grid knows its own words by this name alone, and complains of "en".
    table = TableBlock(table_options={"language": "en-US"})
    code = CodeBlock()
    html = blocks.RawHTMLBlock(
        label="Legacy HTML", help_text="From an older system. It is cleaned before it is printed."
    )
