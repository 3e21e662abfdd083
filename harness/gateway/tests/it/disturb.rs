//! Bytes that were in order, and are not any more: the same ones in each run.

/// Numbers without a pattern (xorshift, Marsaglia 2003).
pub struct Noise(u64);

/// What parsers stumble on.
const AWKWARD: [&[u8]; 12] = [
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"%",
    b"&#x110000;",
    b"<!DOCTYPE a>",
    b"]]>",
    b"\"",
    b"9999999999999999999",
    b"-1",
    b"/../",
    b"{",
];

impl Noise {
    pub fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// One to four changes: a byte, a piece cut out, a piece said twice, something awkward put in, an early end.
    pub fn disturbed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let (from, length) = (self.below(bytes.len()), self.below(16));
            let piece = from..(from + length).min(bytes.len());
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[from] ^= 1 << self.below(8),
                1 => drop(bytes.drain(piece)),
                2 => {
                    let twice = bytes[piece].to_vec();
                    drop(bytes.splice(from..from, twice));
                }
                3 => {
                    let awkward = AWKWARD[self.below(AWKWARD.len())];
                    drop(bytes.splice(from..from, awkward.iter().copied()));
                }
                _ => bytes.truncate(from),
            }
        }
        bytes
    }
}
