"""Draws etc/demo.mp4, the clip that the demo's file camera plays: a street at dusk, with a walker and a car.

    .venv/bin/python etc/make_demo_clip.py

For 24 seconds: nothing moves at 0-4, somebody walks at 4-12, nothing at 12-15, a car passes at 15-19.
"""

from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 10, 24
TARGET = Path(__file__).with_name("demo.mp4")


def scene() -> Image.Image:
    """Sky, houses, pavement, street."""
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(picture)
    for y in range(236):
        draw.line([(0, y), (WIDTH, y)], fill=(38 + y // 3, 44 + y // 4, 84 + y // 6))
    for left, width, top in ((0, 130, 90), (140, 110, 60), (262, 150, 110), (424, 96, 70), (530, 110, 96)):
        draw.rectangle([left, top, left + width, 236], fill=(58, 54, 66))
        for row in range(top + 14, 214, 32):
            for column in range(left + 12, left + width - 20, 28):
                lit = (column * 7 + row * 3) % 5 < 2
                draw.rectangle([column, row, column + 12, row + 16], fill=(242, 204, 120) if lit else (40, 40, 54))
    draw.rectangle([0, 236, WIDTH, 262], fill=(120, 116, 112))
    draw.rectangle([0, 262, WIDTH, HEIGHT], fill=(62, 62, 68))
    for x in range(10, WIDTH, 80):
        draw.rectangle([x, 310, x + 40, 314], fill=(190, 186, 160))
    return picture


def draw_walker(draw: ImageDraw.ImageDraw, at: float) -> None:
    """From the left to the right within eight seconds."""
    x = -20 + (at - 4) / 8 * (WIDTH + 40)
    swing = 9 * np.sin(at * 7)
    draw.line([x, 232, x - swing, 256], fill=(28, 30, 46), width=6)
    draw.line([x, 232, x + swing, 256], fill=(28, 30, 46), width=6)
    draw.rounded_rectangle([x - 9, 196, x + 9, 236], 6, fill=(186, 74, 60))
    draw.ellipse([x - 8, 178, x + 8, 196], fill=(232, 190, 160))


def draw_car(draw: ImageDraw.ImageDraw, at: float) -> None:
    """From the right to the left within four seconds."""
    x = WIDTH + 120 - (at - 15) / 4 * (WIDTH + 240)
    draw.rounded_rectangle([x - 70, 282, x + 70, 318], 10, fill=(70, 120, 170))
    draw.polygon([(x - 42, 282), (x - 26, 258), (x + 30, 258), (x + 48, 282)], fill=(60, 100, 146))
    for wheel in (x - 42, x + 42):
        draw.ellipse([wheel - 13, 304, wheel + 13, 330], fill=(22, 22, 24))
    draw.ellipse([x - 74, 292, x - 62, 302], fill=(255, 240, 190))


def picture_at(background: Image.Image, at: float) -> Image.Image:
    """The scene at `at` seconds."""
    picture = background.copy()
    draw = ImageDraw.Draw(picture)
    if 4 <= at < 12:
        draw_walker(draw, at)
    if 15 <= at < 19:
        draw_car(draw, at)
    return picture


def main() -> None:
    """Encode it: H.264, a key frame every two seconds, no sound."""
    background = scene()
    with av.open(str(TARGET), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "27", "preset": "veryslow", "g": str(2 * FPS), "bf": "0", "sc_threshold": "0"}
        for number in range(SECONDS * FPS):
            frame = av.VideoFrame.from_image(picture_at(background, number / FPS))
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


if __name__ == "__main__":
    main()
