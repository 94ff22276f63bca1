//! One round of key agreement, from both sides (PROTOCOL.md section 3).
//!
//! A run is used up by its one answer (rule 4), and what it drew is overwritten with it.

use curve25519_dalek::Scalar;
use zeroize::Zeroizing;

use super::{
    base64url, capabilities, cpace,
    hybrid::{self, KeyPair},
    key_schedule as schedule,
    lv::lv,
    random::{Random, draw},
    secret::{Secret, same},
    shares::{RecipientShare, SID_BYTES, SenderShare},
    suite::Suite,
};
use crate::{Code, Error, Role};

pub(crate) const SAS_NONCE_BYTES: usize = 32;

/// What one round is about.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    pub(crate) suite: Suite,
    pub(crate) channel: &'a str,
    /// `PRS`: the words in canonical form.
    pub(crate) words: &'a Secret,
    /// Our capabilities, as they are sent.
    pub(crate) capabilities: &'a [u8],
    /// The chunk in them.
    pub(crate) chunk: u64,
}

impl Round<'_> {
    fn generator(&self, sid: &[u8]) -> curve25519_dalek::RistrettoPoint {
        let identifier = cpace::channel_identifier(self.suite.name(), self.channel);
        cpace::generator(&cpace::generator_string(self.words.reveal(), &identifier, sid))
    }
}

/// What both sides share once the tags have matched.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) role: Role,
    pub(crate) keys: Keys,
    /// The chunk that both take.
    pub(crate) chunk: usize,
    pub(crate) sas: SasSide,
}

/// What a side holds of the digits.
#[derive(Clone, Debug)]
pub(crate) enum SasSide {
    /// The sender's nonce, which its hello brings.
    Sender(Secret),
    /// The commitment that the nonce in the sender's hello must fit.
    Recipient(Vec<u8>),
}

/// The keys of a round.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) h_k: Secret,
    pub(crate) hh_k: [u8; 32],
    pub(crate) s2r: Secret,
    pub(crate) r2s: Secret,
}

impl Keys {
    /// Everything that follows from what was sent, `K` and ML-KEM's secret.
    pub(crate) fn derive(
        round: &Round<'_>,
        x: &SenderShare,
        y: &RecipientShare,
        shared: &Secret,
        ss: Option<&Secret>,
    ) -> Self {
        let isk = cpace::session_key(&x.sid, shared, [&x.ya, &x.ad], [&y.yb, &y.ad]);
        let transcript = schedule::transcript_hash(round.suite.name(), round.channel, &x.bytes, &y.bytes);
        let prk = schedule::extract(ss.map_or(&[], Secret::reveal), &isk);
        let k = schedule::round_key(&prk, &transcript);
        let h_k = schedule::derive(&k, b"h_k");
        Self {
            hh_k: schedule::hash_of_h_k(&h_k),
            h_k,
            s2r: schedule::derive(&k, b"s2r"),
            r2s: schedule::derive(&k, b"r2s"),
        }
    }

    /// `h_k` as it goes over the wire: to the relay, and in the line to the stapler.
    pub(crate) fn h_k_text(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url::encode(self.h_k.reveal()))
    }

    pub(crate) fn hh_k_text(&self) -> String {
        base64url::encode(&self.hh_k)
    }
}

/// The sender's side of a round: made with `x`, used up by `y`.
pub(crate) struct SenderRun {
    scalar: Zeroizing<Scalar>,
    key_pair: Option<KeyPair>,
    sas_nonce: Secret,
    share: SenderShare,
    x: String,
}

impl SenderRun {
    /// Step 2. Draws in the order of the worked exchanges.
    pub(crate) fn start(round: &Round<'_>, random: Random<'_>) -> Result<Self, Error> {
        let sid = draw::<SID_BYTES>(random)?;
        let scalar = cpace::scalar_from_seed(&*draw::<{ cpace::SEED_BYTES }>(random)?);
        let sas_nonce = Secret::new(draw::<SAS_NONCE_BYTES>(random)?.to_vec());
        let key_pair = match round.suite.is_hybrid() {
            true => Some(KeyPair::from_seed(&*draw::<{ hybrid::SEED_BYTES }>(random)?)),
            false => None,
        };
        let ya = cpace::own_share(&scalar, &round.generator(&*sid));
        let encapsulation_key = key_pair.as_ref().map(KeyPair::encapsulation_key).unwrap_or_default();
        let commitment = schedule::sas_commitment(sas_nonce.reveal());
        let ad = lv(&[&encapsulation_key, &commitment, round.capabilities]);
        let bytes = lv(&[&*sid, &ya, &ad]);
        Ok(Self {
            scalar,
            key_pair,
            sas_nonce,
            x: base64url::encode(&bytes),
            share: SenderShare {
                bytes,
                sid: sid.to_vec(),
                ya: ya.to_vec(),
                ad,
                encapsulation_key,
                commitment: commitment.to_vec(),
                capabilities: round.capabilities.to_vec(),
            },
        })
    }

    /// What is posted in step 3.
    pub(crate) fn x(&self) -> &str {
        &self.x
    }

    /// Step 8. Nothing that proves the key may leave before this has succeeded (rule 6).
    ///
    /// # Errors
    ///
    /// [`Code::WrongCode`] for whatever breaks rules 1 to 3 and for a tag that does not match;
    /// [`Code::Unsupported`] only behind a tag that did
    pub(crate) fn finish(self, round: &Round<'_>, y: &str, hh_k: &str) -> Result<Session, Error> {
        let share = RecipientShare::read(round.suite, y).ok_or(Code::WrongCode)?;
        let keys = self.keys(round, &share).ok_or(Code::WrongCode)?;
        let tag = base64url::decode(hh_k).ok_or(Code::WrongCode)?;
        if !same(&keys.hh_k, &tag) {
            return Err(Code::WrongCode.into());
        }
        Ok(Session {
            role: Role::Sender,
            chunk: capabilities::agree(round.chunk, &share.capabilities)?,
            keys,
            sas: SasSide::Sender(self.sas_nonce),
        })
    }

    fn keys(&self, round: &Round<'_>, y: &RecipientShare) -> Option<Keys> {
        // Rule 3: our own share would come back with our own key.
        if y.yb == self.share.ya {
            return None;
        }
        let shared = cpace::shared_point(&self.scalar, &cpace::read_share(&y.yb)?)?;
        let ss = match &self.key_pair {
            Some(key_pair) => Some(key_pair.decapsulate(&y.ciphertext)?),
            None => None,
        };
        Some(Keys::derive(round, &self.share, y, &shared, ss.as_ref()))
    }
}

/// The recipient's side of a round: made from `x`, used up by `h_k`.
pub(crate) struct RecipientRun {
    keys: Keys,
    y: String,
    commitment: Vec<u8>,
    their_capabilities: Vec<u8>,
}

impl RecipientRun {
    /// Step 6. Draws in the order of the worked exchanges.
    ///
    /// # Errors
    ///
    /// [`Code::WrongCode`] for whatever breaks rules 1 and 2
    pub(crate) fn start(round: &Round<'_>, x: &str, random: Random<'_>) -> Result<Self, Error> {
        let share = SenderShare::read(round.suite, x).ok_or(Code::WrongCode)?;
        let ya = cpace::read_share(&share.ya).ok_or(Code::WrongCode)?;
        let scalar = cpace::scalar_from_seed(&*draw::<{ cpace::SEED_BYTES }>(random)?);
        let (ciphertext, ss) = match round.suite.is_hybrid() {
            true => {
                let message = draw::<{ hybrid::MESSAGE_BYTES }>(random)?;
                let (ciphertext, ss) =
                    hybrid::encapsulate(&share.encapsulation_key, &message).ok_or(Code::WrongCode)?;
                (ciphertext, Some(ss))
            }
            false => (Vec::new(), None),
        };
        let yb = cpace::own_share(&scalar, &round.generator(&share.sid));
        let ad = lv(&[&ciphertext, round.capabilities]);
        let bytes = lv(&[&yb, &ad]);
        let y = base64url::encode(&bytes);
        let own = RecipientShare { bytes, yb: yb.to_vec(), ad, ciphertext, capabilities: round.capabilities.to_vec() };
        let shared = cpace::shared_point(&scalar, &ya).ok_or(Code::WrongCode)?;
        Ok(Self {
            keys: Keys::derive(round, &share, &own, &shared, ss.as_ref()),
            y,
            commitment: share.commitment,
            their_capabilities: share.capabilities,
        })
    }

    /// What is posted in step 7.
    pub(crate) fn y(&self) -> &str {
        &self.y
    }

    /// What is posted with it. It spends a guess.
    pub(crate) fn hh_k(&self) -> String {
        self.keys.hh_k_text()
    }

    /// Step 10.
    ///
    /// # Errors
    ///
    /// [`Code::WrongCode`] for a tag that does not match; [`Code::Unsupported`] only behind one that did
    pub(crate) fn confirm(self, round: &Round<'_>, h_k: &str) -> Result<Session, Error> {
        let tag = Zeroizing::new(base64url::decode(h_k).ok_or(Code::WrongCode)?);
        if !self.keys.h_k.matches(&tag) {
            return Err(Code::WrongCode.into());
        }
        Ok(Session {
            role: Role::Recipient,
            chunk: capabilities::agree(round.chunk, &self.their_capabilities)?,
            keys: self.keys,
            sas: SasSide::Recipient(self.commitment),
        })
    }
}
