"""What sort of file an address leads to, as far as its ending says: the played platforms fetch nothing from the shop."""

from urllib.parse import urlsplit

ENDINGS = {
    "image": ("jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "svg", "heic", "avif"),
    "video": ("mp4", "m4v", "3gp", "mov", "webm", "avi", "mpg", "mpeg", "ogv"),
    "audio": ("mp3", "m4a", "aac", "amr", "ogg", "oga", "opus", "wav", "flac"),
    "file": ("pdf", "zip", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "vcf"),
}
KNOWN = frozenset(one for listed in ENDINGS.values() for one in listed)


def ending_of(address: object) -> str:
    """The ending of the file, lower case; "" where it has none that says anything."""
    try:
        name = urlsplit(str(address)).path.rpartition("/")[2]
    except ValueError:
        return ""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return ending if ending in KNOWN else ""


def is_one_of(address: object, endings: tuple[str, ...]) -> bool:
    """Whether the platform takes it; where the address does not say, it does."""
    ending = ending_of(address)
    return not ending or ending in endings
