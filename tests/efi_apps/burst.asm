; Prints 2 MiB of numbered-by-position text and powers off at once: shows whether the last bytes arrive.
%include "efi.inc"
    mov ebp, 32
.again:
    serial block
    dec ebp
    jnz .again
    serial ready
    power_off
block: times 4096 db "0123456789abcd", 13, 10
block_size equ 65536
text ready, "BOOTFARM READY", 13, 10
efi_end
