"""Reads the archive of a bundle, which may be a stranger's: a stored zip with plain names, nothing else.

Owns the limits and the names; the twin of `src/compile/archive.ts`. Nothing is ever written to disk.
"""

import io
import re
import zipfile
import zlib
from pathlib import Path

from .errors import fail

ENTRIES_MAX = 1000
ENTRY_BYTES_MAX = 512 * 2**20
TOTAL_BYTES_MAX = 1024 * 2**20
_ODD_CHARACTERS = re.compile(r"[\x00-\x1f\\:]")


def _name_problem(name: str) -> str | None:
    if name == "" or len(name) > 255:
        return "is empty or longer than 255 characters"
    if _ODD_CHARACTERS.search(name):
        return "contains a control character, a backslash or a colon"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return 'is absolute, or has an empty part, "." or ".."'
    return None


def read_archive(path: Path, required: tuple[str, ...]) -> dict[str, bytes]:
    """Entries of a zip by name.

    Args:
        path: The file.
        required: Names that must be there.

    Raises:
        PatchError: E-INPUT when there is no such file; E-BUNDLE-FORMAT for anything that is not a plain,
            stored, whole archive within the limits.
    """

    def refuse(what: str, todo: str = "Export the bundle again, or copy it again if the transfer was cut."):
        fail("E-BUNDLE-FORMAT", f"{path.name}: {what}. {todo}", path.name)

    try:
        size = path.stat().st_size
        if size > TOTAL_BYTES_MAX + 2**20:
            refuse(f"expected at most {TOTAL_BYTES_MAX} bytes, got {size}", "Use smaller models.")
        data = path.read_bytes()
    except OSError as error:
        fail("E-INPUT", f"{path.name}: expected a file, got {error.strerror!r}. Check the name.", path.name)
    entries: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > ENTRIES_MAX:
                refuse(f"expected at most {ENTRIES_MAX} entries, got {len(infos)}")
            if sum(info.file_size for info in infos) > TOTAL_BYTES_MAX:
                refuse(f"expected at most {TOTAL_BYTES_MAX} bytes in all, got more", "Use smaller models.")
            for info in infos:
                problem = _name_problem(info.filename)
                if problem:
                    refuse(f"expected plain file names, got {info.filename!r}, which {problem}")
                if info.filename in entries:
                    refuse(f"expected each entry once, got {info.filename!r} twice")
                # Never unpack more than is stored: a bundle is not compressed, so a bomb cannot be one.
                if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size or info.flag_bits & 1:
                    refuse(f"expected stored entries, got {info.filename!r} packed or encrypted")
                if info.file_size > ENTRY_BYTES_MAX:
                    refuse(f"expected entries of at most {ENTRY_BYTES_MAX} bytes, got {info.file_size}")
                entries[info.filename] = archive.read(info)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error, OSError) as error:
        refuse(f"expected a zip archive, got {len(data)} bytes that are none or a damaged one ({error})")
    missing = [name for name in required if name not in entries]
    if missing:
        refuse(f"expected the entries {', '.join(required)}, got none named {', '.join(missing)}")
    return entries
