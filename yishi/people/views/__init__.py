"""Screens of the register, of accounts, of the links deputies come in by, and of the journal."""

from yishi.people.views import accounts, journal, links, register, sheet

__all__ = ["accounts", "journal", "links", "register", "sheet"]
