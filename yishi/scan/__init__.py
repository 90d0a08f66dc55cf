"""Ballot sheets read by a machine: pictures in, votes and doubts out; no Django, no other room."""
