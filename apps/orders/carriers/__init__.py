"""One file per carrier, or per service that speaks for many; `apps.orders.carrier` says what each must do."""
