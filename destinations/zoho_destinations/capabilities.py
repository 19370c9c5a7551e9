"""What a destination can do, found out once: dlt asks a dozen times in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dlt.common.destination import Destination, DestinationCapabilitiesContext
    from dlt.common.normalizers.naming import NamingConvention

_Key = tuple[type["NamingConvention"] | None, int | None]


def remember_capabilities(destination: Destination[Any, Any]) -> Destination[Any, Any]:
    """Lets the destination resolve its configuration for its capabilities once.

    They depend on the naming convention and on nothing else that changes; resolving them anew each
    time was a tenth of what a quiet run costs.

    Returns:
        The same destination.
    """
    find_out: Final = destination.capabilities
    known: dict[_Key, DestinationCapabilitiesContext] = {}

    def capabilities(
        config: Any = None, naming: NamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        if config is not None:
            return find_out(config, naming)
        key = (type(naming), naming.max_length) if naming else (None, None)
        if key not in known:
            known[key] = find_out(None, naming)
        return known[key].copy()  # dlt writes into what it gets

    destination.capabilities = capabilities  # type: ignore[method-assign]  # dlt offers no hook
    return destination
