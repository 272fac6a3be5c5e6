"""Dataclasses as JSON values and back; what does not fit its declared type is refused."""

from __future__ import annotations

import dataclasses
import functools
import types
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class MalformedError(ValueError):
    """A JSON value that does not have the declared form; the text names the field."""


def to_json(value: Any) -> Any:
    """Return dataclasses as objects, enums by value, tuples as lists, numpy scalars as numbers, paths as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    return value.item() if hasattr(value, "item") else value


def from_json(expected: type[T], value: object, where: str = "value") -> T:
    """Return ``value`` as ``expected``: a dataclass, enum, scalar, tuple, dict or optional of these.

    Raises
    ------
    MalformedError
        When a field is missing, unknown or of another type.
    """
    return _read(expected, value, where)


def _read(expected: Any, value: object, where: str) -> Any:
    origin = get_origin(expected)
    if origin in (Union, types.UnionType):
        return _read_optional(expected, value, where)
    if origin is tuple:
        return _read_tuple(get_args(expected), value, where)
    if origin is dict:
        return _read_dict(get_args(expected)[1], value, where)
    if dataclasses.is_dataclass(expected):
        return _read_dataclass(expected, value, where)
    if isinstance(expected, type) and issubclass(expected, Enum):
        return _read_enum(expected, value, where)
    return _read_scalar(expected, value, where)


def _read_optional(expected: Any, value: object, where: str) -> Any:
    if value is None:
        return None
    (kind,) = (argument for argument in get_args(expected) if argument is not type(None))
    return _read(kind, value, where)


def _read_tuple(kinds: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _unfit(where, "a list", value)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise _unfit(where, f"{len(kinds)} items", value)
    return tuple(_read(kind, item, f"{where}[{at}]") for at, (kind, item) in enumerate(zip(kinds, value, strict=True)))


def _read_dict(kind: Any, value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unfit(where, "an object", value)
    return {key: _read(kind, item, f"{where}.{key}") for key, item in value.items()}


def _read_dataclass(kind: Any, value: object, where: str) -> Any:
    if not isinstance(value, dict):
        raise _unfit(where, "an object", value)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(set(value) - set(fields)):
        message = f"{where}: unknown {', '.join(unknown)}"
        raise MalformedError(message)
    if missing := sorted(name for name in set(fields) - set(value) if _is_required(fields[name])):
        message = f"{where}: missing {', '.join(missing)}"
        raise MalformedError(message)
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()})


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_enum(kind: type[Enum], value: object, where: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise _unfit(where, " or ".join(str(member.value) for member in kind), value) from None


def _read_scalar(kind: type, value: object, where: str) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise _unfit(where, kind.__name__, value)
    return value


def _unfit(where: str, wanted: str, value: object) -> MalformedError:
    return MalformedError(f"{where}: expected {wanted}, got {str(value)[:80]!r}")
