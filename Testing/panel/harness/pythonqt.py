"""PySide6 objects that behave like PythonQt's, where the two differ."""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6 import QtCore, QtGui, QtWidgets

from Testing.panel.harness.names import NamesOfSlicer

_NAMESPACES = (QtWidgets, QtGui, QtCore)


class QtEnum(int):
    """An enum value as PythonQt gives it: an int, without scope, that still knows the PySide6 value behind it."""

    behind: Any

    def __new__(cls, behind: Any) -> QtEnum:
        """Make the int of a PySide6 enum or flag."""
        value = int.__new__(cls, behind.value)
        value.behind = behind
        return value

    def __or__(self, other: int) -> int:
        """Combine flags; the result can still be handed to PySide6."""
        return QtEnum(self.behind | other.behind) if isinstance(other, QtEnum) else int(self) | other

    __hash__ = int.__hash__


class PythonQtClass(type):
    """What ``qt.QPushButton`` is: a class whose enums and static methods are its attributes."""

    behind: Any
    names: NamesOfSlicer

    def __getattr__(cls, name: str) -> Any:
        """Return an enum value or a static method."""
        if name.startswith("__"):
            raise AttributeError(name)
        cls.names.require(cls.__name__, name)
        return _unscoped(cls.behind, name)


class PythonQtObject(metaclass=PythonQtClass):
    """An instance of a Qt class as Python code in Slicer sees it."""

    _behind: Any
    behind: ClassVar[Any]
    names: ClassVar[NamesOfSlicer]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        _refuse_keywords(type(self).__name__, keywords)
        object.__setattr__(self, "_behind", type(self).behind(*map(unwrap, arguments)))

    def __getattr__(self, name: str) -> Any:
        """Read a property, or return a method or signal."""
        if name.startswith("__"):
            raise AttributeError(name)
        self.names.require(type(self).__name__, name)
        target = self._behind
        if name in ("connect", "disconnect"):
            return getattr(_Connector(target, self.names), name)
        if name == "className":
            return lambda: type(self).__name__
        if _property(target, name) is not None:
            return wrap(target.property(name), self.names)
        member = getattr(target, name)
        if isinstance(member, QtCore.SignalInstance):
            return PythonQtSignal(target, name, self.names)
        return _method(name, member, self.names)

    def __setattr__(self, name: str, value: Any) -> None:
        """Write a property; anything else is an error, as in PythonQt."""
        self.names.require(type(self).__name__, name)
        found = _property(self._behind, name)
        if found is None or not found.isWritable():
            message = f"'{type(self).__name__}' object has no property '{name}'"
            raise AttributeError(message)
        self._behind.setProperty(name, unwrap(value))

    def __eq__(self, other: object) -> bool:
        """Two wrappers of one Qt object are equal."""
        return isinstance(other, PythonQtObject) and other._behind is self._behind

    def __hash__(self) -> int:
        """Hash of the Qt object."""
        return hash(id(self._behind))


class PythonQtSignal:
    """A signal as attribute: ``button.clicked.connect(f)`` hands over the arguments that ``f`` accepts."""

    def __init__(self, target: QtCore.QObject, name: str, names: NamesOfSlicer) -> None:
        self._target = target
        self._name = name
        self._names = names

    def connect(self, slot: Callable[..., Any]) -> bool:
        """Connect the signal's longest form."""
        return _connect(self._target, _longest_signature(self._target, self._name), slot, self._names)


class _Connector:
    """``object.connect("clicked(bool)", f)``: a wrong signature prints a line and returns False."""

    def __init__(self, target: QtCore.QObject, names: NamesOfSlicer) -> None:
        self._target = target
        self._names = names

    def connect(self, signature: str, slot: Callable[..., Any]) -> bool:
        return _connect(self._target, signature, slot, self._names)

    def disconnect(self, signature: str, slot: Callable[..., Any]) -> bool:
        relays = _relays(self._target)
        relay = relays.pop((signature, slot), None)
        if relay is None:
            return False
        getattr(self._target, signature.partition("(")[0]).disconnect(relay)
        return True


def python_qt_class(name: str, names: NamesOfSlicer, behind: Any = None) -> type[PythonQtObject]:
    """Make the class that Slicer's ``qt``, ``ctk`` or ``slicer`` module offers under ``name``."""
    target = behind or next(getattr(space, name) for space in _NAMESPACES if hasattr(space, name))
    return PythonQtClass(name, (PythonQtObject,), {"behind": target, "names": names})


def wrap(value: Any, names: NamesOfSlicer) -> Any:
    """Turn what PySide6 returned into what PythonQt returns."""
    if isinstance(value, enum.Enum):
        return QtEnum(value)
    if isinstance(value, list):
        return tuple(wrap(item, names) for item in value)
    if not type(value).__module__.startswith("PySide6") and not isinstance(value, QtCore.QObject):
        return value
    wrapper = object.__new__(_class_of(value, names))
    object.__setattr__(wrapper, "_behind", value)
    return wrapper


def unwrap(value: Any) -> Any:
    """Turn what Python code of Slicer hands over into what PySide6 takes."""
    if isinstance(value, (PythonQtObject, QtEnum)):
        return value._behind if isinstance(value, PythonQtObject) else value.behind
    if isinstance(value, (list, tuple)):
        return [unwrap(item) for item in value]
    return value


def _class_of(value: Any, names: NamesOfSlicer) -> type[PythonQtObject]:
    listed = next(base for base in type(value).__mro__ if names.knows(base.__name__))
    return python_qt_class(listed.__name__, names, listed)


def _refuse_keywords(owner: str, keywords: dict[str, Any]) -> None:
    if keywords:
        message = f"{owner} takes no keyword arguments: {', '.join(keywords)}"
        raise ValueError(message)


def _method(name: str, member: Callable[..., Any], names: NamesOfSlicer) -> Callable[..., Any]:
    def call(*arguments: Any, **keywords: Any) -> Any:
        _refuse_keywords(name, keywords)
        return wrap(member(*map(unwrap, arguments)), names)

    return call


def _property(target: Any, name: str) -> QtCore.QMetaProperty | None:
    if not isinstance(target, QtCore.QObject):
        return None
    index = target.metaObject().indexOfProperty(name)
    return target.metaObject().property(index) if index >= 0 else None


def _unscoped(behind: Any, name: str) -> Any:
    for base in behind.__mro__:
        for member in vars(base).values():
            if isinstance(member, type) and issubclass(member, enum.Enum) and name in member.__members__:
                return QtEnum(member[name])
    return getattr(behind, name)


def _longest_signature(target: QtCore.QObject, name: str) -> str:
    meta = target.metaObject()
    methods = [meta.method(index) for index in range(meta.methodCount())]
    named = [method for method in methods if bytes(method.name()).decode() == name]
    signals = [method for method in named if method.methodType() == QtCore.QMetaMethod.MethodType.Signal]
    return bytes(max(signals, key=lambda method: method.parameterCount()).methodSignature()).decode()


def _relays(target: QtCore.QObject) -> dict[tuple[str, Any], Any]:
    relays: dict[tuple[str, Any], Any] = target.__dict__.setdefault("_relays", {})
    return relays


def _connect(target: QtCore.QObject, signature: str, slot: Callable[..., Any], names: NamesOfSlicer) -> bool:
    stated = getattr(type(target), "signatures", {})
    if signature not in stated and target.metaObject().indexOfSignal(signature) < 0:
        sys.stderr.write(f"QObject::connect: No such signal {type(target).__name__}::{signature}\n")
        return False
    count = 0 if signature.endswith("()") else signature.count(",") + 1
    relay = _relay(slot, count, names)
    _relays(target)[(signature, slot)] = relay
    getattr(target, signature.partition("(")[0]).connect(relay)
    return True


def _relay(slot: Callable[..., Any], count: int, names: NamesOfSlicer) -> Callable[..., Any]:
    """Call ``slot`` with the first ``count`` arguments of the signal, or with fewer where it takes fewer.

    PySide6 looks at the arguments that a slot names, so the relay has to name as many as are wanted.
    """
    accepted = _accepted(slot, count)

    def call(*arguments: Any) -> None:
        slot(*(wrap(argument, names) for argument in arguments[:accepted]))

    if count == 0:
        return lambda: call()  # noqa: PLW0108 - PySide6 counts the arguments
    if count == 1:
        return lambda a: call(a)  # noqa: PLW0108
    return lambda a, b: call(a, b)  # noqa: PLW0108


def _accepted(slot: Callable[..., Any], count: int) -> int:
    code = getattr(getattr(slot, "__func__", slot), "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return count
    bound = 1 if hasattr(slot, "__self__") else 0
    return min(count, code.co_argcount - bound)
