"""A dispute over the API: read, answered once and accepted, with what the desk proposes."""

from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from apps.merchants.invariants import run_all
from apps.payments.actions import send_answers
from apps.payments.models import Dispute
from tests.payments.desk import Desk

from .conftest import Api
from .test_disputes import dispute, stripe

__all__ = ["dispute", "stripe"]  # fixtures


def sent(dispute: Dispute) -> None:
    with scope(merchant=dispute.merchant):
        send_answers()


def test_it_is_listed_and_read_with_what_the_shop_knows(api: Api, dispute: Dispute) -> None:
    (row,) = api.get("disputes/").json()["results"]
    assert row == api.get(f"disputes/{row['id']}/").json()
    assert {name: row[name] for name in ("state", "can_answer", "answer", "is_inquiry", "reason")} == {
        "state": "open", "can_answer": True, "answer": "", "is_inquiry": False, "reason": "product_not_received",
    }  # fmt: skip
    assert (row["amount"], row["order"]) == ({"minor": 1690, "currency": "EUR"}, dispute.payment.order.public_id)
    assert api.get("disputes/", state="won").json()["results"] == []
    assert api.get("disputes/", state="lonely").status_code == 400
    proposed = api.get(f"disputes/{row['id']}/evidence/").json()
    assert (proposed["carrier"], proposed["sends_invoice"]) == ("DHL", True)
    assert "is my mug here?" in proposed["conversation"]


def test_a_draft_is_kept_and_what_is_left_out_is_handed_in_as_it_stands(
    api: Api, dispute: Dispute, stripe: Desk
) -> None:
    at = f"disputes/{dispute.public_id}"
    draft = api.get(f"{at}/evidence/").json() | {"explanation": "It came.", "conversation": ""}
    kept = api.put(f"{at}/evidence/", draft)
    assert (kept.status_code, kept.json()["explanation"], "conversation" in kept.json()) == (200, "It came.", False)
    assert stripe.every("dispute")[0]["status"] == "needs_response"
    answers = [api.post(f"{at}/submit/", {"carrier": "UPS"}) for _ in range(2)]
    assert [(answer.status_code, answer.json()["answer"]) for answer in answers] == [(200, "answer")] * 2
    sent(dispute)
    found = stripe.every("dispute")[0]
    assert (found["status"], found["evidence_details"]["submission_count"]) == ("under_review", 1)
    assert found["evidence"]["shipping_carrier"] == "UPS"
    assert found["evidence"]["uncategorized_text"].startswith("It came.")
    assert api.post(f"{at}/accept/").status_code == 409
    assert api.put(f"{at}/evidence/", draft).status_code == 409
    with scopes_disabled():
        assert [each["name"] for each in run_all() if not each["ok"]] == []


def test_accepting_gives_the_money_up_once(api: Api, dispute: Dispute, stripe: Desk) -> None:
    at = f"disputes/{dispute.public_id}"
    assert [api.post(f"{at}/accept/").status_code for _ in range(2)] == [200, 200]
    sent(dispute)
    assert (stripe.every("dispute")[0]["status"], api.get(f"{at}/").json()["state"]) == ("lost", "lost")
    assert api.post(f"{at}/submit/", {}).status_code == 409


@pytest.mark.parametrize("body", [{"explanation": "x" * 6000}, {"email": "nobody"}, {"fee": 1}, {"sends_invoice": "?"}])
def test_evidence_no_bank_would_read_is_refused(api: Api, dispute: Dispute, stripe: Desk, body: Any) -> None:
    assert api.post(f"disputes/{dispute.public_id}/submit/", body).status_code == 400
    assert stripe.every("dispute")[0]["status"] == "needs_response"


def test_a_reader_only_reads_and_a_stranger_sees_nothing(reader: Api, stranger: Api, dispute: Dispute) -> None:
    at = f"disputes/{dispute.public_id}"
    assert reader.get(f"{at}/evidence/").status_code == 200
    assert [reader.post(f"{at}/{act}/").status_code for act in ("submit", "accept")] == [403, 403]
    assert stranger.get("disputes/").json()["results"] == []
    assert [stranger.get(f"{at}/{what}").status_code for what in ("", "evidence/")] == [404, 404]
    assert [stranger.post(f"{at}/{act}/").status_code for act in ("submit", "accept")] == [404, 404]
    with scope(merchant=dispute.merchant):
        assert Dispute.objects.get().wish == ""
