; Prints the marker, then resets the machine instead of powering it off.
%include "efi.inc"
    serial ready
    mov edx, RESET_COLD
    jmp reset_system
text ready, "BOOTFARM READY", 13, 10
efi_end
