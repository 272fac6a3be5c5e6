"""Organs by their names: colors and SNOMED CT codes for the classes of models that others made.

Codes and colors are those of Slicer's "3D Slicer General Anatomy list" (Slicer's source,
``Modules/Loadable/Terminologies/Resources``); codes of the veins: DICOM PS3.16, CID 4.
"""

from __future__ import annotations

import colorsys
import re

from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE, SegmentRole, anatomical

Color = tuple[float, float, float]

_TERMS: dict[str, tuple[str, str, tuple[int, int, int]]] = {
    "adrenal gland": ("23451007", "Adrenal gland", (249, 186, 150)),
    "aorta": ("15825003", "Aorta", (224, 97, 76)),
    "bladder": ("89837001", "Bladder", (222, 154, 132)),
    "brain": ("12738006", "Brain", (250, 250, 225)),
    "colon": ("71854001", "Colon", (204, 168, 143)),
    "duodenum": ("38848004", "Duodenum", (255, 253, 229)),
    "esophagus": ("32849002", "Esophagus", (211, 171, 143)),
    "gallbladder": ("28231008", "Gallbladder", (139, 150, 98)),
    "heart": ("80891009", "Heart", (206, 110, 84)),
    "inferior vena cava": ("64131007", "Inferior vena cava", (0, 151, 206)),
    "kidney": ("64033007", "Kidney", (185, 102, 83)),
    "lung": ("39607008", "Lung", (197, 165, 145)),
    "pancreas": ("15776009", "Pancreas", (249, 180, 111)),
    "portal vein": ("32764006", "Portal vein", (90, 120, 200)),
    "prostate": ("41216001", "Prostate", (230, 158, 140)),
    "small bowel": ("30315005", "Small Intestine", (205, 167, 142)),
    "spleen": ("78961009", "Spleen", (157, 108, 162)),
    "stomach": ("69695003", "Stomach", (216, 132, 105)),
    "uterus": ("35039007", "Uterus", (255, 181, 158)),
}
_SYNONYMS = {
    "gall bladder": "gallbladder", "urinary bladder": "bladder", "oesophagus": "esophagus", "ivc": "inferior vena cava",
    "postcava": "inferior vena cava", "small intestine": "small bowel", "adrenal": "adrenal gland", "lungs": "lung",
    "kidneys": "kidney", "adrenal glands": "adrenal gland",
}  # fmt: skip
_SIDES = {
    "left": ("7771000", "Left"),
    "right": ("24028007", "Right"),
    "l": ("7771000", "Left"),
    "r": ("24028007", "Right"),
}
_LIVER = re.compile(r"liver|hepar|liver parenchyma|parenchyma")
_TUMOR = re.compile(r"(liver |hepatic )?(tumou?r|cancer|lesion|metastas[ei]s|hcc)s?")
_LIVER_TUMOR = re.compile(r"(liver |hepatic )(tumou?r|cancer|lesion|metastas[ei]s)s?|hcc")
_GOLDEN_RATIO = 0.618034
_LIGHTER = 0.35


def plain(name: str) -> str:
    """Return a class's name in small letters with single blanks between its words."""
    return re.sub(r"[_\-\s]+", " ", name.strip().casefold())


def is_liver(name: str) -> bool:
    """Tell whether a class is the liver, by its name."""
    return _LIVER.fullmatch(plain(name)) is not None


def is_tumor(name: str) -> bool:
    """Tell whether a class is a tumor: of the liver where that is the only organ."""
    return _TUMOR.fullmatch(plain(name)) is not None


def is_liver_tumor(name: str) -> bool:
    """Tell whether a class is a tumor of the liver whatever the other classes are, by its name."""
    return _LIVER_TUMOR.fullmatch(plain(name)) is not None


def role_of_class(name: str, value: int) -> SegmentRole:
    """Return the segment of a class: with codes where its name is an organ's, in a color of its own otherwise."""
    if is_liver(name):
        return LIVER_ROLE
    if is_liver_tumor(name):
        return TUMOR_ROLE
    organ, side = _without_side(plain(name))
    term = _TERMS.get(_SYNONYMS.get(organ, organ))
    if term is None:
        return SegmentRole(_identifier(name, value), name, _any_color(value), "")
    code, meaning, rgb = term
    color = _color(rgb, lighter=side is not None and side[1] == "Left")
    return SegmentRole(_identifier(name, value), name, color, anatomical(code, meaning, side))


def _without_side(name: str) -> tuple[str, tuple[str, str] | None]:
    """Return the organ and its side, which stands before or after it."""
    words = name.split(" ")
    for at in (0, -1):
        if len(words) > 1 and words[at] in _SIDES:
            rest = words[1:] if at == 0 else words[:-1]
            return " ".join(rest), _SIDES[words[at]]
    return name, None


def _identifier(name: str, value: int) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or f"class_{value}"


def _color(rgb: tuple[int, int, int], *, lighter: bool) -> Color:
    """Return a color from 0 to 1, nearer to white where two sides of an organ have to be told apart."""
    share = _LIGHTER if lighter else 0.0
    red, green, blue = (part / 255 + share * (1 - part / 255) for part in rgb)
    return red, green, blue


def _any_color(value: int) -> Color:
    """Return a color by the class's value: neighbors are far apart on the color wheel."""
    return colorsys.hsv_to_rgb(value * _GOLDEN_RATIO % 1.0, 0.6, 0.9)
