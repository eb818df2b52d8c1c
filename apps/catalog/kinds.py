"""What sizes and colours are called in the shop's languages, and which shades belong to which colour."""

from functools import lru_cache

from .words import plain

COLOUR = "colour"
SIZE = "size"
OTHER = "other"

OPTION_NAMES: dict[str, tuple[str, ...]] = {
    COLOUR: ("colour", "color", "farbe", "颜色", "色", "色号", "tono", "farbton", "shade"),
    SIZE: (
        "size",
        "grosse",
        "groesse",
        "schuhgrosse",
        "talla",
        "tamano",
        "numero",
        "尺码",
        "尺寸",
        "鞋码",
        "大小",
        "shoe size",
    ),
}

# The English key first; all folded. A shade is a colour of its own that also answers to its family.
COLOURS: dict[str, tuple[str, ...]] = {
    "blue": ("blau", "azul", "蓝", "蓝色"),
    "navy": ("navy blue", "marine", "marineblau", "dunkelblau", "azul marino", "marino", "海军蓝", "藏青", "藏青色", "深蓝", "深蓝色"),
    "sky blue": ("sky", "light blue", "hellblau", "himmelblau", "celeste", "azul cielo", "azul claro", "天蓝", "天蓝色", "浅蓝", "浅蓝色"),
    "indigo": ("denim", "indigo", "indigoblau", "indigo", "靛蓝", "靛蓝色"),
    "petrol": ("teal", "petrol", "petroleo", "turquoise", "turkis", "turquesa", "孔雀蓝", "青色"),
    "red": ("rot", "rojo", "红", "红色"),
    "burgundy": ("bordeaux", "bordo", "weinrot", "wine", "burdeos", "granate", "酒红", "酒红色"),
    "terracotta": ("rust", "rost", "terrakotta", "terracota", "oxido", "陶土色", "砖红", "砖红色"),
    "pink": ("rosa", "rose", "粉", "粉色", "粉红", "粉红色"),
    "blush": ("blush", "altrosa", "rosa palo", "裸粉", "裸粉色", "dusty pink"),
    "orange": ("naranja", "橙", "橙色", "橘色"),
    "yellow": ("gelb", "amarillo", "黄", "黄色"),
    "mustard": ("ochre", "senf", "senfgelb", "ocker", "mostaza", "ocre", "芥末黄", "姜黄", "姜黄色"),
    "green": ("grun", "verde", "绿", "绿色"),
    "olive": ("oliv", "olivgrun", "oliva", "verde oliva", "khaki", "橄榄", "橄榄绿"),
    "sage": ("salbei", "salbeigrun", "salvia", "verde salvia", "鼠尾草绿", "灰绿", "灰绿色"),
    "forest": ("forest green", "dark green", "tannengrun", "dunkelgrun", "verde bosque", "verde oscuro", "墨绿", "墨绿色", "森林绿"),
    "brown": ("braun", "marron", "棕", "棕色", "褐色", "咖啡色"),
    "tan": ("cognac", "camel", "cuero", "camello", "驼色", "焦糖色", "caramel", "karamell", "caramelo"),
    "beige": ("beige", "米色", "米黄色"),
    "sand": ("sand", "arena", "沙色"),
    "oat": ("oatmeal", "hafer", "avena", "燕麦色"),
    "natural": ("natur", "natural", "crudo", "原色", "自然色", "本色"),
    "white": ("weiss", "blanco", "白", "白色"),
    "cream": ("ivory", "ecru", "creme", "cremeweiss", "crema", "marfil", "奶油色", "奶白", "奶白色", "米白", "米白色"),
    "black": ("schwarz", "negro", "黑", "黑色"),
    "charcoal": ("anthracite", "anthrazit", "antracita", "dark grey", "dunkelgrau", "炭灰", "炭灰色", "深灰", "深灰色"),
    "grey": ("gray", "grau", "gris", "灰", "灰色"),
    "purple": ("violet", "lila", "violett", "morado", "violeta", "紫", "紫色"),
    "lavender": ("lavendel", "flieder", "lilac", "lavanda", "薰衣草紫", "淡紫", "淡紫色"),
    "silver": ("silber", "plata", "plateado", "银", "银色"),
    "gold": ("golden", "dorado", "oro", "金", "金色"),
}  # fmt: skip
FAMILIES: dict[str, str] = {
    "navy": "blue", "sky blue": "blue", "indigo": "blue", "petrol": "blue",
    "burgundy": "red", "terracotta": "red", "blush": "pink", "mustard": "yellow",
    "olive": "green", "sage": "green", "forest": "green",
    "tan": "brown", "sand": "beige", "oat": "beige", "natural": "beige",
    "cream": "white", "charcoal": "grey", "lavender": "purple",
}  # fmt: skip
SIZES: dict[str, tuple[str, ...]] = {
    "xs": ("extra small", "x small", "sehr klein", "extra klein", "extra pequena", "extra pequeno", "加小", "加小号", "特小号"),
    "s": ("small", "klein", "pequena", "pequeno", "chica", "小", "小号", "小码"),
    "m": ("medium", "mittel", "mediana", "mediano", "中", "中号", "中码"),
    "l": ("large", "gross", "grande", "大", "大号", "大码"),
    "xl": ("extra large", "x large", "sehr gross", "extra gross", "extra grande", "加大", "加大号", "特大号"),
    "xxl": ("2xl", "xx large", "双加大", "加加大"),
    "one size": ("einheitsgrosse", "talla unica", "unica", "均码", "os"),
}  # fmt: skip

_ENDINGS = ("er", "es", "en", "em", "e", "os", "as", "o", "a", "s")


@lru_cache(maxsize=1)
def _spoken() -> dict[str, str]:
    """Every way to say a colour or a size -> its English key."""
    found: dict[str, str] = {}
    for table in (COLOURS, SIZES):
        for key, words in table.items():
            for word in (key, *words):
                found.setdefault(plain(word), key)
    return found


def kind_of(option_name: str) -> str:
    """ "Farbe", "Talla", "Shoe size" -> "colour" or "size", else "other"."""
    name = plain(option_name.strip())
    for kind, names in OPTION_NAMES.items():
        if name in names or any(len(known) > 3 and known in name for known in names):
            return kind
    return OTHER


def canonical(value: str) -> str:
    """The English key of a colour or size as anybody says it ("Azules" -> "blue", "mittel" -> "m"), else it folded."""
    word = plain(value.strip())
    spoken = _spoken()
    if word in spoken:
        return spoken[word]
    for ending in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3:
            for candidate in (base, base + "o", base + "a"):
                if candidate in spoken and spoken[candidate] in COLOURS:
                    return spoken[candidate]
    return word


def spellings(key: str) -> tuple[str, ...]:
    """All folded ways to say this colour or size, the key among them."""
    return tuple(plain(word) for word in (key, *COLOURS.get(key, SIZES.get(key, ()))))


def shades(colour: str) -> frozenset[str]:
    """The colour's key and those of its shades: blue, navy, sky blue…; a shade is only itself."""
    return frozenset({colour, *(shade for shade, family in FAMILIES.items() if family == colour)})
