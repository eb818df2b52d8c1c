"""At the desk a size guide is typed as lines, and what does not fit is said at the table."""

from typing import Any

from django.test import Client
from django_scopes import scope

from apps.catalog.models import SizeGuide
from apps.merchants.models import Merchant

FORM = {"name_en": "Shirts", "measures_en": "chest, waist", "unit": "cm", "position": 0}


def test_the_table_is_typed_as_lines(desk: Client, merchant: Merchant) -> None:
    refused: Any = desk.post("/admin/catalog/sizeguide/add/", {**FORM, "table": "S: 88"})
    assert refused.context["adminform"].form.errors == {"table": ["“S”: write 2 short measures."]}
    taken = desk.post("/admin/catalog/sizeguide/add/", {**FORM, "table": "S: 88–92, 76–80\nM: 93–97, 81–85"})
    assert taken.status_code == 302
    with scope(merchant=merchant):
        guide = SizeGuide.objects.get()
    assert (guide.name, guide.rows) == ("Shirts", [["S", "88–92", "76–80"], ["M", "93–97", "81–85"]])
    shown = desk.get(f"/admin/catalog/sizeguide/{guide.pk}/change/").content.decode()
    assert "S: 88–92, 76–80" in shown
