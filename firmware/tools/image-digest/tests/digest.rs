//! The digest of a file and of the same image wherever it was loaded.

mod pe;

use image_digest::{image_digest, load, preferred_base};
use pe::{BASE, DATA, RDATA, RELOC, TEXT, WORDS, file, loaded_at, section_header};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn of_file(file: &[u8]) -> Result<[u8; 32], String> {
    let image = load(file).map_err(|error| error.to_string())?;
    image_digest(image.as_slice(), BASE, BASE).map_err(|error| error.to_string())
}

fn of_memory(image: &[u8], base: u64) -> [u8; 32] {
    image_digest(image, base, BASE).unwrap()
}

#[test]
fn at_the_preferred_base_it_is_sha256_over_the_sections_that_are_not_writable() {
    let image = loaded_at(BASE);
    let mut hash = Sha256::new();
    for (place, size) in [TEXT, RDATA, RELOC] {
        hash.update(&image[place as usize..(place + size) as usize]);
    }
    let expected: [u8; 32] = hash.finalize().into();
    assert_eq!(of_memory(&image, BASE), expected);
    assert_eq!(of_file(&file()), Ok(expected));
    assert_eq!(preferred_base(file().as_slice()), Ok(BASE));
}

proptest! {
    #[test]
    fn an_image_at_another_base_has_the_digest_of_its_file(base in any::<u64>()) {
        prop_assert_eq!(Ok(of_memory(&loaded_at(base), base)), of_file(&file()));
    }

    #[test]
    fn an_image_that_is_not_where_it_says_has_another_digest(base in any::<u64>(), said in any::<u64>()) {
        prop_assume!(base != said);
        prop_assert_ne!(of_memory(&loaded_at(base), said), of_memory(&loaded_at(base), base));
    }

    #[test]
    fn no_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = of_file(&bytes);
    }

    #[test]
    fn no_changed_byte_makes_it_panic(place in 0..0x400_usize, in_relocations: bool, value: u8) {
        let mut bytes = file();
        let length = bytes.len();
        let place = if in_relocations { length - 0x200 + place % 44 } else { place };
        bytes[place] = value;
        let _ = of_file(&bytes);
        let _ = image_digest(bytes.as_slice(), BASE, BASE);
    }
}

#[test]
fn every_byte_that_is_not_writable_counts_and_no_other_does() {
    let base = 0x7e00_0000;
    let image = loaded_at(base);
    let sound = of_memory(&image, base);
    for place in 0x400..image.len() {
        let mut changed = image.clone();
        changed[place] ^= 1;
        let inside = |(start, size): (u32, u32)| (start as usize..(start + size) as usize).contains(&place);
        let digest = image_digest(changed.as_slice(), base, BASE);
        if inside(RELOC) {
            assert_ne!(digest, Ok(sound), "{place:#x}");
        } else {
            assert_eq!(digest.unwrap() != sound, inside(TEXT) || inside(RDATA), "{place:#x}");
        }
    }
    assert!(WORDS.iter().any(|word| *word > DATA.0), "one relocated word is writable");
}

fn refused(place: usize, value: &[u8]) -> String {
    let mut bytes = file();
    bytes[place..place + value.len()].copy_from_slice(value);
    of_file(&bytes).unwrap_err()
}

#[test]
fn what_is_not_a_sound_image_is_refused_with_a_sentence() {
    let [text, rdata, _, reloc] = [0, 1, 2, 3].map(section_header);
    let relocations = file().len() - 0x200;
    assert_eq!(of_file(b"").unwrap_err(), "at 0x0: the image ends before this");
    assert_eq!(refused(0, b"XX"), "at 0x0: this is not a PE image");
    assert_eq!(refused(0x80, b"NE"), "at 0x80: this is not a PE image");
    assert_eq!(refused(0x98, &[0x0b, 1]), "at 0x98: this is not a PE32+ image");
    assert_eq!(refused(0x3c, &[0xff; 4]), "at 0xffffffff: the image ends before this");
    assert_eq!(refused(0x86, &[0xff, 0xff]), "at 0x86: too many sections");
    assert_eq!(refused(0x98 + 56, &[0xff; 4]), "at 0x0: the image is larger than 256 MiB, or its headers than itself");
    let overlap = "a section that overlaps another or leaves the image";
    assert_eq!(refused(rdata + 12, &0x1000_u32.to_le_bytes()), format!("at {rdata:#x}: {overlap}"));
    assert_eq!(refused(reloc + 8, &0x1001_u32.to_le_bytes()), format!("at {reloc:#x}: {overlap}"));
    assert_eq!(refused(text + 12, &[0xff; 4]), "at 0xffffffff: a place beyond 4 GiB");
    let unsized_section = "a section with bytes but without a virtual size";
    assert_eq!(refused(text + 8, &[0; 4]), format!("at {text:#x}: {unsized_section}"));
    assert_eq!(refused(text + 20, &[0xff; 3]), "at 0x1000: the file ends before this section does");
    let odd = "at 0x5000: a block of relocations with an odd size";
    for size in [0_u32, 7, 13, 46] {
        assert_eq!(refused(relocations + 4, &size.to_le_bytes()), odd);
    }
    assert_eq!(refused(relocations + 9, &[0x30]), "at 0x5008: a relocation of a kind other than DIR64");
    assert_eq!(refused(relocations, &[0, 0x90]), "at 0x9008: a relocation that is not within a section");
    // The second word, moved to where .rdata ends in its midst; and the first word twice.
    assert_eq!(refused(relocations + 20, &[0xfc, 0xa7]), "at 0x37fc: a relocation that is not within a section");
    assert_eq!(refused(relocations + 12, &[0, 0x20, 0, 0, 12, 0, 0, 0, 8]), "at 0x2008: relocations that overlap");
    let writable = refused(reloc + 36, &0xC200_0040_u32.to_le_bytes());
    assert_eq!(writable, "at 0x5000: base relocations outside of the sections that are not writable");
}
