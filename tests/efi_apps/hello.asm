; Greets through firmware's console and through the raw port, then powers off: the boot that passes.
%include "efi.inc"
    conout greeting
    serial ready
    power_off
greeting: dw __utf16__(`hello from firmware\r\n`), 0
text ready, "BOOTFARM READY", 13, 10
efi_end
