"""The demo shop's pictures, drawn by us (`manage.py draw_demo_pictures`), so that they belong to nobody else."""

from collections.abc import Callable

from PIL import Image

from . import bags, garments, living, pantry, paper, shoes
from .canvas import PAINTS, Canvas, Colour, brightness

Drawing = Callable[[Canvas, Colour], None]

FLAT: dict[str, Drawing] = {
    drawing.__name__: drawing
    for drawing in (
        *(garments.shirt, garments.tee, garments.striped_tee, garments.jumper, garments.rollneck, garments.cardigan),
        *(garments.scarf, garments.beanie, bags.pouch, bags.wallet, living.towel),
        *(
            paper.notebook,
            paper.pen,
            paper.pencils,
            paper.envelope,
            paper.card,
            paper.gift_card,
            paper.tape,
            paper.tray,
            paper.calendar,
        ),
        pantry.chocolate,
    )
}
STANDING: dict[str, Drawing] = {
    drawing.__name__: drawing
    for drawing in (
        *(shoes.sneaker, shoes.loafer, shoes.boot, shoes.rainboot, shoes.slipper, shoes.sandal),
        *(bags.tote, bags.backpack, bags.crossbody, bags.weekender),
        *(
            living.mug,
            living.bowl,
            living.vase,
            living.candle,
            living.cushion,
            living.blanket,
            living.lamp,
            living.teapot,
        ),
        *(pantry.tin, pantry.pouchbag, pantry.jar, pantry.box),
    )
}
PALE_INSIDE = {
    "striped_tee",
    "pen",
    "envelope",
    "card",
    "calendar",
    "towel",
}  # mostly paper or linen, whatever the colour
SHOES = {"sneaker", "loafer", "boot", "rainboot", "slipper", "sandal"}

# (how near, at what point of the drawing, where that point comes to lie, how far turned)
View = tuple[float, tuple[float, float], tuple[float, float], float]
WHOLE: View = (1.0, (400, 300), (400, 300), 0.0)
LOW: View = (1.22, (405, 442), (400, 470), 0.0)  # shoes fill less of the height
CLOSE: View = (1.7, (440, 240), (400, 300), -6.0)
CLOSE_SHOE: View = (1.75, (440, 370), (400, 310), -4.0)


def draw(art: str, colour: str, *, is_detail: bool = False) -> Image.Image:
    """One 800 × 600 picture of a kind of thing in a colour of `PAINTS`."""
    paint = PAINTS[colour]
    ground = max(brightness(paint), 0.8 if art in PALE_INSIDE else 0)
    is_low = art in SHOES and art not in {"boot", "rainboot"}
    view = (CLOSE_SHOE if is_low else CLOSE) if is_detail else (LOW if is_low else WHOLE)
    zoom, focus, centre, turn = view
    is_flat = art in FLAT or is_detail
    canvas = Canvas(ground=ground, is_flat=is_flat, zoom=zoom, focus=focus, centre=centre, turn=turn)
    (FLAT | STANDING)[art](canvas, paint)
    return canvas.finished()
