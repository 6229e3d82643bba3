from __future__ import annotations

from mnist_edge.runtime.cpu_name import cpu_features, cpu_model

INTEL = """\
processor\t: 0
model name\t: Intel(R) Xeon(R) Gold
flags\t\t: fpu sse4_1 avx avx2 fma avx512f avx512_vnni amx_tile amx_int8

processor\t: 1
model name\t: something else
"""
RASPBERRY_PI_4 = """\
processor\t: 0
Features\t: fp asimd evtstrm crc32 cpuid
CPU part\t: 0xd08

Hardware\t: BCM2835
"""


def test_an_x86_processor() -> None:
    assert cpu_model(INTEL) == "Intel(R) Xeon(R) Gold"
    assert cpu_features(INTEL) == ("sse4.1", "avx", "avx2", "fma", "avx512", "avx512-vnni", "amx", "amx-int8")


def test_an_arm_processor() -> None:
    assert cpu_model(RASPBERRY_PI_4) == "Cortex-A72"
    assert cpu_features(RASPBERRY_PI_4) == ("neon",)
    newer = RASPBERRY_PI_4.replace("evtstrm", "asimdhp asimddp").replace("0xd08", "0xfff")
    assert cpu_features(newer) == ("neon", "fp16", "dotprod")
    assert cpu_model(newer) == "Arm part 0xfff"


def test_a_system_without_cpuinfo_has_a_name_and_no_features() -> None:
    assert cpu_model("")
    assert cpu_features("") == ()
