"""The store of rows: immutable segments, one day of one family of one source each, never rewritten.

    rows.py        what a row of each family says: typed columns, the law's category of each
    selectors.py   what may be asked: an address and port at an instant, a subscriber, a number, a cell
    answers.py     what is answered: rows with where they lie, and whether anything is missing
    proof.py       a row is of its segment: pure, standard library and the ledger's tree only

Three stores (civil identity; source addresses and terminals; traffic and location), each under keys of its own: they
meet only inside a requisition that two persons approved (CJEU 30 April 2024, C-470/21).
"""
