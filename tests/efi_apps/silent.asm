; Never prints and never ends.
%include "efi.inc"
    jmp halt
efi_end
