//! AES in CFB mode with a full block of feedback (Part 1, section 11.4.11; SP 800-38A). It protects saved contexts.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes256, Block};

/// Bytes in a key.
pub(crate) const KEY: usize = 32;
/// Bytes in a block, and so in an initialisation vector.
pub(crate) const BLOCK: usize = 16;

/// Encrypts in place.
pub(crate) fn encrypt(key: &[u8; KEY], iv: &[u8; BLOCK], data: &mut [u8]) {
    run(key, iv, data, |text, stream, feedback| {
        xor(text, stream);
        feedback[..text.len()].copy_from_slice(text);
    });
}

/// Decrypts in place.
pub(crate) fn decrypt(key: &[u8; KEY], iv: &[u8; BLOCK], data: &mut [u8]) {
    run(key, iv, data, |text, stream, feedback| {
        feedback[..text.len()].copy_from_slice(text);
        xor(text, stream);
    });
}

/// Walks the blocks; `step` turns one, and leaves its ciphertext as the next input of the cipher.
fn run(key: &[u8; KEY], iv: &[u8; BLOCK], data: &mut [u8], step: impl Fn(&mut [u8], &Block, &mut Block)) {
    let cipher = Aes256::new(key.into());
    let mut feedback = Block::from(*iv);
    for text in data.chunks_mut(BLOCK) {
        let mut stream = feedback;
        cipher.encrypt_block(&mut stream);
        step(text, &stream, &mut feedback);
    }
}

fn xor(text: &mut [u8], stream: &Block) {
    for (byte, mask) in text.iter_mut().zip(stream) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SP 800-38A, section F.3.17: CFB128-AES256.
    #[test]
    fn agrees_with_sp_800_38a() {
        let key = [
            0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81, 0x1f, 0x35,
            0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
        ];
        let iv = core::array::from_fn(|index| index as u8);
        let plain = [0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a];
        let mut data = plain;
        encrypt(&key, &iv, &mut data);
        assert_eq!(data[..8], [0xdc, 0x7e, 0x84, 0xbf, 0xda, 0x79, 0x16, 0x4b]);
        decrypt(&key, &iv, &mut data);
        assert_eq!(data, plain);
    }

    #[test]
    fn what_is_encrypted_decrypts_at_every_length() {
        for size in 0..40 {
            let mut data = alloc::vec![0x5A; size];
            encrypt(&[3; KEY], &[4; BLOCK], &mut data);
            decrypt(&[3; KEY], &[4; BLOCK], &mut data);
            assert_eq!(data, alloc::vec![0x5A; size]);
        }
    }
}
