"""How long the next try waits."""

from datetime import timedelta

import pytest

from handpress.accounts.core.delays import ACCOUNT_AND_NETWORK, NETWORK, wait_after


def test_the_wait_doubles_and_ends_somewhere() -> None:
    waits = [wait_after(n, ACCOUNT_AND_NETWORK).total_seconds() for n in range(1, 13)]
    assert waits == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize("failures", [10**3, 10**9])
def test_nobody_is_locked_out_for_good(failures: int) -> None:
    assert wait_after(failures, ACCOUNT_AND_NETWORK) == timedelta(minutes=5)
    assert wait_after(failures, NETWORK) == timedelta(minutes=1)
