"""Photos as a phone makes them."""

import av
import numpy as np


def jpeg(width: int = 640, height: int = 480, *, seed: int = 1) -> bytes:
    """A JPEG file of coloured noise, so that it has some weight."""
    noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.framerate = 25
    frame = av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
