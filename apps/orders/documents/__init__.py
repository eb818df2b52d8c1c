"""Invoices and credit notes: what was sold and given back, written down once, numbered without a gap, never changed."""
