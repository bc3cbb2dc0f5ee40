"""Pydantic's errors in the words of someone who edits a file: a path in it, and what is allowed.

Takes a `ValidationError` of a model and the raw data; returns one `Problem` per mistake.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from saydo.errors import Problem


def no_such(kind: str, name: str, allowed: Sequence[str]) -> str:
    """That there is no such name, what was probably meant, and what is allowed."""
    close = difflib.get_close_matches(name, allowed, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"there is no {kind} {name!r}.{hint} Allowed: {', '.join(allowed)}."


def problems(error: ValidationError, raw: Any, model: type[BaseModel]) -> list[Problem]:
    """One problem per mistake, in the order of the file's paths.

    Args:
        error: What `model` raised.
        raw: What it was given.
        model: The model of the whole file.
    """
    details = error.errors(include_url=False)
    places = [_place(detail["loc"], raw, model) for detail in details]
    paths = [place.path for place in places]
    found = []
    for detail, place in zip(details, places, strict=True):
        # A list "has too few items" because one of them was wrong, which is told by itself.
        if detail["type"] == "too_short" and any(p.startswith(f"{place.path}.") for p in paths):
            continue
        # What may be a word or a date is tried as both; the word's error tells of the date.
        rivals = [d["type"] for d, p in zip(details, paths, strict=True) if p == place.path]
        if detail["type"].startswith("date") and "literal_error" in rivals:
            continue
        or_date = any(kind.startswith("date") for kind in rivals)
        found.append(_problem(detail, place, or_date=or_date))
    return found


class _Place(NamedTuple):
    """Where in the file, in which model, and what stands there by its type."""

    path: str
    holder: Any
    annotation: Any


def _problem(detail: ErrorDetails, place: _Place, *, or_date: bool) -> Problem:
    path, found, context = place.path, detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            allowed = list(place.holder.model_fields) if _is_model(place.holder) else []
            return Problem(path, no_such("key", path.rsplit(".", 1)[-1], allowed))
        case "missing":
            return Problem(path, "is missing, and has no default")
        case "literal_error":
            allowed_words = context["expected"]
            dates = ", or a date such as 2026-06-30" if or_date else ""
            return Problem(path, f"{found!r} is not allowed. Allowed: {allowed_words}{dates}.")
        case "union_tag_invalid" | "union_tag_not_found":
            tag = context.get("tag")
            what = f"{tag!r} is not allowed." if tag else "is missing."
            methods = ", ".join(_by_method(place.annotation))
            return Problem(f"{path}.method", f"{what} Allowed: {methods}.")
        case "string_pattern_mismatch" if _is_model(place.holder):
            wanted = place.holder.model_fields[path.rsplit(".", 1)[-1]].description
            return Problem(path, f"{found!r} does not fit. {wanted}")
        case "value_error":
            return Problem(path or "file", str(context["error"]))
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return Problem(path, f"{message}; found {found!r}")


def _place(loc: tuple[int | str, ...], raw: Any, model: type[BaseModel]) -> _Place:
    """Where pydantic's location lies in the file.

    Pydantic also names members of unions (`rfm`, `date`), which no file contains: a step is kept
    where the annotation says that the file has one.
    """
    steps: list[str] = []
    holder: Any = model
    here, annotation = raw, cast(Any, model)
    for part in map(str, loc):
        chosen = _choose(annotation, here)
        if _is_model(chosen):
            fields = chosen.model_fields
            if part not in fields and isinstance(here, dict) and part == here.get("method"):
                continue
            below = fields[part].annotation if part in fields else None
        elif get_origin(chosen) is dict:
            below = get_args(chosen)[1]
        elif get_origin(chosen) is tuple:
            below = get_args(chosen)[0]
        else:
            continue
        steps.append(part)
        if isinstance(here, dict):
            here = next((value for key, value in here.items() if str(key) == part), None)
        elif isinstance(here, list):
            here = here[int(part)] if part.isdigit() and int(part) < len(here) else None
        holder, annotation = chosen, below
    return _Place(".".join(steps), holder, annotation)


def _choose(annotation: Any, here: Any) -> Any:
    """The member of a union that the file means: by its method, or the one that is not None."""
    if get_origin(annotation) is Annotated:
        return _choose(get_args(annotation)[0], here)
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    by_method = _by_method(annotation)
    if by_method:
        method = here.get("method") if isinstance(here, dict) else None
        return by_method.get(str(method), annotation)
    members = [member for member in get_args(annotation) if member is not type(None)]
    return _choose(members[0], here) if len(members) == 1 else annotation


def _by_method(annotation: Any) -> dict[str, Any]:
    """Members of a union of models, however deep, by the `method` that chooses them."""
    if _is_model(annotation):
        method = annotation.model_fields.get("method")
        return {get_args(method.annotation)[0]: annotation} if method else {}
    members: dict[str, Any] = {}
    for argument in get_args(annotation):
        members |= _by_method(argument)
    return members


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
