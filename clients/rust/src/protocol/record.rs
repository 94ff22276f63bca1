//! One message on the wire: c2sp.org/chunked-encryption with our label (PROTOCOL.md section 6.1).

use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce, Tag, aead::AeadInOut as _};

use super::{
    cpace::PROTOCOL,
    key_schedule::expand_sha512,
    lv::lv,
    secret::{Secret, same},
};

pub(crate) const SALT_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
/// salt ‖ commitment
pub(crate) const HEADER_BYTES: usize = SALT_BYTES + COMMITMENT_BYTES;
/// u24be(n) before each chunk
pub(crate) const LENGTH_BYTES: usize = 3;
pub(crate) const TAG_BYTES: usize = 16;
/// The plaintext of one message, at most.
pub(crate) const MAX_PLAINTEXT: u64 = 1 << 36;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    SenderToRecipient,
    RecipientToSender,
}

impl Direction {
    fn name(self) -> &'static [u8] {
        match self {
            Direction::SenderToRecipient => b"s2r",
            Direction::RecipientToSender => b"r2s",
        }
    }
}

/// What a message is. It is not sent: the commitment tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    Hello,
    Manifest,
    Accept,
    Body,
    End,
    Ack,
    Error,
}

impl MessageType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            MessageType::Hello => "hello",
            MessageType::Manifest => "manifest",
            MessageType::Accept => "accept",
            MessageType::Body => "body",
            MessageType::End => "end",
            MessageType::Ack => "ack",
            MessageType::Error => "error",
        }
    }
}

/// Where a message stands: nothing can be dropped, doubled, moved or sent back without being noticed.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) direction: Direction,
    /// Counts the messages of a direction on a connection, from 0.
    pub(crate) index: u64,
    /// Empty for message 0.
    pub(crate) conn: Vec<u8>,
}

impl Place {
    fn context(&self, kind: MessageType) -> Vec<u8> {
        lv(&[PROTOCOL, self.direction.name(), &self.conn, &self.index.to_be_bytes(), kind.name().as_bytes()])
    }
}

/// The cipher of one message, and how many chunks it has seen.
struct Chunks {
    cipher: Aes256Gcm,
    base_nonce: [u8; 12],
    next: u64,
}

impl Chunks {
    /// base_nonce XOR be96(i)
    fn nonce(&mut self) -> Nonce<aes_gcm::aead::consts::U12> {
        let mut nonce = self.base_nonce;
        for (byte, count) in nonce[4..].iter_mut().zip(self.next.to_be_bytes()) {
            *byte ^= count;
        }
        self.next += 1;
        nonce.into()
    }
}

/// The cipher and the commitment of a message.
fn message_keys(key: &Secret, chunk: usize, salt: &[u8], context: &[u8]) -> (Chunks, [u8; COMMITMENT_BYTES]) {
    let label = format!("duet/1/chunk{chunk}+AEAD_AES_256_GCM");
    let info = [label.as_bytes(), &[0], salt, context].concat();
    let okm = expand_sha512(key.reveal(), &info, 32 + 12 + COMMITMENT_BYTES);
    let (key, rest) = okm.reveal().split_at(32);
    let (base_nonce, commitment) = rest.split_at(12);
    let chunks = Chunks {
        cipher: Aes256Gcm::new_from_slice(key).expect("the key has 32 bytes"),
        base_nonce: base_nonce.try_into().expect("the nonce has 12 bytes"),
        next: 0,
    };
    (chunks, commitment.try_into().expect("the commitment has 32 bytes"))
}

/// Encrypts one message.
pub(crate) struct Sealer {
    chunks: Chunks,
    chunk: usize,
    header: [u8; HEADER_BYTES],
}

impl Sealer {
    pub(crate) fn new(key: &Secret, chunk: usize, place: &Place, kind: MessageType, salt: &[u8; SALT_BYTES]) -> Self {
        let (chunks, commitment) = message_keys(key, chunk, salt, &place.context(kind));
        let mut header = [0; HEADER_BYTES];
        header[..SALT_BYTES].copy_from_slice(salt);
        header[SALT_BYTES..].copy_from_slice(&commitment);
        Self { chunks, chunk, header }
    }

    /// What stands before the first chunk.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    /// Appends a chunk to what goes on the wire. It is the last one if it has fewer than `chunk` bytes.
    pub(crate) fn seal(&mut self, plaintext: &[u8], wire: &mut Vec<u8>) {
        debug_assert!(plaintext.len() <= self.chunk);
        let n = plaintext.len() + TAG_BYTES;
        wire.extend_from_slice(&(n as u32).to_be_bytes()[1..]);
        let start = wire.len();
        wire.extend_from_slice(plaintext);
        let nonce = self.chunks.nonce();
        let tag = self
            .chunks
            .cipher
            .encrypt_inout_detached(&nonce, &[], (&mut wire[start..]).into())
            .expect("a chunk is far below the 64 GiB of AES-GCM");
        wire.extend_from_slice(&tag);
    }
}

/// Decrypts one message.
pub(crate) struct Opener {
    chunks: Chunks,
    chunk: usize,
}

impl Opener {
    /// Finds the type whose commitment is in the header. `None` when there is none: something was changed, or comes
    /// out of its turn.
    pub(crate) fn matching(
        key: &Secret,
        chunk: usize,
        place: &Place,
        candidates: &[MessageType],
        header: &[u8; HEADER_BYTES],
    ) -> Option<(MessageType, Self)> {
        let (salt, told) = header.split_at(SALT_BYTES);
        candidates.iter().find_map(|&kind| {
            let (chunks, commitment) = message_keys(key, chunk, salt, &place.context(kind));
            same(&commitment, told).then_some((kind, Self { chunks, chunk }))
        })
    }

    /// How long the next chunk is with its tag. `None` for a length that no chunk has: nothing is allocated for it.
    pub(crate) fn length(&self, bytes: [u8; LENGTH_BYTES]) -> Option<usize> {
        let n = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
        (TAG_BYTES..=self.chunk + TAG_BYTES).contains(&n).then_some(n)
    }

    /// Decrypts a chunk where it is. The plaintext, and whether it is the last chunk; `None` when the tag does not fit.
    pub(crate) fn open<'a>(&mut self, sealed: &'a mut [u8]) -> Option<(&'a [u8], bool)> {
        let length = sealed.len().checked_sub(TAG_BYTES)?;
        let (text, tag) = sealed.split_at_mut(length);
        let tag = Tag::try_from(&*tag).ok()?;
        let nonce = self.chunks.nonce();
        self.chunks.cipher.decrypt_inout_detached(&nonce, &[], (&mut *text).into(), &tag).ok()?;
        Some((text, length < self.chunk))
    }
}
