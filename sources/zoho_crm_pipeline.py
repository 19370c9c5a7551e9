"""Loads a Zoho CRM organisation into DuckDB, incrementally: run it again for what changed."""

import dlt

from zoho_crm import zoho_crm_audit_source, zoho_crm_source


def load_sales() -> None:
    """Loads the modules of a sales team; further runs read what changed since."""
    pipeline = dlt.pipeline("zoho_sales", destination="duckdb", dataset_name="zoho_crm")
    print(pipeline.run(zoho_crm_source(modules=["Leads", "Accounts", "Contacts", "Deals"])))  # noqa: T201  # an example tells what it did


def load_everything() -> None:
    """Loads every module that can be read."""
    pipeline = dlt.pipeline("zoho_everything", destination="duckdb", dataset_name="zoho_crm")
    print(pipeline.run(zoho_crm_source()))  # noqa: T201  # an example tells what it did


def audit_recycle_bin() -> None:
    """Captures what hangs on deleted records while Zoho still tells; run it once a day."""
    pipeline = dlt.pipeline("recycle_bin", destination="duckdb", dataset_name="zoho_audit")
    print(pipeline.run(zoho_crm_audit_source()))  # noqa: T201  # an example tells what it did


if __name__ == "__main__":
    load_sales()
