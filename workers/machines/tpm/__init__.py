"""The platform TPM of a virtual machine: swtpm, over a state that the worker made once for this machine."""
