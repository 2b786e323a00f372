package courier

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What is refused a thousand times is told of once in an hour, by reason, and counted each time.
func TestRefusedIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := &Courier{Log: slog.New(slog.NewTextHandler(&log, nil))}
		p := Peer{Node: "mitra/ID/x", Country: "ID"}
		for range 1000 {
			c.refused(p, "rate", 1)
		}
		c.refused(p, "expired", 2)
		c.refused(p, "", 1)
		if n := strings.Count(log.String(), "\n"); n != 2 {
			t.Errorf("told %d times: %s", n, log.String())
		}
		time.Sleep(reminder)
		c.refused(p, "rate", 1)
		if n := strings.Count(log.String(), "code=rate times=1001"); n != 1 {
			t.Errorf("an hour later: %s", log.String())
		}
		if all := c.Refused(); len(all) != 2 || all[0] != (Refused{p.Node, "ID", "expired", 2}) || all[1] != (Refused{p.Node, "ID", "rate", 1001}) {
			t.Errorf("%+v", all)
		}
	})
}
