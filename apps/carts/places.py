"""Where something is handed over, as far as tax asks: country, state and postcode, told from what people write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.merchants.models import Location

# State → its name, and the first three digits of its ZIP codes (Publication 65 of the USPS), single or from–to.
STATES: dict[str, tuple[str, str]] = {
    "AL": ("Alabama", "350-369"), "AK": ("Alaska", "995-999"), "AZ": ("Arizona", "850-865"),
    "AR": ("Arkansas", "716-729"), "CA": ("California", "900-961"), "CO": ("Colorado", "800-816"),
    "CT": ("Connecticut", "060-069"), "DE": ("Delaware", "197-199"), "DC": ("District of Columbia", "200 202-205"),
    "FL": ("Florida", "320-349"), "GA": ("Georgia", "300-319 398-399"), "HI": ("Hawaii", "967-968"),
    "ID": ("Idaho", "832-838"), "IL": ("Illinois", "600-629"), "IN": ("Indiana", "460-479"), "IA": ("Iowa", "500-528"),
    "KS": ("Kansas", "660-679"), "KY": ("Kentucky", "400-427"), "LA": ("Louisiana", "700-714"),
    "ME": ("Maine", "039-049"), "MD": ("Maryland", "206-219"), "MA": ("Massachusetts", "010-027 055"),
    "MI": ("Michigan", "480-499"), "MN": ("Minnesota", "550-567"), "MS": ("Mississippi", "386-397"),
    "MO": ("Missouri", "630-658"), "MT": ("Montana", "590-599"), "NE": ("Nebraska", "680-693"),
    "NV": ("Nevada", "889-898"), "NH": ("New Hampshire", "030-038"), "NJ": ("New Jersey", "070-089"),
    "NM": ("New Mexico", "870-884"), "NY": ("New York", "005 100-149"), "NC": ("North Carolina", "270-289"),
    "ND": ("North Dakota", "580-588"), "OH": ("Ohio", "430-459"), "OK": ("Oklahoma", "730-749"),
    "OR": ("Oregon", "970-979"), "PA": ("Pennsylvania", "150-196"), "RI": ("Rhode Island", "028-029"),
    "SC": ("South Carolina", "290-299"), "SD": ("South Dakota", "570-577"), "TN": ("Tennessee", "370-385"),
    "TX": ("Texas", "750-799 885"), "UT": ("Utah", "840-847"), "VT": ("Vermont", "050-054 056-059"),
    "VA": ("Virginia", "201 220-246"), "WA": ("Washington", "980-994"), "WV": ("West Virginia", "247-268"),
    "WI": ("Wisconsin", "530-549"), "WY": ("Wyoming", "820-831"),
}  # fmt: skip
_BY_NAME = {name.upper(): code for code, (name, _) in STATES.items()}
_WHOLE = {"06390": "NY"}  # Fishers Island, reached through Connecticut


@dataclass(frozen=True, slots=True)
class Place:
    """`region` as the tax table writes it (a state's two letters), `postcode` in capitals without spaces."""

    country: str
    region: str = ""
    postcode: str = ""

    @classmethod
    def of(cls, address: Mapping[str, Any], *, country: str = "") -> "Place":
        """Of an address as orders freeze it; `country` where it names none."""
        land = str(address.get("country") or country).upper()
        postcode = plain_postcode(str(address.get("postcode") or ""))
        region = " ".join(str(address.get("region") or "").upper().split())
        return cls(land, state_of(region, postcode) if land == "US" else region, postcode)

    @classmethod
    def at(cls, location: Location, *, country: str) -> "Place":
        """Where what is picked up changes hands: the store, in the shop's country."""
        return cls.of({"region": location.region, "postcode": location.postcode}, country=country)

    def told(self) -> dict[str, str]:
        """As an order keeps it; `of` reads it back."""
        return {"country": self.country, "region": self.region, "postcode": self.postcode}


def plain_postcode(text: str) -> str:
    """Letters and digits alone, in capitals: "sw1a 1aa" is "SW1A1AA"."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def state_of(region: str, postcode: str) -> str:
    """The two letters of a state of the US: by its ZIP code, which carriers check, else by what stands as region.

    A region that is no state stays as it is.
    """
    by_zip = _WHOLE.get(postcode[:5]) or _state_of_zip(postcode[:3])
    return by_zip or _BY_NAME.get(region, region)


def _state_of_zip(first: str) -> str:
    if len(first) < 3 or not first.isdigit():
        return ""
    for code, (_, ranges) in STATES.items():
        for part in ranges.split():
            low, _, high = part.partition("-")
            if low <= first <= (high or low):
                return code
    return ""
