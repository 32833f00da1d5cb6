; What no text file holds: bytes that are not UTF-8, lone carriage returns, escapes inside words, a line of 1 MiB.
%include "efi.inc"
    serial bytes
    serial split
    serial carriage
    mov ebp, 16
.long:
    serial block
    dec ebp
    jnz .long
    serial ready
    power_off
text bytes, 0xff, 0xfe, 0x80, 0xc3, 0x28, 0, 13, 10
text split, 27, "[1;31mBOOT", 27, "[0m", 27, "[37m", "FARM SPLIT", 27, "[0m", 13, 10
text carriage, "10%", 13, "50%", 13, "CARRIAGE DONE", 13
block: times 65536 db "x"
block_size equ 65536
text ready, 10, "BOOTFARM READY", 13, 10
efi_end
