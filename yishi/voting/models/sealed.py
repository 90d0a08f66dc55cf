"""Sealed voting: the scrutineers' keys, slips and who took which door, the box, its record.

Secrecy is a rule on these tables. `Draw` says who took a slip and knows no slip; `SlipLot` knows
public keys and no person; `CastBallot` knows a public key, no time and, by its random primary key,
no order. They share no key but the session.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Meeting, Voter
from yishi.voting.models.polls import Poll


class SealedSession(models.Model):
    """Sealed voting in one meeting: one set of keys and one slip for all its votes.

    `uuid`: names the session, also on its slips. `uuids`: the election uuids reserved for the votes of
    this meeting, in order; a slip's public keys are made for each of them beforehand, since its code is
    forgotten.
    `salt`: with the installation's secret it gives the server's own key, which is stored nowhere.
    `trustees`: the raw JSON of all keys, once they are made.
    """

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="sealed")
    uuid = models.CharField(max_length=24, unique=True)
    uuids = models.JSONField(default=list)
    salt = models.CharField(max_length=64)
    threshold = models.PositiveSmallIntegerField(_("开箱所需监票人数"))
    trustees = models.TextField(blank=True)
    at = models.DateTimeField(_("时间"))

    @property
    def chain(self) -> str:
        return self.meeting.chain


class Trustee(models.Model):
    """One scrutineer's part in the keys (监票人密钥); public messages only, as the device sent them.

    `commitment`: 64 hex; `certificate`, `nonce`; `coefficients`: [the signed message, the signature
    over all certificates]; `shares` sealed for the others; `verification`: the public key with its
    proof; `agreed_at`: the six digits were compared aloud. Messages are JSON texts, letter for
    letter as they were signed: a database may put the fields of an object in another order.
    """

    session = models.ForeignKey(SealedSession, on_delete=models.CASCADE, related_name="keyholders")
    index = models.PositiveSmallIntegerField(_("次序"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    commitment = models.CharField(max_length=64, blank=True)
    certificate = models.JSONField(null=True, blank=True)
    nonce = models.CharField(max_length=32, blank=True)
    coefficients = models.JSONField(null=True, blank=True)
    shares = models.JSONField(default=list, blank=True)
    verification = models.JSONField(null=True, blank=True)
    agreed_at = models.DateTimeField(_("核对六位数"), null=True, blank=True)

    class Meta:
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["session", "index"], name="voting_trustee_index_once"),
            models.UniqueConstraint(fields=["session", "user"], name="voting_trustee_user_once"),
        ]


class SlipLot(models.Model):
    """Slips (投票码) printed in one go. `listings`: {uuid: [public credentials, sorted]}; no codes."""

    session = models.ForeignKey(SealedSession, on_delete=models.CASCADE, related_name="lots")
    size = models.PositiveIntegerField(_("张数"))
    listings = models.JSONField(default=dict)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class StruckSlip(models.Model):
    """Slips struck from the list (注销): left over, or brought back. `listings` as in SlipLot."""

    session = models.ForeignKey(SealedSession, on_delete=models.CASCADE, related_name="struck")
    count = models.PositiveIntegerField(_("张数"))
    listings = models.JSONField(default=dict)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(_("理由"), blank=True)

    class Meta:
        ordering = ["pk"]


class Draw(models.Model):
    """Which door a voter took when signing in: a slip for the phone, or paper. Never both."""

    class Door(models.TextChoices):
        SLIP = "slip", _("投票码（手机）")
        PAPER = "paper", _("纸质票")

    session = models.ForeignKey(SealedSession, on_delete=models.CASCADE, related_name="draws")
    voter = models.OneToOneField(Voter, on_delete=models.CASCADE, related_name="draw")
    door = models.CharField(_("领票方式"), max_length=8, choices=Door)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["voter"]
        constraints = [
            models.CheckConstraint(condition=Q(door__in=["slip", "paper"]), name="voting_draw_door")
        ]


class SealedBox(models.Model):
    """The electronic box of one poll (电子票箱) from its sealing on; the record is in `entries`.

    `election`, `trustees`, `listing`: the raw texts of the Setup. `slips`: slips out when it was
    sealed; `papers`: paper credentials listed; `cast`: voters whose ballots lay in it at the close.
    """

    poll = models.OneToOneField(Poll, on_delete=models.CASCADE, related_name="box")
    uuid = models.CharField(max_length=24, unique=True)
    election = models.TextField()
    trustees = models.TextField()
    listing = models.TextField()
    slips = models.PositiveIntegerField(_("发出投票码"))
    papers = models.PositiveIntegerField(_("纸质票名额"), default=0)
    cast = models.PositiveIntegerField(_("收到电子票"), null=True, blank=True)
    sealed_at = models.DateTimeField(_("封箱时间"))


class RecordEntry(models.Model):
    """One member of the public record, in order: data, or the event that binds it (投票记录)."""

    box = models.ForeignKey(SealedBox, on_delete=models.CASCADE, related_name="entries")
    place = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    content = models.TextField()

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["box", "place"], name="voting_entry_place_once")]


def random_key() -> int:
    """A primary key that tells no order: SQLite lays rows out by it, so that the file tells none either."""
    return secrets.randbits(63)


class CastBallot(models.Model):
    """A sealed ballot in the open box (已入箱). At the close it goes into the record, sorted by tracker.

    `turn`: 1, or more where the method lets voters change their vote; the last one counts.
    """

    id = models.BigIntegerField(primary_key=True, default=random_key, editable=False)
    box = models.ForeignKey(SealedBox, on_delete=models.CASCADE, related_name="ballots")
    credential = models.CharField(max_length=64)
    turn = models.PositiveSmallIntegerField(default=1)
    tracker = models.CharField(_("回执号"), max_length=43)
    content = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["box", "credential", "turn"], name="voting_cast_turn_once"),
            models.UniqueConstraint(fields=["box", "tracker"], name="voting_cast_tracker_once"),
        ]


class ExchangedSlip(models.Model):
    """A slip that got a paper ballot instead (换领纸质票): its credential may no longer be used."""

    id = models.BigIntegerField(primary_key=True, default=random_key, editable=False)
    box = models.ForeignKey(SealedBox, on_delete=models.CASCADE, related_name="exchanged")
    credential = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["box", "credential"], name="voting_exchanged_once")]
