"""The name and the features of the processor, light enough to be asked at every start."""

from __future__ import annotations

from typing import Final

# What the kernel calls a feature, and what people call it; only those that change how fast a small CNN runs.
_FEATURES: Final = {
    "sse4_1": "sse4.1",
    "avx": "avx",
    "avx2": "avx2",
    "fma": "fma",
    "f16c": "f16c",
    "avx_vnni": "avx-vnni",
    "avx512f": "avx512",
    "avx512_vnni": "avx512-vnni",
    "avx512_bf16": "avx512-bf16",
    "avx512_fp16": "avx512-fp16",
    "amx_tile": "amx",
    "amx_int8": "amx-int8",
    "amx_bf16": "amx-bf16",
    "neon": "neon",
    "asimd": "neon",
    "asimdhp": "fp16",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "bf16": "bf16",
    "sve": "sve",
}
_PART_NAMES: Final = {  # Arm's MIDR part numbers of boards that people really use; the kernel gives only the number.
    "0xd03": "Cortex-A53",
    "0xd04": "Cortex-A35",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd40": "Neoverse-V1",
    "0xd49": "Neoverse-N2",
}


def cpu_model(cpuinfo: str) -> str:
    """The processor's name from the text of ``/proc/cpuinfo``, else what Python's ``platform`` knows."""
    fields = cpuinfo_fields(cpuinfo)
    part = fields.get("CPU part", "").lower()
    arm = _PART_NAMES.get(part, f"Arm part {part}" if part else "")
    named = [fields.get("model name", ""), arm, fields.get("Hardware", "")]
    return next((name for name in named if name), "") or _name_of_platform()


def cpu_features(cpuinfo: str) -> tuple[str, ...]:
    """Instruction sets for small networks, from ``flags`` (x86) or ``Features`` (Arm) of ``/proc/cpuinfo``."""
    fields = cpuinfo_fields(cpuinfo)
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    return tuple(dict.fromkeys(name for flag, name in _FEATURES.items() if flag in flags))


def cpuinfo_fields(cpuinfo: str) -> dict[str, str]:
    """The entries of the text; the first core speaks for all."""
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, separator, value = line.partition(":")
        if separator:
            fields.setdefault(key.strip(), value.strip())
    return fields


def _name_of_platform() -> str:
    import platform

    return platform.processor() or platform.machine() or "unknown"
