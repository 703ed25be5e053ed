"""The command `ssplug model check`: whether a model fits, and what it finds."""

import numpy as np
import pytest
from PIL import Image

from ssplug.command import main

PLUGIN = """
    from zope.interface import implementer
    from ssplug import hookimpl
    from ssplug.drivers import Driver
    from ssplug.interfaces import IClassifier
    from ssplug.model.classification import Classification, Finding
    from ssplug.model.event import Region

    SCHEMA = {
        "type": "object",
        "properties": {"model": {"type": "string"}, "classes": {"type": "object"}, "preset": {"enum": ["good"]}},
        "additionalProperties": False,
    }

    @implementer(IClassifier)
    class Oracle:
        def __init__(self, settings):
            if "bad" in settings["model"]:
                raise ValueError("not a model")
            self.settings = settings

        def classify(self, picture, regions):
            if picture.max() == 0:
                return ()
            box = Region(10, 10, 20, 20)
            return (Finding(Classification.HUMAN, 30.0, box), Finding(Classification.ANIMAL, 80.0, box, "fox"))

    @hookimpl
    def ssplug_classifiers():
        return [Driver("oracle", SCHEMA, lambda context, settings: Oracle(settings), "Knows")]
"""


@pytest.fixture
def check(plugin_folder, capsys):
    """Runs the command with the oracle; its status, and what it printed."""
    plugin_folder.install("oracle", PLUGIN)

    def run(*arguments):
        status = main(["model", "check", "--driver", "oracle", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def a_picture(path, light=200):
    Image.fromarray(np.full((60, 80, 3), light, np.uint8)).save(path)
    return path


def test_a_model_that_fits(check):
    assert check("fox.onnx") == (0, "fox.onnx fits\n", "")


def test_a_model_that_does_not_fit(check):
    status, out, err = check("bad.onnx")
    assert (status, out) == (1, "")
    assert err == "bad.onnx: driver 'oracle': ValueError: not a model\n"


def test_what_is_found_in_a_picture_the_surest_first(check, tmp_path):
    picture = a_picture(tmp_path / "yard.jpg")
    status, out, _ = check("fox.onnx", "--picture", picture)
    assert status == 0
    assert out.splitlines()[1:] == [
        f"in {picture} (80x60):",
        "  animal   80  fox         20x20 at 10,10",
        "  human    30  -           20x20 at 10,10  (too unsure for a sensitivity of 50)",
    ]


def test_a_picture_with_nobody_in_it(check, tmp_path):
    status, out, _ = check("fox.onnx", "--picture", a_picture(tmp_path / "night.png", light=0))
    assert (status, out.splitlines()[-1]) == (0, "  nobody, and nothing")


def test_the_picture_is_kept_with_a_box_around_what_counts(check, tmp_path):
    saved = tmp_path / "found.png"
    check("fox.onnx", "--picture", a_picture(tmp_path / "yard.png"), "--save", saved)
    with Image.open(saved) as image:
        assert image.getpixel((10, 20)) == (60, 180, 80)
        assert image.getpixel((60, 50)) == (200, 200, 200)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--picture", "nowhere.jpg"], "nowhere.jpg: No such file or directory"),
        (["--picture", __file__], f"{__file__}: not a picture"),
        (["--save", "found.jpg"], "--save needs a --picture"),
        (["--preset", "bad"], "preset: 'bad' is not one of ['good']"),
        (["--size", "640"], "Additional properties are not allowed ('size' was unexpected)"),
        (["--driver", "nobody"], "no classifier named 'nobody'; there are onnx, oracle"),
    ],
)
def test_what_is_wrong_is_told(check, arguments, said):
    status, _, err = check("fox.onnx", *arguments)
    assert status == 1
    assert said in err


def test_classes_are_given_by_group(plugin_folder, capsys):
    """By name and by number; the driver's schema says which groups there are."""
    plugin_folder.install("oracle", PLUGIN.replace('"type": "object"},', '"properties": {"human": {"maxItems": 1}}},'))
    arguments = ["model", "check", "--driver", "oracle", "fox.onnx", "--classes", "animal=fox,3"]
    assert main([*arguments, "--classes", "human=person"]) == 0
    assert main([*arguments, "--classes", "human=person,4"]) == 1
    assert "classes human: ['person', 4] is too long" in capsys.readouterr().err
