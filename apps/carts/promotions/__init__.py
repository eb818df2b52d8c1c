"""Offers and codes: what they are, what they take off a cart, and how often they may."""
