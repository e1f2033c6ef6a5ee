package io.hvkit.vmware.internal.soap;

import io.hvkit.core.internal.Trust;
import io.hvkit.vmware.internal.simulator.Vcsim;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Clients of a simulated vCenter with 240 machines. */
abstract class ClientCases {

    static final Duration LONG = Duration.ofSeconds(30);
    static Vcsim vcenter;

    final List<VimClient> opened = new ArrayList<>();

    @BeforeAll
    static void start() throws InterruptedException {
        vcenter = Vcsim.start("-machines", "120");
    }

    @AfterAll
    static void stop() {
        vcenter.close();
    }

    @AfterEach
    void close() {
        opened.forEach(VimClient::close);
        vcenter.reset();
    }

    VimClient client() {
        return client(LONG, Pace.USUAL);
    }

    VimClient client(Duration timeout, Pace pace) {
        return client(vcenter.sdk(), Trust.authorities(vcenter.certificate()), vcenter::account, timeout, pace);
    }

    VimClient client(URI sdk, SSLContext trust, Supplier<Account> account, Duration keepAlive) {
        return client(sdk, trust, account, LONG, Pace.USUAL.keptAlive(keepAlive));
    }

    /** A client that goes by a clock of the test's. */
    VimClient client(AtomicLong nanos, Supplier<Account> account) {
        return client(
                vcenter.sdk(), Trust.authorities(vcenter.certificate()), account, LONG, Pace.USUAL.by(nanos::get));
    }

    private VimClient client(URI sdk, SSLContext trust, Supplier<Account> account, Duration timeout, Pace pace) {
        VimClient client = new VimClient(sdk, trust, asked -> account.get(), timeout, pace);
        opened.add(client);
        return client;
    }

    static List<Properties.Found> hosts(VimClient client) throws Exception {
        return hosts(client, folder(client));
    }

    static Ref folder(VimClient client) throws Exception {
        return client.call(Call.reading(
                        client.service("searchIndex"),
                        Data.of("FindByInventoryPath").with("inventoryPath", "DC0/host")))
                .at("returnval")
                .orElseThrow()
                .ref();
    }

    static List<Properties.Found> hosts(VimClient client, Ref folder) throws Exception {
        return client.properties().readHosts(folder, "name", "vm");
    }

    /** A machine that is off. */
    static Ref machine(VimClient client) throws Exception {
        for (Properties.Found host : hosts(client)) {
            for (Properties.Found found :
                    client.properties().readAll(host.ref(), "vm", "VirtualMachine", "name", "runtime.powerState")) {
                if (found.text("runtime.powerState").equals("poweredOff")) {
                    return found.ref();
                }
            }
        }
        Ref first =
                hosts(client).get(0).value("vm").orElseThrow().children().get(0).ref();
        client.tasks().run(Call.changing(first, Data.of("PowerOffVM_Task")), LONG);
        return first;
    }

    static String power(VimClient client, Ref machine) throws Exception {
        return client.properties().read(machine, "runtime.powerState").text("runtime.powerState");
    }

    static boolean isOn(VimClient client, Ref machine) throws InterruptedException {
        try {
            return client.properties()
                    .read(machine, "runtime.powerState")
                    .text("runtime.powerState")
                    .equals("poweredOn");
        } catch (VimFault | LostAnswer e) {
            throw new IllegalStateException(e);
        }
    }

    static Call on(Ref machine) {
        return Call.changing(machine, Data.of("PowerOnVM_Task"));
    }

    static <T> List<T> atOnce(List<Callable<T>> work) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(work.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> each : threads.invokeAll(work)) {
                results.add(each.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
