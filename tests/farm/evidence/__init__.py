"""The verifier, part by part, and against a TPM that is not ours."""
