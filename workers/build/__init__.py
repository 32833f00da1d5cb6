"""Builds one commit: checkout, fetch, an offline build in a sandbox, artifacts by digest, and one outcome, always."""
