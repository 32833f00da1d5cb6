; Prints 40 lines through firmware's console, which drops a line when its serial port is not emptied for a second.
%include "efi.inc"
    mov ebp, 40
.again:
    conout line
    dec ebp
    jnz .again
    serial ready
    power_off
line: dw __utf16__(`a line of usual length, as firmware prints many of them\r\n`), 0
text ready, "BOOTFARM READY", 13, 10
efi_end
