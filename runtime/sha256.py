"""SHA-256 without OpenSSL.

``hashlib`` loads OpenSSL when it is imported, which takes 3 ms at every start, for the one hash that loading a model needs.
The interpreter has the function built in; the standard library's ``random`` takes it from there in the same way.
"""

from __future__ import annotations

try:
    from _sha2 import sha256 as _sha256  # type: ignore[import-not-found,unused-ignore]  # Python 3.12 and newer
except ImportError:
    try:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found,no-redef,unused-ignore]  # Python 3.11
    except ImportError:
        from hashlib import sha256 as _sha256


def sha256_hex(data: bytes | memoryview) -> str:
    """The hash as 64 hexadecimal digits."""
    digest: str = _sha256(data).hexdigest()
    return digest
