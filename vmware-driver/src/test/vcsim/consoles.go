package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

// console gives a ticket for the screen of a machine that runs, and keeps the last one for tests.
func (l *layer) console(c *call) *answer {
	vm := vmOf(c.this)
	if vm == nil {
		return refused("ManagedObjectNotFound", "There is no such machine")
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return refused("InvalidState", "The machine is not powered on")
	}
	if kind := c.field("ticketType"); kind != "webmks" {
		return refused("InvalidArgument", "A ticket of type "+kind+" is not given")
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return refused("SystemError", err.Error())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ticket = "cst-" + hex.EncodeToString(raw)
	where := l.ticketSays
	if where == "" {
		where = "<host>esx.example.com</host><port>443</port><sslThumbprint>AA:BB:CC</sslThumbprint>"
	}
	if where == "nothing" {
		where = ""
	}
	return answered(c.method, fmt.Sprintf("<returnval><ticket>%s</ticket><cfgFile>web.vmx</cfgFile>%s</returnval>", l.ticket, where))
}
