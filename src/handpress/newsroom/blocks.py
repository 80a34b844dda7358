"""The blocks an editor writes with."""

from __future__ import annotations

from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.images.blocks import ImageChooserBlock

TEXT_FEATURES = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "hr", "link", "superscript"]
TEXT_FEATURES += ["subscript", "strikethrough", "blockquote", "code"]


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock()
    alt = blocks.CharBlock(
        required=False, help_text="What the picture shows, for who cannot see it."
    )
    decorative = blocks.BooleanBlock(
        required=False, help_text="The picture adds nothing to the text: screen readers skip it."
    )
    caption = blocks.CharBlock(required=False)
    credit = blocks.CharBlock(required=False)

    class Meta:
        icon = "image"


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock()
    attribution = blocks.CharBlock(required=False)

    class Meta:
        icon = "openquote"


class EmbedBlock(blocks.StructBlock):
    """A link card in place of somebody else's frame."""

    url = blocks.URLBlock()
    title = blocks.CharBlock()
    note = blocks.CharBlock(required=False, help_text="Who made it, how long it is.")

    class Meta:
        icon = "media"


class CodeBlock(blocks.StructBlock):
    text = blocks.TextBlock()

    class Meta:
        icon = "code"


class BodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(features=TEXT_FEATURES)
    image = PictureBlock()
    quote = QuoteBlock()
    embed = EmbedBlock()
    table = TableBlock()
    code = CodeBlock()
    html = blocks.RawHTMLBlock(
        label="Legacy HTML", help_text="From an older system. It is cleaned before it is printed."
    )
