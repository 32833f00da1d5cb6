"""Python's garbage collector in a server."""

import gc


def spare_what_stays() -> None:
    """Leave out of every later collection what a server is made of, once it is made: it never becomes garbage.

    Walking modules, mapped classes and routes took a tenth of a second, again and again: one request in 25 waited.
    """
    gc.collect()
    gc.freeze()
