"""Edits of an OpenAPI document that are known to break nobody who calls the service; every other one does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import inf
from typing import Any

from release.differences import ABSENT, Node, Pair, list_differences

_ANY = "/[^/]*"
_OPERATION = f"/paths{_ANY}/(?:get|put|post|delete|options|head|patch|trace)"
_SENT = f"{_OPERATION}(?:/parameters{_ANY}|/requestBody(?:/content{_ANY})?)"
_READ = f"{_OPERATION}/responses{_ANY}(?:/(?:headers|content){_ANY})?"
# Where one of several forms must fit and no other, to allow more of one is to refuse some of another: only words may
# be others within oneOf.
_STEP = f"/items|/additionalProperties|/(?:properties|allOf|anyOf){_ANY}"
_SCHEMA = f"(?:{_SENT}|{_READ})/schema(?:{_STEP})*"
_DESCRIBED = f"(?:|/paths{_ANY}|{_OPERATION}|(?:{_SENT}|{_READ})(?:/schema(?:{_STEP}|/oneOf{_ANY})*)?)"
_WORDS = "summary|description|example|examples|externalDocs|tags|deprecated"
# Of a schema that says these alone, it is known which keys an object may have that it does not name.
_PLAIN = {"type", "title", "description", "deprecated", "properties", "required", "additionalProperties"}


def list_breaking(old: Node, new: Node) -> list[Pair]:
    """Return the differences that are in none of the harmless edits, each place once. Raises `LookupError`."""
    return list({each.pointer: each for each in list_differences(old, new) if not _is_harmless(each)}.values())


def _is_harmless(it: Pair) -> bool:
    return any(re.fullmatch(places, it.use) and judge(it) for places, judge in HARMLESS.items())


def _is_new(it: Pair) -> bool:
    return it.old is ABSENT


def _are_words(it: Pair) -> bool:
    """Return whether they are no more than words: a description alone says what each position of an array means."""
    has_positions = any(each.get("maxItems", "") == each.get("minItems") for each in (it.parent.old, it.parent.new))
    return not (has_positions and it.use.endswith("/description"))


def _is_new_parameter(it: Pair) -> bool:
    listed = it.new if isinstance(it.new, list) else [it.new]
    return _is_new(it) and all(
        isinstance(each, dict) and "$ref" not in each and each.get("required", False) is False for each in listed
    )


def _is_new_key(it: Pair) -> bool:
    """Return whether nobody can have sent the key, or nobody who ignores what he does not know will see it.

    Callers are told to ignore keys that they do not know, even where the document closes an object, as it does to say
    what there is: without that, no answer could ever say more. They may count on the type of keys that are not named.
    """
    schema = it.parent.parent.old
    others = schema.get("additionalProperties", True)
    return _is_new(it) and schema.keys() <= _PLAIN and (isinstance(others, bool) if _is_read(it) else others is False)


def _is_other_limit(it: Pair) -> bool:
    is_most = "max" in it.use.rpartition("/")[2].lower()
    old, new = ((inf if is_most else -inf) if each is ABSENT else each for each in (it.old, it.new))
    return {type(old), type(new)} <= {int, float} and _is_room(it, *((old, new) if is_most else (new, old)))


def _is_other_choice(it: Pair) -> bool:
    old, new = _to_set(it.old), _to_set(it.new)
    return bool(old and new) and _is_room(it, old, new)


def _is_other_demand(it: Pair) -> bool:
    n_types = len({type(each) for each in (it.old, it.new) if each is not ABSENT})
    return n_types == 1 and _is_room(it, _to_set(it.new), _to_set(it.old))


def _is_room(it: Pair, old: Any, new: Any) -> bool:
    """Return whether there is more in a request, where callers need not use it, or less in an answer."""
    return bool(old == new or (new < old if _is_read(it) else new > old))


def _is_read(it: Pair) -> bool:
    return re.match(_READ, it.use) is not None


def _to_set(value: Any) -> set[str]:
    listed = value if isinstance(value, list) else [] if value in (ABSENT, False) else [value]
    return {json.dumps(each, sort_keys=True) for each in listed}


# The places of harmless edits, by the use of what stands there, and what the edits must be.
HARMLESS: dict[str, Callable[[Pair], bool]] = {
    f"/info/.*|{_DESCRIBED}/(?:{_WORDS})(?:/.*)?": _are_words,
    f"/paths{_ANY}|{_OPERATION}|/components{_ANY}{_ANY}": _is_new,
    # A media type of an answer too: it comes to those who ask for it.
    f"{_OPERATION}/(?:requestBody|responses{_ANY})/content{_ANY}|{_OPERATION}/responses{_ANY}/headers{_ANY}": _is_new,
    # Callers must expect any error; of a success that they do not know they would take what it says for the old one's.
    f"{_OPERATION}/responses/[45][^/]*": _is_new,
    f"{_OPERATION}/parameters(?:{_ANY})?": _is_new_parameter,
    f"{_SCHEMA}/properties{_ANY}": _is_new_key,
    f"(?:{_SENT}|{_READ}|{_SCHEMA})/required": _is_other_demand,
    f"{_SCHEMA}/(?:type|enum)": _is_other_choice,
    f"{_SCHEMA}/(?:(?:max|min)(?:imum|Items|Length|Properties)|exclusive(?:Max|Min)imum)": _is_other_limit,
}
