"""Addresses as people type them: parts, country and state, whatever stands where."""

import pytest

from apps.bot.postal import parse_address, parse_town


@pytest.mark.parametrize(
    ("text", "at_home", "found"),
    [
        ("Lindenstr. 12, 10969 Berlin", "DE", "Lindenstr. 12|10969|Berlin||DE"),
        ("Storgata 5, 0155 Oslo, Norway", "DE", "Storgata 5|0155|Oslo||NO"),
        ("Storgata 5, 0155 Oslo Norwegen", "DE", "Storgata 5|0155|Oslo||NO"),
        ("5 rue de Rivoli, 75001 Paris France", "DE", "5 rue de Rivoli|75001|Paris||FR"),
        ("Av. Balboa 12, Ciudad de Panamá 0801, Panamá", "ES", "Av. Balboa 12|0801|Ciudad de Panamá||PA"),
        ("221B Baker Street, London NW1 6XE, UK", "DE", "221B Baker Street|NW1 6XE|London||GB"),
        ("12 Main St, Brooklyn, NY 11201, USA", "DE", "12 Main St|11201|Brooklyn|NY|US"),
        ("12 Main St, Santa Fe, New Mexico 87501", "US", "12 Main St|87501|Santa Fe|NM|US"),
        ("350 5th Ave, New York, NY 10118", "US", "350 5th Ave|10118|New York|NY|US"),
        ("350 5th Ave, New York 10118", "US", "350 5th Ave|10118|New York||US"),
        ("123 Peach St, Atlanta Georgia 30303", "US", "123 Peach St|30303|Atlanta|GA|US"),
        ("123 Peach St, Atlanta 30303, Georgia", "US", "123 Peach St|30303|Atlanta|GA|US"),
        ("5 Oak St, Lebanon", "US", "5 Oak St||Lebanon||US"),
        ("1 High St, Belfast Northern Ireland BT1 1AA", "GB", "1 High St|BT1 1AA|Belfast||GB"),
        ("Calle Recogidas 12, 18001, Granada", "ES", "Calle Recogidas 12|18001|Granada||ES"),
        ("Calle Mayor 5, 18200 Maracena Granada", "ES", "Calle Mayor 5|18200|Maracena Granada||ES"),
        ("350 5th Ave, New York NY 10118", "US", "350 5th Ave|10118|New York|NY|US"),
    ],
)
def test_an_address_in_one_message(text: str, at_home: str, found: str) -> None:
    parts = parse_address(text, country=at_home)
    assert "|".join(parts.get(part, "") for part in ("line1", "postcode", "city", "region", "country")) == found
    assert "line2" not in parts


def test_a_postcode_of_zeros_is_none() -> None:
    assert "postcode" not in parse_address("Main Street 5, 00000 Berlin", country="DE")
    assert parse_town("00000 Berlin", country="DE") == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10969 Berlin", {"country": "DE", "postcode": "10969", "city": "Berlin"}),
        ("0155 Oslo, Norway", {"country": "NO", "postcode": "0155", "city": "Oslo"}),
        ("Berlin", {}),
    ],
)
def test_postcode_and_town_by_themselves(text: str, found: dict[str, str]) -> None:
    assert parse_town(text, country="DE") == found
