"""What a checkout asks and shows, one file for each question; `flows/checkout.py` puts them in order."""
