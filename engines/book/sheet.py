"""Lays all pictures of a song on one sheet, to see at a glance whether they are of one hand."""
from PIL import Image, ImageDraw, ImageOps

from engines.base import Artifact, Engine, Made, Run
from engines.book.request import BookRequest

WIDTH, GAP = 1600, 24


class ContactSheet(Engine[BookRequest]):
    """One PNG with the picture and the label of every verse."""

    def generate(self, request: BookRequest, run: Run) -> Made:
        """Fill the sheet row by row."""
        across = min(4, len(request.verses))
        side = (WIDTH - GAP * (across + 1)) // across
        rows = -(-len(request.verses) // across)
        sheet = Image.new("RGB", (WIDTH, 120 + rows * (side + 40 + GAP)), "#EDEFF5")
        pen = ImageDraw.Draw(sheet)
        pen.text((GAP, 40), request.title, fill="#171A33")
        for k, verse in enumerate(request.verses):
            run.progress(k / len(request.verses), "Laying out the sheet")
            x, y = GAP + k % across * (side + GAP), 120 + k // across * (side + 40 + GAP)
            if verse.picture:
                with Image.open(run.open(verse.picture)) as picture:
                    sheet.paste(ImageOps.fit(picture.convert("RGB"), (side, side)), (x, y))
            pen.text((x, y + side + 8), verse.label or verse.name, fill="#171A33")
        path = run.folder / "sheet.png"
        sheet.save(path)
        return Made(artifacts=[Artifact(path=path, media_type="image/png", role="sheet", picture=sheet,
                                        width=sheet.width, height=sheet.height)])
