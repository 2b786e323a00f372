package registry

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"mitra/table"
)

// chunkRows is how many rows are read, and stored, at a time: enough that a
// transaction's fixed cost does not matter, few enough to stay small in memory.
const chunkRows = 4096

// A chunk is a run of rows on the way from the file to the database.
type chunk struct {
	cells []string // of all rows that could be cut into cells, one behind the other
	rows  []row
	bytes int64         // of the file, roughly
	err   error         // the file cannot be read on; io.EOF at its end
	done  chan struct{} // closed when the rows are parsed
}

// rows reads the file and hands its rows out in order. One goroutine cuts the
// file, others make records of the rows, and the caller's takes them: parsing
// and storing share the machine. An error of take ends it.
func readRows(ctx context.Context, t *table.Reader, width int, parser func() *rowParser, take func(*chunk) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := max(1, min(runtime.GOMAXPROCS(0), 8))
	work := make(chan *chunk, workers)
	order := make(chan *chunk, workers)
	var group sync.WaitGroup
	defer group.Wait() // nobody uses t once this has returned
	defer cancel()

	group.Go(func() {
		defer close(order)
		defer close(work)
		for {
			c := cut(t, width)
			select {
			case work <- c:
			case <-ctx.Done():
				return
			}
			select {
			case order <- c:
			case <-ctx.Done():
				return
			}
			if c.err != nil {
				return
			}
		}
	})
	for range workers {
		group.Go(func() {
			p := parser()
			for c := range work {
				for i := range c.rows {
					if r := &c.rows[i]; r.cells != nil {
						*r = p.parse(r.line, r.cells, r.faults...)
					}
				}
				close(c.done)
			}
		})
	}
	for c := range order {
		<-c.done
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := take(c); err != nil {
			return err
		}
		if c.err != nil && c.err != io.EOF {
			return c.err
		}
	}
	return context.Cause(ctx)
}

// cut reads the next rows; only the first width cells of each are the file's.
func cut(t *table.Reader, width int) *chunk {
	c := &chunk{
		cells: make([]string, 0, chunkRows*width),
		rows:  make([]row, 0, chunkRows),
		done:  make(chan struct{}),
	}
	for len(c.rows) < chunkRows {
		in, err := t.Next()
		out := row{line: in.Line}
		if err != nil {
			e := (*table.Error)(nil)
			if !errors.As(err, &e) || !e.Row {
				c.err = err
				break
			}
			out.faults = faultsOf(e)
		}
		if in.Cells != nil {
			from := len(c.cells)
			c.cells = append(c.cells, in.Cells[:width]...)
			for _, s := range in.Cells {
				c.bytes += int64(len(s)) + 1
			}
			out.cells = c.cells[from:len(c.cells):len(c.cells)]
		}
		c.rows = append(c.rows, out)
	}
	return c
}
