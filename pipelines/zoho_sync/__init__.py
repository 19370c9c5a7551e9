"""The command line: an exact SQL copy of a Zoho CRM organisation, kept by one command."""
