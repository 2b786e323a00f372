package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"mitra/node/keyring"
	"mitra/store"
	"mitra/treaty/courier"
)

// A Check is what was looked at of a node, what was found, and how to mend it.
type Check struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
	Mend string `json:"mend,omitempty"`
	Err  error  `json:"-"` // what is wrong; nil if nothing is
}

const (
	// leastDisk is the room below which a disk is as good as full.
	leastDisk = 1 << 30
	// mostSkew is the difference of clocks that is told.
	mostSkew = 2 * time.Minute
	// renewal is how long before its end a certificate is told of.
	renewal = 21 * 24 * time.Hour
)

// Examine looks at everything that can be wrong with a node. What one part finds keeps it from no other
// part that does not need it. It changes nothing but what opening a node does.
func Examine(ctx context.Context, h Home, dsn string, passphrase *keyring.Passphrase, log *slog.Logger) (found []Check) {
	add := addTo(&found)
	config, err := h.readConfig()
	if !add("settings", err, "mitra.toml is in order", "docs/operations.md describes mitra.toml; mitra init makes a node") {
		return found
	}
	h.examinePlace(config, add)
	n, err := Open(ctx, h, dsn, passphrase)
	if !add("database", err, "it opens, and the keys fit", "mitra log verify says more; a backup brings back what is lost: mitra restore") {
		return found
	}
	defer n.Close()
	add("journal", n.sound(ctx), "every book verifies", journalMend)
	c, err := n.Courier(ctx, log)
	if !add("exchange", err, "keys and card are there", "mitra keys exchange makes them for a node of an earlier version") {
		return found
	}
	n.examine(ctx, c, add)
	return found
}

// Examine is [Examine] of a node that is served: without a look at what has to be in order for that.
func (s *Service) Examine(ctx context.Context) (found []Check) {
	add, n := addTo(&found), s.Node
	n.Home.examinePlace(n.Config, add)
	add("journal", n.sound(ctx), "every book verifies", journalMend)
	n.examine(ctx, s.Courier, add)
	return found
}

// addTo adds checks to those found, and reports whether all is well with one.
func addTo(found *[]Check) func(what string, err error, says, mend string) bool {
	return func(what string, err error, says, mend string) bool {
		c := Check{What: what, OK: err == nil, Says: says}
		if err != nil {
			c.Says, c.Mend, c.Err = err.Error(), mend, err
		}
		*found = append(*found, c)
		return err == nil
	}
}

// examinePlace looks at where the node lies.
func (h Home) examinePlace(config Config, add func(what string, err error, says, mend string) bool) {
	add("files", h.privateFiles(config), "nobody else can read the node's files", "chmod -R go= "+string(h))
	room, err := free(string(h))
	if err == nil && room < leastDisk {
		err = fmt.Errorf("%d MiB are free where the node's folder is", room>>20)
	}
	add("disk", err, fmt.Sprintf("%d GiB are free", room>>30), "make room: a node that cannot write takes no letters")
}

const journalMend = "mitra log verify says what is wrong; keep everything as it is, and call the auditor"

// examine looks at what a node does.
func (n *Node) examine(ctx context.Context, c *courier.Courier, add func(what string, err error, says, mend string) bool) {
	n.examineDesk(add)
	n.examineNotices(ctx, time.Now(), add)
	n.examineBackups(add)
	add("card", n.cardHolds(ctx), "it says what mitra.toml says", "mitra keys card makes the next one")
	if r, running := n.Home.Running(); running {
		add("service", nil, fmt.Sprintf("process %d serves this node", r.PID), "")
	} else {
		add("service", errors.New("the node is not being served: no letter comes or goes"), "", "mitra serve")
	}
	var peers []courier.Peer
	if err := n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		peers, err = courier.Peers(tx)
		return err
	}); err != nil {
		add("peers", err, "", "mitra log verify")
		return
	}
	if len(peers) == 0 {
		add("peers", nil, "there are none yet: mitra peer add", "")
	}
	stand := map[string]courier.PeerStatus{}
	all, err := n.ExchangeStatus(ctx)
	if err != nil {
		add("letters", err, "", "mitra log verify")
	}
	for _, s := range all {
		stand[s.Node] = s
	}
	for _, p := range peers {
		n.examinePeer(ctx, c, p, add)
		if s, ok := stand[p.Node]; ok && p.State == courier.Active {
			examineLetters(s, add)
		}
	}
}

func (n *Node) examineDesk(add func(what string, err error, says, mend string) bool) {
	c, err := n.deskTLS()
	says := "officers of this machine reach it"
	if c != nil {
		until := c.Certificates[0].Leaf.NotAfter
		says = "officers of other offices reach it; its certificate holds until " + until.Format(time.DateOnly)
		if time.Until(until) < renewal {
			err = fmt.Errorf("its certificate ends on %s", until.Format(time.DateOnly))
		}
	}
	add("desk", err, says, "put a new certificate and its key where mitra.toml says, the key with mode 0600, and start again")
	if n.Config.OIDC != nil {
		_, err := n.provider()
		add("sign-in", err, "the secret of the provider of sign-ins is there", "put it into a file of mode 0600, and name it in mitra.toml")
	}
}

func (n *Node) examinePeer(ctx context.Context, c *courier.Courier, p courier.Peer, add func(what string, err error, says, mend string) bool) {
	what := "peer " + p.Country
	if p.State != courier.Active {
		add(what, nil, "suspended by the operator", "")
		return
	}
	set, err := n.Agreements(ctx, p.Node)
	if err == nil {
		if _, ok := set.InForce(time.Now()); !ok {
			err = errors.New("no agreement is in force: nothing but test letters goes")
		}
	}
	add(what, err, "an agreement is in force", "mitra agreement draft --peer "+p.Country+", sign and adopt; the peer does the same")
	if p.Cards.Last().Endpoint == "" {
		add(what, nil, "it fetches its letters; whether it does, mitra courier status tells", "")
		return
	}
	skew, err := c.Call(ctx, p)
	mend := "ask its operator whether it runs, and whether it has taken in this node's card; look at the network between"
	if err != nil {
		if courier.IsSuspended(err) {
			mend = "ask its operator why: mitra peer resume on that side takes the exchange up again"
		}
		err = fmt.Errorf("%w (%s)", err, p.Cards.Last().Endpoint)
	}
	if add(what, err, "it answers, and knows this node", mend) {
		if skew.Abs() >= mostSkew {
			err = fmt.Errorf("the clocks differ by %s", skew.Round(time.Second))
		}
		add("clock", err, fmt.Sprintf("that of %s differs by %s", p.Country, skew.Round(time.Second)), "set both clocks by a time service")
	}
}

// examineLetters tells what is wrong with the letters to and from a peer.
func examineLetters(s courier.PeerStatus, add func(what string, err error, says, mend string) bool) {
	var wrong []error
	mend := "the log of mitra serve says why; ask the peer's operator what mitra doctor finds there"
	if s.ReceiptsMissing > 0 {
		wrong = append(wrong, fmt.Errorf("%d letters have waited longer than a minute to be taken, or longer than they may to be judged", s.ReceiptsMissing))
	}
	if s.PromisesBroken > 0 {
		wrong = append(wrong, fmt.Errorf("%d receipts are not borne out by the peer's book", s.PromisesBroken))
		mend = "keep everything as it is: the two operators have to meet"
	}
	if s.Fault != "" {
		wrong = append(wrong, errors.New(s.Fault))
		mend = "keep everything as it is: the two operators have to meet"
	}
	says := fmt.Sprintf("%d sent, %d received, none missing", s.Sent, s.Received)
	if s.Outbox > 0 {
		says += fmt.Sprintf("; %d wait", s.Outbox)
	}
	if s.Dead > 0 {
		says += fmt.Sprintf("; %d were never delivered", s.Dead)
	}
	add("letters "+s.Country, errors.Join(wrong...), says, mend)
}

// privateFiles makes sure that nobody but the owner can read what the node keeps. The desk's certificate is
// public.
func (h Home) privateFiles(c Config) error {
	public := []string{h.verifier()}
	if c.DeskCertificate != "" {
		public = append(public, h.inside(c.DeskCertificate))
	}
	var loose []error
	err := filepath.WalkDir(string(h), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || slices.Contains(public, path) || info.Mode()&fs.ModeSymlink != 0 {
			return err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 && (!d.IsDir() || path == string(h) || path == h.keys()) {
			rel, _ := filepath.Rel(string(h), path)
			loose = append(loose, fmt.Errorf("%s has mode %04o", rel, mode))
		}
		return nil
	})
	return errors.Join(append(loose, err)...)
}
