"""Files of others are as they were published, have their licence beside them, and are served to everybody."""

import hashlib
import importlib.resources

from tests.unit.web.scene import ADMIN, Scene, a_camera_at_work

HLS_JS = "vendor/hls.js-1.7.4/hls.light.min.mjs"
DIGEST = "3d82a88cf9ae0d9aaab3cbe9ff6ecbb64bb89c54a399c34ae9bf8b559baeb20f"


def test_hls_js_is_served_as_it_was_published_and_kept_by_browsers() -> None:
    """By its SHA-256; the version is in the address."""
    response = Scene(a_camera_at_work(), users=(ADMIN,)).get(f"/pages/{HLS_JS}")
    assert (response.status, response.header("Content-Type")) == (200, "text/javascript; charset=utf-8")
    assert hashlib.sha256(response.body).hexdigest() == DIGEST
    assert "immutable" in (response.header("Cache-Control") or "")


def test_our_own_files_are_not_kept() -> None:
    """They change with the server."""
    assert Scene(a_camera_at_work()).get("/pages/mse.js").header("Cache-Control") == "no-store"


def test_every_folder_of_others_has_its_licence_and_is_named_in_the_list() -> None:
    vendor = importlib.resources.files("ssplug.servers.web").joinpath("pages", "vendor")
    told = vendor.joinpath("README.md").read_text("utf-8")
    folders = [entry for entry in vendor.iterdir() if entry.is_dir()]
    assert folders
    for folder in folders:
        assert f"`{folder.name}`" in told
        assert folder.joinpath("LICENSE").is_file()


def test_the_player_loads_the_file_that_is_there() -> None:
    pages = importlib.resources.files("ssplug.servers.web").joinpath("pages")
    assert f'import("./{HLS_JS}")' in pages.joinpath("hls_play.js").read_text("utf-8")
