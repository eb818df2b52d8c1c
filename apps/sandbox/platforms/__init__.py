"""One file per platform; `base.py` says what they share."""
