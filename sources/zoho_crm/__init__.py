"""Zoho CRM as a dlt source: records of every module, exact and incremental.

::

    import dlt
    from zoho_crm import zoho_crm_source

    pipeline = dlt.pipeline("zoho_crm", destination="duckdb", dataset_name="zoho_crm")
    pipeline.run(zoho_crm_source(["Leads", "Deals"]))
"""

from .auth import ZohoCredentials
from .deletions_source import zoho_crm_deletions
from .exceptions import ZohoCrmError
from .source import zoho_crm_source

__all__ = ["ZohoCredentials", "ZohoCrmError", "zoho_crm_deletions", "zoho_crm_source"]
