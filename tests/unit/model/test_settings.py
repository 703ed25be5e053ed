"""The table of settings: what clients send, what the server has, what the site file gets."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.settings import (
    CAMERA_SETTINGS,
    DEVICE_FIELDS,
    GENERAL_PAGES,
    Change,
    FormError,
    Number,
    Seconds,
    Setting,
    SettingError,
    camera_settings,
    changes,
)
from ssplug.site.types import CameraConfig, MotionConfig, ServerConfig, Site, Slot, UploadConfig
from ssplug.testing import a_camera

KNOWN_TO_CLIENTS = """
    name overlayText presenceRect enabled brightness contrast mcTriggerMotion mcTriggerMotionH mcTriggerMotionV
    mcTriggerMotionA mcTriggerAudio aTriggerMotion aTriggerMotionH aTriggerMotionV aTriggerMotionA ccMovie ccImage
    motionSensitivity humanSensitivity vehicleSensitivity animalSensitivity audioSensitivity mcMoviePre mcMoviePost
"""
OF_THE_SPECIFICATION = """
    ndInputNumber ndFrameRate ndVideoWidth ndVideoHeight ndDisablePTZ camEnabledCheck mdCheck cameraName
    mdSensitivityText mdTriggerTime transformationMenu overlayCheck overlayText overlayFontSize overlayPosition
    mdSoundTriggerCheck mdSoundTriggerText ccCaptureMovieCheck ccFPSText ccImageCaptureCheck
    ccImageCaptureIntervalText ccFTPUpdateCheck ccFPTUpdateFreq mcCaptureMovieCheck mcFrameRateText mcPreCaptureText
    mcPostCaptureText mcCaptureImageCheck mcImageFreqText mcImagePostCaptureText emailText frontCheck delayText
    resetTimeText ccFTPUploadMoviesCheck ccFTPUploadImagesCheck mdFTPUploadMoviesCheck mcUploadImagesCheck
"""
GENERAL = """
    camInfoCheck halfRateCheck fullVolCheck autoSleepCheck emailText statsEmailText emailImageCount emailImageFPS
    emailSubjectText emailImageSize bonjourCheck realmText ddnsText
"""


def porch(**config) -> CameraConfig:
    return CameraConfig(a_camera(), Slot("pattern"), **config)


def changed(form: dict[str, str], config: CameraConfig | None = None) -> list[Change]:
    return changes(CAMERA_SETTINGS, config or porch(), {name.lower(): text for name, text in form.items()})


@pytest.mark.parametrize("name", [*KNOWN_TO_CLIENTS.split(), *OF_THE_SPECIFICATION.split()])
def test_every_field_that_clients_know_is_in_the_table(name):
    """Once: two fields of one name would contradict each other."""
    assert [name in setting.names for setting in CAMERA_SETTINGS].count(True) == 1


def test_every_general_field_of_the_specification_is_in_preferences():
    """And on a page of version 6."""
    listed = {setting.name for setting in GENERAL_PAGES["preferences"]}
    assert listed == set(GENERAL.split())
    assert listed == {s.name for page, settings in GENERAL_PAGES.items() if page != "preferences" for s in settings}


def shown_by(setting: Setting, config: object) -> str:
    shown = setting.shown(config)
    return str(int(shown)) if isinstance(shown, bool) else str(shown)


@pytest.mark.parametrize("setting", CAMERA_SETTINGS, ids=lambda setting: setting.name)
def test_what_a_camera_shows_can_be_sent_back_and_changes_nothing(setting):
    """A form that is saved as it came is no change."""
    assert changed({setting.name: shown_by(setting, porch())}) == []


@pytest.mark.parametrize("setting", GENERAL_PAGES["preferences"], ids=lambda setting: setting.name)
def test_what_the_server_shows_can_be_sent_back_and_changes_nothing(setting, tmp_path):
    """The same for `preferences`."""
    site = Site(tmp_path / "site.yaml", ServerConfig())
    assert changes([setting], site, {setting.name.lower(): shown_by(setting, site)}) == []


@pytest.mark.parametrize(
    ("form", "path", "value"),
    [
        ({"cameraName": "Gäte"}, "name", "Gäte"),
        ({"enabled": "False"}, "enabled", False),
        ({"camEnabledCheck": "no"}, "enabled", False),
        ({"transformationMenu": "3"}, "transform", "rotate-180"),
        ({"brightness": "-20"}, "picture.brightness", -20),
        ({"overlayPosition": "1"}, "overlay.position", "top-right"),
        ({"mdTriggerTime": "3"}, "motion.trigger_time", "1.5s"),
        ({"mdSoundTriggerText": "60"}, "motion.sound.level", 60),
        ({"ccFPSText": "5"}, "continuous.movie.fps", 5),
        ({"ccFTPUpdateFreq": "30"}, "continuous.webcam.interval", "30s"),
        ({"mcMoviePre": "8"}, "motion_capture.movie.pre_capture", "8s"),
        ({"frontCheck": "1"}, "kept.frontCheck", True),
    ],
)
def test_a_field_becomes_a_value_of_the_site_file(form, path, value):
    """Whatever its spelling, and as people would write it."""
    [change] = changed(form)
    assert (".".join(change.path), change.value) == (path, value)


def test_a_value_that_only_the_file_can_have_may_be_sent_back():
    """Or a form could not be saved because of a field that nobody touched."""
    config = porch(motion=MotionConfig(trigger_time=90.0))
    assert changed({"mdTriggerTime": "180"}, config) == []
    with pytest.raises(FormError):
        changed({"mdTriggerTime": "181"}, config)


def test_fields_that_were_not_sent_stay_and_unknown_ones_are_passed_over():
    """Clients send `Save=Save`, `formData` and fields of other servers."""
    assert changed({"save": "Save", "formData": "", "cameraNum": "0"}) == []


def test_triggers_are_members_of_one_list():
    """Each switch adds or takes away its own word; words that no switch knows stay."""
    config = porch(motion=MotionConfig(trigger_on=("motion", "camera:yard")))
    [change] = changed({"mcTriggerMotion": "0", "mcTriggerMotionH": "1", "mcTriggerMotionV": "1"}, config)
    assert change.value == ["camera:yard", "human", "vehicle"]


def test_actions_cannot_be_left_without_a_trigger():
    """An empty list means `as motion capture`, which is not what was asked for."""
    with pytest.raises(FormError, match="aTriggerMotion: one trigger"):
        changed({"aTriggerMotion": "0"})


def test_a_switch_of_actions_begins_with_what_triggers_them_now():
    """Where actions name no trigger of their own they have those of motion capture."""
    [change] = changed({"aTriggerMotionH": "1"})
    assert change.value == ["motion", "human"]


FTP = UploadConfig(Slot("ftp"), ("motion-movies",))
OTHER = UploadConfig(Slot("ftp"), ("continuous-images",))


def test_uploads_are_switched_word_by_word():
    """Each switch is one word of `what`, in the place where the site file has it."""
    [change] = changed({"mdFTPUploadMoviesCheck": "0", "mcUploadImagesCheck": "1"}, porch(uploads=(FTP,)))
    assert change == Change(("uploads", 0, "what"), ["motion-images"])


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"mdFTPUploadMoviesCheck": "1"}, []),
        ({"mdFTPUploadMoviesCheck": "0"}, [Change(("uploads", 0, "what"), [])]),
        (
            {"ccFTPUploadMoviesCheck": "1"},
            [
                Change(("uploads", 0, "what"), ["motion-movies", "continuous-movies"]),
                Change(("uploads", 1, "what"), ["continuous-images", "continuous-movies"]),
            ],
        ),
    ],
)
def test_a_switch_is_for_all_uploads_of_the_camera(form, wanted):
    """It is on where one of them has the word; a form that comes back as it was changes none of them."""
    assert changed(form, porch(uploads=(FTP, OTHER))) == wanted


def test_without_uploads_none_can_be_switched_on():
    """The reason says where to write one; to leave them off is no change."""
    with pytest.raises(FormError, match="mcUploadImagesCheck: the camera has no `uploads`"):
        changed({"mcUploadImagesCheck": "1"})
    assert changed({"mcUploadImagesCheck": "0"}) == []


def test_every_field_that_is_wrong_is_named():
    """And nothing is changed."""
    with pytest.raises(FormError) as caught:
        changed({"mdSensitivityText": "loud", "overlayText": "two\nlines", "enabled": "perhaps", "ccFPSText": "5"})
    assert set(caught.value.errors) == {"mdSensitivityText", "overlayText", "enabled"}


@pytest.mark.parametrize(
    "text", ["", "-1", "101", "5.5", "nan", "inf", "1e2", "0x10", "\N{FULLWIDTH DIGIT ONE}", "9" * 400]
)
def test_a_whole_number_is_one(text):
    """Nothing that Python would take for a number slips through."""
    with pytest.raises(SettingError, match="whole number from 0 to 100"):
        Number(0, 100).parse(text)


@given(st.integers(0, 120))
def test_durations_survive_the_way_to_the_file_and_to_the_client(steps):
    """parse, show and write agree on how long it is."""
    kind = Seconds(0, 60, step=0.5)
    seconds = kind.parse(str(steps))
    assert kind.show(seconds) == steps
    assert float(kind.write(seconds).removesuffix("s")) == seconds


DEVICE = {
    "properties": {
        "rate": {"type": "integer", "minimum": 1, "maximum": 30, "default": 12, "x-setting": "ndFrameRate"},
        "wide": {"type": "number", "multipleOf": 2, "x-setting": "ndVideoWidth"},
        "lens": {"type": "string", "x-setting": "ndInputNumber"},
        "title": {"type": "integer", "x-setting": "cameraName"},
    }
}


def device(**settings) -> CameraConfig:
    return CameraConfig(a_camera(), Slot("device", settings))


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"ndFrameRate": "25"}, [Change(("source", "rate"), 25)]),
        ({"ndFrameRate": "10"}, []),
        ({"ndVideoWidth": "640"}, [Change(("source", "wide"), 640)]),
        ({"ndVideoWidth": "0"}, []),
        ({"ndVideoHeight": "480"}, [Change(("kept", "ndVideoHeight"), 480)]),
        ({"ndInputNumber": "2"}, [Change(("kept", "ndInputNumber"), 2)]),
        ({"cameraName": "Gate"}, [Change(("name",), "Gate")]),
    ],
)
def test_a_field_of_the_device_is_the_setting_that_the_driver_says(form, wanted):
    """Where it is a number; other fields are not for drivers to take."""
    sent = {name.lower(): text for name, text in form.items()}
    assert changes(camera_settings(DEVICE), device(rate=10), sent) == wanted


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("ndFrameRate", "0", "it is a whole number from 1 to 30"),
        ("ndFrameRate", "31", "it is a whole number from 1 to 30"),
        ("ndFrameRate", "12.5", "it is a whole number from 1 to 30"),
        ("ndVideoWidth", "641", "it is a multiple of 2"),
    ],
)
def test_a_field_of_the_device_takes_what_the_driver_takes(field, text, why):
    with pytest.raises(FormError, match=f"{field}: {why}"):
        changes(camera_settings(DEVICE), device(), {field.lower(): text})


def test_a_field_of_the_device_shows_what_the_driver_goes_by():
    """Its own default where the site file says nothing; those without effect are the last."""
    table = camera_settings(DEVICE)
    shown = {setting.name: setting.shown(device(wide=640)) for setting in table}
    assert [shown[name] for name in DEVICE_FIELDS] == [0, 12, 640, 0]
    assert [setting.is_kept for setting in table] == sorted(setting.is_kept for setting in table)
    assert {setting.name for setting in table} == {setting.name for setting in CAMERA_SETTINGS}


def test_what_is_kept_is_shown_again():
    """Fields without effect are remembered."""

    @dataclass
    class Config:
        kept: dict = field(default_factory=lambda: {"frontCheck": True})

    setting = next(setting for setting in CAMERA_SETTINGS if setting.name == "frontCheck")
    assert setting.shown(Config()) is True
    assert setting.shown(SimpleNamespace(kept={})) is False
