//go:build linux

package main

import (
	"context"
	"errors"
	"time"
)

// flowing is how many letters flow each way in a row.
const flowing = 60

// harmful does harm on the way until it has been done often enough, while letters flow; words are what the log says of it.
func harmful(h harm, times int, words string) func(ctx context.Context, c *corridor, t *trial) error {
	return func(ctx context.Context, c *corridor, t *trial) error {
		before := c.harmed()
		c.harm(h)
		for range 4 {
			if err := t.both(ctx, flowing/4); err != nil {
				return err
			}
			time.Sleep(150 * time.Millisecond)
		}
		for end := time.Now().Add(20 * time.Second); c.harmed()-before < times; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				return errors.New("the harm was not done often enough")
			}
			// A node calls again when there is something to send.
			if err := t.both(ctx, 1); err != nil {
				return err
			}
			time.Sleep(200 * time.Millisecond)
		}
		t.note("%d times", c.harmed()-before)
		c.harm(harm{})
		if words == "" {
			return nil
		}
		return t.say(ctx, c.kh, inLog, words)
	}
}

// pass lets time pass, unless the run is broken off.
func pass(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// network are the faults of the way between two nodes.
func network(long bool) []row {
	partition := 4 * time.Second
	if long {
		partition = 3 * time.Minute
	}
	return []row{
		{fault: "drop", how: "all connections cut every 30 ms", run: harmful(harm{every: 30 * time.Millisecond}, 8, "")},
		{fault: "no connection", how: "every connection refused for a time", run: harmful(harm{refuse: true}, 4, "letters and receipts are not delivered")},
		{fault: "answers cut off", how: "connections end after up to 6,000 bytes from the receiver: the letter is stored, its receipt lost", run: harmful(harm{cutAnswer: 6000}, 6, "letters and receipts are not delivered")},
		{fault: "truncate", how: "connections end after up to 60,000 bytes to the receiver", run: harmful(harm{cutRequest: 60000}, 6, "letters and receipts are not delivered")},
		{fault: "delay", how: "every piece held up for 200 ms, both ways", run: harmful(harm{delay: 200 * time.Millisecond}, 20, "")},
		{fault: "corrupt", how: "one bit changed in one piece of 5", run: harmful(harm{corrupt: 5}, 6, "letters and receipts are not delivered")},
		{fault: "partition", how: "nothing passes for " + partition.String(), run: func(ctx context.Context, c *corridor, t *trial) error {
			if err := t.both(ctx, flowing/2); err != nil {
				return err
			}
			c.harm(harm{silent: true})
			if err := t.both(ctx, flowing/2); err != nil {
				return err
			}
			pass(ctx, partition)
			err := t.say(ctx, c.kh, inStatus, `^ID \w+: [1-9]\d* letters wait`)
			c.harm(harm{})
			return err
		}},
	}
}
