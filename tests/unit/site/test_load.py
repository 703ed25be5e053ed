"""From a site file to a `Site`."""

from pathlib import Path

import pytest

from ssplug.model.access import EVERYTHING, Permission
from ssplug.model.camera import CameraIdentity, Levels, Transform
from ssplug.site.load import BYTES_LIMIT, SiteError, load_site, state_of
from ssplug.site.types import (
    UNNUMBERED,
    ActionsConfig,
    Bandwidth,
    CertificateFiles,
    ContinuousConfig,
    ImagesConfig,
    Location,
    MotionCaptureConfig,
    MotionConfig,
    MovieConfig,
    Overlay,
    Retention,
    ServerConfig,
    Zone,
)

CONTRACT = (Path(__file__).parent / "contract.yaml").read_text()
CAMERA = "cameras: {porch: {source: {driver: pattern}}}\n"


@pytest.fixture
def contract(load, tmp_path):
    """The site of the file that shows every key."""
    mail = tmp_path / "mail.pw"
    mail.write_text("m4il\n")
    return load(CONTRACT.replace("/etc/ssplug/mail.pw", str(mail)))


def test_the_contract_s_server(contract):
    assert contract.server == ServerConfig(
        name="Home",
        interface="0.0.0.0",
        port=8000,
        tls_port=8001,
        certificate=None,
        state=Path("/var/lib/ssplug"),
        timezone="Europe/London",
        location=Location(51.5, -0.12),
        date_format="DD/MM/YYYY",
        realm="SecuritySpy",
        bonjour=True,
        dialect=None,
        bandwidth=Bandwidth(8_000_000, 512_000),
    )


def test_the_contract_s_users_and_groups(contract):
    alice, guest = contract.users
    assert (alice.name, alice.password, alice.admin) == ("alice", "s3cret", True)
    assert (alice.cameras, alice.permissions) == (None, EVERYTHING)
    assert (guest.admin, guest.permissions) == (False, Permission.LIVE | Permission.AUDIO)
    assert guest.cameras == {"porch", "drive"}
    assert guest.password.startswith("$argon2id$")
    assert contract.groups == {"outdoor": ("porch", "drive")}


def test_what_the_contract_keeps_and_for_how_long(contract):
    assert (contract.storage.driver, contract.storage.settings) == ("filesystem", {"path": "/var/lib/ssplug/footage"})
    assert contract.retain == Retention(30 * 86400.0, 200 * 10**9, min_free_percent=10.0)


def test_the_contract_s_schedules_and_presets(contract):
    assert contract.schedules == {
        "night": [{"days": "mon-sun", "from": "sunset-30m", "to": "sunrise+30m"}],
        "away": [{"days": "mon-fri", "from": "08:30", "to": "17:30"}],
    }
    assert contract.presets == {"Holiday": {"motion": "armed-24-7", "actions": "armed-24-7"}}


def test_the_contract_s_folders_and_destinations(contract):
    assert (contract.scripts, contract.sounds) == (Path("/etc/ssplug/scripts"), Path("/etc/ssplug/sounds"))
    assert contract.sound_player == "auto"
    assert contract.notify["mail"].settings["password"] == "m4il"
    assert contract.notify["phone"].settings == {"url": "https://ntfy.example/home"}


def test_the_contract_s_first_camera(contract):
    porch = contract.cameras[0]
    assert porch.identity == CameraIdentity("porch", 0, "Front Porch")
    assert (porch.enabled, porch.transform, porch.storage) == (True, Transform.NONE, None)
    assert porch.source.driver == "rtsp"
    assert porch.source.settings == {
        "url": "rtsp://10.0.0.5/main",
        "username": "viewer",
        "password": "s3cret",
        "transport": "tcp",
    }
    assert porch.detect_source.settings == {"url": "rtsp://10.0.0.5/sub"}
    assert porch.picture == Levels(5, -10)
    assert porch.overlay == Overlay(False, "%c %Y-%m-%d %H:%M:%S", 18, "bottom-left")
    assert [slot.driver for slot in (porch.ptz, porch.talkback)] == ["onvif", "onvif"]


def test_where_the_contract_s_first_camera_is_sent(contract):
    """What goes there is the core's to know; the driver gets the rest."""
    [upload] = contract.cameras[0].uploads
    assert upload.what == ("motion-movies", "motion-images")
    assert (upload.to.driver, upload.to.settings) == (
        "ftp",
        {"host": "10.0.0.9", "user": "nvr", "password": "s3cret"},
    )


def test_what_the_contract_s_first_camera_looks_for(contract):
    motion = contract.cameras[0].motion
    assert (motion.detector.driver, motion.classifier.settings) == ("background", {"model": "/models/detector.onnx"})
    assert (motion.sensitivity, motion.trigger_time) == (50, 0.5)
    assert motion.masks == (((0, 0), (0.3, 0), (0.3, 0.4), (0, 0.4)),)
    assert motion.zones == (Zone("path", ((0.1, 0.5), (0.9, 0.5), (0.9, 1), (0.1, 1)), frozenset({"human"})),)
    assert motion.trigger_on == ("motion", "human", "vehicle", "animal", "sound", "camera")
    assert (motion.human_sensitivity, motion.vehicle_sensitivity, motion.animal_sensitivity) == (50, 50, 50)
    assert (motion.sound_enabled, motion.sound_level) == (False, 50)


def test_what_the_contract_s_first_camera_records(contract):
    porch = contract.cameras[0]
    assert porch.continuous == ContinuousConfig(
        "armed-24-7",
        MovieConfig(length=600.0),
        ImagesConfig(interval=60.0),
        ImagesConfig(interval=60.0, upload=("ftp",)),
    )
    assert porch.motion_capture == MotionCaptureConfig(
        "armed-24-7", MovieConfig(pre_capture=5.0, post_capture=30.0), ImagesConfig(interval=1.0, post_capture=5.0)
    )


def test_what_the_contract_s_first_camera_does(contract):
    actions = contract.cameras[0].actions
    assert (actions.schedule, actions.trigger_on) == ("night", ("human", "vehicle"))
    assert (actions.delay, actions.reset) == (0.0, 60.0)
    script, sound, phone = actions.run
    assert (script.driver, sound.driver) == ("script", "sound")
    assert phone == contract.notify["phone"]


def test_the_contract_s_other_cameras(contract):
    named = [(camera.identity.id, camera.identity.number, camera.source.driver) for camera in contract.cameras[1:]]
    assert named == [
        ("drive", UNNUMBERED, "rtsp"),
        ("yard", 7, "pattern"),
        ("garage", 8, "file"),
        ("gate", 9, "mjpeg"),
    ]


def test_a_camera_is_named_by_its_id_unless_told_otherwise(load):
    assert load(CAMERA).cameras[0].identity == CameraIdentity("porch", UNNUMBERED, "porch")


def test_what_is_not_written_is_left_to_the_defaults(load):
    site = load(CAMERA)
    porch = site.cameras[0]
    assert site.server == ServerConfig()
    assert site.retain == Retention(min_free_percent=5.0)
    assert porch.motion == MotionConfig()
    assert (porch.continuous, porch.motion_capture) == (ContinuousConfig(), MotionCaptureConfig())
    assert porch.actions == ActionsConfig()


def test_stills_of_motion_capture_keep_their_second_when_only_something_else_is_written(load):
    site = load("cameras: {porch: {source: {driver: pattern}, motion_capture: {images: {enabled: true}}}}")
    assert site.cameras[0].motion_capture.images == ImagesConfig(enabled=True, interval=1.0)


def test_a_slot_knows_where_it_was_written(load, tmp_path):
    site = load("cameras:\n  porch:\n    source:\n      driver: pattern\n")
    assert site.cameras[0].source.where == f"{tmp_path}/site.yaml:4:7"
    assert site.cameras[0].where == f"{tmp_path}/site.yaml:3:5"


def test_a_slot_of_null_is_none_where_the_defaults_name_one(load):
    site = load(f"camera_defaults: {{ptz: {{driver: pattern}}}}\n{CAMERA.replace('}}}', '}, ptz: null}}')}")
    assert site.cameras[0].ptz is None


def test_relative_paths_start_at_the_folder_of_the_file(load, tmp_path):
    site = load(
        "server: {state: state, certificate: {cert: tls/cert.pem, key: /etc/key.pem}}\nscripts: {path: ../scripts}\n"
        "cameras: {garage: {source: {driver: file, path: clips/garage.mp4}}}"
    )
    assert site.server.state == tmp_path / "state"
    assert site.server.certificate == CertificateFiles(tmp_path / "tls/cert.pem", Path("/etc/key.pem"))
    assert site.scripts == tmp_path / "../scripts"
    assert site.cameras[0].source.settings["path"] == str(tmp_path / "clips/garage.mp4")


def test_a_path_may_begin_at_the_home_folder(load, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load("server: {state: ~/state}\n").server.state == tmp_path / "home/state"


def test_free_space_may_be_a_size(load):
    assert load("retain: {min_free: 50GB}\n").retain == Retention(min_free=50 * 10**9)


def test_a_camera_may_keep_less_footage_than_the_site(load):
    """And says nothing of free space, which is not its own."""
    site = load("cameras: {yard: {source: {driver: pattern}, retain: {max_age: 7d, max_size: 50GB}}}\n")
    assert site.cameras[0].retain == Retention(7 * 86400.0, 50 * 10**9)
    with pytest.raises(SiteError, match="min_free"):
        load("cameras: {yard: {source: {driver: pattern}, retain: {min_free: 5%}}}\n")


def test_a_user_without_a_word_about_permissions_may_look_at_all_cameras(load):
    [user] = load("users: [{name: eve, password: {$env: GATE_PASSWORD}}]").users
    assert (user.permissions, user.cameras, user.admin) == (Permission.LIVE, None, False)


def test_no_repr_tells_a_secret(contract):
    assert "s3cret" not in repr(contract)
    assert "m4il" not in repr(contract)


def test_drivers_are_handed_plain_text(contract):
    """Some libraries written in C take no class but `str`."""
    assert type(contract.cameras[0].source.settings["password"]) is str
    assert type(contract.users[0].password) is str


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_bytes(b"a: 1\nb: \xff\n"), "not UTF-8 text: see line 2"),
        (lambda path: path.write_bytes(b"#" * (BYTES_LIMIT + 1)), "too long for a site file"),
        (lambda path: path.write_bytes(b"a: [\n"), "flow"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(tmp_path, drivers, make, said):
    path = tmp_path / "site.yaml"
    make(path)
    with pytest.raises(SiteError, match=said) as caught:
        load_site(path, drivers)
    assert len(caught.value.errors) == 1
    assert str(caught.value).startswith(str(path))


def test_a_byte_order_mark_is_no_part_of_the_first_key(load):
    assert load("\ufeff" + CAMERA).cameras


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("server: {state: ./state}\n", "state"),
        ("server: {state: {$env: WHERE}}\nusers: [{name: a, password: {$env: NOT_KNOWN_HERE}}]\n", "elsewhere"),
        ("cameras: {}\n", "/var/lib/ssplug"),
    ],
)
def test_the_state_folder_is_known_without_the_rest(tmp_path, text, state):
    """Who speaks to a running server need not know its passwords."""
    (tmp_path / "site.yaml").write_text(text)
    assert state_of(tmp_path / "site.yaml", {"WHERE": "elsewhere"}) == tmp_path / state
