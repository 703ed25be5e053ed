"""Which version of the protocol a client speaks."""

import pytest

from ssplug.servers.web.dialects import CLIENTS_LIMIT, Dialects
from ssplug.wire.requests import DocumentFormat


def test_a_client_speaks_version_5_until_it_asks_for_a_document_of_version_6() -> None:
    dialects = Dialects()
    assert dialects.of("admin", "192.0.2.1") == 5
    assert dialects.of_document(DocumentFormat.XML, "admin", "192.0.2.1") == 6
    assert dialects.of("admin", "192.0.2.1") == 6


def test_asking_for_the_old_document_changes_nothing() -> None:
    dialects = Dialects()
    dialects.of_document(DocumentFormat.JSON, "admin", "192.0.2.1")
    assert dialects.of_document(DocumentFormat.LEGACY, "admin", "192.0.2.1") == 5
    assert dialects.of("admin", "192.0.2.1") == 6


def test_a_client_is_an_account_at_an_address() -> None:
    dialects = Dialects()
    dialects.of_document(DocumentFormat.JSON, "admin", "192.0.2.1")
    assert dialects.of("admin", "192.0.2.2") == dialects.of("guest", "192.0.2.1") == 5


@pytest.mark.parametrize("fixed", [5, 6])
def test_the_site_file_may_settle_it(fixed: int) -> None:
    dialects = Dialects(lambda: fixed)
    assert {dialects.of_document(form, "a", "b") for form in DocumentFormat} == {fixed}
    assert dialects.of("a", "b") == fixed


def test_the_site_file_may_settle_it_later() -> None:
    """What a client has shown to speak counts again as soon as it is not settled any more."""
    settled: list[int | None] = [None]
    dialects = Dialects(lambda: settled[0])
    dialects.of_document(DocumentFormat.JSON, "admin", "192.0.2.1")
    settled[0] = 5
    assert dialects.of("admin", "192.0.2.1") == 5
    settled[0] = None
    assert dialects.of("admin", "192.0.2.1") == 6


def test_what_is_remembered_is_bounded() -> None:
    dialects = Dialects()
    for number in range(CLIENTS_LIMIT + 1):
        dialects.of_document(DocumentFormat.JSON, "admin", str(number))
    assert dialects.of("admin", "0") == 5
    assert dialects.of("admin", str(CLIENTS_LIMIT)) == 6
