package io.hvkit.powerflex.simulator;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.hvkit.powerflex.simulator.control.Calls;
import io.hvkit.powerflex.simulator.control.Faults;
import io.hvkit.powerflex.simulator.internal.array.DataLayout;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.device.Devices;
import io.hvkit.powerflex.simulator.internal.device.Hosts;
import io.hvkit.powerflex.simulator.internal.gateway.Account;
import io.hvkit.powerflex.simulator.internal.gateway.Control;
import io.hvkit.powerflex.simulator.internal.gateway.Gateway;
import io.hvkit.powerflex.simulator.internal.gateway.SelfSigned;
import io.hvkit.powerflex.simulator.internal.gateway.Sessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** All parts of one system. */
final class RunningSystem implements AutoCloseable {

    private static final String NO_DELAY = "sun.net.httpserver.nodelay";

    private final SimulatedArray array;
    private final Devices devices;
    private final Hosts hosts;
    private final Account account;
    private final Sessions sessions;
    private final Faults faults = new Faults();
    private final Calls calls = new Calls();
    private final Gateway gateway;
    private final HttpServer server;
    private final String scheme;

    /** Where a gateway listens, and how. */
    record Listening(int port, Optional<SelfSigned> certificate, ExecutorService workers) {}

    RunningSystem(SimulatedArray array, Devices devices, Hosts hosts, Account account, Listening listening) {
        SimulatedArray.Nature nature = array.nature();
        this.array = array;
        this.devices = devices;
        this.hosts = hosts;
        this.account = account;
        this.sessions = new Sessions(nature.version(), nature.clock(), nature.timing());
        this.gateway = new Gateway(array, sessions, account, faults, calls);
        this.scheme = listening.certificate.isPresent() ? "https" : "http";
        this.server = bind(listening);
        server.setExecutor(listening.workers);
        server.createContext("/", gateway::handle);
        server.createContext(
                "/simulator", new Control(array, sessions, faults, this::connect, this::disconnect)::handle);
    }

    private static HttpServer bind(Listening listening) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.port);
        String before = System.getProperty(NO_DELAY);
        // The JDK's server writes headers and body apart, and TCP would hold back the body for 40 ms. It reads this
        // once.
        System.setProperty(NO_DELAY, before == null ? "true" : before);
        try {
            if (listening.certificate.isEmpty()) {
                return HttpServer.create(address, 0);
            }
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(
                    new HttpsConfigurator(listening.certificate.get().server()));
            return secure;
        } catch (IOException e) {
            throw new UncheckedIOException("port " + listening.port + " cannot be listened at", e);
        } finally {
            if (before == null) {
                System.clearProperty(NO_DELAY);
            }
        }
    }

    void add(List<PoolSettings> pools) {
        List<PoolSettings> all =
                pools.isEmpty() ? List.of(PoolSettings.named("pool1"), PoolSettings.named("pool2")) : pools;
        for (PoolSettings pool : all) {
            PoolSettings.Fields fields = pool.fields();
            DataLayout layout = fields.layout() == PoolSettings.Layout.FINE ? DataLayout.FINE : DataLayout.MEDIUM;
            StoragePool.Design design = new StoragePool.Design(
                    fields.domain(),
                    fields.protection() == PoolSettings.Protection.ERASURE_CODING,
                    fields.name(),
                    fields.usable().bytes() / 1024,
                    layout,
                    fields.padding() == PoolSettings.Padding.ZEROES);
            array.run(() -> array.addPool(design));
        }
    }

    void add(SimulatedHost host) {
        array.run(() -> {
            Sdc sdc = array.addSdc(host.name(), host.guid(), host.ip());
            if (sdc.isConnected()) {
                connect(sdc);
            }
        });
    }

    void start() {
        server.start();
    }

    void connect(Sdc sdc) {
        array.connect(sdc);
        hosts.connected(sdc.host(), array.id(), sdc.id(), array.nature().mdmAddresses());
    }

    void disconnect(Sdc sdc) {
        array.disconnect(sdc);
        hosts.disconnected(sdc.host(), array.id());
    }

    /** A host was told addresses: it reaches this system if one of them is its. */
    void reach(String host, List<String> addresses) {
        if (array.nature().mdmAddresses().stream().anyMatch(addresses::contains)) {
            array.run(() -> array.inventory().sdcs().stream()
                    .filter(sdc -> sdc.host().equals(host))
                    .toList()
                    .forEach(this::connect));
        }
    }

    /** Does what is due. */
    void settle() {
        array.pass();
        devices.settle();
    }

    URI uri() {
        return URI.create(scheme + "://localhost:" + server.getAddress().getPort());
    }

    SimulatedArray array() {
        return array;
    }

    Devices devices() {
        return devices;
    }

    Account account() {
        return account;
    }

    Sessions sessions() {
        return sessions;
    }

    Faults faults() {
        return faults;
    }

    Calls calls() {
        return calls;
    }

    /** Hears no more, and takes away the devices. */
    @Override
    public void close() {
        gateway.close();
        server.stop(0);
        devices.close();
    }
}
