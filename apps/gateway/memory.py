"""The garbage collector of processes that stay."""

import gc


def settle_down() -> None:
    """What is loaded now stays: the collector need not walk all of it for every few hundred sockets or turns."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)
