"""The action `email` keeps its promises."""

import pytest

import ssplug_email
from ssplug.testing.actions import ActionConformance
from tests.unit.plugins.mail_server import a_mail_server


class TestEmail(ActionConformance):
    """With a mail server that wants to know who writes."""

    secrets = ("hunter2",)

    @pytest.fixture
    def driver(self):
        return ssplug_email.ssplug_action_handlers()[0]

    @pytest.fixture
    def settings(self, tmp_path):
        with a_mail_server(tmp_path, users={"nvr": "hunter2"}) as (_, server):
            yield {**server, **_WHO, "user": "nvr", "password": "hunter2", "images": 1}

    @pytest.fixture
    def failing_settings(self, tmp_path):
        (tmp_path / "other").mkdir()
        with a_mail_server(tmp_path / "other", users={"nvr": "secret"}) as (_, server):
            yield {**server, **_WHO, "user": "nvr", "password": "hunter2", "images": 0}


_WHO = {"from": "nvr@example.org", "to": ["alice@example.org"]}
