"""One file per way to reckon tax; `apps.carts.tax_provider` says what each must do."""
