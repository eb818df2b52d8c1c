"""How many products say each word: what the search reads of a catalogue before it can understand anybody."""

from typing import Any, ClassVar

from django.db import models

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class WordCount(MerchantOwned):
    """One change of how many products on sale say a word: the sum of its rows is the number.

    Written by the database with every change of a product, only ever added to, so that no two writers wait for each
    other; `counting.fold_counts` makes one row of many now and then.
    """

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, editable=False, db_constraint=False)
    word = models.TextField()
    said = models.IntegerField()  # anywhere
    named = models.IntegerField()  # outside of descriptions
    called = models.IntegerField()  # of these, by the product itself: neither by its category nor by an option

    objects: ClassVar[Any] = scoped_manager()
