"""Monthly gifts when their sponsor is lost, and when that is taken back within the hour.

For an hour no company is told that its mandates ended (`actions.plans.mandates_to_end`), so that
one press of a wrong button costs no donor's consent. What is needed to put all back as it was is
written down with the suspension.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from handpress.donations.actions.charging import LET_GO, NEVER_ARRIVED, let_go
from handpress.donations.actions.following import (
    TAKEN_BACK_WITHIN,
    end_mandates,
    strand,
    tell_declined,
)
from handpress.donations.models import (
    Attempt,
    AttemptState,
    Collecting,
    Mandate,
    MandateState,
    Plan,
    PlanState,
    Pledge,
    Purpose,
    Reconsent,
    Sponsor,
    SponsorState,
)
from handpress.press.state import forget, recall, remember

_STRANDED = (PlanState.ACTIVE, PlanState.PAST_DUE, PlanState.PAUSED)


def strand_plans(sponsor: Sponsor, now: datetime) -> int:
    """Let every plan whose gifts we ask for, by a sponsor's ways, wait to be agreed to anew.

    In the transaction that suspends the sponsor. Mandates stay known and are not used: refunds and
    late money still come by their rails. A standing order is its donor's. Returns how many wait.
    """
    rows = Plan.objects.filter(rail__sponsor=sponsor, state__in=_STRANDED)
    rows = rows.exclude(collecting=Collecting.STANDING_ORDER)
    kept: dict[str, Any] = defaultdict(list)
    count = 0
    for plan in rows.select_for_update(of=("self",)):
        _keep_charges(plan, kept)
        let_go(plan, now)
        if plan.state == PlanState.PAUSED:
            # Whoever goes on with it is asked to agree anew.
            end_mandates(plan, now)
            continue
        if plan.state == PlanState.PAST_DUE:
            kept["past_due"].append(plan.pk)
        strand(plan, now)
        count += 1
    # Whoever is at a company's page may still pay there: see what follows from that.
    waiting = Plan.objects.filter(rail__sponsor=sponsor, state=PlanState.STARTING)
    waiting.exclude(collecting=Collecting.MANDATE).update(state=PlanState.CANCELLED, ended_at=now)
    remember(_fact(sponsor), kept)
    return count


def _fact(sponsor: Sponsor) -> str:
    return f"donations.stranded.{sponsor.pk}"


def _keep_charges(plan: Plan, kept: dict[str, Any]) -> None:
    """Keep what is let go with a plan: what was not sent, never arrived, or is tried again."""
    charges = Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE)
    for pk, state, code, again_on in charges.values_list("pk", "state", "code", "again_on"):
        if state == AttemptState.PREPARED:
            kept["unsent"].append(pk)
        elif state == AttemptState.DEAD and code == NEVER_ARRIVED:
            kept["lost"].append(pk)
        elif again_on is not None:
            kept["again"].append([pk, again_on.isoformat()])


def may_be_taken_back(sponsor: Sponsor, now: datetime) -> bool:
    """Say whether a suspension is so young that monthly gifts can go on as before."""
    if sponsor.state != SponsorState.SUSPENDED or sponsor.suspended_at is None:
        return False
    return now - sponsor.suspended_at < TAKEN_BACK_WITHIN


def stranded_plans(sponsor: Sponsor) -> QuerySet[Plan]:
    """Return the plans that wait for their donors since a sponsor was suspended."""
    return Plan.objects.filter(
        rail__sponsor=sponsor,
        state=PlanState.NEEDS_RECONSENT,
        reconsent_at__gte=sponsor.suspended_at,
    )


def take_back_plans(sponsor: Sponsor, now: datetime) -> int:
    """Let plans go on as before their sponsor was suspended, with their mandates; return how many.

    In the transaction that offers the sponsor again. Those whose donors have answered meanwhile
    stay as they answered. After an hour nothing is taken back: companies know, and it is final.
    """
    since = sponsor.suspended_at
    if since is None or not may_be_taken_back(sponsor, now):
        return 0
    kept: dict[str, Any] = recall(_fact(sponsor), {})
    past_due, taken_back = set(kept.get("past_due", ())), []
    for plan in stranded_plans(sponsor).select_for_update(of=("self",)):
        if not _take_up(plan, since) and plan.collecting == Collecting.MANDATE:
            continue
        plan.state = PlanState.PAST_DUE if plan.pk in past_due else PlanState.ACTIVE
        plan.reconsent_at = None
        plan.began_at = plan.began_at or now
        plan.save(update_fields=["state", "reconsent_at", "began_at"])
        _drop_question(plan)
        _tell_what_was_declined(plan, kept, since, now)
        taken_back.append(plan.pk)
    paused = Plan.objects.filter(rail__sponsor=sponsor, state=PlanState.PAUSED)
    for plan in paused.select_for_update(of=("self",)):
        _take_up(plan, since)
    begun = Plan.objects.filter(rail__sponsor=sponsor, state=PlanState.CANCELLED, ended_at=since)
    begun = begun.filter(began_at__isnull=True, donor__erased_at__isnull=True)
    begun.exclude(collecting=Collecting.MANDATE).update(state=PlanState.STARTING, ended_at=None)
    _take_up_charges(taken_back, kept, now)
    forget(_fact(sponsor))
    return len(taken_back)


def _take_up(plan: Plan, since: datetime) -> bool:
    """Let a mandate be used again that ended with the suspension, and of which nobody was told."""
    mandates = Mandate.objects.filter(plan=plan)
    if mandates.filter(state=MandateState.ACTIVE).exists():
        return True
    ended = mandates.filter(
        rail=plan.rail_id, state=MandateState.ENDED, told_at__isnull=True, ended_at__gte=since
    )
    last = ended.order_by("pk").last()
    if last is None:
        return False
    last.state, last.ended_at = MandateState.ACTIVE, None
    last.save(update_fields=["state", "ended_at"])
    return True


def _tell_what_was_declined(
    plan: Plan, kept: dict[str, Any], since: datetime, now: datetime
) -> None:
    """Do what follows from a charge that was declined since the suspension, and could not before.

    One that was to be tried again before is so already (`_keep_charges`).
    """
    charges = Attempt.objects.filter(pledge__plan=plan, purpose=Purpose.CHARGE)
    last = charges.select_related("pledge").order_by("pk").last()
    if plan.state != PlanState.ACTIVE or last is None or last.state != AttemptState.DECLINED:
        return
    is_new = last.ended_at is not None and last.ended_at >= since
    if is_new and last.pk not in {pk for pk, _ in kept.get("again", ())}:
        tell_declined(plan, last, now)


def _drop_question(plan: Plan) -> None:
    """Void a question that need not be answered any more, whatever its donor has begun since."""
    asked = Reconsent.objects.filter(plan=plan, wave=plan.wave)
    begun = [each.pledge_id for each in asked if each.pledge_id]
    Pledge.objects.filter(pk__in=begun, movements__isnull=True).update(rail=plan.rail_id)
    asked.delete()


def _take_up_charges(plans: Sequence[int], kept: dict[str, Any], now: datetime) -> None:
    """Have charges sent, looked for or tried again as they would have been; each is still one."""
    charges = Attempt.objects.filter(pledge__plan__in=plans, purpose=Purpose.CHARGE)
    gone = charges.filter(state=AttemptState.DEAD, code=LET_GO)
    gone.filter(pk__in=kept.get("unsent", ()), sent_at__isnull=True).update(
        state=AttemptState.PREPARED, code="", ended_at=None, look_at=now
    )
    gone.filter(pk__in=kept.get("lost", ())).update(code=NEVER_ARRIVED)
    for pk, again_on in kept.get("again", ()):
        declined = charges.filter(pk=pk, state=AttemptState.DECLINED)
        declined.update(again_on=date.fromisoformat(again_on))
