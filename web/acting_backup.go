package web

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/journal"
)

// Errors of having backups made.
var (
	// ErrNoBackups: the operator has not said where they go, and for whom they are.
	ErrNoBackups = errors.New("mitra.toml does not say where backups go: the operator adds the table [backup]")
	// ErrBackingUp: one is made at a time.
	ErrBackingUp = errors.New("a backup is being made")
	// ErrBackupFolder: the folder is not there, or nothing can be written into it.
	ErrBackupFolder = errors.New("the folder of backups cannot be used")
)

// BackupFile is a backup that was made.
type BackupFile struct {
	Name  string
	Bytes int64
	Rows  int
}

// A BackupWork is a backup that is being made, or the last that was, since the node was started.
type BackupWork struct {
	Officer      string // empty: there was none
	Doing        bool
	Begun, Ended time.Time
	Done, Total  int // rows that are written, of how many
	File         BackupFile
	Fault        string // why there is none: a code of backupFaults, or failed
	Reference    string // by which the log names it, where it failed otherwise
}

// backupWork makes backups, one at a time, beside the pages: whoever has begun one may leave.
type backupWork struct {
	asked chan account.By // has room for one
	mu    sync.Mutex
	now   BackupWork
}

func (b *backupWork) state() BackupWork {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// backUp makes the backups that officers ask for, until ctx ends; what is half made then is removed.
func (s *Server) backUp(ctx context.Context) {
	b := &s.backups
	for {
		var by account.By
		select {
		case by = <-b.asked:
		case <-ctx.Done():
			return
		}
		file, err := s.BackUp(ctx, by, func(done, total int) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.now.Done, b.now.Total = done, total
		})
		fault, reference := "", ""
		if err != nil && ctx.Err() == nil {
			fault, reference = backupFault(err), store.NewID()
			s.Log.Error("a backup was not made", "reference", reference, "error", err)
		}
		b.mu.Lock()
		b.now.Doing, b.now.Ended, b.now.File, b.now.Fault, b.now.Reference = false, s.Now(), file, fault, reference
		b.mu.Unlock()
	}
}

// backupFaults are what somebody can mend where a backup was not made, by the codes that the command line has for them.
var backupFaults = []struct {
	err  error
	code string
}{
	{ErrBackupFolder, "bad_config"},
	{store.ErrDiskFull, "disk_full"}, {syscall.ENOSPC, "disk_full"}, {syscall.EDQUOT, "disk_full"},
	{store.ErrDisk, "disk"}, {syscall.EFBIG, "disk"}, {syscall.EIO, "disk"}, {syscall.EROFS, "disk"},
	{store.ErrDamaged, "damaged_data"}, {store.ErrStructure, "damaged_data"},
	{store.ErrBusy, "busy"},
	{fs.ErrNotExist, "bad_config"}, {fs.ErrPermission, "bad_config"}, // it was there when the backup was begun
}

func backupFault(err error) string {
	for _, f := range backupFaults {
		if errors.Is(err, f.err) {
			return f.code
		}
	}
	return "failed"
}

// BackUp has a backup made, for those and where the operator has said, and does not wait for it. Its event comes with its first byte. The
// error is [ErrNoBackups] or [ErrBackingUp].
func (a Acting) BackUp() (BackupWork, error) {
	if a.s.BackUp == nil {
		return BackupWork{}, ErrNoBackups
	}
	b := &a.s.backups
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now.Doing {
		return BackupWork{}, ErrBackingUp
	}
	b.now = BackupWork{Officer: a.who.ID, Doing: true, Begun: a.s.Now()}
	b.asked <- a.by()
	return b.now, nil
}

// Backups are those that the node knows of.
type Backups struct {
	Ready  bool // one can be made at the desk
	Work   BackupWork
	Events []BackupEvent // the newest first
	Back   time.Time     // how far the journal was looked through, where there are more events
}

// A BackupEvent is a backup that was begun, at the desk or on the command line.
type BackupEvent struct {
	At      time.Time
	Officer string
	Rows    int
	File    string // the name that the node has given it; empty where somebody else has
	There   bool   // in the folder of backups: then it was completed
	Bytes   int64
}

// Limits of the list of backups.
const (
	backupsShown = 10
	backupsRead  = 20_000 // events that are looked through for them
)

// Backups reads which backups the journal knows of, and whether they are in the folder.
func (a Acting) Backups(ctx context.Context) (out Backups, err error) {
	err = a.s.DB.Read(ctx, func(tx *store.Tx) error {
		out.Events = nil
		last, read, err := journal.NewestAbout(tx, journal.House, "", backupsRead, []string{"backup"}, func(e journal.Event) error { // the kind is as good as a subject
			if e.Kind != "backup" {
				return nil
			}
			out.Events = append(out.Events, backupEvent(e))
			if len(out.Events) == backupsShown {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		if read == backupsRead {
			out.Back = last.At
		}
		return err
	})
	out.Ready, out.Work = a.s.BackUp != nil, a.s.backups.state()
	for i := range out.Events {
		if e := &out.Events[i]; e.File != "" && out.Ready {
			e.Bytes, e.There = a.s.BackupBytes(e.File)
		}
	}
	return out, err
}

func backupEvent(e journal.Event) BackupEvent {
	var data struct {
		Rows map[string]int
		File string
	}
	_ = json.Unmarshal(e.Data, &data) // of an older program it may say less
	out := BackupEvent{At: e.At, Officer: e.Actor, File: data.File}
	for _, n := range data.Rows {
		out.Rows += n
	}
	return out
}
