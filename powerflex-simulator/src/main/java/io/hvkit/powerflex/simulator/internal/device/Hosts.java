package io.hvkit.powerflex.simulator.internal.device;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The hosts that see devices. Any thread may use it. */
public final class Hosts {

    /** What a drv_cfg was told: on which host, and what. */
    public record Command(String host, String text) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Path folder;
    private final Map<String, HostFolder> hosts = new LinkedHashMap<>();

    public Hosts(Path folder) {
        this.folder = folder;
    }

    public void add(String name, String guid) {
        locked(() -> hosts.put(name, HostFolder.make(folder.resolve(name), guid)));
    }

    public Path devices(String host) {
        return ask(host, HostFolder::devices);
    }

    public Path drvCfg(String host) {
        return ask(host, HostFolder::drvCfg);
    }

    public void connected(String host, long system, long sdc, List<String> addresses) {
        tell(host, one -> one.connected(system, sdc, addresses));
    }

    public void disconnected(String host, long system) {
        tell(host, one -> one.disconnected(system));
    }

    void link(String host, long system, long volume, Path target) {
        tell(host, one -> one.link(system, volume, target));
    }

    void unlink(String host, long system, long volume) {
        tell(host, one -> one.unlink(system, volume));
    }

    /** Hands over the commands that were left, without holding the lock. */
    public void takeCommands(Consumer<Command> command) {
        Map<String, HostFolder> all = ask(() -> new LinkedHashMap<>(hosts));
        all.forEach((name, host) -> host.takeCommands(text -> command.accept(new Command(name, text))));
    }

    private void tell(String host, Consumer<HostFolder> what) {
        locked(() -> what.accept(require(host)));
    }

    private <T> T ask(String host, Function<HostFolder, T> what) {
        return ask(() -> what.apply(require(host)));
    }

    private <T> T ask(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable what) {
        lock.lock();
        try {
            what.run();
        } finally {
            lock.unlock();
        }
    }

    private HostFolder require(String name) {
        HostFolder host = hosts.get(name);
        if (host == null) {
            throw new IllegalArgumentException("there is no host '" + name + "'; there are " + hosts.keySet());
        }
        return host;
    }
}
