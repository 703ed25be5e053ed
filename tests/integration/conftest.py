"""What holds for all tests with real parts."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each module on one worker: what its tests share is costly to start, and would be started once for each."""
    for item in items:
        if item.path.parent.name == "integration" and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
