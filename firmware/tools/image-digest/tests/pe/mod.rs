//! A small PE32+ image, and a loader for it that shares nothing with the crate under test.

/// What the image is linked for.
pub const BASE: u64 = 0x1_4000_0000;
/// Where each section lies, and its size in memory.
pub const TEXT: (u32, u32) = (0x1000, 0x123);
pub const RDATA: (u32, u32) = (0x2000, 0x1800);
pub const DATA: (u32, u32) = (0x4000, 0x900);
pub const RELOC: (u32, u32) = (0x5000, 44);
/// Relocated words: two in .rdata, the second across a page of relocations' reach; one in .data.
pub const WORDS: [u32; 3] = [0x2008, 0x3010, 0x4100];

const IMAGE_SIZE: u32 = 0x6000;
const HEADERS: u32 = 0x400;
/// `IMAGE_SCN_MEM_READ` with execute, alone, with write.
const FLAGS: [u32; 4] = [0x6000_0020, 0x4000_0040, 0xC000_0040, 0x4200_0040];

fn put(bytes: &mut [u8], place: usize, value: &[u8]) {
    bytes[place..place + value.len()].copy_from_slice(value);
}

/// The sections' bytes as the file has them: .rdata and .data have fewer than in memory.
fn contents() -> [Vec<u8>; 4] {
    let text = (0..TEXT.1).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let mut rdata: Vec<u8> = (0..0x1400).map(|n| u8::try_from(n % 241).unwrap()).collect();
    let mut data = vec![0x5a; 0x200];
    put(&mut rdata, 0x8, &(BASE + 0x1010).to_le_bytes());
    put(&mut rdata, 0x1010, &(BASE + 0x4000).to_le_bytes());
    put(&mut data, 0x100, &(BASE + 0x2000).to_le_bytes());
    [text, rdata, data, relocations()]
}

/// Three blocks of one entry and one padding each, and one empty block.
fn relocations() -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in WORDS {
        bytes.extend((word & !0xfff).to_le_bytes());
        bytes.extend(12_u32.to_le_bytes());
        bytes.extend((0xa000 | u16::try_from(word & 0xfff).unwrap()).to_le_bytes());
        bytes.extend([0, 0]);
    }
    bytes.extend([0, 0x10, 0, 0, 8, 0, 0, 0]);
    bytes
}

/// The file.
pub fn file() -> Vec<u8> {
    let mut file = vec![0; HEADERS as usize];
    put(&mut file, 0, b"MZ");
    put(&mut file, 0x3c, &0x80_u32.to_le_bytes());
    put(&mut file, 0x80, b"PE\0\0");
    put(&mut file, 0x84, &[0x64, 0x86, 4, 0]);
    put(&mut file, 0x94, &240_u16.to_le_bytes());
    let optional = 0x98;
    put(&mut file, optional, &0x20b_u16.to_le_bytes());
    put(&mut file, optional + 24, &BASE.to_le_bytes());
    put(&mut file, optional + 56, &IMAGE_SIZE.to_le_bytes());
    put(&mut file, optional + 60, &HEADERS.to_le_bytes());
    put(&mut file, optional + 108, &16_u32.to_le_bytes());
    put(&mut file, optional + 112 + 5 * 8, &RELOC.0.to_le_bytes());
    put(&mut file, optional + 112 + 5 * 8 + 4, &RELOC.1.to_le_bytes());
    let sections = [TEXT, RDATA, DATA, RELOC].into_iter().zip(contents()).zip(FLAGS);
    for (number, (((place, size), bytes), flags)) in sections.enumerate() {
        let header = section_header(number);
        let raw = u32::try_from(bytes.len().next_multiple_of(0x200)).unwrap();
        for (field, value) in [(8, size), (12, place), (16, raw), (20, u32::try_from(file.len()).unwrap()), (36, flags)]
        {
            put(&mut file, header + field, &value.to_le_bytes());
        }
        file.extend(&bytes);
        file.resize(file.len().next_multiple_of(0x200), 0);
    }
    file
}

/// Where a section's header is in the file.
pub fn section_header(number: usize) -> usize {
    0x98 + 240 + number * 40
}

/// The image in memory at `base`: sections laid out, words relocated, the base written into the headers as EDK II does.
pub fn loaded_at(base: u64) -> Vec<u8> {
    let mut image = vec![0; IMAGE_SIZE as usize];
    put(&mut image, 0, &file()[..HEADERS as usize]);
    for ((place, _), bytes) in [TEXT, RDATA, DATA, RELOC].into_iter().zip(contents()) {
        put(&mut image, place as usize, &bytes);
    }
    for word in WORDS.map(|word| word as usize) {
        let value = u64::from_le_bytes(image[word..word + 8].try_into().unwrap());
        put(&mut image, word, &value.wrapping_sub(BASE).wrapping_add(base).to_le_bytes());
    }
    put(&mut image, 0x98 + 24, &base.to_le_bytes());
    image
}
