package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"mitra/demo"
	"mitra/desk/account"
	"mitra/desk/enquiry"
	offices "mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/identity/linkage"
	"mitra/node"
	"mitra/node/backup"
	"mitra/node/keyring"
	"mitra/rules"
	"mitra/store"
	"mitra/table"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
)

// failure is an error as it is told to people and scripts.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  string `json:"column,omitempty"`

	status int
	cause  error
}

func (f *failure) Error() string { return f.Message }
func (f *failure) Unwrap() error { return f.cause }

// unusable is input or a command that cannot be worked with: exit status 2.
func unusable(code, hint, format string, args ...any) *failure {
	err := fmt.Errorf(format, args...)
	return &failure{Code: code, Message: err.Error(), Hint: hint, status: 2, cause: err}
}

// describe is the one place where an error gets its code, hint and exit status.
func describe(err error) *failure {
	var (
		known   *failure
		bad     *table.Error
		path    *fs.PathError
		connect *pgconn.ConnectError
	)
	f := &failure{Code: "failed", Message: err.Error(), status: 1}
	rest, again := "nothing of it was kept", " and run the command again"
	something := (*kept)(nil)
	if errors.As(err, &something) {
		rest, again = something.what, ""
	}
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled): // whatever else it is called by what was stopped
		f.Code, f.Message = "interrupted", "interrupted; nothing of the command was kept"
		if something != nil {
			f.Message = "interrupted; " + rest
		}
	case errors.Is(err, errAnswer):
		f.Code, f.Hint = "output", "nothing of the command is lost; look where its output went"
	case errors.As(err, &bad):
		return &failure{Code: bad.Code, Message: bad.Message, Hint: bad.Hint, File: bad.File, Line: bad.Line, Column: bad.Column, status: 2}
	case errors.Is(err, enquiry.ErrQuestion):
		f.Code, f.Hint, f.status = "bad_question", "mitra agreement show says what each purpose allows", 2
	case errors.Is(err, enquiry.ErrAnswer):
		f.Code, f.Hint, f.status = "bad_answer", "mitra enquiry show says who it may be about, and what can be released", 2
	case errors.Is(err, account.ErrUnknown):
		f.Code, f.Hint = "no_officer", "mitra officer list names them"
	case errors.Is(err, account.ErrTaken):
		f.Code = "officer_taken"
	case errors.Is(err, account.ErrOffice):
		f.Code, f.Hint, f.status = "no_office", "mitra office list names them; mitra office add NAME --kind … opens one", 2
	case errors.Is(err, account.ErrAccount):
		f.Code, f.status = "bad_officer", 2
	case errors.Is(err, offices.ErrUnknown):
		f.Code, f.Hint, f.status = "no_office", "mitra office list names them", 2
	case errors.Is(err, offices.ErrUnit):
		f.Code, f.status = "bad_office", 2
	case errors.Is(err, offices.ErrTaken):
		f.Code, f.Hint = "office_taken", "mitra office list names it; a closed one is opened again with the same kind and agency"
	case errors.Is(err, offices.ErrUsed):
		f.Code = "office_used"
	case errors.Is(err, account.ErrOwn):
		f.Code, f.Hint = "own_officer", "another administrator does it"
	case errors.Is(err, account.ErrLast):
		f.Code, f.Hint = "last_administrator", "make another administrator first: mitra officer add NAME --role administrator"
	case errors.Is(err, enquiry.ErrRight):
		f.Code, f.Hint = "no_right", "rota.toml says who is a supervisor and who sees protection; --as says who acts"
	case errors.Is(err, enquiry.ErrUnknown):
		f.Code, f.Hint, f.status = "no_enquiry", "mitra enquiry inbox lists what waits, with --sent what was asked", 2
	case errors.Is(err, enquiry.ErrAnswered):
		f.Code, f.Hint = "answered", "nothing was sent; a correction is a letter of its own"
	case errors.Is(err, enquiry.ErrEarly):
		f.Code, f.Hint = "too_early", "try again in some seconds, while the node is served"
	case errors.Is(err, enquiry.ErrOver):
		f.Code, f.Hint = "over", "nothing was sent: the agreement no longer lets the letter be kept"
	case errors.Is(err, courier.ErrNoContact):
		f.Code, f.Hint = "no_contact", "nothing was sent; a supervisor who may see protection knows why"
	case errors.Is(err, node.ErrNoRecord):
		f.Code, f.Hint, f.status = "no_record", "mitra person search finds people and their ids", 2
	case errors.Is(err, registry.ErrRestricted):
		f.Code, f.Hint = "restricted", "nothing has to be done"
	case errors.Is(err, registry.ErrUnrestricted):
		f.Code, f.Hint = "not_restricted", "nothing has to be done"
	case errors.Is(err, registry.ErrNoBatch):
		f.Code, f.Hint, f.status = "no_batch", "mitra batch list prints the lists; the first officer names a reason with --reason", 2
	case errors.Is(err, registry.ErrLater):
		f.Code, f.Hint = "later_batch", "withdraw the later one first: mitra batch list"
	case errors.Is(err, registry.ErrLoading):
		f.Code, f.Hint = "loading", "try again when that import is done"
	case errors.Is(err, registry.ErrAsked):
		f.Code, f.Hint = "asked", "another officer agrees by the same command without --reason"
	case errors.Is(err, registry.ErrAlone):
		f.Code, f.Hint = "alone", "another officer agrees: mitra --as OFFICER"
	case errors.Is(err, registry.ErrReason):
		f.Code, f.Hint, f.status = "bad_reason", `such as --reason "the file of last year"`, 2
	case errors.Is(err, registry.ErrLapsed):
		f.Code, f.Hint = "lapsed", "have another officer say so first; then this one can agree"
	case errors.Is(err, search.ErrQuery):
		f.Code, f.Hint, f.status = "bad_query", `such as mitra person search "Sri Wahyuni 1994 B1234567"`, 2
	case errors.Is(err, linkage.ErrSpec):
		f.Code, f.Hint, f.status = "bad_spec", "docs/linkage.md describes the spec", 2
	case errors.Is(err, linkage.ErrNoColumns):
		f.Code, f.Hint, f.status = "no_columns", "name the columns of both files alike, or map them in a spec (--spec)", 2
	case errors.Is(err, node.ErrNoHome):
		f.Code, f.Hint, f.status = "no_node", "make one with mitra init, or name its folder with --home or $MITRA_HOME", 2
	case errors.Is(err, node.ErrHomeExists):
		f.Code, f.Hint = "home_exists", "name another folder with --home; an existing node is never overwritten"
	case errors.Is(err, node.ErrIncomplete):
		f.Code, f.Hint = "incomplete_home", "put back what is missing from a backup; the program never makes it anew, because a lost journal must not look like a new one"
	case errors.Is(err, node.ErrConfig):
		f.Code, f.Hint, f.status = "bad_config", "docs/operations.md describes mitra.toml and rota.toml", 2
	case errors.Is(err, keyring.ErrLoose):
		f.Code, f.Hint = "loose_permissions", "chmod 600 the file; if others may have read it, its secret has to be changed"
	case errors.Is(err, keyring.ErrWrongPassphrase):
		f.Code, f.Hint = "wrong_passphrase", "try again; if it is surely right, the beginning of the file is damaged. Nobody can open it without the passphrase"
	case errors.Is(err, keyring.ErrNoPassphrase):
		f.Code, f.Hint, f.status = "no_passphrase", "run it at a terminal, or name a file (mode 0600) that holds the passphrase with $MITRA_PASSPHRASE_FILE, for that of a backup with $MITRA_BACKUP_PASSPHRASE_FILE", 2
	case errors.Is(err, keyring.ErrBadPassphrase):
		f.Code, f.Hint, f.status = "bad_passphrase", "one line of at least 12 characters; five words that have nothing to do with each other are a good one", 2
	case errors.Is(err, keyring.ErrDamaged):
		f.Code, f.Hint = "incomplete_home", "put the file back from a backup"
	case errors.Is(err, backup.ErrNotBackup):
		f.Code, f.Hint, f.status = "not_a_backup", "name a file that mitra backup has written", 2
	case errors.Is(err, backup.ErrTruncated), errors.Is(err, backup.ErrDamaged):
		f.Code, f.Hint, f.status = "damaged_backup", "copy the file again from where it was written to and compare the sizes, or take another backup", 2
	case errors.Is(err, backup.ErrNewer):
		f.Code, f.Hint, f.status = "newer_backup", "run the newer program that made it", 2
	case errors.Is(err, backup.ErrIdentity):
		f.Code, f.Hint, f.status = "wrong_identity", "name the file with the identity (AGE-SECRET-KEY-1…) of one of the recipients with --identity", 2
	case errors.Is(err, backup.ErrPassphrase):
		f.Code, f.Hint, f.status = "wrong_identity", "leave --identity out: this backup has a passphrase", 2
	case errors.Is(err, node.ErrUnsound):
		f.Code, f.Hint = "unsound_backup", "take another backup; what can be read of this one, age --decrypt and tar show"
	case errors.Is(err, store.ErrNotEmpty):
		f.Code, f.Hint = "foreign_data", "give the restored node an empty database of its own"
	case errors.Is(err, node.ErrNoDSN):
		f.Code, f.Hint, f.status = "no_dsn", "set MITRA_DB to the PostgreSQL DSN, or name a file that holds it in mitra.toml", 2
	case errors.Is(err, node.ErrBadDSN):
		f.Code, f.Hint, f.status = "bad_dsn", "such as postgres://mitra@db.example/mitra or host=db.example dbname=mitra; in the first form a % is written %25", 2
	case errors.Is(err, node.ErrForeignData):
		f.Code, f.Hint = "foreign_data", "give the new node a database of its own"
	case errors.Is(err, status.ErrNoRun):
		f.Code, f.Hint = "no_run", "run mitra status run first"
	case errors.Is(err, status.ErrNoResident):
		f.Code, f.Hint, f.status = "not_found", "give the id of the residents' register, or the resident_id that mitra status export writes", 2
	case errors.Is(err, rules.ErrNoPack):
		f.Code, f.Hint, f.status = "no_rule_pack", "choose a later --as-of day", 2
	case errors.Is(err, demo.ErrNotADemo):
		f.Code, f.Hint, f.status = "not_a_demo", "name an empty or new folder with --dir", 2
	case errors.Is(err, demo.ErrParams):
		f.Code, f.Hint, f.status = "usage", "mitra demo --help says what can stand there", 2
	case errors.Is(err, errUnanswered):
		f.Code, f.Hint = "unanswered", "the letters stay in the outbox and go on; mitra courier status and mitra doctor say what is wrong"
	case errors.Is(err, errUnwell):
		f.Code, f.Hint = "unwell", "each line above that says WRONG says how to mend it"
	case errors.Is(err, node.ErrNoExchange):
		f.Code, f.Hint = "no_exchange", "mitra keys exchange makes them"
	case errors.Is(err, node.ErrExchange):
		f.Code, f.Hint = "exchange_exists", "mitra keys rotate makes new ones that the old ones introduce"
	case errors.Is(err, node.ErrRuns):
		f.Code, f.Hint = "runs", "end that process first, or use it: every command works beside it"
	case errors.Is(err, node.ErrCardOld):
		f.Code, f.Hint = "card_old", "mitra keys card makes the next card, which the peers get by themselves; or put mitra.toml back"
	case errors.Is(err, courier.ErrNoPeer):
		f.Code, f.Hint, f.status = "no_peer", "mitra peer list names them; mitra peer add CARD --fingerprint WORDS takes one in", 2
	case errors.Is(err, courier.ErrPeers):
		f.Code, f.Hint, f.status = "several_peers", "name one: mitra peer list has their node names", 2
	case errors.Is(err, courier.ErrFingerprint):
		f.Code, f.Hint, f.status = "fingerprint", "ask the other authority to read out the seven words again, by another way than the card came; if they still differ, the card is not theirs", 2
	case errors.Is(err, courier.ErrSelf):
		f.Code, f.Hint, f.status = "own_card", "take the other authority's card", 2
	case errors.Is(err, courier.ErrSuspended):
		f.Code, f.Hint = "suspended", "mitra peer resume PEER takes the exchange up again"
	case errors.Is(err, courier.ErrBundle):
		f.Code, f.Hint, f.status = "bad_bundle", "ask the peer for a new file: mitra courier export writes everything again that has not come", 2
	case errors.Is(err, courier.ErrNoConversation):
		f.Code, f.Hint, f.status = "no_conversation", "give the id of a conversation of which this node has a letter that was sent or accepted, under an agreement", 2
	case errors.Is(err, courier.ErrConversations):
		f.Code, f.Hint, f.status = "several_peers", "name one with --peer", 2
	case errors.Is(err, evidence.ErrMalformed):
		f.Code, f.Hint, f.status = "not_evidence", "name a file that mitra evidence export has written; if it is one, it was damaged on its way", 2
	case errors.Is(err, evidence.ErrNewer):
		f.Code, f.Hint, f.status = "newer_evidence", "check it with a newer program", 2
	case errors.Is(err, evidence.ErrPending):
		f.Code, f.Hint = "pending", "try again in a moment"
	case errors.Is(err, errFaults):
		f.Code, f.Hint = "faults", "each line above that says FAULT says what is wrong, and with which letter"
	case errors.Is(err, card.ErrKnown):
		f.Code, f.Hint = "known_card", "nothing has to be done"
	case errors.Is(err, card.ErrFork), errors.Is(err, card.ErrGap), errors.Is(err, card.ErrIntroduction), errors.Is(err, card.ErrOtherNode):
		f.Code, f.Hint = "card_chain", "mitra peer show says which cards are known; where the chain is broken, the two authorities meet again"
	case errors.Is(err, card.ErrKept):
		f.Code, f.Hint = "keys_kept", "a key is forgotten three months after every peer has begun to seal for a newer one: ask a peer that does not write for a letter (mitra courier ping)"
	case errors.Is(err, card.ErrUnknownKey):
		f.Code, f.Hint, f.status = "no_key", "mitra keys list has the ids of this node's keys", 2
	case errors.Is(err, card.ErrMalformed), errors.Is(err, card.ErrSignature):
		f.Code, f.Hint, f.status = "bad_card", "ask the other authority for the file again: mitra peer card --out FILE writes it", 2
	case errors.Is(err, agreement.ErrIncomplete):
		f.Code, f.Hint, f.status = "not_signed", "each party signs the same file with mitra agreement sign, and has the other's newest card", 2
	case errors.Is(err, agreement.ErrMalformed):
		f.Code, f.Hint, f.status = "bad_agreement", "docs/agreement.md describes the document", 2
	case errors.Is(err, agreement.ErrSet):
		f.Code, f.Hint, f.status = "agreement_overlap", "mitra agreement show says what is in force; a new version names the hash of the one it replaces, and begins on a later day", 2
	case errors.Is(err, errDamage):
		f.Code, f.Hint = "damaged", "keep the database and the head files as they are, and call the auditor"
	case errors.Is(err, journal.ErrRollback), errors.Is(err, journal.ErrFork), errors.Is(err, journal.ErrDamaged), errors.Is(err, journal.ErrHeadFile), errors.Is(err, journal.ErrNoEvent):
		f.Code, f.Hint = "journal", "mitra log verify says what is wrong; nothing is done until it is mended"
	case errors.Is(err, registry.ErrTakenOver):
		f.Code = "taken_over"
	case errors.Is(err, store.ErrWAL):
		f.Code, f.Hint = "wal", "copy the node's folder as a whole to where it can be written to, and use the copy"
	case errors.Is(err, store.ErrOlderSchema):
		f.Code, f.Hint = "older_schema", "verify it with the program that made it; any other command of this program brings it forward first"
	case errors.Is(err, store.ErrNewerSchema):
		f.Code, f.Hint = "newer_schema", "run the newer program that made this database"
	case errors.Is(err, store.ErrBusy):
		f.Code, f.Hint = "busy", "another process holds the database; try again"
	case errors.Is(err, store.ErrDiskFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		f.Code, f.Message = "disk_full", "no space is left on the disk, or the quota is used up"
		f.Hint = "make room" + again + "; " + rest
		if errors.As(err, &path) && !strings.HasPrefix(filepath.Base(path.Path), ".") { // else a file of the program's own
			f.File = path.Path
		}
	case errors.Is(err, store.ErrDisk), errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.EIO), errors.Is(err, syscall.EROFS):
		f.Code, f.Message = "disk", "the disk cannot be read or written: "+cause(err)
		f.Hint = "look at the disk, its room and the limits on file sizes" + again + "; " + rest
	case errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrStructure):
		f.Code, f.Hint = "damaged_data", "mitra log verify --records says what else is damaged, and where; keep the database as it is, and put back a backup"
	case errors.Is(err, store.ErrNotDatabase):
		f.Code, f.Hint = "not_a_database", "keep the database file as it is, and put back a backup; mitra log verify says whether that is whole"
	case errors.As(err, &connect):
		f.Code, f.Hint = "no_database", "check that the PostgreSQL server runs, and the DSN in MITRA_DB or in the file that mitra.toml names"
	case errors.As(err, &path):
		f.Code, f.File, f.Message = "file", path.Path, path.Op+": "+path.Err.Error()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.Code, f.Message, f.Hint, f.status = "not_found", "no such file", "check the name and the folder", 2
		case errors.Is(err, syscall.EISDIR):
			f.Message, f.Hint, f.status = "this is a folder", "name a file in it", 2
		case errors.Is(err, fs.ErrPermission):
			f.Message, f.Hint = "no permission to use it", "ask whoever owns it for the right, or name another place"
		case errors.Is(err, syscall.ENOTDIR):
			f.Message, f.Hint = "a file stands where a folder is needed", "name another place, or move the file away"
		default:
			f.Hint = "look at the file and its folder, or name another"
		}
	}
	if something != nil && !strings.Contains(f.Message+f.Hint, rest) {
		f.Hint = strings.TrimPrefix(f.Hint+"; "+rest, "; ")
	}
	return f
}

// kept is an error of a command of which something is kept all the same: what
// says so, for people.
type kept struct {
	error
	what string
}

func (k *kept) Unwrap() error { return k.error }

// renamed is an error of the system about the file under the name that the user
// knows.
func renamed(err error, name string) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return &fs.PathError{Op: path.Op, Path: name, Err: path.Err}
	}
	return err
}

// cause is an error of the system without the name of the file, which may be
// one that is unfinished and gone.
func cause(err error) string {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// place is where the error is, in front of its message.
func (f *failure) place() (where string) {
	if f.File != "" {
		where = f.File + ": "
	}
	if f.Line > 0 {
		where += fmt.Sprintf("line %d: ", f.Line)
	}
	if _, err := strconv.Atoi(f.Column); err == nil {
		where += "column " + f.Column + ": "
	} else if f.Column != "" {
		where += fmt.Sprintf("column %q: ", f.Column)
	}
	return where
}

// fail tells an error and returns the exit status.
func (e *env) fail(err error) int {
	f := describe(err)
	if e.json && !errors.Is(err, errDamage) && !errors.Is(err, errUnanswered) && !errors.Is(err, errUnwell) && !errors.Is(err, errFaults) && !errors.Is(err, errAnswer) { // standard output has its object, or cannot have it
		var b bytes.Buffer
		if err := encode(&b, map[string]*failure{"error": f}); err != nil {
			panic(err) // strings and a number
		}
		e.out.Write(b.Bytes()) // if it cannot be written, the line below and the exit status tell
	}
	text := fmt.Sprintf("mitra: %s%s\n", f.place(), f.Message)
	if f.Hint != "" {
		text += fmt.Sprintf("hint: %s\n", f.Hint)
	}
	io.WriteString(e.errw, strings.ToValidUTF8(text, "\uFFFD")) // a file's name may be none
	return f.status
}
