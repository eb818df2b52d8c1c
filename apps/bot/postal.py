"""Addresses as people type them: one message or several lines, in the order of their country."""

import re

from apps.carts.places import STATES, state_of
from apps.carts.spoken import country_called
from apps.nlu.text import HAN, fold

ALONE = {"us": "US"}  # written for a country where nothing stands beside it, and a word of its own elsewhere
NO_END = {"de", "del", "of", "von", "new", "la", "el", "the"}  # "New Mexico", "Ciudad de Panamá": the name goes on
_POSTCODE = re.compile(
    r"(?<![\w-])(?!0+\b)(?:[A-Z]{1,2}-)?(\d{6}|\d{5}(?:-\d{4})?|\d{4}(?: ?[A-Z]{2})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?![\w-])"
)
_HAN_CITY = re.compile(r"(?:[\u4e00-\u9fff]{2,6}?省)?([\u4e00-\u9fff]{2,5}?市)")
_SPLIT = re.compile(r"[,;，；、\n]+")
_STREET = re.compile(r"[^\W\d_]{2}[^\d]{0,60}[\s.]\d|\d[\w/-]{0,6}\s+[^\W\d_]{2}")  # "Mayor 5", "12 Main"
STREET_AND_TOWN = 2  # parts
MAX_READ = 400
LINE, LONGEST = 160, {"postcode": 16, "city": 80, "region": 80}  # what an address keeps


def country_of(text: str) -> str:
    """ISO code of the country a short text names, or ""."""
    name = fold(text).strip(" .")
    return ALONE.get(name) or country_called(name)


def parse_address(text: str, *, country: str) -> dict[str, str]:
    """The parts found: line1, line2, postcode, city, country (`country` unless one is named), and a leading name.

    {} when there is nothing that looks like a street. Parts that are not there are left out.
    """
    segments = [segment.strip(" .") for segment in _SPLIT.split(text[:MAX_READ]) if segment.strip(" .")]
    found: dict[str, str] = {"country": country}
    if segments and (state := _state_called(segments[-1], country)):
        found["region"] = state
        segments.pop()
    elif segments and (named := country_of(segments[-1])) and not _may_be_town(segments, country):
        found["country"] = named
        segments.pop()
    if not segments:
        return {}
    if HAN.search(text):
        return _han(segments, found)
    rest: list[str] = []
    for place, segment in enumerate(segments):
        match = _POSTCODE.search(segment)
        if match and "postcode" not in found and (place > 0 or len(segments) == 1):
            before, after = segment[: match.start()].strip(), segment[match.end() :].strip()
            if before and not after and not re.search(r"\d", before):
                before, after = "", before  # "Madrid 28013"
            found["postcode"] = match[1]
            if after:
                found["city"] = after
            if before:
                rest.append(before)
        else:
            rest.append(segment)
    if len(rest) > 1 and not re.search(r"\d", rest[0]):
        found["name"] = rest.pop(0)
    if rest and "city" not in found and len(rest) > 1 and not re.search(r"\d", rest[-1]):
        found["city"] = rest.pop()
    if not rest or not _STREET.search(rest[0]):
        return {}
    found["line1"] = rest[0]
    if len(rest) > 1:
        found["line2"] = ", ".join(rest[1:])
    return _cut(_without_country(_with_state(found)))


def _han(segments: list[str], found: dict[str, str]) -> dict[str, str]:
    """北京市朝阳区建国路88号 100022"""
    words = [word for segment in segments for word in segment.split()]
    street: list[str] = []
    for word in words:
        if re.fullmatch(r"\d{5,6}", word):
            found["postcode"] = word
        elif country_of(word):
            found["country"] = country_of(word)
        elif not re.search(r"\d|路|街|号|区|市|省|村|镇", word) and "name" not in found and not street:
            found["name"] = word
        else:
            street.append(word)
    line = " ".join(street)
    if glued := re.search(r"(?<!\d)(\d{6})$", line):
        found["postcode"], line = glued[1], line[: glued.start()].strip()
    if city := _HAN_CITY.search(line):
        found["city"] = city[1]
    if not line or not re.search(r"\d|路|街|号", line):
        return {}
    return _cut({**found, "line1": line})


def _without_country(found: dict[str, str]) -> dict[str, str]:
    """ "Oslo Norway": the country is not of the town's name."""
    words = [word for word in re.split(r"[\s,，]+", found.get("city", "")) if word]
    for count in (3, 2, 1):
        kept, named = words[:-count], words[-count:]
        if kept and fold(kept[-1]) not in NO_END and (country := country_of(" ".join(named))):
            return {**found, "city": " ".join(kept), "country": country}
    return found


def _state_called(segment: str, country: str) -> str:
    """ "…, Atlanta 30303, Georgia" in an American shop: the letters of the state that a part of the address is."""
    name = fold(segment).strip(" .")
    if country != "US":
        return ""
    return next((code for code, (full, _) in STATES.items() if name in (code.casefold(), full.casefold())), "")


def _may_be_town(segments: list[str], country: str) -> bool:
    """ "5 Oak St, Lebanon" in an American shop: a street and one word more."""
    return country == "US" and len(segments) <= STREET_AND_TOWN and not _POSTCODE.search(segments[0])


def _with_state(found: dict[str, str]) -> dict[str, str]:
    """ "Brooklyn, NY 11201": the letters or the name before a ZIP code are the state it lies in, not the town."""
    code = state_of("", found.get("postcode", "")) if found.get("country") == "US" else ""
    if not code:
        return found
    written = found.get("city", "")
    for said in (code, STATES[code][0]):
        if not re.search(rf"(?:^|[\s,]){said}$", written, re.IGNORECASE):
            continue
        town, beside = written[: -len(said)].strip(" ,"), found.get("line2", "")
        if town:
            return {**found, "city": town, "region": code}
        if beside and not re.search(r"\d", beside):
            rest = {part: value for part, value in found.items() if part != "line2"}
            return {**rest, "city": beside, "region": code}
    return found


def _cut(found: dict[str, str]) -> dict[str, str]:
    """No part is longer than an address keeps; a name is left whole, so that one too long is not taken for a name."""
    return {part: value[: LONGEST.get(part, LINE)] if part != "name" else value for part, value in found.items()}


def parse_town(text: str, *, country: str) -> dict[str, str]:
    """Postcode, town and country from "10115 Berlin" (`country` unless one is named); {} without postcode and town."""
    plain = text[:120].strip(" .,")
    match = _POSTCODE.search(plain)
    if match is None:
        return {}
    town = re.sub(r"\s+", " ", (plain[: match.start()] + " " + plain[match.end() :])).strip(" ,，")
    found = _without_country(_with_state({"country": country, "postcode": match[1], "city": town}))
    return _cut(found) if re.search(r"[^\W\d_]{2}", found["city"]) else {}
