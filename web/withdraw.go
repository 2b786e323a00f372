package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/store"
)

// withdrawPages are a list that was loaded, and withdrawing it.
func (s *Server) withdrawPages() []page {
	return []page{
		{method: "GET", path: "/registers/list/{batch}", right: account.SeeRegisters, do: (*visit).list},
		{method: "POST", path: "/registers/list/{batch}/withdraw", right: account.Withdraw, do: (*visit).askToWithdraw},
		{method: "POST", path: "/registers/list/{batch}/agree", right: account.Withdraw, do: (*visit).withdrawList},
		{method: "POST", path: "/registers/list/{batch}/keep", right: account.Withdraw, do: (*visit).keepList},
	}
}

// listPage is a list that was loaded.
type listPage struct {
	listLoaded
	Said  []registry.Withdrawal // closed, the oldest first
	Open  *registry.Withdrawal
	Mine  bool
	Later bool // one of its source has to go first
	// Restricted is how many people are restricted who came with it, and Some are those that are named; for those who may see
	// protection.
	Restricted int
	Some       []restrictedSeen
	Reason     string // as typed
	Wrong      string // key of what is wrong
}

// restrictedSeen is a person who is restricted.
type restrictedSeen struct {
	Place int // from 1
	Entry string
}

// mostRestricted is how many of them are named.
const mostRestricted = 50

func (v *visit) list() error { return v.showList(http.StatusOK, "", "") }

func (v *visit) showList(code int, reason, wrong string) error {
	id := v.r.PathValue("batch")
	body := listPage{Reason: reason, Wrong: wrong}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body.Said, body.Open, body.Later, body.Some, body.Batch = nil, nil, false, nil, nil
		all, err := registry.Loaded(tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(b *registry.Batch) bool { return b.ID == id })
		if i < 0 {
			return errNoPage
		}
		body.listLoaded = v.listLoaded(all[i])
		for _, b := range all[i+1:] {
			body.Later = body.Later || b.Withdrawn == "" && b.Noun == all[i].Noun && b.Source == all[i].Source
		}
		said, err := registry.Withdrawals(tx)
		if err != nil {
			return err
		}
		for _, w := range said {
			switch {
			case w.Batch != id:
			case w.Ended.IsZero():
				body.Open, body.Mine = &w, w.Officer == v.who.ID
			default:
				body.Said = append(body.Said, w)
			}
		}
		if body.Open != nil && v.protection() && v.who.May(account.Withdraw) {
			held, err := registry.RestrictedIn(tx, id)
			if err != nil {
				return err
			}
			body.Restricted = len(held)
			for i, e := range held[:min(len(held), mostRestricted)] {
				body.Some = append(body.Some, restrictedSeen{i + 1, e})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if len(body.Some) > 0 { // that they are restricted is seen of them
		var seen []string
		for _, r := range body.Some {
			seen = append(seen, r.Entry)
		}
		switch may, err := v.SeeRestricted(v.ctx(), seen); {
		case err != nil:
			return err
		case !may:
			return v.to("/purpose?next=" + url.QueryEscape("/registers/list/"+id))
		}
	}
	return v.showAs(code, "register_list", "withdraw.list", body)
}

// listLoaded is a list as pages show it.
func (v *visit) listLoaded(b *registry.Batch) listLoaded {
	c := b.Counts
	return listLoaded{b, int(c.Rows), int(c.New), int(c.Changed), int(c.Unchanged), int(c.Ended), int(c.Rejected),
		c.Rejected > 0 && v.who.May(account.LoadRegisters) && v.s.rejected(b.ID) != ""}
}

// withdrawing are what can be wrong with a step of withdrawing a list.
var withdrawing = []struct {
	err error
	key string
}{
	{registry.ErrReason, "withdraw.reason_wrong"}, {registry.ErrLater, "withdraw.later"}, {registry.ErrLoading, "withdraw.loading"},
	{registry.ErrAsked, "withdraw.asked"}, {registry.ErrAlone, "withdraw.alone"}, {ErrRestrictedIn, "withdraw.restricted"}, {registry.ErrNoBatch, "withdraw.none"},
}

// withdrawStep does one step of withdrawing a list, and says what came of it.
func (v *visit) withdrawStep(told, reason string, do func(ctx context.Context, batch string) error) error {
	batch := v.r.PathValue("batch")
	err := do(v.ctx(), batch)
	for _, w := range withdrawing {
		if !errors.Is(err, w.err) {
			continue
		}
		code := http.StatusConflict
		if w.err == registry.ErrReason || w.err == ErrRestrictedIn {
			code = http.StatusUnprocessableEntity
		}
		return v.showList(code, reason, w.key)
	}
	if err != nil {
		return err
	}
	v.tell(told)
	return v.to("/registers/list/" + batch)
}

func (v *visit) askToWithdraw() error {
	reason := v.form("reason")
	return v.withdrawStep("withdraw.noted", reason, func(ctx context.Context, batch string) error { return v.AskToWithdraw(ctx, batch, reason) })
}

func (v *visit) withdrawList() error {
	if !v.protection() {
		return v.showList(http.StatusForbidden, "", "withdraw.protection")
	}
	return v.withdrawStep("withdraw.done", "", func(ctx context.Context, batch string) error {
		return v.WithdrawList(ctx, batch, v.form("restricted") == "yes")
	})
}

func (v *visit) keepList() error { return v.withdrawStep("withdraw.kept", "", v.KeepList) }

// staleness is how many lists have come and gone since a run, of those that it is made of.
func (v *visit) staleness(at time.Time) (loaded, withdrawn int, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		loaded, withdrawn, err = registry.ChangedSince(tx, at, registry.Residents, registry.Permits)
		return err
	})
	return loaded, withdrawn, err
}
