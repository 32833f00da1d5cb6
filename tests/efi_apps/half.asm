; Prints half of the marker and powers off.
%include "efi.inc"
    serial half
    power_off
text half, "BOOTFARM RE"
efi_end
