"""A carrier's list of pick-up points as CSV: its words at the border, our points inside. Pure; knows no database.

Carriers write one row a point and call the columns as they like, in the language they like. Whatever is wrong is an
error with its line, and reading goes on. Rows are read one at a time, however many there are.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from apps.catalog.shopify import NEUTRALISED, RowError
from apps.merchants.globe import Spot
from apps.nlu.text import fold

from .models import PickupPoint
from .spoken import country_called

# What the columns are called in carriers' files, folded and without spaces and signs.
NAMES = {
    "reference": (
        "id", "reference", "code", "number", "pointid", "pointcode", "pointnumber", "locationid", "locationcode", "shopid",
        "shopcode", "parcelshopid", "parcelshopcode", "pudoid", "servicepointid", "servicepointcode", "outletid", "lockerid",
        "carrierid", "externalid", "kennung", "nummer", "filialnummer", "paketshopid", "paketshopnummer", "standortid", "codigo",
        "identificador", "idpunto", "codigopunto", "numero", "编号", "网点编号", "代码",
    ),
    "name": (
        "name", "title", "pointname", "shopname", "locationname", "outletname", "servicepointname", "company", "bezeichnung",
        "filiale", "firma", "nombre", "nombrepunto", "denominacion", "名称", "网点名称",
    ),
    "street": (
        "street", "address", "address1", "addressline1", "streetaddress", "line1", "streetname", "strasse", "adresse",
        "anschrift", "strassehausnummer", "strasseundhausnummer", "direccion", "direccion1", "calle", "domicilio", "地址",
    ),
    "house": ("house", "housenumber", "houseno", "streetnumber", "streetno", "hausnummer", "hausnr", "numerocalle", "门牌号"),
    "further": ("address2", "addressline2", "line2", "street2", "adresszusatz", "zusatz", "direccion2", "地址2"),
    "last": ("address3", "addressline3", "line3", "street3", "direccion3", "地址3"),
    "postcode": (
        "postcode", "postalcode", "zip", "zipcode", "postal", "plz", "postleitzahl", "cp", "codigopostal", "邮编", "邮政编码",
    ),
    "city": ("city", "town", "locality", "place", "ort", "stadt", "ciudad", "localidad", "poblacion", "municipio", "城市"),
    "country": ("country", "countrycode", "countryiso", "iso2", "land", "landercode", "landescode", "pais", "codigopais", "国家"),
    "latitude": ("latitude", "lat", "geolat", "breite", "breitengrad", "latitud", "coordinatelatitude", "纬度"),
    "longitude": (
        "longitude", "lon", "lng", "long", "geolong", "geolng", "geolon", "laenge", "lange", "langengrad", "laengengrad",
        "longitud", "coordinatelongitude", "经度",
    ),
    "hours": (
        "hours", "openinghours", "openingtimes", "businesshours", "workinghours", "offnungszeiten", "oeffnungszeiten",
        "horario", "horarios", "horarioapertura", "营业时间",
    ),
}  # fmt: skip
NEEDED = ("reference", "name", "street", "postcode", "city")
LONGEST = {field.name: field.max_length or 0 for field in PickupPoint._meta.fields if field.name in (*NEEDED, "hours")}
DELIMITERS = (";", "\t", "|", ",")
MOST_ERRORS = 1000
_CALLED = {called: name for name, names in NAMES.items() for called in names}


@dataclass(slots=True)
class PointDraft:
    line: int
    reference: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    hours: str
    latitude: float | None
    longitude: float | None


class PointReader:
    """Iterate over the drafts; `errors` and `rows` grow meanwhile. A row with errors is not given out."""

    def __init__(self, file: BinaryIO, *, country: str) -> None:
        self.errors: list[RowError] = []
        self.rows = 0
        self._file = file
        self._country = country  # of points that name none
        self._said: dict[str, str] = {}  # our name → the column as the file calls it
        self._lines: dict[str, int] = {}  # the carrier's number → where it stood

    def __iter__(self) -> Iterator[PointDraft]:
        for line, cells in self._rows():
            self.rows += 1
            draft = self._draft(line, cells)
            if draft is not None:
                yield draft
            if len(self.errors) >= MOST_ERRORS:
                return

    def _rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(line as an editor counts, cells by our names) of every row that holds something."""
        text = iter(self._text())
        line = 1
        try:
            head = next(text, "")
            delimiter = max(DELIMITERS, key=head.count)
            reader = csv.reader(self._all(head, text), delimiter=delimiter)
            names = self._headings(next(reader, []))
            if not names:
                return
            for row in reader:
                line = reader.line_num
                if len(row) > len(names):
                    self.wrong(line, "", _("There are more cells than headings; is a quotation mark missing?"))
                    continue
                if any("\0" in cell for cell in row):
                    self.wrong(line, "", _("The row holds a character that no text has (NUL)."))
                    continue
                cells = {
                    name: NEUTRALISED.sub("", " ".join(cell.split()), count=1)
                    for name, cell in zip(names, row, strict=False)
                    if name
                }
                if any(cells.values()):
                    yield line, cells
        except UnicodeDecodeError:
            self.wrong(line + 1, "", _("The file is not UTF-8. Save it as “CSV UTF-8” and try again."))
        except csv.Error as error:
            self.wrong(line + 1, "", _("The row cannot be read (%s).") % error)

    def _text(self) -> Iterable[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        for raw in self._file:
            yield decoder.decode(raw)

    def _all(self, head: str, rest: Iterator[str]) -> Iterator[str]:
        yield head
        yield from rest

    def _headings(self, row: list[str]) -> list[str]:
        """Our name for each column, "" for one we do not know; of two with one meaning the first counts."""
        names: list[str] = []
        for said in row:
            name = _CALLED.get(_plain(said), "")
            names.append("" if name in names else name)
            if names[-1]:
                self._said[name] = said.strip()
        missing = [name for name in NEEDED if name not in names]
        if missing:
            self.wrong(1, missing[0], _("The column “%s” is missing.") % missing[0])
            return []
        return names

    def _draft(self, line: int, cells: dict[str, str]) -> PointDraft | None:
        before = len(self.errors)
        for name in NEEDED:
            if not cells.get(name):
                self.wrong(line, name, _("This cannot be empty."))
        parts = [
            " ".join(filter(None, (cells.get("street"), cells.get("house")))),
            cells.get("further"),
            cells.get("last"),
        ]
        told = {**cells, "street": ", ".join(part for part in parts if part)}
        for name, longest in LONGEST.items():
            if len(told.get(name, "")) > longest:
                self.wrong(line, name, _("At most %d characters.") % longest)
        country, spot = self._country_of(line, told), self._spot(line, told)
        self._once(line, told.get("reference", ""))
        if len(self.errors) > before:
            return None
        return PointDraft(
            line=line,
            country=country,
            hours=told.get("hours", ""),
            latitude=spot.latitude if spot else None,
            longitude=spot.longitude if spot else None,
            **{name: told[name] for name in NEEDED},
        )

    def _country_of(self, line: int, cells: dict[str, str]) -> str:
        said = cells.get("country", "")
        code = said.upper() if len(said) == 2 and said.isascii() and said.isalpha() else country_called(said)
        if said and not code:
            self.wrong(line, "country", _("A country is two capital letters, such as DE."))
        return code or self._country

    def _spot(self, line: int, cells: dict[str, str]) -> Spot | None:
        """None where it is not told; carriers write 0 and 0 for what they do not know."""
        north, east = cells.get("latitude", ""), cells.get("longitude", "")
        if not north and not east:
            return None
        found = Spot.of(_degrees(north), _degrees(east))
        if found is None:
            self.wrong(line, "latitude", _("Latitude and longitude are degrees, such as 52.52 and 13.405."))
        return found if found != Spot(0.0, 0.0) else None

    def _once(self, line: int, reference: str) -> None:
        if reference in self._lines:
            self.wrong(line, "reference", _("It stands in line %d already.") % self._lines[reference])
        elif reference:
            self._lines[reference] = line

    def wrong(self, line: int, name: str, message: str) -> None:
        """An error of a row; the column is named as the file names it."""
        self.errors.append(RowError(line, self._said.get(name, name), message))


def _plain(heading: str) -> str:
    return "".join(sign for sign in fold(heading) if sign.isalnum())


def _degrees(text: str) -> float | None:
    """ "52.52" and "52,52"; None for what is no number."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
