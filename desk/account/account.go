package account

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"

	"mitra/desk/office"
	"mitra/store"
	"mitra/treaty/journal"
)

// An Account is an officer who may sign in. Its id is that by which the rota and the journal know the officer.
type Account struct {
	ID, Name, Office string
	Roles            []Role
	Protection       bool   // may see protection, where a role lets people be seen
	Lang             string // as in web/locale; empty: as the browser says
	// MustChange: the password was given by another, and serves to choose one's own.
	MustChange bool
	Disabled   bool
	// Since is the time before which no session holds any more.
	Since time.Time
	Made  time.Time

	hash   string
	scope  []Right // that a token lets it have, where scoped
	scoped bool
}

// By is who changes an account.
type By struct{ Actor, Office string }

// Errors of this package.
var (
	// ErrUnknown: no such account.
	ErrUnknown = errors.New("no such account")
	// ErrTaken: there is one of this id.
	ErrTaken = errors.New("there is an account of this name already")
	// ErrAccount: it cannot be made or changed so; the error says what is wrong.
	ErrAccount = errors.New("this cannot be an account")
	// ErrOffice: the account's office is none that is open.
	ErrOffice = errors.New("no such office is open: an administrator opens it first (mitra office add, or the page of offices)")
	// ErrGuest: whose office is a guest office is a guest and nothing else, and nobody else is.
	ErrGuest = errors.New("an officer of a guest office has the role guest alone, without protection, and no other officer has it")
	// ErrPassword: nobody may have this password; the error says why.
	ErrPassword = errors.New("this cannot be a password")
	// ErrOwn: nobody changes what they may do themselves.
	ErrOwn = errors.New("nobody changes their own roles, protection or sign-in: another administrator has to")
	// ErrLast: nobody could change accounts any more.
	ErrLast = errors.New("this is the last account that can change accounts")
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,39}$`)

// cost is what OWASP recommends at least for Argon2id.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// check says what is wrong with an account.
func (a Account) check() error {
	bad := func(says string) error { return fmt.Errorf("%w: %s", ErrAccount, says) }
	line := func(s string, most int) bool {
		return strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, disguises)
	}
	switch {
	case !idForm.MatchString(a.ID):
		return bad("the name to sign in with has 2 to 40 small letters, digits, dots and dashes")
	case !line(a.Name, 100):
		return bad("the officer's name is missing, or has more than 100 characters")
	case !line(a.Office, 100):
		return bad("the office is missing, or has more than 100 characters")
	case len(a.Roles) == 0:
		return bad("want at least one role")
	}
	for _, r := range a.Roles {
		if !slices.Contains(Roles(), r) {
			return bad("a role does not exist")
		}
	}
	return nil
}

// placed makes sure that an account that may sign in has an open office, and fits it.
func (a Account) placed(tx *store.Tx) error {
	guest := slices.Contains(a.Roles, Guest)
	if guest && (len(a.Roles) > 1 || a.Protection) {
		return fmt.Errorf("%w: %w", ErrAccount, ErrGuest)
	}
	if a.Disabled {
		return nil
	}
	u, err := office.FindOpen(tx, a.Office)
	switch {
	case errors.Is(err, office.ErrUnknown):
		return fmt.Errorf("%w: %w", ErrAccount, ErrOffice)
	case err != nil:
		return err
	case guest != (u.Kind == office.Guest):
		return fmt.Errorf("%w: %w", ErrAccount, ErrGuest)
	}
	return nil
}

// Works is why an office is still needed, for [office.Close]: an officer works there.
func Works(tx *store.Tx, name string) error {
	var n int
	if err := tx.QueryRow(countOfficers, name).Scan(&n); err != nil || n == 0 {
		return err
	}
	return fmt.Errorf("%w: %d officers work in it; move them to another office or disable their accounts first", office.ErrUsed, n)
}

// disguises reports whether a character can have a line look like another one.
func disguises(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// Least is how many characters a password has at least.
const Least = 12

// checkPassword says why nobody may have a password. It does not repeat it.
func checkPassword(password, id string) error {
	distinct := map[rune]bool{}
	for _, r := range strings.ToLower(password) {
		distinct[r] = true
	}
	switch {
	case utf8.RuneCountInString(password) < Least:
		return fmt.Errorf("%w: want %d characters at least; a sentence is good", ErrPassword, Least)
	case len(password) > 1000:
		return fmt.Errorf("%w: want 1000 bytes at most", ErrPassword)
	case len(distinct) < 6:
		return fmt.Errorf("%w: too few different characters", ErrPassword)
	case strings.Contains(strings.ToLower(password), id):
		return fmt.Errorf("%w: it has the name to sign in with in it", ErrPassword)
	case guessable(password):
		return fmt.Errorf("%w: it is made of what is tried first, such as frequent passwords, rows of keys and repetitions", ErrPassword)
	}
	return nil
}

// hard is how many guesses a password takes at least, by the estimate of Wheeler (zxcvbn, USENIX Security 2016).
const hard = 1e8

// guessable reports whether a password is found soon by who tries frequent ones first, and words, names, dates and rows of keys in
// the ways in which people put them together. Of a long one the beginning is enough, or too little.
func guessable(password string) bool {
	if r := []rune(password); len(r) > 48 {
		password = string(r[:48])
	}
	return zxcvbn.PasswordStrength(password, []string{"mitra"}).Guesses < hard
}

// Hash is the Argon2id hash of a password that id may have. It takes some tens of milliseconds, and no transaction should wait
// for it. The error wraps [ErrPassword].
func Hash(password, id string) (string, error) {
	if err := checkPassword(password, id); err != nil {
		return "", err
	}
	return argon2id.CreateHash(password, cost)
}

// Make makes an account with the hash of a password that its officer has to change. The error wraps [ErrAccount] or [ErrTaken].
func Make(tx *store.Tx, a Account, hash string, by By) error {
	if err := a.check(); err != nil {
		return err
	}
	if a.ID == "node" || a.ID == "nobody" { // events have these where no officer acts
		return fmt.Errorf("%w: the name to sign in with is one of the node's own", ErrAccount)
	}
	if err := a.placed(tx); err != nil {
		return err
	}
	roles, _ := json.Marshal(a.Roles) // of texts it cannot fail
	n, err := tx.Exec(insertAccount, a.ID, a.Name, a.Office, string(roles), flag(a.Protection), a.Lang, hash, tx.Now(), journal.NewSeal())
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrTaken
	}
	return event(tx, "account-made", a.ID, by, map[string]any{"roles": a.Roles, "protection": a.Protection})
}

// Change changes name, office, roles, the right to see protection and whether the account may sign in. Sessions
// of one that may less than before end. The error wraps [ErrUnknown], [ErrAccount], [ErrOwn] or [ErrLast].
func Change(tx *store.Tx, a Account, by By) error {
	old, err := Find(tx, a.ID)
	if err != nil {
		return err
	}
	if err := a.check(); err != nil {
		return err
	}
	if err := a.placed(tx); err != nil {
		return err
	}
	if by.Actor == a.ID && (!sameRoles(old.Roles, a.Roles) || old.Protection != a.Protection || old.Disabled != a.Disabled) {
		return ErrOwn
	}
	if old.May(ChangeAccount) && !a.May(ChangeAccount) {
		all, err := All(tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(x Account) bool { return x.ID != a.ID && x.May(ChangeAccount) }) {
			return ErrLast
		}
	}
	since := old.Since
	for _, r := range AllRights() {
		if old.May(r) && !a.May(r) {
			since = tx.Now()
		}
	}
	if a.Disabled && !old.Disabled {
		if err := revokeAll(tx, a.ID, by); err != nil {
			return err
		}
	}
	if err := old.expire(tx); err != nil {
		return err
	}
	roles, _ := json.Marshal(a.Roles)
	if _, err := tx.Exec(updateAccount, a.Name, a.Office, string(roles), flag(a.Protection), flag(a.Disabled), since, a.ID); err != nil {
		return err
	}
	return event(tx, "account-changed", a.ID, by, map[string]any{"roles": a.Roles, "protection": a.Protection, "disabled": a.Disabled})
}

// sameRoles reports whether two lists have the same roles, in any order.
func sameRoles(a, b []Role) bool {
	in := func(of []Role) func(Role) bool { return func(r Role) bool { return !slices.Contains(of, r) } }
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// Once makes a password for one sign-in: 128 bits and more, in groups that can be read out.
func Once() string {
	return grouped(strings.ToLower(rand.Text()))
}

// grouped is a text in groups of five, and what is left.
func grouped(text string) string {
	var groups []string
	for len(text) > 7 {
		groups, text = append(groups, text[:5]), text[5:]
	}
	return strings.Join(append(groups, text), "-")
}

// onceHolds is how long a password that another has given can be used.
const onceHolds = 72 * time.Hour

// Late reports whether the password was given by another too long ago, or has been used.
func (a Account) Late(now time.Time) bool {
	return a.MustChange && (a.hash == spent || now.Sub(a.Since) > onceHolds)
}

// spent stands for the hash of a password that was used: no password has it.
const spent = "spent"

// expire has a password that another has given too long ago be none, before the time changes by which that is known.
func (a Account) expire(tx *store.Tx) error {
	if !a.Late(tx.Now()) {
		return nil
	}
	_, err := tx.Exec(spendPassword, spent, a.ID)
	return err
}

// Spend uses a password that another has given up: it serves no other sign-in. The session goes on, to choose another.
func Spend(tx *store.Tx, id string, by By) error {
	n, err := tx.Exec(spendPassword, spent, id)
	if err != nil || n == 0 {
		return err
	}
	return event(tx, "account-password-used", id, by, nil)
}

// SetPassword gives an account the hash of another password, and ends its sessions and tokens; one that another gives has to be
// changed, and takes the passkeys away: the device may be lost.
func SetPassword(tx *store.Tx, id, hash string, by By) error {
	n, err := tx.Exec(updatePassword, hash, flag(by.Actor != id), tx.Now(), id)
	if err != nil || n == 0 {
		return errors.Join(err, unknown(n))
	}
	if err := revokeAll(tx, id, by); err != nil {
		return err
	}
	if by.Actor != id {
		if err := removePasskeys(tx, id, by); err != nil {
			return err
		}
	}
	return event(tx, "account-password", id, by, nil)
}

// SetLang sets the language of an account's pages.
func SetLang(tx *store.Tx, id, lang string, by By) error {
	n, err := tx.Exec(updateLang, lang, id)
	if err != nil || n == 0 {
		return errors.Join(err, unknown(n))
	}
	return event(tx, "account-language", id, by, nil)
}

// SignOut ends all sessions and tokens of an account.
func SignOut(tx *store.Tx, id string, by By) error {
	a, err := Find(tx, id)
	if err != nil {
		return err
	}
	if err := a.expire(tx); err != nil {
		return err
	}
	n, err := tx.Exec(updateSince, tx.Now(), id)
	if err != nil || n == 0 {
		return errors.Join(err, unknown(n))
	}
	if err := revokeAll(tx, id, by); err != nil {
		return err
	}
	return event(tx, "account-signed-out", id, by, nil)
}

func unknown(n int64) error {
	if n == 0 {
		return ErrUnknown
	}
	return nil
}

// How somebody has signed in, or wanted to.
type How string

// The ways to sign in.
const (
	ByPassword        How = "password"
	ByPasskey         How = "passkey"
	ByPasswordPasskey How = "password, passkey"
	ByProvider        How = "provider"
	ByProviderPasskey How = "provider, passkey"
	ByCard            How = "card" // of a demonstration
)

// Signed is the event of a sign-in, or of one that was refused. Of what was typed nothing is kept: a name that no account has may
// be a password.
func Signed(tx *store.Tx, a Account, how How, well bool) error {
	kind := "signed-in"
	if !well {
		kind = "sign-in-refused"
	}
	return signEvent(tx, kind, a, how)
}

// Half is the event of a sign-in that lacks the passkey. Where none follows, somebody else may know the password.
func Half(tx *store.Tx, a Account, how How) error { return signEvent(tx, "sign-in-half", a, how) }

func signEvent(tx *store.Tx, kind string, a Account, how How) error {
	data, _ := json.Marshal(map[string]How{"by": how}) // of texts it cannot fail
	_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: a.ID, Office: a.Office, Data: data})
	return err
}

// Left is the event of signing out.
func Left(tx *store.Tx, a Account) error {
	_, err := journal.Append(tx, journal.Event{Kind: "signed-out", Actor: a.ID, Office: a.Office})
	return err
}

// Still makes sure that an account may be entered as it could be when it was read: its password was not changed since, its sessions not
// ended, and it was not disabled. The error wraps [ErrUnknown].
func Still(tx *store.Tx, a Account) error {
	now, err := Find(tx, a.ID)
	if err == nil && (now.Disabled || now.hash != a.hash || !now.Since.Equal(a.Since)) {
		err = ErrUnknown
	}
	return err
}

// Is reports whether a password is the account's. For the zero Account it takes the same time, and is false.
func (a Account) Is(password string) bool {
	hash := a.hash
	if hash == "" || hash == spent {
		hash = nobody()
	}
	if len(password) > 1000 {
		password = ""
	}
	is, err := argon2id.ComparePasswordAndHash(password, hash)
	return is && err == nil && a.hash != "" && a.hash != spent && !a.Disabled
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func event(tx *store.Tx, kind, id string, by By, data map[string]any) error {
	rows, err := Bound.Rows(tx, id)
	if err != nil {
		return err
	}
	if data == nil {
		data = map[string]any{}
	}
	data["rows"] = rows
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Actor, Office: by.Office, Subjects: []string{"account:" + id}, Data: text})
	return err
}
