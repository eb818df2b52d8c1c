"""Pictures and films of the catalogue: what their bytes say they are, whatever they are called.

Shoppers and platforms are sent these files, so nothing comes in that a browser could run or that only pretends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from PIL import Image

from apps.merchants.file_signs import EDGE, FORMATS, HEAD, MOST_PIXELS, PHONES_JPEG, film_of, is_more

IMAGE, VIDEO = "image", "video"
LARGEST_IMAGE = 20 * 1024 * 1024  # bytes
LARGEST_VIDEO = 200 * 1024 * 1024
MOST_MOVING_PIXELS = 500_000_000  # of all pictures of an animation
NAME_LENGTH = 60

IMAGE_WANTED = _("This is no JPEG, PNG, WebP or GIF picture. Save it as one of these and try again.")
FILE_WANTED = _(
    "This is neither a picture (JPEG, PNG, WebP, GIF) nor a video (MP4, WebM). Save it as one of these and try again."
)
BROKEN = _("This picture cannot be opened. Save it anew and try again.")
TOO_MANY_PIXELS = _("This picture is too large. Make it smaller than 50 megapixels.")
IMAGE_TOO_LARGE = _("This picture is larger than 20 MB. Make it smaller and try again.")
VIDEO_TOO_LARGE = _("This video is larger than 200 MB. Make it shorter or smaller and try again.")
HIDES_SOMETHING = _("There is more in this file than a picture or video. Save it anew and try again.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: `medium` is IMAGE or VIDEO, `extension` what its name ends in."""

    medium: str
    extension: str


class NotShowable(ValidationError):
    """This file is not one we show to shoppers; its words say why."""


def kind_of_file(file: IO[bytes] | File, *, media: tuple[str, ...] = (IMAGE, VIDEO)) -> Kind:
    """What this file is by its content; it is read from the start and left there. Raises `NotShowable`."""
    try:
        kind = _film(file) or _picture(file)
        if kind is None or kind.medium not in media:
            raise NotShowable(FILE_WANTED if VIDEO in media else IMAGE_WANTED)
        _refuse_large(file, kind)
        if kind.medium == IMAGE:
            _refuse_broken(file)
        if any(is_more(part, is_first=first, is_last=last) for part, first, last in _parts(file, kind)):
            raise NotShowable(HIDES_SOMETHING)
        return kind
    finally:
        file.seek(0)


def _film(file: IO[bytes] | File) -> Kind | None:
    file.seek(0)
    extension = film_of(file.read(HEAD))
    return Kind(VIDEO, extension) if extension else None


def _picture(file: IO[bytes] | File) -> Kind | None:
    """Read no further than its size: whether there are pixels behind it is asked later."""
    file.seek(0)
    try:
        with Image.open(file, formats=list(FORMATS)) as found:
            pixels, name = found.width * found.height, str(found.format)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotShowable(TOO_MANY_PIXELS) from error
    except Exception:  # the readers of formats raise whatever the bytes make them raise
        return None
    if pixels > MOST_PIXELS:
        raise NotShowable(TOO_MANY_PIXELS)
    return Kind(IMAGE, FORMATS["JPEG" if name == PHONES_JPEG else name])


def _refuse_large(file: IO[bytes] | File, kind: Kind) -> None:
    size = file.seek(0, 2)
    if kind.medium == IMAGE and size > LARGEST_IMAGE:
        raise NotShowable(IMAGE_TOO_LARGE)
    if kind.medium == VIDEO and size > LARGEST_VIDEO:
        raise NotShowable(VIDEO_TOO_LARGE)


def _refuse_broken(file: IO[bytes] | File) -> None:
    """Checksums first, then the pixels of the first picture, then how many of them move."""
    try:
        file.seek(0)
        with Image.open(file, formats=list(FORMATS)) as found:
            found.verify()
        file.seek(0)
        with Image.open(file, formats=list(FORMATS)) as found:
            found.load()
            moving = found.width * found.height * getattr(found, "n_frames", 1)
    except Exception as error:
        raise NotShowable(BROKEN) from error
    if moving > MOST_MOVING_PIXELS:
        raise NotShowable(TOO_MANY_PIXELS)


def _parts(file: IO[bytes] | File, kind: Kind) -> Iterator[tuple[bytes, bool, bool]]:
    """(bytes, are they the first, are they the last): a picture in one piece, of a film where it begins and ends."""
    size = file.seek(0, 2)
    file.seek(0)
    if kind.medium == IMAGE or size <= 2 * EDGE:
        yield file.read(), True, True
        return
    yield file.read(EDGE), True, False
    file.seek(size - EDGE)
    yield file.read(EDGE), False, True


class ShownFile(FieldFile):
    """Kept under a name that says what the file is, by whichever way it comes in."""

    _read: tuple[File, Kind] | None = None

    def kind_of(self, content: File) -> Kind:
        """What `content`, brought for this field, is: read once, whoever asks again. Raises `NotShowable`."""
        field: Any = self.field
        if self._read is None or self._read[0] is not content:
            self._read = content, kind_of_file(content, media=field.media)
        return self._read[1]

    def save(self, name: str, content: File, save: bool = True) -> None:
        """As Django's. Raises `NotShowable`."""
        kind = self.kind_of(content)
        stem = slugify(PurePosixPath(name).name.partition(".")[0])[:NAME_LENGTH]
        super().save(f"{stem or kind.medium}.{kind.extension}", content, save)


class ShownFileField(models.FileField):
    """A picture, or a picture or film, that shoppers are shown; `media` says which. What it is not is said at the field."""

    attr_class = ShownFile

    def __init__(self, *args: Any, media: tuple[str, ...] = (IMAGE, VIDEO), **kwargs: Any) -> None:
        self.media = media
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "media": self.media}

    def validate(self, value: Any, model_instance: Any) -> None:
        """A file that was just brought. Raises `NotShowable`."""
        super().validate(value, model_instance)
        if is_new(value):
            value.kind_of(value.file)


def is_new(file: FieldFile) -> bool:
    """Whether this file was brought and is not yet kept."""
    return bool(file) and not file._committed  # type: ignore[attr-defined]
