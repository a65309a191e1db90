"""Given pictures set in motion: in every form pictures come in; what is cut off is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_video import filmed_by, frames_of

from engines.errors import BadImage


def pictures() -> dict[str, Image.Image]:
    down, across = np.mgrid[0:80, 0:120]
    slope = (down * 2 + (across // 9 % 2) * 90).astype(np.float64)  # stripes, brighter below
    plain = Image.fromarray(slope.astype(np.uint8)).convert("RGB")
    clear = plain.convert("RGBA")
    clear.putalpha(90)
    return {"cmyk.jpg": plain.convert("CMYK"), "deep.png": Image.fromarray((slope * 257).astype(np.uint16)), "plain.webp": plain,
            "clear.png": clear, "palette.gif": plain.convert("P"), "grey.png": plain.convert("L"), "tall.png": plain.resize((16, 300))}


@pytest.mark.parametrize("name", list(pictures()))
def test_any_picture_is_set_in_motion(name: str, tmp_path: Path) -> None:
    pictures()[name].save(tmp_path / name)
    made = filmed_by(tmp_path, image=name, prompt="pan right", num_frames=4)
    _, frames = frames_of(made.artifacts[0].path)
    assert frames.shape[1:3] == (128, 192) and np.abs(frames[-1] - frames[0]).mean() > 0.5
    assert frames.std() > 10, "the picture is to be seen"


def test_of_an_animation_the_first_frame_and_cut_off_pictures_are_refused(tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (64, 64), color) for color in ("red", "blue"))
    red.save(tmp_path / "two.gif", save_all=True, append_images=[blue])
    _, frames = frames_of(filmed_by(tmp_path, image="two.gif", num_frames=2).artifacts[0].path)
    assert frames[..., 0].min() > 150 and frames[..., 2].max() < 90
    pictures()["plain.webp"].save(tmp_path / "whole.png")
    data = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(BadImage):
        filmed_by(tmp_path, image="cut.png")
