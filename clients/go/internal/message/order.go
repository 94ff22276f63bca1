package message

// bodyOrder sees to it that frames are what was offered and accepted: ascending
// by entry, without a gap, no byte more than the size, nothing that was not
// wanted, and at the end nothing missing.
type bodyOrder struct {
	offer  *Offer
	accept *Acceptance
	entry  int // -1 before the first
	size   int64
	offset int64 // where the next byte belongs
	fresh  bool  // no byte yet: a resumed entry may begin again at 0
	closed bool  // given up, or a stream at its end
}

func newBodyOrder(offer *Offer, accept *Acceptance) bodyOrder {
	return bodyOrder{offer: offer, accept: accept, entry: -1}
}

func (o *bodyOrder) data(entry int, offset, n int64) error {
	if err := o.enter(entry); err != nil {
		return err
	}
	if o.fresh && offset == 0 {
		o.offset = 0
	}
	if offset != o.offset {
		return badMessage("the bytes of an entry have a gap")
	}
	o.offset += n
	o.fresh = false
	if (o.size != Unknown && o.offset > o.size) || o.offset > countMax {
		return badMessage("an entry has more bytes than its size")
	}
	return nil
}

func (o *bodyOrder) streamEnd(entry int, offset int64) error {
	if o.offer.Kind != Stream {
		return badMessage("an empty frame")
	}
	if err := o.enter(entry); err != nil {
		return err
	}
	if offset != o.offset || (o.size != Unknown && offset != o.size) {
		return badMessage("the stream ends elsewhere")
	}
	o.closed = true
	return nil
}

func (o *bodyOrder) giveUp(entry int) error {
	if err := o.enter(entry); err != nil {
		return err
	}
	o.closed = true
	return nil
}

func (o *bodyOrder) end() error { return o.passTo(len(o.offer.Entries)) }

// enter makes an entry the current one.
func (o *bodyOrder) enter(entry int) error {
	if entry == o.entry {
		if o.closed {
			return badMessage("an entry goes on after its end")
		}
		return nil
	}
	if entry >= len(o.offer.Entries) || !o.isWanted(entry) {
		return badMessage("bytes of an entry that was not asked for")
	}
	if err := o.passTo(entry); err != nil {
		return err
	}
	o.entry, o.size, o.offset = entry, o.offer.Entries[entry].Size, o.accept.For(entry).Offset
	o.fresh, o.closed = true, false
	return nil
}

// passTo leaves the current entry. What lies between must need no bytes.
func (o *bodyOrder) passTo(entry int) error {
	if entry <= o.entry {
		return badMessage("the entries do not ascend")
	}
	if o.entry >= 0 && !o.closed && o.offset != o.size {
		return badMessage("an entry is not whole")
	}
	for between := o.entry + 1; between < entry; between++ {
		if o.isWanted(between) && o.accept.For(between).Offset != o.offer.Entries[between].Size {
			return badMessage("an entry is missing")
		}
	}
	return nil
}

func (o *bodyOrder) isWanted(entry int) bool {
	return o.offer.Entries[entry].Type == File && o.accept.For(entry).Do != Skip
}
