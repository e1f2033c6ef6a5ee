// A vCenter on loopback for tests: govmomi's simulator, as Debian packages it, behind a layer that does what it leaves out and
// that can be told to fail. Prints its address when it is ready, and ends with its standard input.
package main

import (
	"crypto/sha1"
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"io/ioutil"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
)

func main() {
	m := simulator.VPX()
	flag.IntVar(&m.Pod, "pods", 1, "datastore clusters")
	flag.IntVar(&m.Datastore, "datastores", 2, "datastores")
	flag.IntVar(&m.Machine, "machines", 1, "machines of each resource pool")
	flag.IntVar(&m.ClusterHost, "hosts", 2, "hosts of the cluster")
	flag.IntVar(&m.Host, "standalone", 1, "hosts outside of the cluster")
	flag.DurationVar(&simulator.SessionIdleTimeout, "idle", 0, "ends sessions that are idle for so long")
	clustered := flag.Int("clustered", 0, "datastores that are in the first cluster")
	user := flag.String("user", "hvkit", "who may log in")
	password := flag.String("password", "", "that account's password")
	certificate := flag.String("certificate", "", "where the server's certificate is written as PEM")
	flag.Parse()
	log.SetOutput(ioutil.Discard)
	if err := m.Create(); err != nil {
		panic(err)
	}
	defer m.Remove()
	if n, ok := simulator.Map.Any("Network").(*mo.Network); ok {
		n.Name, n.ManagedEntity.Name = "vm-network", "vm-network" // the usual name has a blank, which callers of ours cannot say
	}
	dress()
	cluster(*clustered)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	m.Service.TLS = new(tls.Config)
	m.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(*user, *password)}
	inner := m.Service.NewServer() // its own listener is left alone; its certificate is taken over
	l := newLayer(m.Service.ServeMux)
	server := &http.Server{
		Handler:   l,
		TLSConfig: &tls.Config{Certificates: inner.TLS.Certificates},
		ErrorLog:  log.New(ioutil.Discard, "", 0),
	}
	chain := inner.TLS.Certificates[0].Certificate
	l.leases.thumbprint = strings.Join(strings.Split(fmt.Sprintf("% X", sha1.Sum(chain[0])), " "), ":")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[0]})
	if err := ioutil.WriteFile(*certificate, text, 0600); err != nil {
		panic(err)
	}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	fmt.Printf("https://%s/sdk\n", listener.Addr())
	end := make(chan os.Signal, 1)
	signal.Notify(end, os.Interrupt, syscall.SIGTERM)
	go func() { // whoever started this is gone once its end of the pipe is
		_, _ = ioutil.ReadAll(os.Stdin)
		end <- syscall.SIGTERM
	}()
	<-end
}
