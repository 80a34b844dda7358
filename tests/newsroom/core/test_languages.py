"""Languages, as people write them."""

from __future__ import annotations

import pytest

from handpress.conf.faults import WrongValueError
from handpress.newsroom.core.languages import (
    OFTEN_CHOSEN,
    language_label,
    read_language,
    split_tags,
)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("ko", "ko"),
        ("Korean", "ko"),
        ("한국어", "ko"),
        (" korean ", "ko"),
        ("Korean (ko)", "ko"),
        ("pt-br", "pt-BR"),
        ("العربية", "ar"),
        ("tlh", "tlh"),
    ],
)
def test_names_and_tags_are_read(written: str, tag: str) -> None:
    assert read_language(written) == tag


@pytest.mark.parametrize("tag", OFTEN_CHOSEN)
def test_what_a_form_shows_is_read_again(tag: str) -> None:
    label = language_label(tag)
    assert "," not in label
    assert read_language(label) == tag


def test_a_slip_is_understood_and_nonsense_is_not() -> None:
    with pytest.raises(WrongValueError) as slip:
        read_language("Corean")
    assert slip.value.remedy == "Did you mean Korean (ko)?"
    with pytest.raises(WrongValueError) as nonsense:
        read_language("<script>")
    assert "tag" in nonsense.value.remedy


def test_a_list_is_taken_apart() -> None:
    assert split_tags("en, ko;ar ") == ["en", "ko", "ar"]
    assert split_tags("") == []
