"""What a run does before it reads: finish what was left, then start from the dataset's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_destinations.opening import open_dataset
from zoho_destinations.repeated_rows import drop_repeated_rows

from .poison import load_or_set_aside
from .working_folder import remove_what_was_normalised

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dlt

SOURCE_NAME = "zoho_crm"


def finish_pending(pipeline: dlt.Pipeline) -> str | None:
    """Loads the packages that an interrupted run left behind, or sets aside what can't be loaded.

    A pending package goes first: restoring the state could wipe it.

    Returns:
        What was done, as a sentence; None where nothing was pending.
    """
    if not pipeline.has_pending_data:
        return None
    pipeline.activate()
    remove_what_was_normalised(pipeline)
    _, poisoned = load_or_set_aside(pipeline)
    with open_dataset(pipeline) as client:
        drop_repeated_rows(client)
    if poisoned is not None:
        return poisoned.sentence
    return "A package that an interrupted run left behind was loaded first."


def restore_state(pipeline: dlt.Pipeline) -> dlt.Pipeline:
    """Drops the local copy of the state and takes the dataset's: progress lives nowhere else."""
    restored = pipeline.drop()
    restored.activate()
    restored.sync_destination()
    return restored


def resource_states(pipeline: dlt.Pipeline) -> Mapping[str, Mapping[str, Any]]:
    """What the dataset's state says of each resource."""
    sources = pipeline.state.get("sources", {})
    found: Mapping[str, Mapping[str, Any]] = sources.get(SOURCE_NAME, {}).get("resources", {})
    return found
