"""Nine bills of three markets, reckoned by hand from the rules of the place; amounts as they are printed.

Germany: §12 UStG, 19 % and 7 % inside the price, each line rounded half up; delivery shares the rate of the main thing
sold (UStAE 3.10 (5)). New York: 4 % state, 4.5 % city and 0.375 % MCTD on top; clothing below 110 dollars a piece, offers
taken off, is free of the state's part everywhere, and of the others where the place says so (TB-ST-530, Publication
718-C: New York City does, Yonkers does not); a parcel with anything taxed in it is taxed whole (TB-ST-838). Japan: 10 %,
food 8 %, rounded once for each rate on the qualified invoice, here down; delivery is a service at 10 %.
"""

from dataclasses import dataclass, field

# rate in percent, net, tax, gross; and of it: name of the part, its percent, its tax
Told = tuple[str, str, str, str]
Parts = dict[str, list[tuple[str, str, str]]]


@dataclass(frozen=True)
class Bill:
    name: str
    market: str
    goods: list[tuple[str, str, str, int]]  # title, tax category, price, how many
    offer: str  # "10%", "20.00" off, or "free delivery"
    taxes: list[str]  # of each line, then of the delivery
    total: str
    told: list[Told]  # the invoice, by rate
    parts: Parts = field(default_factory=dict)
    postcode: str = ""
    pays: str = "provider"  # "gift_card", "store_credit"
    back: dict[str, int] = field(default_factory=dict)  # title → how many are given back
    credited: list[Told] = field(default_factory=list)
    credited_parts: Parts = field(default_factory=dict)


BILLS = [
    # 3 × 15.00 − 4.50 = 40.50, tax 40.50 × 7/107 = 2.6495; 20.00 − 2.00 = 18.00, tax 18.00 × 19/119 = 2.8739.
    # Books are the greater worth: the parcel at 7 %, 4.90 × 7/107 = 0.3206. Total 40.50 + 18.00 + 4.90.
    # One book back: 40.50 / 3 = 13.50, its tax 2.65 / 3 = 0.8833.
    Bill("books and a lamp", "DE", [("Book", "reduced", "15.00", 3), ("Lamp", "standard", "20.00", 1)], "10%",
         ["2.65", "2.87", "0.32"], "63.40",
         [("19", "15.13", "2.87", "18.00"), ("7", "42.43", "2.97", "45.40")],
         back={"Book": 1}, credited=[("7", "12.62", "0.88", "13.50")]),
    # 10.00 off by worth: 99.80/111.80 → 8.93 and 1.07. 90.87 × 19/119 = 14.5087; 10.93 × 7/107 = 0.7150 (0.71505);
    # lamps are the greater worth: 4.90 × 19/119 = 0.7824. A gift card pays all: tax is what it was.
    Bill("lamps on a gift card", "DE", [("Lamp", "standard", "49.90", 2), ("Book", "reduced", "12.00", 1)], "10.00",
         ["14.51", "0.72", "0.78"], "106.70",
         [("19", "80.48", "15.29", "95.77"), ("7", "10.21", "0.72", "10.93")], pays="gift_card"),
    # 24.00 × 19/119 = 3.8319; 19.98 × 7/107 = 1.3071; delivery for nothing. All of it goes back.
    Bill("mugs and books, sent free", "DE", [("Mug", "standard", "12.00", 2), ("Book", "reduced", "9.99", 2)],
         "free delivery", ["3.83", "1.31", "0.00"], "43.98",
         [("19", "20.17", "3.83", "24.00"), ("7", "18.67", "1.31", "19.98")],
         back={"Mug": 2, "Book": 2}, credited=[("19", "20.17", "3.83", "24.00"), ("7", "18.67", "1.31", "19.98")]),
    # 10 % off: lamps 81.00, shirts 81.00 at 27.00 a piece, the coat 108.00: below 110 by the offer, so free as well.
    # 81.00 × 8.875 % = 7.18875; the parcel 9.90 × 8.875 % = 0.878625. 279.90 + 8.07.
    # 8.07 as 4 : 4.5 : 0.375 = 3.637, 4.092, 0.341: the missing cent to the largest rest, the state.
    # One lamp back: 88.19 / 2 = 44.095, its tax 7.19 / 2 = 3.595, both half up. 3.60 as 3.64 : 4.09 : 0.34.
    Bill("clothing below the limit in Manhattan", "NY",
         [("Lamp", "standard", "45.00", 2), ("Shirt", "clothing", "30.00", 3), ("Coat", "clothing", "120.00", 1)], "10%",
         ["7.19", "0.00", "0.00", "0.88"], "287.97",
         [("8.875", "90.90", "8.07", "98.97"), ("0", "189.00", "0.00", "189.00")],
         parts={"8.875": [("State of New York", "4", "3.64"), ("New York City", "4.5", "4.09"), ("MCTD", "0.375", "0.34")]},
         postcode="10118", back={"Lamp": 1}, credited=[("8.875", "40.50", "3.60", "44.10")],
         credited_parts={"8.875": [("State of New York", "4", "1.62"), ("New York City", "4.5", "1.83"), ("MCTD", "0.375", "0.15")]}),
    # 20.00 off by worth: 19.05 and 0.95; a coat is still 140.475, so taxed. 280.95 × 8.875 % = 24.9343;
    # 14.05 × 8.875 % = 1.2469; 0.88 for the parcel. 304.90 + 27.06. Parts: 12.196, 13.721, 1.143.
    Bill("coats above the limit on a gift card", "NY",
         [("Coat", "clothing", "150.00", 2), ("Lamp", "standard", "15.00", 1)], "20.00",
         ["24.93", "1.25", "0.88"], "331.96", [("8.875", "304.90", "27.06", "331.96")],
         parts={"8.875": [("State of New York", "4", "12.20"), ("New York City", "4.5", "13.72"), ("MCTD", "0.375", "1.14")]},
         postcode="10001", pays="gift_card"),
    # Yonkers keeps its part on clothing: 90.00 × 4.875 % = 4.3875; 54.00 × 8.875 % = 4.7925; parcel 0.88 with the lamp's.
    # 5.67: 2.555, 2.875, 0.240. 4.39: 4.052, 0.338. One shirt back: 94.39 / 4 = 23.5975, its tax 4.39 / 4 = 1.0975.
    Bill("clothing in Yonkers", "NY", [("Shirt", "clothing", "25.00", 4), ("Lamp", "standard", "60.00", 1)], "10%",
         ["4.39", "4.79", "0.88"], "163.96",
         [("8.875", "63.90", "5.67", "69.57"), ("4.875", "90.00", "4.39", "94.39")],
         parts={"8.875": [("State of New York", "4", "2.56"), ("Yonkers", "4.5", "2.87"), ("MCTD", "0.375", "0.24")],
                "4.875": [("Yonkers", "4.5", "4.05"), ("MCTD", "0.375", "0.34")]},
         postcode="10701-1234", back={"Shirt": 1}, credited=[("4.875", "22.50", "1.10", "23.60")],
         credited_parts={"4.875": [("Yonkers", "4.5", "1.01"), ("MCTD", "0.375", "0.09")]}),
    # 10 % off: 2646 and 2664. 8 %: 211.68 → 211. 10 %: (2664 + 550) × 10 % = 321.4 → 321: cups 266.07, parcel 54.93.
    # One rice back: 2857 / 3 = 952.3, its tax 211 / 3 = 70.3.
    Bill("rice and cups", "JP", [("Rice", "reduced", "980", 3), ("Cup", "standard", "1480", 2)], "10%",
         ["211", "266", "55"], "6392", [("10", "3214", "321", "3535"), ("8", "2646", "211", "2857")],
         back={"Rice": 1}, credited=[("8", "882", "70", "952")]),
    # Food alone, and its parcel still at 10 %: 1420 × 8 % = 113.6 → 113; 55.
    Bill("tea on store credit", "JP", [("Tea", "reduced", "324", 5)], "200",
         ["113", "55"], "2138", [("10", "550", "55", "605"), ("8", "1420", "113", "1533")], pays="store_credit"),
    # 8.64 + 11.04 + 7.84 = 27.52 → 27 once, where lines of their own would make 26: 8.48, 10.83, 7.69 of 27.
    Bill("three small things", "JP", [("Bun", "reduced", "108", 1), ("Milk", "reduced", "138", 1), ("Egg", "reduced", "98", 1)],
         "free delivery", ["8", "11", "8", "0"], "371", [("8", "344", "27", "371")],
         back={"Milk": 1}, credited=[("8", "138", "11", "149")]),
]  # fmt: skip
