"""Text that comes from people and from other machines, where it must not be more than text."""

import re
from typing import Final

_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """`text` where a line means something: whatever breaks lines is a space."""
    return _BLANKS.sub(" ", text).strip()
