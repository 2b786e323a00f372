package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mitra/desk/office"
	"mitra/store"
)

// ahead is how far ahead it is looked whether somebody is on duty.
const ahead = 7 * 24 * time.Hour

// examineNotices looks at whether officers would be told that something waits. It names them by their ids only.
func (n *Node) examineNotices(ctx context.Context, now time.Time, add func(what string, err error, says, mend string) bool) {
	rota, err := n.Home.readRota()
	says := "there is no rota.toml: whoever watches the log of mitra serve is told that something waits, and nobody else"
	if rota != nil {
		says = "rota.toml is in order" + calledNow(rota, now)
	}
	if add("rota", err, says, "docs/operations.md describes rota.toml") && rota != nil {
		add("duty", onDuty(rota, now), "somebody is there for the next seven days, at every hour that matters", "name others in rota.toml who are there then, or deputies")
	}
	mailer, err := n.mailer()
	switch {
	case err == nil && mailer == nil && rota.Mails():
		err = errors.New("rota.toml has addresses for mail, and mitra.toml no notice_smtp")
	case err == nil && mailer != nil:
		if err = mailer.Reach(ctx); err != nil {
			err = fmt.Errorf("the mail server cannot be used: %w", err)
		}
	}
	if mailer != nil || err != nil {
		add("mail", err, "the mail server takes messages of this node", "look at notice_smtp and notice_login in mitra.toml, and at the network between")
	}
	if n.Config.NoticeKey != "" {
		_, err := n.secret("notice_key", n.Config.NoticeKey)
		add("webhooks", err, "they are signed", "put the key into a file of mode 0600, and name it in mitra.toml")
	}
	var waiting, lost int64
	err = n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		waiting, lost, err = office.Stuck(tx, now)
		return err
	})
	if err == nil && waiting > 0 {
		err = fmt.Errorf("notices to officers that have waited for more than an hour: %d", waiting)
	}
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("notices to officers that were given up in the last days, so that nobody was told: %d", lost))
	}
	add("notices", err, "none is stuck", "look at what waits: mitra enquiry inbox; the log of mitra serve says why they were not sent")
}

// onDuty is an error of the times in which nobody would be told.
func onDuty(rota *office.Rota, now time.Time) error {
	var all []error
	for _, g := range rota.Gaps(now, ahead) {
		all = append(all, fmt.Errorf("%s: nobody would be told of %s from %s to %s", g.Office, spoken[g.Kind], g.From.Format("2006-01-02 15:04"), g.Until.Format("2006-01-02 15:04")))
	}
	return errors.Join(all...)
}

var spoken = map[string]string{
	office.Half: "what waits", office.Over: "a clock that is over", office.Protected: "a question about somebody under protection",
}

// calledNow says who would be told now.
func calledNow(rota *office.Rota, now time.Time) string {
	var b strings.Builder
	for i := range rota.Offices {
		o := &rota.Offices[i]
		who := func(kind string) string { return cmp.Or(strings.Join(rota.Called(o, kind, now), ", "), "nobody") }
		fmt.Fprintf(&b, "; %s: now %s, at the end of a clock %s", o.ID, who(office.Half), who(office.Over))
	}
	return b.String()
}
