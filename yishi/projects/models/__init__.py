"""A year of livelihood projects: the call, what people proposed, what became of it."""

from yishi.projects.models.calls import Call, Contact, Proposal, Topic

__all__ = ["Call", "Contact", "Proposal", "Topic"]
