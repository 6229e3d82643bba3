"""``Look``: for which page and in which language a figure is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from mnist_edge.errors import OptionError

Theme = Literal["light", "dark"]
Lang = Literal["en", "zh"]


@dataclass(frozen=True)
class Look:
    """Theme and language of a figure.

    Attributes:
        theme: Whether it stands on a light or a dark page.
        lang: Language of titles and labels.

    Raises:
        OptionError: If one of them does not exist.
    """

    theme: Theme = "light"
    lang: Lang = "en"

    def __post_init__(self) -> None:
        for name, known in (("theme", get_args(Theme)), ("lang", get_args(Lang))):
            if getattr(self, name) not in known:
                raise OptionError(
                    f"There is no such {name}", expected=" or ".join(known), received=repr(getattr(self, name))
                )


DEFAULT_LOOK: Final = Look()
