; Prints the same line for ever.
%include "efi.inc"
.again:
    serial line
    jmp .again
text line, "all work and no play makes firmware a dull program", 13, 10
efi_end
