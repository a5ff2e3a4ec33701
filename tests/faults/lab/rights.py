"""What this machine lets a test do."""

import os
import shutil
import subprocess
import sys
from functools import cache

import pytest

TOOLS = ("ip", "nsenter", "setpriv", "unshare")


class NoLab(RuntimeError):
    """This machine does not let a lab be made; the text says why."""


@cache
def why_no_namespaces() -> str:
    """Why no network of the lab's own can be made here; empty: it can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces and TUN devices are Linux's own"
    if os.geteuid():
        return "network namespaces, TUN devices and mounts can only be made by root"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "this machine, or the container it is, has no /dev/net/tun"
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "true"], capture_output=True, check=False
    )
    return "this container may not make namespaces" if tried.returncode else ""


needs_namespaces = pytest.mark.skipif(bool(why_no_namespaces()), reason=why_no_namespaces())
