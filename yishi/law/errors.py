"""The two ways in which what is handed to `law` can be wrong, each naming the place."""


class InputError(ValueError):
    """Figures or words that cannot be right. `field` is the place, e.g. `options[2].for`."""

    def __init__(self, field: str, message_zh: str, message_en: str) -> None:
        super().__init__(f"{field}: {message_zh} / {message_en}")
        self.field = field
        self.message_zh = message_zh
        self.message_en = message_en


class PackError(ValueError):
    """A county pack that cannot be used: which file, which table, which key, and why."""

    def __init__(self, file: str, table: str, key: str, message_zh: str, message_en: str) -> None:
        place = ".".join(part for part in (table, key) if part)
        super().__init__(f"{file} [{place}]: {message_zh} / {message_en}")
        self.file = file
        self.table = table
        self.key = key
        self.message_zh = message_zh
        self.message_en = message_en
