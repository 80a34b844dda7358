"""The desk's forms, where Wagtail's own would change what nobody touched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm


class MomentKeepingForm(WagtailAdminModelForm):
    """A form that shows moments to the minute and keeps the seconds of those left as they are.

    Two articles of one minute would change places otherwise when one of them is edited.
    """

    def clean(self) -> dict[str, Any]:
        super().clean()
        data: dict[str, Any] = self.cleaned_data
        for name, given in data.items():
            stored = getattr(self.instance, name, None) if isinstance(given, datetime) else None
            if isinstance(stored, datetime) and stored.replace(second=0, microsecond=0) == given:
                data[name] = stored
        return data
