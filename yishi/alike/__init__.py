"""Which proposals say the same: Chinese short texts compared here, by words that can be shown."""

from yishi.alike.finder import THRESHOLD, Finder, Match, Text
from yishi.alike.grouping import groups, groups_of

__all__ = ["THRESHOLD", "Finder", "Match", "Text", "groups", "groups_of"]
