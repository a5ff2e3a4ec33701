"""QR codes (ISO/IEC 18004) as SVG."""

import io

import segno

QUIET_MODULES = 4


def qr_svg(text: str) -> bytes:
    """A black-on-white QR code of ``text``, scalable, error correction M."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=QUIET_MODULES,
        light="#fff",
        omitsize=True,
        xmldecl=False,
        svgns=True,
    )
    return out.getvalue()
