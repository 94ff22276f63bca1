//! Which message may come next, in both directions of one connection (PROTOCOL.md section 6.2).

use sha2::{Digest as _, Sha256};

use super::{
    lv::lv,
    record::{
        Direction,
        MessageType::{self, Accept, Ack, Body, End, Error, Hello, Manifest},
        Place,
    },
};

/// How far one direction has come.
#[derive(Clone, Copy, Default)]
struct Progress {
    /// How many messages have begun: the index of the next.
    begun: u64,
    latest: Option<MessageType>,
    /// Whether the latest is still without its last chunk.
    is_running: bool,
}

impl Progress {
    fn has_finished(self, kind: MessageType) -> bool {
        self.latest == Some(kind) && !self.is_running
    }
}

/// Both peers keep the same state, each from its end.
#[derive(Default)]
pub(crate) struct Sequence {
    s2r: Progress,
    r2s: Progress,
    /// Not there until both hellos are.
    conn: Option<[u8; 32]>,
}

impl Sequence {
    /// What may begin now, at most three types; none while a message runs, and when all is said.
    pub(crate) fn may_follow(&self, direction: Direction) -> &'static [MessageType] {
        let Progress { latest, is_running, .. } = *self.progress(direction);
        match (direction, latest) {
            _ if is_running => &[],
            (_, None) => &[Hello],
            // Without the other's nonce there is no conn.
            _ if self.conn.is_none() => &[],
            (Direction::SenderToRecipient, Some(latest)) => match latest {
                Hello => &[Manifest, Error],
                Manifest if self.r2s.has_finished(Accept) => &[Body, End, Error],
                Manifest | End => &[Error],
                Body => &[Body, End, Error],
                _ => &[],
            },
            (Direction::RecipientToSender, Some(latest)) => match latest {
                Hello if self.s2r.has_finished(Manifest) => &[Accept, Error],
                Accept if self.s2r.has_finished(End) => &[Ack, Error],
                Hello | Accept => &[Error],
                _ => &[],
            },
        }
    }

    /// The place of the message that may begin now.
    pub(crate) fn place(&self, direction: Direction) -> Place {
        let index = self.progress(direction).begun;
        let conn = match self.conn {
            Some(conn) if index > 0 => conn.to_vec(),
            _ => Vec::new(),
        };
        Place { direction, index, conn }
    }

    /// Whether that type may begin now; if so it has.
    #[must_use]
    pub(crate) fn begin(&mut self, direction: Direction, kind: MessageType) -> bool {
        let may = self.may_follow(direction).contains(&kind);
        if may {
            let progress = self.progress_mut(direction);
            *progress = Progress { begun: progress.begun + 1, latest: Some(kind), is_running: true };
        }
        may
    }

    /// The last chunk is sealed or opened.
    pub(crate) fn finish(&mut self, direction: Direction) {
        self.progress_mut(direction).is_running = false;
    }

    /// Both hellos are there: from now on every message is bound to this connection.
    pub(crate) fn meet(&mut self, nonce_s: &[u8], nonce_r: &[u8]) {
        self.conn = Some(Sha256::digest(lv(&[nonce_s, nonce_r])).into());
    }

    pub(crate) fn has_met(&self) -> bool {
        self.conn.is_some()
    }

    fn progress(&self, direction: Direction) -> &Progress {
        match direction {
            Direction::SenderToRecipient => &self.s2r,
            Direction::RecipientToSender => &self.r2s,
        }
    }

    fn progress_mut(&mut self, direction: Direction) -> &mut Progress {
        match direction {
            Direction::SenderToRecipient => &mut self.s2r,
            Direction::RecipientToSender => &mut self.r2s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{RecipientToSender, SenderToRecipient};

    fn say(sequence: &mut Sequence, direction: Direction, kind: MessageType) -> bool {
        let may = sequence.begin(direction, kind);
        sequence.finish(direction);
        may
    }

    fn met() -> Sequence {
        let mut sequence = Sequence::default();
        assert!(say(&mut sequence, SenderToRecipient, Hello) && say(&mut sequence, RecipientToSender, Hello));
        sequence.meet(&[1; 16], &[2; 16]);
        sequence
    }

    #[test]
    fn nobody_says_a_second_thing_before_both_have_greeted() {
        let mut sequence = Sequence::default();
        assert!(!say(&mut sequence, SenderToRecipient, Manifest));
        assert!(say(&mut sequence, SenderToRecipient, Hello));
        assert!(sequence.may_follow(SenderToRecipient).is_empty());
    }

    #[test]
    fn a_whole_transfer_is_in_order() {
        let mut sequence = met();
        for (direction, kind) in [
            (SenderToRecipient, Manifest),
            (RecipientToSender, Accept),
            (SenderToRecipient, Body),
            (SenderToRecipient, Body),
            (SenderToRecipient, End),
            (RecipientToSender, Ack),
        ] {
            assert!(say(&mut sequence, direction, kind), "{kind:?}");
        }
        assert!(sequence.may_follow(RecipientToSender).is_empty());
    }

    #[test]
    fn nothing_comes_before_its_turn() {
        let mut sequence = met();
        assert!(!say(&mut sequence, RecipientToSender, Accept), "accept before the manifest");
        assert!(!say(&mut sequence, SenderToRecipient, Body), "body before accept");
        assert!(say(&mut sequence, SenderToRecipient, Manifest));
        assert!(!say(&mut sequence, SenderToRecipient, Manifest), "two manifests");
        assert!(!say(&mut sequence, SenderToRecipient, End), "end before accept");
        assert!(say(&mut sequence, RecipientToSender, Accept));
        assert!(!say(&mut sequence, RecipientToSender, Ack), "ack before end");
    }
}
