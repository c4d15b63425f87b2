"""Differences of two OpenAPI documents: all break those who call the service, but for a few that are harmless."""

import json
import re
from collections.abc import Callable, Iterator
from functools import reduce
from math import inf
from operator import getitem
from typing import Any, NamedTuple

Node = dict[str, Any]

ABSENT: Any = object()

_ANY = "/[^/]*"
_OPERATION = f"/paths{_ANY}/(?:get|put|post|delete|options|head|patch|trace)"
_SENT = f"{_OPERATION}(?:/parameters{_ANY}|/requestBody(?:/content{_ANY})?)"
_READ = f"{_OPERATION}/responses{_ANY}(?:/(?:headers|content){_ANY})?"
_STEP = f"/items|/additionalProperties|/(?:properties|allOf|anyOf){_ANY}"
# Within oneOf, where one form must fit and no other, to allow more is to refuse some: only words may be others there.
_SCHEMA = f"(?:{_SENT}|{_READ})/schema(?:{_STEP})*"
_DESCRIBED = f"(?:|/paths{_ANY}|{_OPERATION}|(?:{_SENT}|{_READ})(?:/schema(?:{_STEP}|/oneOf{_ANY})*)?)"
_MOST = "(?:exclusiveMaximum|max(?:imum|Items|Length|Properties))"
_LEAST = "(?:exclusiveMinimum|min(?:imum|Items|Length|Properties))"
_WORDS = "summary|description|example|examples|externalDocs|tags|deprecated"
# Of a schema that says these alone, it is known which keys an object may have that it does not name.
_PLAIN = {"type", "title", "description", "deprecated", "properties", "required", "additionalProperties"}


class Pair(NamedTuple):
    """What stands at one place of two documents; `pointer` leads there from a component on, `use` from the root on."""

    pointer: str
    use: str
    old: Any
    new: Any
    parent: Any = None

    def enter(self, key: str) -> "Pair":
        """Return the pair under `key` of two objects."""
        step = "/" + key.replace("~", "~0").replace("/", "~1")
        return Pair(self.pointer + step, self.use + step, self.old.get(key, ABSENT), self.new.get(key, ABSENT), self)

    def __str__(self) -> str:
        texts = (json.dumps(each, ensure_ascii=False, default=repr) for each in (self.old, self.new))
        old, new = (text if len(text) <= 80 else f"{text[:77]}..." for text in texts)
        if self.old is ABSENT:
            return f"{self.pointer} is new: {new}"
        return f"{self.pointer} was {old}, and is {'gone' if self.new is ABSENT else new}"


def list_differences(old: Node, new: Node) -> Iterator[Pair]:
    """Yield each pair that differs. Raises `LookupError` for a reference that cannot be followed."""
    followed: set[tuple[Any, Any]] = set()

    def compare(it: Pair, chain: list[tuple[Any, Any]]) -> Iterator[Pair]:
        before, after = _to_object(it.old), _to_object(it.new)
        if not (type(it.old) is type(it.new) and isinstance(before, dict) and isinstance(after, dict)):
            if repr(it.old) != repr(it.new):  # for Python true is 1, in JSON it is not
                yield it
            return
        references: tuple[Any, Any] = before.get("$ref"), after.get("$ref")
        # What contains itself is entered twice: within itself it may mean something else, as where it must not fit.
        if all(isinstance(each, str) for each in references) and chain.count(references) < 2:
            followed.add(references)
            target = it._replace(old=_look_up(old, references[0]), new=_look_up(new, references[1]))
            yield from compare(target._replace(pointer=references[0].removeprefix("#")), [*chain, references])
        # Components come last: those that something refers to have been compared then, as what they are used for.
        whole = it._replace(old=before, new=after)
        for member in map(whole.enter, sorted({**before, **after}, key="components".__eq__)):
            if not (member.use.startswith("/components/") and (f"#{member.pointer}",) * 2 in followed):
                yield from compare(member, chain)

    return compare(Pair("", "", old, new), [])


def list_breaking(old: Node, new: Node) -> list[Pair]:
    """Return the differences that are in none of the harmless edits, each place once. Raises `LookupError`."""

    def is_harmless(it: Pair) -> bool:
        return any(re.fullmatch(places, it.use) and judge(it) for places, judge in HARMLESS.items())

    return list({each.pointer: each for each in list_differences(old, new) if not is_harmless(each)}.values())


def _to_object(value: Any) -> Any:
    """Return an array of objects as one object: parameters by their places and names, all else by position."""
    if not (isinstance(value, list) and value and all(isinstance(each, dict) for each in value)):
        return value
    names = [f"{each['in']} {each['name']}".lower() for each in value if {"in", "name"} <= each.keys()]
    if len(set(names)) < len(names):
        raise LookupError(f"it has parameters that cannot be told apart, beside {', '.join(names)}")
    return dict(zip(names if len(names) == len(value) else map(str, range(len(value))), value, strict=True))


def _look_up(document: Any, reference: str) -> Any:
    root, *keys = (key.replace("~1", "/").replace("~0", "~") for key in reference.split("/"))
    try:
        return reduce(getitem, keys, {"#": document}[root])
    except (KeyError, TypeError) as error:
        raise LookupError(f"the reference '{reference}' leads nowhere") from error


def _is_new(it: Pair) -> bool:
    return it.old is ABSENT


def _is_read(it: Pair) -> bool:
    return re.match(_READ, it.use) is not None


def _are_words(it: Pair) -> bool:
    """Return whether they are no more than words: a description alone says what each position of an array means."""
    has_positions = any(each.get("maxItems", "") == each.get("minItems") for each in (it.parent.old, it.parent.new))
    return not (has_positions and it.use.endswith("/description"))


def _is_new_parameter(it: Pair) -> bool:
    listed = it.new if isinstance(it.new, list) else [it.new]
    return _is_new(it) and not any("$ref" in each or each.get("required") for each in listed)


def _is_new_key(it: Pair) -> bool:
    """Return whether nobody can have sent the key, or all who are answered ignore it, as they are told to."""
    schema = it.parent.parent.old
    others = schema.get("additionalProperties", True)
    return _is_new(it) and schema.keys() <= _PLAIN and (isinstance(others, bool) if _is_read(it) else others is False)


def _is_room(it: Pair, old: Any, new: Any) -> bool:
    """Return whether there is more in a request, where callers need not use it, or less in an answer."""
    return None not in (old, new) and bool(old == new or (new < old if _is_read(it) else new > old))


def _to_number(value: Any, absent: float) -> float | None:
    return absent if value is ABSENT else value if type(value) in (int, float) else None


def _to_set(value: Any) -> set[str]:
    listed = value if isinstance(value, list) else [] if value is ABSENT else [value]
    return {json.dumps(each, sort_keys=True) for each in listed}


# The places of harmless edits, by the use of what stands there, and what the edits must be.
HARMLESS: dict[str, Callable[[Pair], bool]] = {
    # The same service, for documents at its root; from below a proxy's prefix `/` led out of it.
    f"/servers{_ANY}/url": lambda it: (it.old, it.new) == ("/", "."),
    f"/info/.*|{_DESCRIBED}/(?:{_WORDS})(?:/.*)?": _are_words,
    f"/paths{_ANY}|{_OPERATION}|/components{_ANY}{_ANY}": _is_new,
    # A media type of an answer too: it comes to those who ask for it.
    f"{_OPERATION}/(?:requestBody/content|responses{_ANY}/(?:content|headers)){_ANY}": _is_new,
    # Callers must expect any error; of a success that they do not know they would take what it says for the old one's.
    f"{_OPERATION}/responses/[45][^/]*": _is_new,
    f"{_OPERATION}/parameters(?:{_ANY})?": _is_new_parameter,
    f"{_SCHEMA}/properties{_ANY}": _is_new_key,
    f"{_SENT}/required": lambda it: it.new is False or it.new is ABSENT,
    f"{_SCHEMA}/required": lambda it: _is_room(it, _to_set(it.new), _to_set(it.old)),
    f"{_SCHEMA}/(?:type|enum)": lambda it: _is_room(it, _to_set(it.old) or None, _to_set(it.new) or None),
    f"{_SCHEMA}/{_MOST}": lambda it: _is_room(it, _to_number(it.old, inf), _to_number(it.new, inf)),
    f"{_SCHEMA}/{_LEAST}": lambda it: _is_room(it, _to_number(it.new, -inf), _to_number(it.old, -inf)),
}
