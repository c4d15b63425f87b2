"""Where in the interface a change is, and the sentences that are made of it."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, replace
from typing import Any


class Side(enum.Enum):
    """Who writes what a schema describes: the caller, whose old values must do, or the service, whose new ones must."""

    REQUEST = "may no longer be"
    ANSWER = "may now be"


@dataclass(frozen=True)
class Place:
    """A value within `whole`, which is 'the request', 'the answer 200', a parameter or a header."""

    side: Side
    whole: str
    path: str = ""

    @property
    def is_request(self) -> bool:
        """Whether callers write what is here."""
        return self.side is Side.REQUEST

    def __str__(self) -> str:
        return f"'{self.path}' of {self.whole}" if self.path else self.whole

    def enter_key(self, key: str) -> Place:
        """Return the place of a key of the object that is here."""
        return replace(self, path=f"{self.path}.{key}" if self.path else key)

    def enter_items(self) -> Place:
        """Return the place of each item of the array that is here."""
        return replace(self, path=f"{self.path}[]")

    def enter_choice(self, label: str) -> Place:
        """Return the same place, for values that have the form `label`."""
        return replace(self, path=f"{self.path} ({label})".strip())

    def describe_value(self, value: str) -> str:
        """Return the sentence for a value that is now refused here, or that now comes from here."""
        return f"{self} {self.side.value} {value}"

    def describe_change(self, keyword: str, old: Any, new: Any) -> str:
        """Return the sentence for a keyword that has another value; `None` is said to be not set."""
        return describe_setting(f"the {keyword} of {self}", old, new)


def describe_setting(name: str, old: Any, new: Any) -> str:
    """Return the sentence for a setting that has another value; `None` is said to be not set."""
    return f"{name} is {_quote(new)}, and was {_quote(old)}"


def _quote(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
