"""Colors and defaults of the page: calm, the same in light and dark, with enough contrast for text (WCAG AA)."""

from __future__ import annotations

from typing import Any

_LIGHT = {
    "background": "#f4f6f8",
    "surface": "#ffffff",
    "surface-light": "#e9eef2",
    "primary": "#1f6f8b",
    "secondary": "#5b6874",
    "success": "#2c6e3f",
    "warning": "#8a5a00",
    "error": "#a3261c",
    "info": "#1f6f8b",
}
_DARK = {
    "background": "#11161b",
    "surface": "#182027",
    "surface-light": "#232d36",
    "primary": "#5fb3cf",
    "secondary": "#94a1ad",
    "success": "#7cc48f",
    "warning": "#e2b25f",
    "error": "#ff9a8f",
    "info": "#5fb3cf",
}

VUETIFY: dict[str, Any] = {
    "theme": {
        "defaultTheme": "dark",
        "themes": {"light": {"dark": False, "colors": _LIGHT}, "dark": {"dark": True, "colors": _DARK}},
    },
    "defaults": {
        "VBtn": {"class": "text-none", "rounded": "sm"},
        "VSlider": {"color": "primary"},
        "VTooltip": {"openDelay": 400},
    },
}
