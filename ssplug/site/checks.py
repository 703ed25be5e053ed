"""What no schema can say: that one part of the site agrees with another.

Every check looks at nodes and tolerates any shape, so that all of them run over a file that the
schemas have complaints about as well.
"""

import ipaddress
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ssplug.drivers import DriverKind, Drivers
from ssplug.model.schedule import BUILT_IN
from ssplug.model.schedule_rules import RuleError, parse_rule, parse_schedule
from ssplug.site.document import Node, Problem, at_key, at_value
from ssplug.site.expand import OWN
from ssplug.site.problem import did_you_mean, unknown
from ssplug.site.secrets import Secret

_BUILT_IN: Final = {schedule.name: schedule for schedule in BUILT_IN}
_LEFT_TO_THE_GRAMMAR: Final = ("days", "from", "to", "dates", "except")
"""The values of a schedule's rules about which the schema says nothing."""


def check_problems(root: Node) -> Iterator[Problem]:
    """Everything that does not agree in `root`, whose cameras have their defaults merged."""
    for check in _CHECKS:
        yield from check(root)


def camera_defaults_check(defaults: Node) -> Iterator[Problem]:
    """What each camera must have of its own."""
    for key in OWN:
        if node := defaults.get(key):
            yield at_key(node, f"{key!r} is each camera's own: it cannot be a default")


def mail_problems(root: Node, drivers: Drivers) -> Iterator[Problem]:
    """Addresses need something that can send mail: a driver whose schema says `x-mailer`."""
    named = (slot.get("driver") for slot in _children(root.get("notify")))
    known = (drivers.get(DriverKind.ACTION, node.value) for node in named if node and node.text() is not None)
    if any(driver is not None and driver.schema.get("x-mailer") for driver in known):
        return
    for node in _mail_addresses(root):
        if any(_texts(node)):
            yield at_value(node, "nothing here sends mail: `notify` needs a destination such as {driver: email, ...}")


def _mail_addresses(root: Node) -> Iterator[Node]:
    found = [root.get("server", "mail", key) for key in ("errors_to", "statistics_to")]
    found += [camera.get("actions", "mail_to") for camera in _cameras(root)]
    return (node for node in found if node)


# -- the server -----------------------------------------------------------------------------------


def _interface(root: Node) -> Iterator[Problem]:
    """A server that others can reach must know whom to let in."""
    node = root.get("server", "interface")
    text = node.text() if node else None
    if node is None or text is None:
        return
    address = _address(text)
    if address is None:
        yield at_value(node, f"{text!r} is not an address; for example 127.0.0.1, 0.0.0.0, ::")
    elif not address.is_loopback and not _users(root):
        yield at_value(node, f"{text!r} can be reached from other machines, so `users` are needed")


def _address(interface: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address("127.0.0.1" if interface == "localhost" else interface)
    except ValueError:
        return None


def _ports(root: Node) -> Iterator[Problem]:
    port, tls_port = root.get("server", "port"), root.get("server", "tls_port")
    if port and tls_port and isinstance(port.value, int) and port.value == tls_port.value != 0:
        yield at_value(tls_port, f"{port.value} is already `port`")


def _timezone(root: Node) -> Iterator[Problem]:
    node = root.get("server", "timezone")
    name = node.text() if node else None
    if node is None or name is None:
        return
    zones = zoneinfo.available_timezones()
    if name not in zones:
        yield at_value(node, f"no time zone named {name!r}{did_you_mean(name, zones)}")


# -- users and groups -----------------------------------------------------------------------------


def _user_names(root: Node) -> Iterator[Problem]:
    names = (user.get("name") for user in _users(root))
    yield from _twice([node for node in names if node], "user")


def _passwords(root: Node) -> Iterator[Problem]:
    for user in _users(root):
        node = user.get("password")
        text = node.text() if node else None
        if node and text and not isinstance(text, Secret) and not text.startswith("$argon2"):
            yield at_value(
                node,
                "a password is not written into this file: write a hash from `ssplug passwd`, or {$env: NAME} "
                "or {$file: PATH}",
            )


def _admins(root: Node) -> Iterator[Problem]:
    for user in _users(root):
        role, permissions = user.get("role"), user.get("permissions")
        if role and permissions and role.value == "admin":
            yield at_key(permissions, "an admin may do everything: leave this out")


def _cameras_of_users(root: Node) -> Iterator[Problem]:
    groups = _keys(root.get("groups"))
    for user in _users(root):
        for node in _texts(user.get("cameras")):
            if not node.value.startswith("@"):
                yield from _known(node, "camera", _camera_ids(root))
            elif node.value[1:] not in groups:
                yield at_value(node, unknown("group", node.value[1:], groups))


def _cameras_of_groups(root: Node) -> Iterator[Problem]:
    for group in _children(root.get("groups")):
        for node in _texts(group):
            yield from _known(node, "camera", _camera_ids(root))


# -- schedules ------------------------------------------------------------------------------------


def _schedule_names(root: Node) -> Iterator[Problem]:
    for name, node in _items(root.get("schedules")):
        if name in _BUILT_IN:
            yield at_key(node, f"{name!r} is built in: choose another name")


def _schedule_rules(root: Node) -> Iterator[Problem]:
    for name, rules in _items(root.get("schedules")):
        for index, rule in enumerate(rules.children()):
            for key, node in rule.items():
                if key in _LEFT_TO_THE_GRAMMAR and not node.broken:
                    yield from _unreadable(node, name, index, key)


def _unreadable(node: Node, schedule: str, index: int, key: str) -> Iterator[Problem]:
    # One value at a time, so that a mistake does not hide the next one of the same rule.
    try:
        parse_rule(schedule, index, {key: node.plain()})
    except RuleError as error:
        yield at_value(node, error.reason)


def _schedules_used(root: Node) -> Iterator[Problem]:
    known = {*_BUILT_IN, *_keys(root.get("schedules"))}
    for node in _schedule_mentions(root):
        yield from _known(node, "schedule", known)
        if _follows_the_sun(root, node.value) and root.get("server", "location") is None:
            text = f"{node.value!r} follows the sun: write in server.location where the cameras are"
            yield at_value(node, text)


def _schedule_mentions(root: Node) -> Iterator[Node]:
    for camera in _cameras(root):
        modes = (camera.get(mode, "schedule") for mode in ("continuous", "motion_capture", "actions"))
        yield from (node for node in modes if node and node.text() is not None)
    for preset in _children(root.get("presets")):
        yield from _texts(preset)


def _follows_the_sun(root: Node, name: str) -> bool:
    rules = root.get("schedules", name)
    try:
        schedule = parse_schedule(name, [rule.plain() for rule in _children(rules)])
    except RuleError:
        return False  # it has been complained about
    return _BUILT_IN.get(name, schedule).uses_sun


# -- cameras --------------------------------------------------------------------------------------


def _numbers(root: Node) -> Iterator[Problem]:
    numbers = (camera.get("number") for camera in _cameras(root))
    yield from _twice([node for node in numbers if node], "camera")


def _triggers(root: Node) -> Iterator[Problem]:
    for camera in _cameras(root):
        for mode in ("motion", "actions"):
            for node in _texts(camera.get(mode, "trigger_on")):
                kind, colon, other = node.value.partition(":")
                if kind == "camera" and colon and other not in _camera_ids(root):
                    yield at_value(node, unknown("camera", other, _camera_ids(root)))


def _actions(root: Node) -> Iterator[Problem]:
    known = _keys(root.get("notify"))
    for camera in _cameras(root):
        for node in _texts(camera.get("actions", "run")):
            yield from _known(node, "entry of `notify`", known)


def _uploads(root: Node) -> Iterator[Problem]:
    for camera in _cameras(root):
        drivers = (upload.get("driver") for upload in _children(camera.get("uploads")))
        known = [node.value for node in drivers if node and node.text() is not None]
        for node in _texts(camera.get("continuous", "webcam", "upload")):
            yield from _known(node, "driver in this camera's `uploads`", known)


# -- the parts of a site, whatever its shape ------------------------------------------------------


def _users(root: Node) -> list[Node]:
    return list(_children(root.get("users")))


def _cameras(root: Node) -> Iterator[Node]:
    return _children(root.get("cameras"))


def _camera_ids(root: Node) -> list[str]:
    return _keys(root.get("cameras"))


def _children(node: Node | None) -> Iterator[Node]:
    return node.children() if node else iter(())


def _items(node: Node | None) -> Iterator[tuple[str, Node]]:
    return node.items() if node else iter(())


def _keys(node: Node | None) -> list[str]:
    return [key for key, _ in _items(node)]


def _texts(node: Node | None) -> Iterator[Node]:
    return (child for child in _children(node) if child.text() is not None)


def _known(node: Node, what: str, known: Iterable[str]) -> Iterator[Problem]:
    known = list(known)
    if node.value not in known:
        yield at_value(node, unknown(what, node.value, known))


def _twice(nodes: Iterable[Node], what: str) -> Iterator[Problem]:
    seen: dict[object, Node] = {}
    for node in nodes:
        first = seen.setdefault(str(node.value), node)
        if first is not node and not node.broken:
            yield at_value(node, f"{node.value!r} is taken by the {what} on line {first.place.line}")


_CHECKS: tuple[Callable[[Node], Iterator[Problem]], ...] = (
    _interface,
    _ports,
    _timezone,
    _user_names,
    _passwords,
    _admins,
    _cameras_of_users,
    _cameras_of_groups,
    _schedule_names,
    _schedule_rules,
    _schedules_used,
    _numbers,
    _triggers,
    _actions,
    _uploads,
)
