"""YAML as a tree that knows where everything was written."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.site.document import Place, UnreadableError, dotted, parse


def tree(text: str):
    """The tree of a text that has nothing wrong with it."""
    root, found = parse(textwrap.dedent(text))
    assert found == []
    return root


def found_in(text: str) -> list[str]:
    """What is wrong with a text that still has a tree."""
    _, found = parse(textwrap.dedent(text))
    return [f"{problem.place.line}:{problem.place.column} {problem.path}: {problem.text}" for problem in found]


def refused(text: str) -> str:
    """What is wrong with a text that has no tree."""
    with pytest.raises(UnreadableError) as caught:
        parse(textwrap.dedent(text))
    problem = caught.value.problem
    return f"{problem.place.line}:{problem.place.column} {problem.text}"


def test_a_value_and_its_key_know_their_places():
    node = tree("a:\n  b: [1, {c: two}]\n").get("a", "b", 1, "c")
    assert node is not None
    assert (node.value, node.place, node.key_place) == ("two", Place(2, 14), Place(2, 11))
    assert dotted(node.path) == "a.b[1].c"


def test_scalars_have_the_types_of_yaml_1_2():
    """`yes` and `08:30` are text, so that no schedule turns into a number of seconds."""
    plain = tree("[1, 0x1f, 1.5, true, null, ~, yes, 08:30, '1', 1_000, 2026-12-24]").plain()
    assert plain == [1, 31, 1.5, True, None, None, "yes", "08:30", "1", 1000, "2026-12-24"]


def test_keys_are_text_as_written():
    assert tree("{8: a, true: b, 1.0: c}").plain() == {"8": "a", "true": "b", "1.0": "c"}


def test_an_alias_stands_for_what_its_anchor_names():
    root = tree("a: &x {b: 1}\nc: *x\n")
    assert root.plain() == {"a": {"b": 1}, "c": {"b": 1}}
    assert root.get("c", "b").path == ("c", "b")


def test_a_merge_key_brings_what_is_not_written():
    text = """
        first: &first {a: 1, b: 1}
        second: &second {b: 2, c: 2}
        both: {<<: [*first, *second], c: 3}
    """
    assert tree(text).get("both").plain() == {"a": 1, "b": 1, "c": 3}


def test_an_anchor_may_be_given_again():
    assert tree("- &a 1\n- &a 2\n- *a\n").plain() == [1, 2, 2]


def test_a_key_given_twice_is_found_with_both_lines():
    assert found_in("a: 1\nb: 2\na: 3\n") == ["3:1 a: 'a' is given twice; first on line 1"]


def test_every_value_that_means_nothing_is_found():
    text = "a: !secret x\nb: .nan\nc: -.inf\n? [x]\n: 1\n<<: 5\n"
    assert found_in(text) == [
        "1:4 a: the tag !secret has no meaning here",
        "2:4 b: .nan is not a number to work with",
        "3:4 c: -.inf is not a number to work with",
        "4:3 : a key is a word, not a list or mapping",
        "6:5 : << takes a mapping",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1 the file is empty: it needs at least `cameras:`"),
        ("# only words\n", "1:1 the file is empty: it needs at least `cameras:`"),
        ("a:\n\tb: 1\n", "2:1 a tab stands where YAML wants spaces: indent with spaces"),
        (
            "a: 1\n---\nb: 2\n",
            "2:1 a second document begins here: a site is one document, without a `---` in its middle",
        ),
        ("a: b: c\n", "1:5 mapping values are not allowed here"),
        ("a: *nobody\n", "1:4 found undefined alias 'nobody'"),
        ("a: 'b\n", "2:1 while scanning a quoted scalar, found unexpected end of stream"),
    ],
)
def test_what_is_no_yaml_is_refused_where_it_stops_making_sense(text, said):
    assert refused(text) == said


def test_an_alias_bomb_is_refused():
    """Ten levels of ten aliases each would be ten thousand million values."""
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 11))
    assert "aliases unfold to more than" in refused("l0: &l0 x\n" + levels)


def test_an_alias_inside_itself_is_refused():
    assert "aliases unfold to more than" in refused("a: &a [*a]\n")


def test_deep_nesting_is_refused():
    assert "depth" in refused("[" * 5000)


@given(st.text(alphabet="ab:-[]{}&*!<>|'\"#,? \n\t%@`0.~\x01\ufeffé", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_tree_or_refused(text):
    """Nothing but UnreadableError comes out, and every node can be found again under its path."""
    try:
        root, _ = parse(text)
    except UnreadableError:
        return
    _all_are_at_their_paths(root, root)


def _all_are_at_their_paths(root, node):
    assert root.get(*node.path) is node
    for child in node.children():
        _all_are_at_their_paths(root, child)
