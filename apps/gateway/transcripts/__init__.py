"""Scripted conversations, played through the true front door on a virtual clock (docs/adding-a-flow.md)."""
