"""Word files of the old format, WPS and RTF to HTML, by LibreOffice where it is installed.

Promises HTML or, in words, why there is none; starts one program, in the folder it is given, and waits for it no longer
than it is told. Macros do not run and links to other documents are not followed. Knows nothing of reports.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_PROGRAM = "soffice"
_MISSING = "and LibreOffice is not installed (Debian: apt-get install libreoffice-writer-nogui)"
_MAX_HTML = 32 * 1024 * 1024
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def html_of(body: bytes, folder: Path, seconds: float) -> bytes | str:
    """The file as HTML, or why there is none. `folder` is an empty folder of the caller's, who removes it."""
    program = shutil.which(_PROGRAM)
    if program is None:
        return _MISSING
    source, out, profile = folder / "source.doc", folder / "out", folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    source.write_bytes(body)
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck"]
    try:
        subprocess.run(
            [*command, "--convert-to", "html:HTML (StarWriter)", "--outdir", str(out), str(source)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"which LibreOffice did not convert within {seconds:.0f} s"
    made = out / "source.html"
    if not made.is_file():
        return "which LibreOffice cannot read"
    if made.stat().st_size > _MAX_HTML:
        return f"of more than {_MAX_HTML} bytes as HTML"
    return made.read_bytes()
