"""A chain of hashes over the rows of a table: who changes, removes or reorders a row leaves a trace."""
