; Repeats what is typed into the first serial port until an EOT (4), then powers off: a machine that says what it is told.
%include "efi.inc"
%define DATA_READY 1
    cli                             ; firmware reads this port too, from its timer
    serial ready
.listen:
    mov dx, COM1_LINE_STATUS
    in al, dx
    test al, DATA_READY
    jz .listen
    mov dx, COM1
    in al, dx
    cmp al, 4
    je .end
    mov [heard], al
    serial heard
    jmp .listen
.end:
    power_off
text ready, "PARROT LISTENS", 13, 10, "BOOTFARM READY", 13, 10
text heard, 0
efi_end
