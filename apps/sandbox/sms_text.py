"""How words become SMS: 160 letters of GSM-7 in one, 153 in each of several; 70 and 67 of any other alphabet."""

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€\f")


def is_gsm7(text: str) -> bool:
    return all(letter in GSM7 or letter in GSM7_DOUBLE for letter in text)


def segments(text: str) -> int:
    """How many SMS this text is."""
    if is_gsm7(text):
        length, one, many = sum(2 if letter in GSM7_DOUBLE else 1 for letter in text), 160, 153
    else:
        length, one, many = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // many)


def parts(text: str) -> list[str]:
    """The same text as a phone cuts it up; no letter is cut."""
    if segments(text) == 1:
        return [text]
    wide, room = is_gsm7(text), 153 if is_gsm7(text) else 67
    found, left = [""], room
    for letter in text:
        size = (2 if letter in GSM7_DOUBLE else 1) if wide else len(letter.encode("utf-16-be")) // 2
        if size > left:
            found.append("")
            left = room
        found[-1] += letter
        left -= size
    return found
