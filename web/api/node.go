package api

import (
	"time"

	"mitra/desk/account"
	"mitra/web"
)

// node is how the node is, for those who run it.
func (a *API) node() {
	add(a, operation{id: "examine-node", method: "POST", path: "/v1/node/examine", right: account.SeeNode, says: "Looks how the node is: what is wrong comes first, with how to mend it. Partners are called."}, (*call).examine)
	add(a, operation{id: "list-backups", method: "GET", path: "/v1/node/backups", right: account.SeeNode, says: "The last backups, the newest first, and the one that is being made."}, (*call).backups)
	add(a, operation{id: "make-backup", method: "POST", path: "/v1/node/backups", right: account.BackUp, changes: true, status: 202, says: "Has a backup made in the folder and for the recipients that the operator has named. Whether it is done, list-backups says; it is not downloaded."}, (*call).backUp)
}

// Examined is what was found.
type Examined struct {
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks"`
}

// Check is what was looked at.
type Check struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says,omitempty"`
	Mend string `json:"mend,omitempty"`
}

func (c *call) examine(*none) (Examined, error) {
	out := Examined{true, []Check{}}
	c.a.s.Patient(c.w)
	all, err := c.Examine(c.ctx)
	for _, x := range all {
		out.OK = out.OK && x.OK
		out.Checks = append(out.Checks, Check{x.What, x.OK, x.Says, x.Mend})
	}
	return out, err
}

// Backups are those that the node knows of.
type Backups struct {
	Ready bool        `json:"ready" doc:"The operator has said where backups go, and for whom they are: one can be made here."`
	Work  *BackupWork `json:"work,omitempty" doc:"The backup that is being made, or the last that was asked for since the node was started."`
	Items []Backup    `json:"items"`
	Back  time.Time   `json:"back,omitzero" doc:"How far the journal was looked through, where it has more."`
}

// BackupWork is a backup that somebody has asked for.
type BackupWork struct {
	State     string    `json:"state" enum:"working,done,failed"`
	Officer   string    `json:"officer"`
	Begun     time.Time `json:"begun"`
	Ended     time.Time `json:"ended,omitzero"`
	Done      int       `json:"done,omitempty" doc:"Rows that are written."`
	Total     int       `json:"total,omitempty" doc:"Of how many, about."`
	File      string    `json:"file,omitempty"`
	Bytes     int64     `json:"bytes,omitempty"`
	Code      string    `json:"code,omitempty" doc:"Why it failed: bad_config (the folder), disk_full, disk, damaged_data, busy or failed."`
	Reference string    `json:"reference,omitempty" doc:"By which the node's log names why it failed."`
}

// Backup is one that was begun, at the desk or on the command line.
type Backup struct {
	At      time.Time `json:"at"`
	Officer string    `json:"officer"`
	Rows    int       `json:"rows"`
	File    string    `json:"file,omitempty" doc:"The name that the node has given it; absent where the operator has named it."`
	There   bool      `json:"there" doc:"It is in the folder of backups, and so was completed."`
	Bytes   int64     `json:"bytes,omitempty"`
}

func (c *call) backups(*none) (out Backups, err error) {
	all, err := c.Backups(c.ctx)
	if err != nil {
		return out, err
	}
	out = Backups{Ready: all.Ready, Items: []Backup{}, Back: all.Back}
	if all.Work.Officer != "" {
		work := backupWorkOf(all.Work)
		out.Work = &work
	}
	for _, e := range all.Events {
		out.Items = append(out.Items, Backup(e))
	}
	return out, nil
}

func backupWorkOf(w web.BackupWork) BackupWork {
	out := BackupWork{
		State: "done", Officer: w.Officer, Begun: w.Begun, Ended: w.Ended, Done: w.Done, Total: w.Total, File: w.File.Name, Bytes: w.File.Bytes, Code: w.Fault, Reference: w.Reference,
	}
	switch {
	case w.Doing:
		out.State = "working"
	case w.Fault != "":
		out.State = "failed"
	}
	return out
}

func (c *call) backUp(*none) (BackupWork, error) {
	work, err := c.BackUp()
	return backupWorkOf(work), err
}
