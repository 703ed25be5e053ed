"""Saving to the site file: only what changed is another, and the file is never damaged."""

from io import StringIO
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ssplug.model.settings import Change
from ssplug.site import document
from ssplug.site.load import SiteError, load_site
from ssplug.site.rewrite import RewriteError, rewritten, saved
from tests.unit.site.conftest import ENVIRONMENT

GOLDEN = Path(__file__).parent / "golden"
PORCH = ("cameras", "porch")


def a_change(path: str, value: object, short: str = "") -> Change:
    return Change(tuple(path.split(".")), value, tuple(short.split(".")) if short else ())


SAVES = [
    (PORCH, a_change("enabled", False)),
    (PORCH, a_change("name", "Front: Porch")),
    (PORCH, a_change("motion.sensitivity", 61)),
    (PORCH, a_change("motion.sound.level", 70)),
    (PORCH, a_change("overlay.text", "%c #1")),
    (PORCH, a_change("motion_capture.movie.pre_capture", "8s", "motion_capture.pre_capture")),
    (PORCH, a_change("motion.trigger_on", ["motion", "human"])),
    (PORCH, a_change("kept.frontCheck", True)),
    (("cameras", "drive"), a_change("enabled", False)),
    (("cameras", "garage"), a_change("continuous.movie.fps", 5)),
    (("cameras", "garage"), a_change("transform", "rotate-180")),
    ((), a_change("server.realm", "Our House")),
    ((), a_change("server.bonjour", False)),
]


def test_a_set_of_saves_changes_what_was_saved_and_not_a_byte_more():
    """Comments, order, blank lines, quotes and odd spacing stay: compare the two files."""
    text = (GOLDEN / "before.yaml").read_text()
    for under, change in SAVES:
        text = rewritten(text, [change], under)
    assert text == (GOLDEN / "after.yaml").read_text()


@pytest.mark.parametrize("name", ["before.yaml", "after.yaml"])
def test_both_files_are_right(name, drivers):
    """So that the comparison above is about files that a server would take."""
    assert load_site(GOLDEN / name, drivers, ENVIRONMENT).cameras


CASES = {
    "value": ("a:\n  b: 1 # one\n", "a:\n  b: 2 # one\n"),
    "quoted stays quoted": ("a: {b: '1'}\n", "a: {b: 2}\n"),
    "empty value": ("a:\n  b:\n  c: 1\n", "a:\n  b: 2\n  c: 1\n"),
    "empty value at the end": ("a:\n  b:", "a:\n  b: 2"),
    "empty mapping": ("a:\n", "a: {b: 2}\n"),
    "null mapping": ("a: ~ # none\n", "a: {b: 2} # none\n"),
    "empty flow": ("a: {}\n", "a: {b: 2}\n"),
    "into flow": ("a: {c: 1}\n", "a: {c: 1, b: 2}\n"),
    "into flow over lines": ("a: {\n  c: 1,\n}\n", "a: {\n  c: 1, b: 2\n}\n"),
    "into flow with a comment": ("a: {c: 1, # one\n  d: 2 # two\n  }\n", "a: {b: 2, c: 1, # one\n  d: 2 # two\n  }\n"),
    "into block": ("a:\n  c: 1\n\nd: 1\n", "a:\n  c: 1\n  b: 2\n\nd: 1\n"),
    "into block behind block": ("a:\n  c:\n    d: 1 # x\n# y\n", "a:\n  c:\n    d: 1 # x\n  b: 2\n# y\n"),
    "into block behind text": (
        "a:\n  c: |\n    one\n    two\n\ne: 1\n",
        "a:\n  c: |\n    one\n    two\n  b: 2\n\ne: 1\n",
    ),
    "into block behind a list": ("a:\n  c:\n  - 1\n  - x: 1\ne: 1\n", "a:\n  c:\n  - 1\n  - x: 1\n  b: 2\ne: 1\n"),
    "into block without a last line feed": ("a:\n  c: 1", "a:\n  c: 1\n  b: 2"),
    "into block with carriage returns": ("a:\r\n  c: 1\r\nd: 1\r\n", "a:\r\n  c: 1\r\n  b: 2\r\nd: 1\r\n"),
    "new mapping": ("c: 1\n", "c: 1\na: {b: 2}\n"),
    "block list": ("a:\n  b:\n  - x\n  - y\n  c: 1\n", "a:\n  b: 2\n  c: 1\n"),
    "alias as value": ("x: &x 1\na:\n  b: *x\n", "x: &x 1\na:\n  b: 2\n"),
    "alias as mapping": ("x: &x {c: 1}\na: *x\n", "x: &x {c: 1}\na: {c: 1, b: 2}\n"),
    "behind an alias": ("x: &x 1\na:\n  c: *x\n", "x: &x 1\na:\n  c: *x\n  b: 2\n"),
    "over a merge": ("x: &x {b: 1}\na:\n  <<: *x\n", "x: &x {b: 1}\na:\n  <<: *x\n  b: 2\n"),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_yaml_in_all_its_spellings(before, after):
    """a.b becomes 2, wherever and however it stood or did not stand."""
    assert rewritten(before, [Change(("a", "b"), 2)]) == after


IN_A_LIST = {
    "flow": ("a: [{c: 1}, {b: [x], c: 1}] # two\n", "a: [{c: 1}, {b: [x, y], c: 1}] # two\n"),
    "block": ("a:\n- c: 1\n- c: 1 # one\n  b:\n  - x\nd: 1\n", "a:\n- c: 1\n- c: 1 # one\n  b: [x, y]\nd: 1\n"),
    "not there yet": ("a:\n- c: 1\n- {c: {$env: C}}\n", "a:\n- c: 1\n- {c: {$env: C}, b: [x, y]}\n"),
    "in a merge": ("x: &x {b: 1}\na: [{}, {<<: *x}]\n", "x: &x {b: 1}\na: [{}, {<<: *x, b: [x, y]}]\n"),
    "the list in a merge": (
        "x: &x {a: [{}, {c: {$env: C}}]}\n<<: *x\n",
        'x: &x {a: [{}, {c: {$env: C}}]}\n<<: *x\na: [{}, {c: {"$env": C}, b: [x, y]}]\n',
    ),
}


@pytest.mark.parametrize(("before", "after"), IN_A_LIST.values(), ids=IN_A_LIST)
def test_an_item_of_a_list_is_changed_where_it_stands(before, after):
    """a[1].b becomes [x, y]; what comes by reference beside it stays one."""
    assert rewritten(before, [Change(("a", 1, "b"), ["x", "y"])]) == after


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x: &x {c: 1}\na: [{}, *x]\n", "only people can change"),
        ("a: [{}, {$env: B}]\n", "comes by reference"),
        ("defaults: {a: [{}, {}]}\n", "camera_defaults"),
        ("a: [{}]\n", "only people can change"),
    ],
)
def test_an_item_that_is_written_elsewhere_is_not_changed(text, why):
    """Others may have it too."""
    with pytest.raises(RewriteError, match=why):
        rewritten(text, [Change(("a", 1, "b"), 2)])


def test_what_a_merge_brings_below_is_not_lost():
    """A mapping of one's own hides the merged one: it must have all of its entries."""
    text = "x: &x {m: {s: 1, t: {$env: T}}}\na:\n  <<: *x\n"
    assert rewritten(text, [Change(("a", "m", "s"), 2)]) == text + '  m: {s: 2, t: {"$env": T}}\n'


def test_a_shorthand_is_spelled_out_where_it_must_be():
    """Not before."""
    text = "cameras:\n  drive: rtsp://u:p@10.0.0.6/main?x=1#y # the drive\n"
    after = rewritten(text, [a_change("enabled", False)], ("cameras", "drive"))
    source = '{driver: rtsp, url: "rtsp://u:p@10.0.0.6/main?x=1#y"}'
    assert after == f"cameras:\n  drive: {{source: {source}, enabled: false}} # the drive\n"


@pytest.mark.parametrize("text", ["server: {realm: {$env: REALM}}\n", "server:\n  realm:\n    $file: realm.txt\n"])
def test_a_reference_is_not_replaced_by_a_value(text):
    """Whoever wrote it wants the value to be elsewhere."""
    with pytest.raises(RewriteError, match=r"server.realm comes by reference \(\$"):
        rewritten(text, [a_change("server.realm", "Other")])


def test_what_is_not_understood_is_refused():
    """Here the value has an anchor that others need."""
    with pytest.raises(RewriteError, match="only people can change"):
        rewritten("a: {b: &x 1, c: *x}\n", [Change(("a", "b"), 2)])


KEYS = st.sampled_from(["a", "b", "c", "d"])
LEAVES = st.none() | st.booleans() | st.integers(0, 99) | st.text("xyz :#'\"-", max_size=6)
TREES = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=3), lambda deeper: st.dictionaries(KEYS, LEAVES | deeper, max_size=3)
)


@settings(max_examples=60, deadline=None)
@given(TREES, st.lists(KEYS, min_size=1, max_size=3), LEAVES, st.booleans())
def test_only_the_change_is_different(tree, path, value, flow):
    """For every tree in block and in flow style: the law that makes all cases above special cases."""
    text = _dumped({"root": 1, **tree}, flow)
    assume(_is_readable(text))  # ruamel writes some texts so that it cannot read them
    try:
        after = rewritten(text, [Change(tuple(path), value)])
    except RewriteError:
        pytest.fail(f"refused: {text!r}")
    node = expected = document.parse(text)[0].plain()
    for step in path[:-1]:
        if not isinstance(node.get(step), dict):
            node[step] = {}
        node = node[step]
    node[path[-1]] = value
    assert document.parse(after)[0].plain() == expected


def _is_readable(text: str) -> bool:
    try:
        return bool(document.parse(text))
    except document.UnreadableError:
        return False


def _dumped(tree: dict, flow: bool) -> str:
    yaml, out = YAML(typ="safe", pure=True), StringIO()
    yaml.default_flow_style = flow
    yaml.dump(tree, out)
    return out.getvalue()


# -- the file -------------------------------------------------------------------------------------

TEXT = "# mine\ncameras:\n  porch: {source: {driver: pattern}}\n"
OFF = [a_change("enabled", False)]


@pytest.fixture
def site(load):
    return load(TEXT)


def test_a_save_is_in_the_file_and_in_the_site(site, drivers):
    """The answer is what the file says now, so that the next save goes on from there."""
    after = saved(site, OFF, PORCH, drivers)
    assert site.path.read_text() == "# mine\ncameras:\n  porch: {source: {driver: pattern}, enabled: false}\n"
    assert after.cameras[0].enabled is False
    assert saved(after, [a_change("enabled", True)], PORCH, drivers).cameras[0].enabled is True


def test_a_change_that_makes_the_file_wrong_is_not_written(site, drivers):
    """What `ssplug check` would say is the reason."""
    with pytest.raises(SiteError, match=r"cameras\.porch\.motion\.sensitivity.*more than 100"):
        saved(site, [a_change("motion.sensitivity", 101)], PORCH, drivers)
    assert site.path.read_text() == TEXT


def test_what_another_program_wrote_is_not_overwritten(site, drivers):
    """Even a comment: whoever wrote it has not seen ours."""
    site.path.write_text(TEXT + "# and this\n")
    with pytest.raises(RewriteError, match="changed by another program"):
        saved(site, OFF, PORCH, drivers)
    assert site.path.read_text() == TEXT + "# and this\n"


def test_a_read_only_file_is_left_alone(site, drivers):
    """Also where the server runs as root, who could."""
    site.path.chmod(0o444)
    with pytest.raises(RewriteError, match="read-only"):
        saved(site, OFF, PORCH, drivers)
    assert site.path.read_text() == TEXT


def test_a_file_that_is_gone_is_not_made_anew(site, drivers):
    """Somebody is moving it just now."""
    site.path.unlink()
    with pytest.raises(RewriteError, match="No such file"):
        saved(site, OFF, PORCH, drivers)


def test_mode_link_and_byte_order_mark_stay(tmp_path, drivers):
    """A link to a file elsewhere is still one."""
    real, link = tmp_path / "real.yaml", tmp_path / "site.yaml"
    real.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    real.chmod(0o640)
    link.symlink_to(real)
    saved(load_site(link, drivers), OFF, PORCH, drivers)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes().startswith(b"\xef\xbb\xbf# mine")
