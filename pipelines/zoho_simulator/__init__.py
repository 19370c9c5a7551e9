"""A simulated Zoho CRM on loopback: the server of the demo and of the tests.

It is written from Zoho's documentation and shares no code with the client, so that the two are
independent readings of the same text. What the documentation leaves open has a switch in
`SimulatorSettings`.
"""

from .bulk_module import add_bulk_module
from .catalogue import Profile
from .demo import build_demo_organization
from .fields import (
    FieldSpec,
    Option,
    field,
    formula,
    lookup,
    multi_module_lookup,
    multiselect,
    multiselect_lookup,
    picklist,
    rich_text,
    subform,
    text_area,
    user_lookup,
)
from .links import Relation
from .organization import Organization
from .request_log import RequestEntry
from .server import Server, run_server
from .settings import SimulatorSettings
from .simulator import Simulator

__all__ = [
    "FieldSpec",
    "Option",
    "Organization",
    "Profile",
    "Relation",
    "RequestEntry",
    "Server",
    "Simulator",
    "SimulatorSettings",
    "add_bulk_module",
    "build_demo_organization",
    "field",
    "formula",
    "lookup",
    "multi_module_lookup",
    "multiselect",
    "multiselect_lookup",
    "picklist",
    "rich_text",
    "run_server",
    "subform",
    "text_area",
    "user_lookup",
]
