"""Draw the demo shop's pictures anew into apps/catalog/demo_data/pictures/, and the placeholder."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.catalog.demo import PICTURES, demo_products
from apps.catalog.demo_art import draw
from apps.catalog.demo_art.canvas import Canvas, block, oval

QUALITY = 84
PLACEHOLDER = Path(__file__).parents[2] / "static" / "catalog" / "placeholder.jpg"


def paint(art: str, colour: str, is_detail: bool, name: str) -> str:
    draw(art, colour, is_detail=is_detail).save(PICTURES / name, quality=QUALITY, optimize=True, progressive=True)
    return name


def paint_placeholder() -> None:
    """An empty frame: a picture will hang here."""
    canvas = Canvas(ground=0.5, is_flat=True)
    canvas.shape(block(270, 190, 260, 220, 14), (247, 241, 231), shade=0.5, shadow=6)
    canvas.shape(block(290, 210, 220, 180, 6), (226, 214, 198), shade=0.2)
    canvas.shape(oval(446, 262, 20, 20), (214, 170, 110), shade=0.3)
    canvas.shape([(290, 390, 0), (356, 300), (410, 356), (450, 322), (510, 390, 0)], (186, 172, 150), shade=0.3)
    PLACEHOLDER.parent.mkdir(parents=True, exist_ok=True)
    canvas.finished().save(PLACEHOLDER, quality=QUALITY, optimize=True)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", default="", help="one kind of thing, e.g. sneaker")

    def handle(self, *args: Any, only: str = "", **options: Any) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        jobs = []
        for entry in demo_products():
            if only and entry.art != only:
                continue
            for place, colour in enumerate(entry.painted):
                jobs.append((entry.art, colour, False, f"{entry.slug}-{place + 1}.jpg"))
            jobs.append((entry.art, entry.painted[0], True, f"{entry.slug}-detail.jpg"))
        with ProcessPoolExecutor() as pool:
            done = list(pool.map(paint, *zip(*jobs, strict=True)))
        paint_placeholder()
        self.stdout.write(f"{len(done)} pictures in {PICTURES}")
