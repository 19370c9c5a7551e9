"""A simulated Zoho CRM on loopback: the server of the demo and of the tests.

It is written from Zoho's documentation and shares no code with the client, so that the two are
independent readings of the same text. What the documentation leaves open has a switch in
`SimulatorSettings`.
"""

from .organization import Organization
from .server import Server, run_server
from .settings import SimulatorSettings
from .simulator import Simulator

__all__ = ["Organization", "Server", "Simulator", "SimulatorSettings", "run_server"]
