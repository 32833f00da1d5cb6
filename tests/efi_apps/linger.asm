; Prints the marker and hangs: the worker has to switch it off.
%include "efi.inc"
    serial ready
    jmp halt
text ready, "BOOTFARM READY", 13, 10
efi_end
