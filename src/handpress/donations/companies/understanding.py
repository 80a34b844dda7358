"""An answer that our side cannot make sense of says as little as one that never came."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError

from handpress.donations.companies.errors import CompanyError, OutcomeUnknown
from handpress.donations.companies.secrets import SecretsUnusable

logger = logging.getLogger(__name__)


@contextmanager
def understood() -> Iterator[None]:
    """Raise `OutcomeUnknown` for whatever goes wrong with a company and has no name yet.

    A company that answers in a way nobody has foreseen may have done what it was asked. The log
    says where it went wrong and not what the answer was: a donor's name may stand in it.
    """
    try:
        yield
    except (CompanyError, SecretsUnusable, DatabaseError):
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        logger.error(
            "company_not_understood", extra={"error": type(error).__name__, "where": where}
        )
        raise OutcomeUnknown("its answer was not understood") from None
