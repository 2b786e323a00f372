package web

import (
	"context"
	"errors"
	"slices"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/store"
)

// An Enquiry is a conversation with a partner, with what the officer can do about it.
type Enquiry struct {
	enquiry.View
	Entry     string   // of the record that this node has asked from
	Closed    []string // the answers that there are now, of a kind that has closed ones
	CanAnswer bool
	More      []string // fields that may be wanted too
	Held      bool     // it may still be withdrawn
}

// Enquiry opens a conversation. It counts as a person opened; the desk writes the event of the view before.
func (a Acting) Enquiry(ctx context.Context, cid string) (c Enquiry, err error) {
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return c, err
	}
	if c.View, err = a.s.Enquiries.Show(ctx, cid, a.officer()); err != nil {
		return c, err
	}
	open := c.Ended.IsZero() || c.Ending == "accepted"
	c.CanAnswer = !c.Ours && open && c.State != "asked"
	c.Held = c.Ours && (open || c.Ending == "told")
	if len(c.Values) > 0 && c.CanAnswer {
		c.Closed = c.Values
	}
	if !c.Ours {
		return c, nil
	}
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		c.Entry, err = enquiry.SubjectOf(tx, cid)
		return err
	}); err != nil {
		return c, err
	}
	if c.Type == "enquiry" && c.Ending != "withdrawn" && c.Ending != "over" {
		all, err := a.s.Enquiries.Purposes(ctx, c.Peer)
		if err != nil && !errors.Is(err, enquiry.ErrQuestion) {
			return c, err
		}
		for _, p := range all {
			if p.Article == c.Article && p.Code == c.Purpose {
				for _, f := range p.Fields {
					if !slices.Contains(c.Wants, f) {
						c.More = append(c.More, f)
					}
				}
			}
		}
	}
	return c, nil
}

// answerable is whom an answer is about and what of them would leave: of nobody but whom the officer was shown. The error wraps
// errForm where it is no answer to the conversation.
func (c Enquiry) answerable(what enquiry.Decision) (who string, leaves []enquiry.Field, err error) {
	switch {
	case !c.CanAnswer && !c.Ended.IsZero():
		return "", nil, enquiry.ErrAnswered
	case len(what.Release) == 0 && !what.Nothing && what.Value == "", what.Value != "" && !slices.Contains(c.Closed, what.Value):
		return "", nil, errForm
	}
	i := slices.IndexFunc(c.Candidates, func(x enquiry.Candidate) bool { return x.Record == what.Record })
	if what.Record != "" && i < 0 {
		return "", nil, errForm
	}
	if i >= 0 {
		who = c.Candidates[i].Values["full_name"]
		for _, f := range c.Candidates[i].Fields {
			if f.Withheld == "" && slices.Contains(what.Release, f.Name) {
				leaves = append(leaves, f)
			}
		}
	}
	if len(leaves) != len(what.Release) {
		return who, nil, errForm
	}
	return who, leaves, nil
}

// Answer ends a conversation, or says that what the officer says is no answer to it ([ErrForm]).
func (a Acting) Answer(ctx context.Context, cid string, what enquiry.Decision) (o enquiry.Outcome, err error) {
	c, err := a.Enquiry(ctx, cid)
	if err != nil {
		return o, err
	}
	if _, _, err := c.answerable(what); err != nil {
		return o, err
	}
	return a.s.Enquiries.Answer(ctx, cid, what, a.officer())
}

// subject is the record that a question is asked from, or nil where it is from none. It counts as a person opened.
func (a Acting) subject(ctx context.Context, entry string) (r *registry.Record, err error) {
	if entry == "" {
		return nil, nil
	}
	if !store.IsID(entry) {
		return nil, errNoPage
	}
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return nil, err
	}
	err = a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		r, err = registry.Latest(tx, entry)
		return err
	})
	if err == nil && r == nil {
		err = errNoPage
	}
	return r, err
}

// Ask sends a question, if its record is there.
func (a Acting) Ask(ctx context.Context, q enquiry.Question) (enquiry.Asked, error) {
	if _, err := a.subject(ctx, q.Subject); err != nil {
		return enquiry.Asked{}, err
	}
	return a.s.Enquiries.Ask(ctx, q, a.officer())
}
