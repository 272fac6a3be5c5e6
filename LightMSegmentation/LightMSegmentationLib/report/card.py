"""A model card as the page shows it: for people, without the numbers that only code needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ShownCard:
    """Title, license, and what the card says about the model, as names and lines of text."""

    title: str
    model_hash: str
    cases: int
    facts: tuple[tuple[str, tuple[str, ...]], ...]


def shown_card(text: str, model_hash: str, cases: int) -> ShownCard:
    """Return the card with JSON ``text`` of a model that did ``cases`` cases; an unreadable one has a hash only."""
    try:
        card = json.loads(text)
    except ValueError:
        card = {}
    if not isinstance(card, dict):
        card = {}
    title = " ".join(str(card[key]) for key in ("name", "version") if key in card)
    about = card.get("about")
    told = {key: card[key] for key in ("license",) if key in card} | (about if isinstance(about, dict) else {})
    facts = [(_title(name), tuple(_lines(value))) for name, value in told.items()]
    return ShownCard(f"Model {title}" if title else "Unknown model", model_hash, cases, tuple(facts))


def _lines(value: Any) -> list[str]:
    """Return a value of any kind as lines; lists of cases are too long for a page, their number is enough."""
    if isinstance(value, dict):
        pairs = [pair for name, item in value.items() for pair in _flat(_title(name), item)]
        return [f"{name}: {_short(item)}" for name, item in pairs if item is not None]
    if isinstance(value, list):
        return [_short(item) for item in value]
    return [str(value)]


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return a value under its name, or the parts of an object, each under both names."""
    if isinstance(value, dict):
        return [(f"{name}, {_title(part).lower()}", item) for part, item in value.items()]
    return [(name, value)]


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_title(name).lower()} {_short(item)}" for name, item in value.items() if item is not None)
    if isinstance(value, list):
        return ", ".join(map(str, value)) if all(isinstance(item, str) for item in value) else f"{len(value)} listed"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
