"""Pipelines of deals and their stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_param, required_param

from .options import forecast_category, option_id

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.reference import Pipeline
    from zoho_simulator.simulator import Simulator

_MODULE = "Deals"


def list_pipelines(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/pipeline?layout_id=` (documented: of one layout of Deals)."""
    shown = [_show(simulator, pipeline) for pipeline in _of_layout(simulator, call)]
    return json_reply({"pipeline": shown}, rows=len(shown)) if shown else empty_reply()


def read_pipeline(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/pipeline/{id}?layout_id=`."""
    for pipeline in _of_layout(simulator, call):
        if str(pipeline.id) == call.segments["pipeline"]:
            return json_reply({"pipeline": [_show(simulator, pipeline)]}, rows=1)
    return empty_reply()


def _of_layout(simulator: Simulator, call: Call) -> list[Pipeline]:
    organization = simulator.organization
    if "layout_id" not in call.params:
        raise required_param("layout_id")
    module = organization.modules.get(_MODULE)
    layout = organization.layouts.find(module, call.params["layout_id"]) if module else None
    if layout is None:
        raise invalid_param("layout_id")
    pipelines = organization.reference.pipelines.values()
    return [pipeline for pipeline in pipelines if pipeline.layout_id == layout.id]


def _show(simulator: Simulator, pipeline: Pipeline) -> dict[str, Any]:
    """Documented: a stage's place in the pipeline, not its place in the field."""
    spec = simulator.organization.module(_MODULE).fields["Stage"]
    options = {option.actual_value: (n, option) for n, option in enumerate(spec.options)}
    maps = []
    for place, stage in enumerate((s for s in pipeline.stages if s in options), start=1):
        number, option = options[stage]
        maps.append(
            {
                "id": option_id(spec, number),
                "display_value": option.display_value,
                "actual_value": option.actual_value,
                "sequence_number": place,
                "forecast_type": option.forecast_type,
                "forecast_category": forecast_category(spec, option),
                "colour_code": option.colour_code,
            }
        )
    return {
        "id": str(pipeline.id),
        "display_value": pipeline.display_value,
        "actual_value": pipeline.actual_value,
        "default": pipeline.is_default,
        "maps": maps,
        "child_available": False,
        "parent": None,
    }
