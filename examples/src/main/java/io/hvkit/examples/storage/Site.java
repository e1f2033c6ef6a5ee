package io.hvkit.examples.storage;

import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Two libvirt hosts, a directory of each one's own, and a file system that both have mounted. */
final class Site implements AutoCloseable {

    private final Path work;
    private final Ledger ledger;
    private final List<PrivateHost> hosts;

    private Site(Path work, Ledger ledger, List<PrivateHost> hosts) {
        this.work = work;
        this.ledger = ledger;
        this.hosts = hosts;
    }

    /** Builds one. What was built is taken down again if the rest fails. */
    static Site in(Path work) throws InterruptedException, IOException {
        Ledger ledger = new Ledger();
        boolean whole = false;
        try {
            Path shared = Files.createDirectories(work.resolve("shared"));
            run("mount", "-t", "tmpfs", "-o", "size=512m,mode=0755", "hvkit-demo", shared.toString());
            ledger.add(() -> run("umount", "--lazy", shared.toString()));
            Files.createDirectories(work.resolve("local1"));
            Files.createDirectories(work.resolve("local2"));
            PrivateHost node1 = PrivateHost.start(work.resolve("node1"));
            ledger.add(node1::close);
            PrivateHost node2 = PrivateHost.start(work.resolve("node2"));
            ledger.add(node2::close);
            whole = true;
            return new Site(work, ledger, List.of(node1, node2));
        } finally {
            if (!whole) {
                ledger.close();
            }
        }
    }

    private static void run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(words));
        if (result.exitCode() != 0) {
            throw new IllegalStateException(String.join(" ", words) + ": " + result.errors());
        }
    }

    PrivateHost node1() {
        return hosts.get(0);
    }

    PrivateHost node2() {
        return hosts.get(1);
    }

    /** Returns the directory of a pool. */
    Path pool(String name) {
        return work.resolve(name);
    }

    /** Connects to node1, as a platform does that starts machines there. */
    Hypervisor connect(HostId host) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options =
                Options.parse(driver.options(), Map.of("uri", node1().uri().toString()));
        return driver.open(host, HypervisorType.KVM, options);
    }

    @Override
    public void close() {
        ledger.close();
    }
}
