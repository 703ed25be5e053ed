"""Parts of bodies that never end."""

from ssplug.wire.multipart import JPEG_TYPE, jpeg_part


def test_pictures_are_framed_as_the_specification_shows() -> None:
    assert JPEG_TYPE == "multipart/x-mixed-replace;boundary=ssBoundary8345"
    assert jpeg_part(b"\xff\xd8picture\xff\xd9") == (
        b"--ssBoundary8345\r\nContent-Type: image/jpeg\r\nContent-Length: 11\r\n\r\n\xff\xd8picture\xff\xd9\r\n"
    )
