package main

import (
	"math/rand"
	"strings"
)

// chaos is what makes calls fail by chance; the same seed makes the same choices, though not for the same calls.
type chaos struct {
	percent int
	random  *rand.Rand
}

// byChance gives what becomes of a call, or nothing if it is to be carried out as usual.
func (l *layer) byChance(c *call) *rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chaos.percent == 0 || l.chaos.random.Intn(100) >= l.chaos.percent {
		return nil
	}
	kinds := []*rule{{mode: "drop"}, {mode: "dropafter"}, {mode: "http", ms: 503}, {mode: "kill"}}
	if strings.HasSuffix(c.method, "_Task") {
		kinds = append(kinds, &rule{mode: "task", fault: "TaskInProgress"}, &rule{mode: "dropafter"})
	}
	chosen := kinds[l.chaos.random.Intn(len(kinds))]
	if c.method == "WaitForUpdatesEx" && chosen.mode == "dropafter" {
		return &rule{mode: "drop"} // else it would be dropped when it has ended
	}
	return chosen
}
