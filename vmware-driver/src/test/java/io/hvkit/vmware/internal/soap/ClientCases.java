package io.hvkit.vmware.internal.soap;

import io.hvkit.core.internal.Trust;
import io.hvkit.vmware.internal.simulator.Vcsim;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
        return client(vcenter.sdk(), Trust.authorities(vcenter.certificate()), vcenter::account, KeepAlive.USUAL);
    }

    VimClient client(URI sdk, SSLContext trust, Supplier<Account> account, Duration keepAlive) {
        VimClient client = new VimClient(sdk, trust, asked -> account.get(), LONG, keepAlive);
        opened.add(client);
        return client;
    }

    /** A client that goes by a clock of the test's. */
    VimClient client(AtomicLong nanos, Supplier<Account> account) {
        VimClient client = new VimClient(
                vcenter.sdk(),
                Trust.authorities(vcenter.certificate()),
                asked -> account.get(),
                LONG,
                KeepAlive.USUAL,
                nanos::get);
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
}
