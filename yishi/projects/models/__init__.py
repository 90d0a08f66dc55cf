"""A year of livelihood projects: the call, what people proposed, what became of it."""

from yishi.projects.models.calls import Call, Contact, Proposal, Topic
from yishi.projects.models.delivery import (
    Change,
    Inspection,
    Milestone,
    Photo,
    Report,
    ResidentRating,
    Slip,
    Supervision,
)
from yishi.projects.models.projects import (
    SHEET,
    Booklet,
    Comment,
    CommitteeReview,
    Explanation,
    Landmark,
    Project,
    Spot,
    Version,
)

__all__ = [
    "SHEET",
    "Booklet",
    "Call",
    "Change",
    "Comment",
    "CommitteeReview",
    "Contact",
    "Explanation",
    "Inspection",
    "Landmark",
    "Milestone",
    "Photo",
    "Project",
    "Proposal",
    "Report",
    "ResidentRating",
    "Slip",
    "Spot",
    "Supervision",
    "Topic",
    "Version",
]
