"""What the payload formats of H.264 and H.265 have in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence

_LENGTH = 2


def groups(nals: Iterable[bytes], limit: int, header: int) -> Iterator[list[bytes]]:
    """Neighbours that together fit into one aggregation packet; one that has no such neighbour stands alone.

    `header` is the size of the aggregation packet's own header; each NAL unit in it has a length of two bytes.
    """
    group: list[bytes] = []
    size = header
    for nal in nals:
        wanted = _LENGTH + len(nal)
        if group and size + wanted > limit:
            yield group
            group, size = [], header
        group.append(nal)
        size += wanted
    if group:
        yield group


def with_lengths(nals: Iterable[bytes]) -> bytes:
    """The body of an aggregation packet."""
    return b"".join(len(nal).to_bytes(_LENGTH, "big") + nal for nal in nals)


def with_parameter_sets(
    nals: list[bytes], sets: Sequence[bytes], sps: int, aud: int, nal_type: Callable[[bytes], int]
) -> list[bytes]:
    """A key frame's NAL units, with `sets` in front unless it brings its own; an access unit delimiter stays first."""
    if not sets or any(nal_type(nal) == sps for nal in nals):
        return nals
    start = 1 if nals and nal_type(nals[0]) == aud else 0
    return [*nals[:start], *sets, *nals[start:]]
