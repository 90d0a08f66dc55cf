"""What a log may say of a request: which page, never its address, which may hold a one-time code."""

from __future__ import annotations

import logging


class Nameless(logging.Filter):
    """The address in a record becomes the pattern it fits (`in/<str:code>/`)."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            # Django writes the address with its line ends escaped.
            path = request.path.encode("unicode_escape").decode("ascii")
            page = match.route if match else "?"
            record.args = tuple(page if said == path else said for said in record.args)
        return True
