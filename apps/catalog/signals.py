"""What others may like to know, after the commit; the rows are what makes sure of it."""

from django.dispatch import Signal

turn_began = Signal()  # variant_id: somebody who waited for it has the turn
