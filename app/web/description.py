"""Descriptions of routes: what the OpenAPI document says of each, written beside its view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

JSON = "application/json"
# What may go wrong where a body is read and a model answers; where a model answers; where neither does.
BODY_PROBLEMS = (400, 413, 415, 422, 500, 503)
MODEL_PROBLEMS = (500, 503)
DEFECT_PROBLEMS = (500,)

_ATTRIBUTE = "description"


@dataclass(frozen=True)
class Answer:
    """The answer with status 200. `schema` is a component's name or a schema; text has none."""

    meaning: str
    schema: str | Mapping[str, Any] | None = None
    example: str | None = None
    """The name of one of the examples, which depend on the model being served."""
    media_type: str = JSON
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """The JSON body of a request: the name of its schema, and of its examples."""

    schema: str
    examples: str


@dataclass(frozen=True)
class Description:
    """What is said of a route besides what Flask knows: its path, its methods, its name, and its blueprint as a tag."""

    summary: str
    answer: Answer
    body: Body | None = None
    problems: tuple[int, ...] = DEFECT_PROBLEMS
    parameters: tuple[Mapping[str, Any], ...] = ()
    is_listed: bool = True
    """Whether the OpenAPI document holds the route: one for people alone, who find it anyway, would only swell it."""


def describe(
    summary: str,
    answer: Answer,
    *,
    body: Body | None = None,
    problems: tuple[int, ...] = DEFECT_PROBLEMS,
    parameters: tuple[Mapping[str, Any], ...] = (),
    is_listed: bool = True,
) -> Callable[[View], View]:
    """Return what gives a view its description; to stand below what makes the view a route."""
    description = Description(summary, answer, body, problems, parameters, is_listed)

    def attach(view: View) -> View:
        setattr(view, _ATTRIBUTE, description)
        return view

    return attach


def get_description(view: Callable[..., Any]) -> Description:
    """Return what `describe` says of `view`. Raises `LookupError` where it says nothing."""
    description = vars(view).get(_ATTRIBUTE)
    if not isinstance(description, Description):
        raise LookupError(f"{view.__module__}.{view.__qualname__} is a route that @describe does not describe.")
    return description
