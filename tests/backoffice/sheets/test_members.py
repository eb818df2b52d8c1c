"""Points by file: given once with reason and name, to members alone, and by nobody beyond what they may give."""

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.loyalty.actions import correct_points
from apps.loyalty.models import LoyaltyMembership, PointsEntry
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from tests import factories
from tests.loyalty import club

from .paper import bring, exported, look, place, signed_in

MEMBERS = "loyalty.loyaltymembership"


@pytest.fixture
def two(merchant: Merchant) -> tuple[LoyaltyMembership, LoyaltyMembership]:
    with scope(merchant=merchant):
        club.programme(merchant)
        ana = factories.customer(merchant, "Ana", email="Ana@shop.example")
        ben = factories.customer(merchant, "Ben", phone="+4917600000001")
        return club.member(merchant, customer=ana), club.member(merchant, customer=ben)


def points(two: Any) -> list[int]:
    with scope(merchant=two[0].merchant):
        return [club.shown(member)[0] for member in two]


def test_what_was_taken_away_gives_nothing_and_one_filled_cell_just_that(
    desk: Client, merchant: Merchant, two: Any
) -> None:
    with scope(merchant=merchant):
        correct_points(two[1], points=30, reason="Sorry", source="x")
    paper = exported(desk, MEMBERS)
    told = [(row["name"], row["email"], row["points"], row["level"], row["give"]) for row in paper]
    assert told == [("Ana", "Ana@shop.example", "0", "", ""), ("Ben", "", "30", "", "")]
    untouched = look(desk, MEMBERS, paper)
    assert (untouched.counts, untouched.kept) == ((0, 0, 2), "")
    paper[0] |= {"give": "500", "reason": "Points of the old shop"}
    assert bring(desk, MEMBERS, paper).counts == (0, 1, 1)
    assert points(two) == [500, 30]
    with scope(merchant=merchant):
        entry = PointsEntry.objects.select_related("actor").latest("pk")
        assert (entry.kind, entry.rule, entry.points, entry.reason) == ("manual", "desk", 500, "Points of the old shop")
        assert entry.actor is not None
    assert [found for found in run_all() if not found["ok"]] == []


def test_the_same_file_twice_gives_once(desk: Client, two: Any) -> None:
    file = b"email;phone;give;reason\nana@SHOP.example;;500;Old shop\n;+4917600000001;70;Old shop\n"
    assert bring(desk, MEMBERS, file).counts == (0, 2, 0)
    again = look(desk, MEMBERS, file.replace(b";", b","))
    assert (again.counts, again.kept) == ((0, 0, 2), "")
    assert points(two) == [500, 70]


def test_a_file_that_was_corrected_gives_only_what_is_new(desk: Client, two: Any) -> None:
    file = b"email;phone;give;reason\nana@SHOP.example;;500;Old shop\n;+4917600000001;70;Old shop\n"
    assert bring(desk, MEMBERS, file).counts == (0, 2, 0)
    assert bring(desk, MEMBERS, file.replace(b";70;", b";7;")).counts == (0, 1, 1)
    assert bring(desk, MEMBERS, file.replace(b"Old shop", b"For December")).counts == (0, 2, 0)
    assert points(two) == [1000, 147]


def test_who_is_no_member_has_no_reason_or_stands_there_twice_is_named(
    desk: Client, merchant: Merchant, two: Any
) -> None:
    factories.customer(merchant, "Cleo", email="cleo@shop.example")
    rows = [
        "cleo@shop.example,,5,Old shop", "ana@shop.example,,5,", "ana@shop.example,,-5,Old shop",
        ",+4917600000001,-1,Mistake", ",,5,Old shop",
    ]  # fmt: skip
    wrong = look(desk, MEMBERS, "\n".join(["email,phone,give,reason", *rows]).encode())
    assert wrong.errors == [
        (2, "email", "No member is known by “cleo@shop.example”. Members join in the chat first."),
        (3, "reason", "Say why: it stands in the member's history."),
        (4, "email", "It stands in line 3 already."),
        (5, "give", "There are only 0 points to take."),
        (6, "id", "Say who: an id, an e-mail address or a phone number."),
    ]
    assert points(two) == [0, 0]


def test_a_file_gives_no_more_than_its_bringer_may(desk: Client, merchant: Merchant, two: Any) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(points_most=100, points_most_a_day=150)
    file = b"email,phone,give,reason\nana@shop.example,,100,Old shop\n,+4917600000001,100,Old shop\n"
    (error,) = look(desk, MEMBERS, file).errors
    assert error[:2] == (3, "give")
    assert "Left for today: 50 points." in error[2]
    assert points(two) == [0, 0]
    owner = signed_in(factories.staff(merchant, "admin"))
    assert bring(owner, MEMBERS, file).counts == (0, 2, 0)
    assert points(two) == [100, 100]


def test_a_stranger_sees_and_gives_nothing(other_merchant: Merchant, two: Any) -> None:
    stranger = signed_in(factories.staff(other_merchant, "manager"))
    assert exported(stranger, MEMBERS) == []
    wrong = look(stranger, MEMBERS, f"id,give,reason\n{two[0].public_id},5,Mine\n".encode())
    assert [column for _line, column, _said in wrong.errors] == ["id"]
    assert points(two) == [0, 0]
    associate = signed_in(factories.staff(two[0].merchant, "associate"))
    assert associate.get(place(MEMBERS, "export")).status_code == 302
