package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"filippo.io/age"

	"mitra/node/backup"
	"mitra/node/keyring"
	"mitra/store"
)

// ErrNoBackups: mitra.toml does not say where backups go.
var ErrNoBackups = errors.New("mitra.toml has no table [backup]")

// Made is a backup in the folder of backups.
type Made struct {
	Copy
	File  string // its path
	Bytes int64
}

// BackUp makes a backup as [Node.Backup] does, in the folder and for the recipients of mitra.toml alone, under a name that it
// chooses and that nothing there has. The file has its name when it is whole and on the disk; on an error nothing of it remains. The error
// wraps [ErrNoBackups] or [ErrConfig] where nothing was begun.
func (n *Node) BackUp(ctx context.Context, m Making, p Progress) (made Made, err error) {
	dir, to, err := n.backups()
	if err != nil {
		return made, err
	}
	if room, err := free(dir); err == nil && room < leastDisk { // the node may be on the same disk
		return made, fmt.Errorf("%w: %d MiB are free in the folder of backups", store.ErrDiskFull, room>>20)
	}
	f, name, err := claimBackup(dir, "mitra-"+n.Config.Country+"-"+time.Now().UTC().Format("20060102T150405Z"))
	if err != nil {
		return made, err
	}
	defer os.Remove(f.Name())
	m.file, made.File = name, filepath.Join(dir, name)
	w := bufio.NewWriterSize(f, 1<<16)
	made.Copy, err = n.Backup(ctx, w, m, p, to...)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		made.Bytes, err = f.Seek(0, io.SeekCurrent)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return made, err
	}
	if err := giveName(f.Name(), made.File); err != nil {
		return made, err
	}
	_ = keyring.SyncDir(dir) // what is in the file is on the disk; some disks of a network cannot say it of its name
	return made, nil
}

// backups are the folder of backups, without symbolic links, and those for whom they are.
func (n *Node) backups() (dir string, to []age.Recipient, err error) {
	c := n.Config.Backup
	if c == nil {
		return "", nil, ErrNoBackups
	}
	wrong := func(says string) (string, []age.Recipient, error) {
		return "", nil, n.misconfigured([]fault{{"backup.folder", says}})
	}
	if to, err = backup.Recipients(c.Recipients); err != nil {
		return "", nil, err
	}
	dir, err = filepath.EvalSymlinks(c.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return wrong("no such folder: make it, or have its disk there before the node: " + c.Folder)
	}
	info, serr := os.Stat(dir)
	if err = errors.Join(err, serr); err != nil {
		return wrong(fmt.Sprintf("%s: %v", c.Folder, cause(err)))
	}
	if !info.IsDir() {
		return wrong("this is no folder: " + c.Folder)
	}
	if home, ok := Around(filepath.Join(dir, "backup")); ok {
		return wrong("a node keeps its own files there: want a folder outside of " + string(home) + ", on another disk if there is one: a backup is lost with what it lies beside")
	}
	try, err := os.CreateTemp(dir, ".mitra-*")
	if err == nil {
		err = errors.Join(try.Close(), os.Remove(try.Name()))
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) { // which whoever makes a backup is told
		return wrong(fmt.Sprintf("nothing can be written there: %s: %v; let the account that the node runs as write into it", c.Folder, cause(err)))
	}
	return dir, to, nil
}

// claimBackup begins a file that gets its name once it is whole, and finds one for it: that of its beginning is its own among
// all who make backups at this moment.
func claimBackup(dir, stem string) (f *os.File, name string, err error) {
	for i := 1; i < 100; i++ {
		if name = stem + ".backup"; i > 1 {
			name = fmt.Sprintf("%s-%d.backup", stem, i)
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			continue
		}
		f, err = os.OpenFile(filepath.Join(dir, "."+name+".part"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, name, err
		}
	}
	return nil, "", &fs.PathError{Op: "create", Path: filepath.Join(dir, name), Err: fs.ErrExist}
}

// giveName gives a file its name, which nothing may have.
func giveName(path, name string) error {
	err := os.Link(path, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(name); err == nil { // a disk without second names
		return &fs.PathError{Op: "rename", Path: name, Err: fs.ErrExist}
	}
	return os.Rename(path, name)
}

// examineBackups looks at where backups go.
func (n *Node) examineBackups(add func(what string, err error, says, mend string) bool) {
	if n.Config.Backup == nil {
		return
	}
	dir, to, err := n.backups()
	room := int64(0)
	if err == nil {
		room, err = free(dir)
	}
	if err == nil && room < leastDisk {
		err = fmt.Errorf("%d MiB are free in the folder of backups: none is begun", room>>20)
	}
	add("backup", err, fmt.Sprintf("the folder can be written to, %d GiB are free; recipients: %d", room>>30, len(to)),
		"the folder that mitra.toml names has to be there, with a GiB of room, and the node has to be able to write into it")
}

// backupBytes is the length of a backup in the folder of backups, by the name that the node gave it; false if it is not there.
func (n *Node) backupBytes(name string) (int64, bool) {
	if n.Config.Backup == nil || filepath.Base(name) != name {
		return 0, false
	}
	info, err := os.Lstat(filepath.Join(n.Config.Backup.Folder, name))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}
