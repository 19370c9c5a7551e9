"""A plan of removals: which relations, how they stood, and a digest that guards it all; pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from zoho_crm.decoding import decode
from zoho_destinations.delink_calls import group_rows
from zoho_destinations.delink_ledger import PlanRow
from zoho_destinations.delink_rows import RelationRow

from .delink_errors import PlanChangedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

InputKind = Literal["query", "table", "file"]
PlannedState = Literal["remove", "gone", "refused", "unknown"]
ID_LENGTH: Final = 12
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="deterministic")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where the rows of a plan came from."""

    kind: InputKind
    text: str
    """The query, the table or the path."""
    rows_digest: str
    named: int
    """Rows, those that name a relation again included."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One relation, and what the plan has found of it."""

    row: RelationRow
    state: PlannedState
    sentence: str = ""
    image: Mapping[str, Any] | None = None
    """The member as it was in the list."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an apply does, and nothing else."""

    inputs: Inputs
    made_at: datetime
    made_by: str
    is_offline: bool
    rows: Sequence[PlannedRow]
    """In order; a row's number is its place, from 1."""
    text: str = ""
    """The plan as it is kept."""
    digest: str = ""
    """Of that text."""

    @property
    def plan_id(self) -> str:
        """The beginning of the digest."""
        return self.digest[:ID_LENGTH]

    @property
    def to_remove(self) -> list[RelationRow]:
        """The relations that an apply removes."""
        return [planned.row for planned in self.rows if planned.state == "remove"]

    @property
    def calls(self) -> int:
        """Calls that an apply makes, where none has to be repeated or split."""
        return len(group_rows(self.to_remove))

    def count(self, state: PlannedState) -> int:
        """Rows in a state."""
        return Counter(planned.state for planned in self.rows)[state]

    def to_row(self) -> PlanRow:
        """The plan as the ledger keeps it."""
        return PlanRow(
            plan_id=self.plan_id,
            digest=self.digest,
            made_at=self.made_at,
            made_by=self.made_by,
            input_kind=self.inputs.kind,
            input=self.inputs.text,
            row_count=len(self.rows),
            to_remove=self.count("remove"),
            already_gone=self.count("gone"),
            refused=self.count("refused") + self.count("unknown"),
            calls=self.calls,
            is_offline=self.is_offline,
            plan=self.text,
        )


def seal(plan: Plan) -> Plan:
    """Writes the plan's text, from which its digest and its id follow."""
    document = {
        "inputs": {name: getattr(plan.inputs, name) for name in Inputs.__slots__},
        "made_at": plan.made_at.isoformat(),
        "made_by": plan.made_by,
        "is_offline": plan.is_offline,
        "rows": [_to_json(planned) for planned in plan.rows],
    }
    text = _ENCODER.encode(document).decode()
    return replace(plan, text=text, digest=_digest(text))


def open_plan(kept: PlanRow) -> Plan:
    """Reads a plan as it was kept.

    Raises:
        PlanChangedError: It is not as it was made.
    """
    found = _digest(kept.plan)
    if found != kept.digest or not found.startswith(kept.plan_id):
        raise PlanChangedError(
            f"The plan {kept.plan_id} in the dataset is not as it was made: its digest differs; "
            "make a new one."
        )
    document = decode(kept.plan.encode()).value
    return Plan(
        Inputs(**document["inputs"]),
        datetime.fromisoformat(document["made_at"]),
        document["made_by"],
        document["is_offline"],
        [_from_json(raw) for raw in document["rows"]],
        kept.plan,
        found,
    )


def image_to_text(image: Mapping[str, Any] | None) -> str | None:
    """A before-image as JSON, its numbers as they were."""
    return None if image is None else _ENCODER.encode(image).decode()


def image_of_text(text: str | None) -> Mapping[str, Any] | None:
    """A before-image as it was written."""
    found: Mapping[str, Any] | None = None if text is None else decode(text.encode()).value
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _to_json(planned: PlannedRow) -> dict[str, Any]:
    return {
        "row": planned.row.to_json(),
        "state": planned.state,
        "sentence": planned.sentence,
        "image": planned.image,
    }


def _from_json(raw: Mapping[str, Any]) -> PlannedRow:
    return PlannedRow(RelationRow(**raw["row"]), raw["state"], raw["sentence"], raw["image"])
