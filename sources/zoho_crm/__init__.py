"""Zoho CRM as a dlt source: records of every module, exact and incremental.

::

    import dlt
    from zoho_crm import zoho_crm_source

    pipeline = dlt.pipeline("zoho_crm", destination="duckdb", dataset_name="zoho_crm")
    pipeline.run(zoho_crm_source(["Leads", "Deals"]))

`zoho_crm_deletions` tells what was deleted, `zoho_crm_audit_source` captures what hangs on the
records in the recycle bin before they are purged.
"""

from .audit_source import zoho_crm_audit_source
from .auth import ZohoCredentials
from .deletions_source import zoho_crm_deletions
from .exceptions import ZohoCrmError
from .source import zoho_crm_source

__all__ = [
    "ZohoCredentials",
    "ZohoCrmError",
    "zoho_crm_audit_source",
    "zoho_crm_deletions",
    "zoho_crm_source",
]
