"""Papers of a meeting: added after a look at their content, withdrawn, delivered with proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.meetings.models import AgendaItem, Delivery, Material, Meeting, Voter
from yishi.meetings.rules import is_self, may_list, may_prepare, may_read_material
from yishi.web import files
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.core.files import File


@transaction.atomic
def add_material(
    meeting: Meeting,
    file: File[bytes],
    *,
    title: str = "",
    agenda_item: AgendaItem | None = None,
    by: Any,
    at: datetime,
) -> Material:
    """Add a paper: an upload, or a generated one as ContentFile(bytes, name="….pdf").

    Raises ValidationError (code by `files.check`) for what is too large, empty, damaged, or not
    what its name says. Stored under a random name.
    """
    require(may_prepare(by, meeting, at))
    name = files.plain_name(file.name or "")
    if len(title) > 120:
        raise ValidationError(_("材料名称最多120字。"))
    kind = files.check(file, name)
    material = Material(
        meeting=meeting,
        agenda_item=agenda_item,
        title=title.strip() or name.rsplit(".", 1)[0][:120],
        filename=name,
        content_type=files.CONTENT_TYPES[kind],
        size=file.size,
        sha256=files.sha256(file),
        added_at=at,
    )
    material.file.save(f"paper.{kind}", file, save=False)
    material.save()
    write(
        meeting.chain,
        "meetings.material_added",
        material,
        by=by,
        at=at,
        title=material.title,
        sha256=material.sha256,
    )
    return material


@transaction.atomic
def withdraw_material(material: Material, *, by: Any, at: datetime, why: str) -> None:
    """Withdraw a paper; file and proofs of delivery stay. Raises ValidationError without a reason."""
    require(may_prepare(by, material.meeting, at))
    if not why.strip():
        raise ValidationError(_("请写明撤回的理由。"))
    if Material.objects.filter(pk=material.pk, withdrawn_at__isnull=True).update(withdrawn_at=at):
        material.withdrawn_at = at
        write(material.meeting.chain, "meetings.material_withdrawn", material, by=by, at=at, why=why.strip())


@transaction.atomic
def deliver(
    material: Material, voter: Voter, how: str = Delivery.How.SCREEN, *, by: Any, at: datetime
) -> bool:
    """Note that a voter has a paper; False when they had it already: the first proof stays.

    SCREEN: the deputy in person, by opening it. PAPER: the clerk, by handing it over.
    """
    if how == Delivery.How.SCREEN:
        require(is_self(by, voter) and may_read_material(by, material, at))
    else:
        require(may_list(by, material.meeting, at))
    if voter.meeting_id != material.meeting_id:
        raise ValidationError(_("这份材料不是这次会议的。"))
    _row, new = Delivery.objects.get_or_create(
        material=material, voter=voter, defaults={"how": how, "at": at, "by": by}
    )
    if new:
        write(material.meeting.chain, "meetings.delivered", material, by=by, at=at, voter=voter.pk, how=how)
    return new


@transaction.atomic
def deliver_on_paper(material: Material, voters: Iterable[Voter], *, by: Any, at: datetime) -> int:
    """Note that these voters were handed the paper; those who already have it are left as they are."""
    require(may_list(by, material.meeting, at))
    have = set(material.deliveries.values_list("voter_id", flat=True))
    new = [v.pk for v in voters if v.meeting_id == material.meeting_id and v.pk not in have]
    Delivery.objects.bulk_create(
        Delivery(material=material, voter_id=pk, how=Delivery.How.PAPER, at=at, by=by) for pk in new
    )
    if new:
        write(
            material.meeting.chain,
            "meetings.delivered",
            material,
            by=by,
            at=at,
            voters=new,
            how=Delivery.How.PAPER,
        )
    return len(new)
