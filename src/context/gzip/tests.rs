use std::io::Read as _;

use flate2::read::GzDecoder;

use super::*;

fn gzip(blocks: &[&[u8]]) -> Vec<u8> {
    let mut gzip = Gzip::new(Vec::new()).expect("begun");
    let mut compressor = Compressor::default();
    for block in blocks {
        compressor.block(block, Effort::Usual).expect("compressed");
        gzip.append(&compressor).expect("appended");
    }
    let (bytes, length) = gzip.finish(b"the end").expect("finished");
    assert_eq!(bytes.len() as u64, length);
    bytes
}

/// A decoder that reads one member only, and checks its sum and its length.
fn decoded(gzip: &[u8]) -> Vec<u8> {
    let mut decoder = GzDecoder::new(gzip);
    let mut bytes = Vec::new();
    decoder.read_to_end(&mut bytes).expect("it is sound");
    let mut rest = Vec::new();
    decoder.into_inner().read_to_end(&mut rest).expect("it is read");
    assert_eq!(rest, b"", "nothing stands behind the one member");
    bytes
}

/// Incompressible bytes.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn blocks_of_all_kinds_are_one_member() {
    let text = b"some text and ".repeat(60_000);
    let noise = noise(700_001);
    let zeros = vec![0; 1 << 20];
    let blocks: [&[u8]; 7] = [&text, b"", &noise, b"x", &zeros, &noise[..10], &text[..100]];
    let mut expected = blocks.concat();
    expected.extend(b"the end");
    assert_eq!(decoded(&gzip(&blocks)), expected);
    assert_eq!(decoded(&gzip(&[])), b"the end");
}

#[test]
fn what_cannot_be_compressed_is_stored() {
    let noise = noise(1 << 20);
    let stored = gzip(&[&noise]).len() - noise.len();
    assert!(stored < 200, "{stored} bytes more");
    // What is noise in one part only is compressed all the same.
    let mut mixed = noise[..1 << 19].to_vec();
    mixed.resize(1 << 20, b'a');
    assert!(gzip(&[&mixed]).len() < (1 << 19) + 10_000);
}

#[test]
fn a_used_compressor_writes_what_a_new_one_does() {
    let text = b"some text and ".repeat(9000);
    let mut used = Compressor::default();
    for before in [noise(300_000), vec![7; 1 << 20], Vec::new()] {
        used.block(&before, Effort::Usual).expect("compressed");
        used.block(&text, Effort::Usual).expect("compressed");
        let mut new = Compressor::default();
        new.block(&text, Effort::Usual).expect("compressed");
        assert!(used.bytes == new.bytes);
        assert_eq!(used.crc.sum(), new.crc.sum());
    }
}
