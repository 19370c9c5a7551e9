"""Whether the module of a call can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.errors import (
    invalid_module,
    no_permission,
    not_supported,
    required_param,
)

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.module import Module
    from zoho_simulator.simulator import Simulator

_ID_LENGTHS = range(16, 20)


def readable_module(simulator: Simulator, call: Call) -> Module:
    """The module in the path.

    Raises:
        ApiError: Documented: 400 INVALID_MODULE for an unknown one and for one that the API does
            not expose, 403 NO_PERMISSION, 400 NOT_SUPPORTED.
    """
    module = simulator.organization.modules.get(call.segments["module"])
    if module is None or not module.traits.api_supported:
        raise invalid_module()
    if module.traits.refusal == "NO_PERMISSION":
        raise no_permission(module.api_name)
    if module.traits.refusal == "INVALID_MODULE":
        raise invalid_module()
    if module.traits.refusal == "NOT_SUPPORTED":
        raise not_supported(details={"resource_path_index": 0})
    return module


def settings_module(simulator: Simulator, call: Call) -> Module:
    """The module of a call for metadata.

    Raises:
        ApiError: Documented: 400 REQUIRED_PARAM_MISSING, INVALID_MODULE.
    """
    if "module" not in call.params:
        raise required_param("module")
    module = simulator.organization.modules.get(call.params["module"])
    if module is None or not module.traits.api_supported:
        raise invalid_module({"param_name": "module"})
    return module


def show_profiles(simulator: Simulator) -> list[dict[str, str]]:
    """The profiles that metadata names: here the administrators', who may do everything."""
    reference = simulator.organization.reference
    return [{"name": "Administrator", "id": reference.profile_id("Administrator")}]


def is_record_id(text: str) -> bool:
    """Whether a text has the form of an id (documented: 16 to 19 digits)."""
    return text.isascii() and text.isdigit() and len(text) in _ID_LENGTHS


def caller_id(call: Call) -> int:
    """The user whom the call acts for."""
    if call.token is None:
        raise LookupError("the call has not been authorised")
    return call.token.refresh.user_id
