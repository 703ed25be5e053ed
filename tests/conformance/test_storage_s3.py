"""The backend `s3` keeps the promises of storage backends, before and after its files are in the bucket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ssplug.interfaces import IFootageStore
from ssplug.testing.storage import KEY, StorageConformance
from tests.integration.s3_server import Desk, S3Server, an_s3_server

pytest.importorskip("boto3")

from ssplug_s3.store import S3Store

pytestmark = [pytest.mark.integration]


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    """A server for all tests; each has a prefix of its own."""
    with an_s3_server() as running:
        yield running


@pytest.fixture
def desk(server: S3Server, tmp_path: Path) -> Iterator[Desk]:
    """An empty store that uploads nothing yet."""
    made = Desk(server, tmp_path)
    yield made
    made.close()


class TestInTheSpool(StorageConformance):
    """As long as nothing has been uploaded."""

    @pytest.fixture
    def store(self, desk: Desk) -> IFootageStore:
        """Nothing goes up."""
        return desk.store

    def test_the_beginning_of_a_finished_file_can_be_replaced(self, store: IFootageStore) -> None:
        """Not before it has arrived: it may be on its way just then."""
        self.written(store)
        with pytest.raises(BlockingIOError):
            store.rewrite(KEY, b"NEW")
        assert self.content(store) == b"footage"


class UploadedStore(S3Store):
    """A store that lets every file arrive in the bucket before it is looked at."""

    desk: Desk

    def open(self, key: str) -> Any:
        self.desk.wait_until_uploaded()
        return super().open(key)

    def rewrite(self, key: str, head: bytes) -> None:
        self.desk.wait_until_uploaded()
        super().rewrite(key, head)

    def find(self) -> Any:
        self.desk.wait_until_uploaded()
        return super().find()

    def remove(self, key: str) -> None:
        self.desk.wait_until_uploaded()
        super().remove(key)


class TestInTheBucket(StorageConformance):
    """When everything has been uploaded."""

    @pytest.fixture
    def store(self, desk: Desk) -> IFootageStore:
        """Everything goes up at once."""
        store = UploadedStore(desk.bucket, desk.spool, desk.uploads, desk.settings)
        store.desk = desk
        desk.begin_uploading()
        return store
